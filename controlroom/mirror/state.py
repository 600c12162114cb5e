"""What the mirror knows of the room, and what each scope may see of it. Pure: it is fed and asked; clocks are handed in.

Every change of what anybody may see raises one revision. A change of it is found by ``tick``, so that a burst is one change.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from controlroom.live.freshness import FreshnessBook
from controlroom.mirror.belongings import Belongings
from controlroom.mirror.followed import Followed
from controlroom.mirror.relayed import AGENCY, CITY, CURTAIN, PARTS, RELAYED, told, topics_of
from controlroom.mirror.told_status import ToldFreshness, shown_bus
from controlroom.mirror.view import MOST_LINES, Change, View, pieces
from controlroom.mirror.wall_picture import WallPicture, Walls
from feeds.bus.reader import ReaderStatus
from feeds.messages.camera import CAMERA
from feeds.messages.deadline import DEADLINE
from feeds.messages.field import OFFICER
from feeds.messages.freshness import Freshness
from feeds.messages.header import BodyT, Message, Topic
from feeds.messages.layout import Layout
from feeds.messages.report import INCIDENT, REPORT, TICKER
from feeds.messages.system import CANARY, HEARTBEAT, SOURCE, WALL_STATE
from feeds.messages.walls import WALL_ORDER

PIECE_BYTES = 48 * 1024
"""What one frame tells at most, before it is packed to about a seventh: a page on a slow link hears nothing of a frame until it is whole,
and takes a link that is silent for nine seconds for a dead one."""

HEARD: tuple[Topic[Any], ...] = (WALL_ORDER, WALL_STATE, *RELAYED.values(), CANARY, HEARTBEAT)
"""What the mirror reads of the bus; the walls' curtains before anything they may hide."""

_NOTHING = Change({}, {}, [])

Frame = dict[str, Any]


