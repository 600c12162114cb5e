"""Two operators who take a wall at one moment, in two ``serve`` processes on one store, also while one of these is killed."""

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from threading import Event

import httpx
import msgspec

from controlroom.measure.people import Somebody
from controlroom.measure.reporting import Reporting
from controlroom.measure.result import CannotMeasure, Figure, at_least, beside, exactly, is_true
from controlroom.measure.takes import (
    LEFT,
    RIGHT,
    Hand,
    Noted,
    Pair,
    Try,
    at_one_moment,
    let_leases_end,
    noted,
    shown_on,
    two_halves,
    with_half,
)
from feeds.messages.walls import TakeKind, Taken, WallDesk
from feeds.reports.roles import Role

LIFE_S = (0.05, 0.6)
"""So long, at random, a door lives once it answers."""
UNDER_WAY_S = 0.012
"""Within this time of a take's departure the door is killed: it may have been decided, or not."""
FEWEST_ACKNOWLEDGED = 20
REFUSED = frozenset({"stale_revision", "not_held", "held"})
SEED = 3671


class Desks(msgspec.Struct, frozen=True):
    """Two doors on one store: ``ani`` works at the first, ``budi`` and ``sari``, who may take over, at the second."""

    wall: str
    first: Reporting
    second: Reporting
    ani: Hand
    budi: Hand
    sari: Hand


class Written(msgspec.Struct, frozen=True):
    """What stands of a wall afterwards: its decisions, newest first, the audit's lines, and what its doors say it shows."""

    history: Sequence[Taken]
    audit: Sequence[Noted]
    desk: WallDesk


@contextmanager
def two_desks(folder: Path, url: str | None, wall: str) -> Generator[Desks]:
    """``url``: the store, a new SQLite file when ``None``. A first layout has been taken when it begins."""
    with ExitStack() as stack:
        first = stack.enter_context(Reporting(folder / "first", url=url))
        second = stack.enter_context(Reporting(folder / "second", url=first.url))
        first.open_doors()
        second.open_doors()
        people = (("ani", first, Role.OPERATOR), ("budi", second, Role.OPERATOR), ("sari", second, Role.LEAD))
        hands = [Hand(stack.enter_context(Somebody(room, login, role)), wall) for login, room, role in people]
        desks = Desks(wall, first, second, *hands)
        desks.ani.hold()
        begun = desks.ani.take(two_halves(), 0)
        if not begun.is_carried_out:
            raise CannotMeasure(f"the first layout was not taken: HTTP {begun.status} {begun.text}")
        desks.ani.let_go()
        yield desks


