"""The drill ``story``: one report from a citizen's telephone to its evidence by HTTP; the colours are read from the wall's pixels."""

import asyncio
import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import msgspec
from PIL import Image

from controlroom.measure.account import on_bus
from controlroom.measure.bench_wall import land_of
from controlroom.measure.citizens import Citizens, Post, words_of
from controlroom.measure.frame_buffer import FrameBuffer, Rect
from controlroom.measure.outage import LIVE, all_are
from controlroom.measure.parts import Parts
from controlroom.measure.people import Somebody
from controlroom.measure.reporting import NAMESPACE, Reporting
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, at_least, at_most, beside, exactly, is_true, result
from controlroom.measure.spoken import Page
from controlroom.settings import ASSETS
from feeds.messages.actions import Accept, Answer, Finish, Forward, Triage
from feeds.messages.actions import Progress as Work
from feeds.messages.report import Report, ReportState
from feeds.reports.roles import Role
from feeds.sim.photo_scenes import draw_photo

CATEGORY, AGENCY = "jalan_berlubang", "dpupr"
PLACE = (106.6180, -6.1850)
SEEN_WITHIN_S = 10.0
AROUND_PX = 48
MARK_PX = 110
"""A report's mark and its halo on the virtual wall are no larger."""
FEWEST_PIXELS = 40
NEAR = 12
"""Of a channel's 255: what rounding may do to a colour."""
FED = ("map", "totals", "ticker")