class MirrorState:
    """Sink of a ``BusReader``. ``epoch``: a word of this one life of the mirror. ``wall``: the one to follow, by name."""

    def __init__(
        self,
        epoch: str,
        namespace: str,
        *,
        now: Callable[[], datetime],
        monotonic_s: Callable[[], float],
        wall: str | None = None,
        layouts: Mapping[str, Layout] | None = None,
        piece_bytes: int = PIECE_BYTES,
    ) -> None:
        self.revision = 1
        self._epoch = epoch
        self._piece_bytes = piece_bytes
        self._now = now
        self._monotonic_s = monotonic_s
        self._book = FreshnessBook(namespace, monotonic_s=monotonic_s)
        self._latest: dict[str, dict[str, Message[Any]]] = {name: {} for name in RELAYED}
        self._lines: list[Message[Any]] = []
        self._dirty: dict[tuple[str, str], None] = {}
        self._belongings = Belongings()
        self._walls = Walls(wall, layouts or {})
        self._views: dict[str, View] = {}
        self._followed = Followed()
        self._fresh = ToldFreshness()
        self._wall: tuple[WallPicture | None, Freshness] = (None, Freshness.WAITING)
        self._bus: dict[str, object] = {}
        self._simulated: frozenset[str] = frozenset()
        self._told_at = {"wall": 1, "bus": 1, "simulated": 1}
        self._is_curtained = True
        self._ticked = 1

    # What the reader says.
    def snapshot(self, topic: Topic[Any], messages: list[Message[Any]]) -> None:
        now, now_s = self._now(), self._monotonic_s()
        if topic is WALL_STATE:
            self._walls.take_states(messages, now, now_s)
        elif topic is WALL_ORDER:
            self._walls.take_orders(messages)
        elif topic is TICKER:
            self._restart_lines(messages)
        elif topic.name in RELAYED:
            held = self._latest[topic.name]
            kept = {message.key for message in messages}
            for key in [key for key in held if key not in kept]:
                self._take(topic, key, None)
            for message in messages:
                self._take(topic, message.key, message)
        self._note(topic, messages, now, is_stored=True)

    def message(self, topic: Topic[Any], message: Message[Any]) -> None:
        if topic is WALL_STATE:
            self._walls.take_state(message, self._monotonic_s())
        elif topic is WALL_ORDER:
            self._walls.take_order(message)
        elif topic is TICKER:
            if message.body is not None:
                self._lines = [*self._lines, message][-MOST_LINES:]
            view = self._views.get(CITY)
            if view is not None and message.body is not None:
                self.revision += 1
                view.add_lines([_line(message)], self.revision)
        elif topic.name in RELAYED:
            self._take(topic, message.key, None if message.body is None else message)
        self._note(topic, [message], self._now(), is_stored=False)

    def rejected(self, topic_name: str, reason: str) -> None:
        """Counted and logged by the reader itself; its status carries the count."""

    def status(self, status: ReaderStatus) -> None:
        self._book.on_reader(rejected=status.rejected, simulated=status.simulated_dropped, reason=status.reason)

    def _take(self, topic: Topic[Any], key: str, message: Message[Any] | None) -> None:
        held = self._latest[topic.name]
        if message is None:
            held.pop(key, None)
        else:
            held[key] = message
        self._dirty[topic.name, key] = None
        if topic is REPORT:
            before = self._belongings.agency_of(key)
            concerned = self._belongings.take(key, None if message is None else message.body)
            self._dirty |= {(INCIDENT.name, incident): None for incident in concerned}
            if before != self._belongings.agency_of(key):
                self._dirty[DEADLINE.name, key] = None
                officers = self._bodies(OFFICER).items()
                self._dirty |= {(OFFICER.name, number): None for number, one in officers if one.report == key}

    def _restart_lines(self, messages: list[Message[Any]]) -> None:
        """A snapshot of events that goes on where those heard before ended adds to them; any other begins anew."""
        lines = [message for message in messages if message.body is not None][-MOST_LINES:]
        known = {_what(line) for line in self._lines}
        last = max((place for place, line in enumerate(lines) if _what(line) in known), default=-1)
        fresh, self._lines = lines[last + 1 :], lines
        view = self._views.get(CITY)
        if view is None:
            return
        self.revision += 1
        if last >= 0 or not known:
            view.add_lines([_line(line) for line in fresh], self.revision)
        else:
            view.restart_lines([_line(line) for line in lines], self.revision)

    def _note(self, topic: Topic[Any], messages: list[Message[Any]], now: datetime, *, is_stored: bool) -> None:
        """Tells the book of freshness what these messages mean for it."""
        if topic is HEARTBEAT:
            self._book.on_heartbeats(messages, now, is_stored=is_stored)
        elif topic is CANARY:
            self._book.on_canary(messages, now, is_stored=is_stored)
        elif topic is SOURCE:
            self._book.on_sources(messages)
        if topic.name in RELAYED:
            self._book.on_messages(topic, None if topic is TICKER else self._latest[topic.name], messages, now)

    # What viewers ask.
    @property
    def is_curtained(self) -> bool:
        """As of the last tick; also while it is not known yet."""
        return self._is_curtained

    def epoch_of(self, scope: str) -> str:
        """Revisions of one scope mean nothing in another."""
        return f"{self._epoch}-{scope}"

    def shown_to(self, scope: str) -> str:
        """The view that a viewer of a scope has now: his own, or the curtain's."""
        return CURTAIN if self._is_curtained else scope

    def holds(self, scope: str, topic: Topic[Any], key: str) -> bool:
        """Whether it is before the eyes of a viewer of this scope now."""
        # Also by what was said since the last tick: a report that has just gone to another agency is nobody's here.
        is_still = told(scope, topic, self.body(topic, key), self._belongings) is not None
        return is_still and not self._is_curtained and self._view(scope).holds(topic.name, key)

    def body(self, topic: Topic[BodyT], key: str) -> BodyT | None:
        """As the bus has it; ask ``holds`` first."""
        message = self._latest[topic.name].get(key)
        return None if message is None else message.body

    def _bodies(self, topic: Topic[BodyT]) -> dict[str, BodyT]:
        held = self._latest[topic.name]
        return {key: message.body for key, message in held.items() if message.body is not None}

    def shows_picture(self, scope: str, picture: str) -> bool:
        return any(self.holds(scope, REPORT, report) for report in self._belongings.showing(picture))

    def reports_of(self, scope: str, agency: str, most: int) -> tuple[list[msgspec.Raw], int]:
        """An agency's reports as items of a frame, the last touched first, and how many there are."""
        bodies, held = self._bodies(REPORT), self._latest[REPORT.name]
        found = [key for key, body in bodies.items() if body.agency == agency and self.holds(scope, REPORT, key)]
        found.sort(key=lambda key: bodies[key].changed_at, reverse=True)
        return [_item(held[key], bodies[key]) for key in found[:most]], len(found)

    def stills_port(self) -> int | None:
        return self._walls.stills_port(self._monotonic_s())

    # What is new.
    def tick(self) -> bool:
        """Looks at everything that was said since the last; whether anybody has to hear of it."""
        now_s, revision = self._monotonic_s(), self.revision + 1
        is_changed = self._mark_curtain(now_s, revision)
        is_changed |= self._mark_items(now_s, revision)
        is_changed |= self._mark_status(now_s, revision)
        if is_changed:
            self.revision = revision
        before, self._ticked = self._ticked, self.revision
        return self.revision != before

    def _mark_curtain(self, now_s: float, revision: int) -> bool:
        is_drawn = not self._walls.is_known or self._walls.is_curtained(now_s)
        if is_drawn == self._is_curtained:
            return False
        self._is_curtained = is_drawn
        for view in self._views.values():
            view.restart(revision)
        return True

    def _mark_items(self, now_s: float, revision: int) -> bool:
        is_changed = False
        later: dict[tuple[str, str], None] = {}
        for place in self._dirty:
            if self._is_more_to_tell(*place, now_s):
                later[place] = None
            for scope, view in self._views.items():
                is_changed |= view.put(place, self._text(scope, *place), revision)
        self._dirty = later
        return is_changed

    def _is_more_to_tell(self, topic: str, key: str, now_s: float) -> bool:
        """Whether not all of it may be told yet."""
        if topic != OFFICER.name:
            return False
        message = self._latest[topic].get(key)
        is_seen = message is not None and told(CITY, OFFICER, message.body, self._belongings) is not None
        return self._followed.take(key, message if is_seen else None, now_s)

    def _text(self, scope: str, name: str, key: str) -> msgspec.Raw | None:
        message = self._followed.newest(key) if name == OFFICER.name else self._latest[name].get(key)
        body = None if message is None else told(scope, RELAYED[name], message.body, self._belongings)
        return None if message is None or body is None else _item(message, body)

    def _mark_status(self, now_s: float, revision: int) -> bool:
        now = self._now()
        is_changed = False
        for name, topic in RELAYED.items():
            is_changed |= self._fresh.take(name, *self._book.topic(topic, now), now_s, revision)
        picture = self._walls.picture(now_s)
        wall = picture and picture.with_cameras(self._is_shown_camera), self._walls.freshness(now_s)
        bus = shown_bus(self._book.bus())
        simulated = frozenset(name for name, topic in RELAYED.items() if self._book.is_simulated(topic))
        if (_still(wall[0]), wall[1]) != (_still(self._wall[0]), self._wall[1]):
            self._told_at["wall"], is_changed = revision, True
        if bus != self._bus:
            self._told_at["bus"], is_changed = revision, True
        if simulated != self._simulated:
            self._told_at["simulated"], is_changed = revision, True
        self._wall, self._bus, self._simulated = wall, bus, simulated
        return is_changed

    def revision_of(self, shown: str) -> int:
        """The last one at which a view changed: who knows it needs to hear nothing."""
        if shown == CURTAIN:
            return max(self._view(shown).revision, self._told_at["wall"])
        names = frozenset(topic.name for topic in topics_of(shown))
        fresh = self._fresh.newest(names)
        return max(self._view(shown).revision, fresh, *self._told_at.values())

    def change(self, shown: str, known: int, scope: str) -> list[Frame] | None:
        """What is other since revision ``known`` in a view, in one frame or in parts; ``None``: only a snapshot helps.

        A page takes the parts of a change all at once, when the last has come: of half a change nobody could say what goes on from there.
        """
        change = self._view(shown).since(known) if 0 < known <= self.revision else None
        if change is None:
            return None
        return self._in_parts(shown, scope, known, pieces(change, self._piece_bytes))

    def snapshot_parts(self, shown: str, scope: str) -> list[Frame]:
        """All of a view, what a phone shows first in the first part; one part while the curtain is drawn."""
        if shown == CURTAIN:
            return [self._frame(shown, scope, 0, _NOTHING)]
        whole = self._view(shown).everything()
        parts: list[Change] = []
        for topics in PARTS:
            put = {topic.name: whole.put[topic.name] for topic in topics if topic.name in whole.put}
            parts += pieces(Change(put, {}, whole.lines if TICKER in topics else []), self._piece_bytes)
        return self._in_parts(shown, scope, 0, parts)

    def _in_parts(self, shown: str, scope: str, known: int, parts: list[Change]) -> list[Frame]:
        first, *others = parts
        frames = [self._frame(shown, scope, known, first), *(self._bare_frame(scope, known) | _changed(part) for part in others)]
        if len(frames) == 1:
            return frames
        return [frame | {"part": number, "of": len(frames)} for number, frame in enumerate(frames, 1)]

    def _bare_frame(self, scope: str, known: int) -> Frame:
        return {"from": known, "to": self.revision, "epoch": self.epoch_of(scope), "at": round(self._now().timestamp() * 1000)}

    def _frame(self, shown: str, scope: str, known: int, change: Change) -> Frame:
        """While the curtain is drawn nothing but that, and how fresh it all is."""
        frame = self._bare_frame(scope, known) | _changed(change)
        names = frozenset(topic.name for topic in topics_of(scope))
        fresh = self._fresh.since(known, names, self._monotonic_s())
        if fresh:
            frame["fresh"] = fresh
        if self._told_at["wall"] > known:
            wall = self._wall[0] if shown == CITY or self._wall[0] is None else self._wall[0].bare()
            # The clock of the curtain is that of the whole mirror: it may be drawn because nothing is known yet.
            frame["wall"] = None if wall is None else msgspec.structs.replace(wall, is_curtained=self._is_curtained)
        if shown != CURTAIN and self._told_at["bus"] > known:
            frame["bus"] = self._bus
        if shown != CURTAIN and self._told_at["simulated"] > known:
            frame["simulated"] = sorted(self._simulated & names)
        return frame

    def _is_shown_camera(self, camera: str) -> bool:
        """Of one that is private not even the name leaves the room."""
        return told(CITY, CAMERA, self.body(CAMERA, camera), self._belongings) is not None

    def _view(self, scope: str) -> View:
        """Made for the first who asks, of all there is."""
        view = self._views.get(scope)
        if view is None:
            view = self._views[scope] = View(self.revision)
            if scope == CITY or scope.startswith(AGENCY):
                for topic in topics_of(scope):
                    for key in self._latest[topic.name]:
                        view.put((topic.name, key), self._text(scope, topic.name, key), self.revision)
            if scope == CITY:
                view.add_lines([_line(line) for line in self._lines], self.revision)
        return view


def _changed(change: Change) -> Frame:
    named = (("put", change.put), ("gone", change.gone), ("lines", change.lines))
    return {name: value for name, value in named if value}


def _item(message: Message[Any], body: Any) -> msgspec.Raw:
    envelope = (message.seq, _ms(message.observed_at), _ms(message.published_at), message.quality, message.source, body)
    return msgspec.Raw(msgspec.json.encode(envelope))


def _line(message: Message[Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode((message.seq, _ms(message.published_at), message.body)))


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _what(message: Message[Any]) -> tuple[str, datetime, Any]:
    """After a flush its owner tells the same event again under another number."""
    return message.key, message.observed_at, message.body


def _still(wall: WallPicture | None) -> WallPicture | None:
    """Without its age: that alone is no news."""
    return None if wall is None else msgspec.structs.replace(wall, age_s=None)