def pairs_of_takes(desks: Desks, pairs: int, numbers: "count[int]", told: Callable[[int], None]) -> list[Pair]:
    """The kinds of leases by turns; ``told`` how many pairs are done."""
    kinds = (_beside_each_other, _taken_over, _expired)
    found: list[Pair] = []
    for number in range(pairs):
        found.append(kinds[number % len(kinds)](desks, numbers, is_settled=number // len(kinds) % 2 == 0))
        for hand in (desks.ani, desks.budi, desks.sari):
            hand.let_go()
        told(number + 1)
    return found


def _beside_each_other(desks: Desks, numbers: "count[int]", *, is_settled: bool) -> Pair:
    """Each holds a half and changes it alone: nothing but the revision stands between them."""
    desks.ani.hold(LEFT)
    desks.budi.hold(RIGHT)
    return _pair("beside each other", desks.ani, desks.budi, (0, 1), numbers, lambda: None)


def _taken_over(desks: Desks, numbers: "count[int]", *, is_settled: bool) -> Pair:
    """A lead takes the whole wall over: before both take, or only as they do."""
    desks.ani.hold()
    if is_settled:
        desks.sari.hold(is_take_over=True)
    ready = (lambda: None) if is_settled else (lambda: desks.sari.hold(is_take_over=True))
    return _pair("taken over", desks.ani, desks.sari, (0, 0), numbers, ready)


def _expired(desks: Desks, numbers: "count[int]", *, is_settled: bool) -> Pair:
    """One's time is over, the other takes what has become free."""
    desks.ani.hold()
    desks.first.database.write(lambda connection: let_leases_end(connection, desks.wall, desks.ani.login))
    if is_settled:
        desks.budi.hold()
    ready = (lambda: None) if is_settled else desks.budi.hold
    return _pair("expired", desks.ani, desks.budi, (0, 0), numbers, ready)


def _pair(
    kind: str, first: Hand, second: Hand, halves: tuple[int, int], numbers: "count[int]", second_does_before: Callable[[], None]
) -> Pair:
    stands = first.desk()
    one, other = (with_half(shown_on(stands), half, next(numbers)) for half in halves)

    def second_takes() -> Try:
        second_does_before()
        return second.take(other, stands.revision)

    return Pair(kind, at_one_moment(lambda: first.take(one, stands.revision), second_takes))


def under_kills(desks: Desks, kills: int, numbers: "count[int]", told: Callable[[int], None]) -> list[Try]:
    """Both take in their halves as fast as they can while the second door is killed again and again; every try, answered or not."""
    desks.ani.hold(LEFT)
    desks.budi.hold(RIGHT)
    is_over, is_sent, random = Event(), Event(), Random(SEED)
    with ThreadPoolExecutor(2, thread_name_prefix="hand") as threads:
        work = [
            threads.submit(_keep_taking, desks.ani, 0, numbers, Event(), is_over),
            threads.submit(_keep_taking, desks.budi, 1, numbers, is_sent, is_over),
        ]
        try:
            for number in range(kills):
                time.sleep(random.uniform(*LIFE_S))
                is_sent.wait(10)
                time.sleep(random.uniform(0, UNDER_WAY_S))
                desks.second.kill_doors()
                desks.second.start_doors()
                desks.second.wait_open()
                told(number + 1)
        finally:
            is_over.set()
        return [one for tries in work for one in tries.result()]


def _keep_taking(hand: Hand, half: int, numbers: "count[int]", is_sent: Event, is_over: Event) -> list[Try]:
    """``is_sent`` is set while a take is under way."""
    tries: list[Try] = []
    while not is_over.is_set():
        try:
            stands = hand.desk()
        except httpx.TransportError:
            # The door is shut: nothing was sent that could be lost.
            time.sleep(0.02)
            continue
        layout = with_half(shown_on(stands), half, next(numbers))
        is_sent.set()
        tries.append(hand.take(layout, stands.revision))
        is_sent.clear()
    return tries


def written(desks: Desks) -> Written:
    return Written(desks.ani.history(), desks.first.database.read(lambda connection: noted(connection, desks.wall)), desks.ani.desk())


def judge_pairs(store: str, pairs: Sequence[Pair], wanted: int) -> list[Figure]:
    """Exactly one of each pair is carried out; the other is told by whom and what."""
    untold = sum(not _is_told(pair) for pair in pairs if len(pair.won) == 1)
    by_revision = sum(one.code == "stale_revision" for pair in pairs for one in pair.lost)
    return [
        at_least(f"{store}: pairs of takes at one moment", len(pairs), "pairs", wanted),
        exactly(f"{store}: pairs of which not exactly one was carried out", sum(len(pair.won) != 1 for pair in pairs), "pairs", 0),
        exactly(f"{store}: losers not told by whom and what", untold, "pairs", 0),
        at_least(f"{store}: losers refused by the revision", by_revision, "pairs", len(pairs) / 4),
        beside(f"{store}: losers refused by the lease", sum(len(pair.lost) for pair in pairs) - by_revision, "pairs"),
        beside(f"{store}: won by the second of the pair", sum(pair.tries[1].is_carried_out for pair in pairs), "pairs"),
    ]


def _is_told(pair: Pair) -> bool:
    winner, loser = pair.won[0], pair.lost[0]
    if loser.code == "stale_revision":
        return winner.by.title() in loser.text and repr(winner.title) in loser.text
    # Whose time is over may ask before anybody else holds it.
    is_named = winner.by.title() in loser.text or "take it first" in loser.text
    return loser.code in REFUSED and is_named and "would change" in loser.text


def judge_written(store: str, won: Sequence[Try], found: Written) -> list[Figure]:
    """``won``: every take that was answered 2xx. The history has all of them, in one row of numbers, and the audit a line for each."""
    numbers = sorted(one.revision for one in found.history)
    by_revision = {one.revision: one for one in found.history}
    lost = sum(not _stands(one, by_revision.get(one.revision)) for one in won)
    decided = [(one.revision, one.by, f"wall_{one.kind}") for one in found.history]
    lines = [(line.revision, line.by, line.action) for line in found.audit]
    titles = [one.layout.title for one in found.history if one.kind is TakeKind.TAKE and one.layout is not None]
    newest = max(won, key=lambda one: one.revision, default=None)
    shown = found.desk.shown
    last = max(numbers, default=0)
    is_shown = shown is not None and shown.revision == last and newest is not None and newest.revision <= last
    return [
        at_least(f"{store}: takes acknowledged", len(won), "takes", 1),
        exactly(f"{store}: revisions left out or given twice", _breaks(numbers), "revisions", 0),
        exactly(f"{store}: acknowledged takes that do not stand as they were answered", lost, "takes", 0),
        exactly(f"{store}: one take, several decisions", len(titles) - len(set(titles)), "takes", 0),
        exactly(f"{store}: decisions without exactly one line in the audit", _unequal(decided, lines), "decisions", 0),
        is_true(f"{store}: the newest decision is what stands", is_shown and found.desk.revision == last),
    ]


def _stands(one: Try, taken: Taken | None) -> bool:
    return taken is not None and taken.layout is not None and (taken.layout.title, taken.by) == (one.title, one.by)


def _breaks(numbers: Sequence[int]) -> int:
    """How many numbers differ from 1, 2, 3 ..."""
    return sum(number != place for place, number in enumerate(numbers, 1))


def _unequal(decided: Sequence[tuple[int, str, str]], lines: Sequence[tuple[int, str, str]]) -> int:
    return len(set(decided) ^ set(lines)) + len(lines) - len(set(lines))


def judge_kills(store: str, kills: int, tries: Sequence[Try]) -> list[Figure]:
    """That it was tried at all: takes went on, and some were cut off under way."""
    cut = [one for one in tries if one.status == 0 and one.text != "ConnectError"]
    return [
        at_least(f"{store}: takes acknowledged under kills", sum(one.is_carried_out for one in tries), "takes", FEWEST_ACKNOWLEDGED),
        at_least(f"{store}: takes cut off under way by {kills} kills", len(cut), "takes", 1),
    ]


def judge_shown(wall_revision: int | None, found: Written) -> list[Figure]:
    """What the wall itself says, some seconds after the last decision."""
    behind = None if wall_revision is None else abs(found.desk.revision - wall_revision)
    return [exactly("revisions between the last decision and what the wall says it shows", behind, "revisions", 0)]