Colours = dict[str, list[tuple[int, int, int]]]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One step: the colour its mark must have, the one it had on the wall (``None``: none), and when it had it.

    ``pixels``: of that colour, near the mark. ``state``: of the report on the bus then.
    """

    step: str
    wanted: str
    colour: str | None
    pixels: int
    after_s: float | None
    state: ReportState | None
    due_state: ReportState


def story(long: bool, progress: Progress) -> Result:
    """Pictures of the whole wall, one for each step, stay in a folder that the last figure names."""
    kept = Path(tempfile.mkdtemp(prefix="live-room-story-"))
    with ExitStack() as stack:
        parts = stack.enter_context(Parts(namespace=NAMESPACE))
        room = stack.enter_context(Reporting(parts.folder, media_key=parts.media_key))
        progress("starting doors, feeds and wall", 0.05)
        room.open_doors()
        room.start_teller(parts.redis.url_for("back"))
        parts.pictures_from(room.base)
        parts.start_wall()
        parts.until("the fed panels are LIVE", lambda: all_are(parts, LIVE, FED) or None, 40, every_s=0.25)
        parts.until("the map's page is ready", lambda: parts.wall.ask(Page, "page").is_ready or None, 40, every_s=0.5)
        time.sleep(2)
        told, spread_px, is_evidence = _live(parts, room, stack, kept, progress)
    return result("story", judge_story(told, spread_px, is_evidence=is_evidence, pictures=len(list(kept.glob("*.png"))), folder=str(kept)))


def judge_story(told: Sequence[Told], spread_px: int | None, *, is_evidence: bool, pictures: int, folder: str) -> list[Figure]:
    """``spread_px``: how far the pixels lie apart that turned red when the report came; more than a mark means it was something else."""
    colours = [one.colour for one in told]
    turns = [after for before, after in pairwise(["", *(str(colour) for colour in colours)]) if after != before]
    figures = [at_most("pixels that turned red as the report came: spread", spread_px, "px", MARK_PX)]
    for before, one in zip([None, *colours], told, strict=False):
        figures += [
            is_true(f"{one.step}: the bus says {one.due_state}", one.state is one.due_state),
            is_true(f"{one.step}: the mark on the wall is {one.wanted}", one.colour == one.wanted and one.pixels >= FEWEST_PIXELS),
        ]
        if one.colour != before:
            figures.append(beside(f"{one.step}: {one.wanted} in the pixels after", one.after_s, "s"))
    return [
        *figures,
        is_true("from red over yellow to green, and never back", turns == ["red", "yellow", "green"]),
        is_true("the finish photo passed as evidence", is_evidence),
        at_least("steps told", len(told), "steps", 6),
        exactly(f"pictures of the wall in {folder}", pictures, "pictures", len(told)),
    ]


def _live(parts: Parts, room: Reporting, stack: ExitStack, kept: Path, progress: Progress) -> tuple[list[Told], int | None, bool]:
    colours = palette_colours()
    land = land_of(parts.slot("map").geometry)
    operator = stack.enter_context(Somebody(room, "operator", Role.OPERATOR))
    agency = stack.enter_context(Somebody(room, "dinas", Role.OPD, AGENCY))
    officer = stack.enter_context(Somebody(room, "petugas", Role.FIELD, AGENCY))
    with FrameBuffer(parts.virtual.frame_buffer) as buffer:
        before = buffer.sample(land, step=1)
        report = _send(room)
        sent_s = time.monotonic()
        found = parts.wait(lambda: appeared(before, buffer.sample(land, step=1), land, colours["red"]), SEEN_WITHIN_S)
        if found is None:
            _keep(buffer, kept / "0-nothing.png")
            raise CannotMeasure(f"no red mark has come on the map within {SEEN_WITHIN_S:g} s: see {kept}")
        (x, y), spread_px = found
        around = (x - AROUND_PX, y - AROUND_PX, 2 * AROUND_PX, 2 * AROUND_PX)
        told: list[Told] = []

        def see(step: str, wanted: str, due: ReportState, since_s: float) -> None:
            progress(step, 0.3 + 0.08 * len(told))

            def look() -> bool:
                return colour_of(buffer.sample(around, step=1), colours)[0] == wanted and _state(parts, report) is due

            is_seen = parts.wait(look, SEEN_WITHIN_S) is not None
            after_s = time.monotonic() - since_s if is_seen else None
            # The rest of the wall (photo, ticker) has its moment too before the picture is taken.
            time.sleep(1.5)
            colour, pixels = colour_of(buffer.sample(around, step=1), colours)
            told.append(
                Told(
                    step=step, wanted=wanted, colour=colour, pixels=pixels, after_s=after_s, state=_state(parts, report), due_state=due
                )
            )  # fmt: skip
            _keep(buffer, kept / f"{len(told)}-{wanted}-{due}.png")

        def do(step: str, wanted: str, due: ReportState, work: Callable[[], None]) -> None:
            work()
            see(step, wanted, due, time.monotonic())

        def triage() -> None:
            operator.claim(report)
            operator.step(report, Triage(text="Lubang di lajur kiri, sudah dua pengendara terjatuh", place="Jl. Daan Mogot"))

        def forward() -> None:
            operator.step(report, Forward(agency=AGENCY, officer=officer.login))

        def finish() -> None:
            photo = officer.attach(report, draw_photo(CATEGORY, 1, "after", seed=3671))
            officer.step(report, Finish(photo=photo))

        see("received at the door", "red", ReportState.NEW, sent_s)
        do("triaged at the desk", "red", ReportState.NEW, triage)
        do("forwarded to the agency", "red", ReportState.FORWARDED, forward)
        do("accepted by the agency", "yellow", ReportState.WORKING, lambda: agency.step(report, Accept()))
        do("worked on in the field", "yellow", ReportState.WORKING, lambda: officer.step(report, Work(text="Penambalan dimulai")))
        do("finished with evidence", "green", ReportState.DONE, finish)
        do("answered", "green", ReportState.DONE, lambda: operator.step(report, Answer(text="Sudah ditambal. Terima kasih.")))
    last = _on_bus(parts, report)
    return told, spread_px, last is not None and last.evidence_ok is True


def _send(room: Reporting) -> str:
    lon, lat = PLACE
    fields = {"service_code": CATEGORY, "lat": str(lat), "long": str(lon), "description": words_of(1), "first_name": "Warga"}
    post = Post(1, fields, draw_photo(CATEGORY, 1, "before", seed=3671))
    answer = asyncio.run(Citizens(room.base, room.key).send(lambda number: post, per_s=1, seconds=1))[0]
    if answer.report is None:
        raise CannotMeasure(f"the door did not take the report: HTTP {answer.status}")
    return answer.report


def _on_bus(parts: Parts, report: str) -> Report | None:
    return on_bus(parts.redis.url_for("admin"), NAMESPACE).reports.get(report)


def _state(parts: Parts, report: str) -> ReportState | None:
    found = _on_bus(parts, report)
    return found.state if found is not None else None


def _keep(buffer: FrameBuffer, file: Path) -> None:
    pixels = buffer.sample((0, 0, buffer.width, buffer.height), step=1)
    Image.frombytes("RGB", (buffer.width, buffer.height), pixels, "raw", "BGRX").save(file)


def palette_colours() -> Colours:
    """Red, yellow and green of every palette the wall may wear."""
    palettes = tomllib.loads((ASSETS / "theme.toml").read_text(encoding="utf-8"))["palette"].values()
    return {name: [_channels(palette[name]) for palette in palettes] for name in ("red", "yellow", "green")}


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def colour_of(pixels: bytes, colours: Colours) -> tuple[str | None, int]:
    """The colour of a mark that most of the pixels (BGRX) have, and how many; ``None`` when there is none of it."""
    counts = {name: len(_like(pixels, wanted)) for name, wanted in colours.items()}
    name = max(counts, key=lambda one: counts[one])
    return (name, counts[name]) if counts[name] else (None, 0)


def appeared(before: bytes, now: bytes, land: Rect, wanted: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int], int] | None:
    """Where on the screen, and how far apart, pixels have taken that colour; ``None`` while they are too few for a mark."""
    width = land[2]
    fresh = sorted(_like(now, wanted) - _like(before, wanted))
    if len(fresh) < FEWEST_PIXELS:
        return None
    columns, rows = sorted(at % width for at in fresh), sorted(at // width for at in fresh)
    middle = len(fresh) // 2
    return (land[0] + columns[middle], land[1] + rows[middle]), max(columns[-1] - columns[0], rows[-1] - rows[0])


def _like(pixels: bytes, wanted: Sequence[tuple[int, int, int]]) -> set[int]:
    """Numbers of the pixels that have one of these colours."""
    blue, green, red = pixels[0::4], pixels[1::4], pixels[2::4]
    found: set[int] = set()
    for r, g, b in wanted:
        close = bytes(abs(value - r) <= NEAR for value in range(256))
        reds = red.translate(close)
        at = reds.find(1)
        while at >= 0:
            if abs(green[at] - g) <= NEAR and abs(blue[at] - b) <= NEAR:
                found.add(at)
            at = reds.find(1, at + 1)
    return found
