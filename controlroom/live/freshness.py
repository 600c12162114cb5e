"""How fresh each topic is: from heartbeats, sources and the age of values. Pure bookkeeping; clocks are handed in."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from controlroom.live.ages import Publishers, Recent, Stamp
from feeds.messages import TOPICS
from feeds.messages.freshness import CLOCK_SKEW_SHOWN_S, OFFLINE_AFTER_S, SEVERITY, Freshness, by_age, worst
from feeds.messages.header import Delivery, FreshnessRule, Message, Quality, Topic
from feeds.messages.system import CANARY, QUARANTINE, SOURCE, Canary, Heartbeat, Source, SourceState
from widgets.kit.status import BusStatus, FrameStatus

SIMULATED_NAMESPACE = "sim"
_TOLD_BY_THE_RUNTIME = frozenset({SOURCE.name, QUARANTINE.name})
"""Topics that no source feeds: what the runtime says of its sources is as fresh as its pulse."""

FAULT_SHOWN_S = 600.0
"""How long an unexpected error of the wall, or a refused message, stays in its head."""


class FreshnessBook:
    """``monotonic_s``: a clock that no one sets. Namespace ``sim`` is simulated whatever its messages say."""

    def __init__(self, namespace: str, *, monotonic_s: Callable[[], float]) -> None:
        self._namespace = namespace
        self._monotonic_s = monotonic_s
        self._started_at_s = monotonic_s()
        self._publishers = Publishers()
        self._owners: dict[str, str] = {}
        self._sources: dict[str, Source] = {}
        self._checks: dict[str, Stamp] = {}
        self._simulated: set[str] = set()
        self._newest: dict[str, Stamp] = {}
        self._observed: dict[str, dict[str, datetime]] = {}
        self._with_messages: set[str] = set()
        self._canary_at_s: float | None = None
        self._delay_s: float | None = None
        self._rejected = Recent(FAULT_SHOWN_S)
        self._dropped = Recent(FAULT_SHOWN_S)
        self._reason: str | None = None
        self._faults_at_s: deque[float] = deque(maxlen=99)

    def on_heartbeats(self, messages: Sequence[Message[Any]], now: datetime, *, is_stored: bool) -> None:
        """``is_stored``: read from a snapshot, so it may be old: it names owners but is no sign of life."""
        for message in messages:
            beat: Heartbeat | None = message.body
            if beat is None:
                continue
            if not is_stored:
                self._publishers.on_beat(beat, now, self._monotonic_s())
            for mark in beat.marks:
                self._owners[mark.topic] = beat.publisher

    def on_sources(self, messages: Sequence[Message[Any]]) -> None:
        """A check is new when it is another than the one known: told again or read again, it goes on ageing."""
        for message in messages:
            source: Source | None = message.body
            if source is None:
                self._sources.pop(message.key, None)
                self._checks.pop(message.key, None)
                continue
            self._sources[message.key] = source
            known = self._checks.get(message.key)
            if source.checked_at is None:
                self._checks.pop(message.key, None)
            elif known is None or known.true_at != source.checked_at:
                self._checks[message.key] = Stamp(message, source.checked_at, self._monotonic_s())

    def on_canary(self, messages: Sequence[Message[Any]], now: datetime, *, is_stored: bool) -> None:
        for message in messages:
            canary: Canary | None = message.body
            if canary is not None and not is_stored:
                self._canary_at_s = self._monotonic_s()
                self._delay_s = max(0.0, (now - canary.sent_at).total_seconds())

    def on_messages(
        self, topic: Topic[Any], latest: Mapping[str, Message[Any]] | None, messages: Sequence[Message[Any]], now: datetime
    ) -> None:
        """``latest`` is the topic's state after ``messages``; ``None`` for events."""
        if any(message.body is not None and message.quality is Quality.SIMULATED for message in messages):
            self._simulated.add(topic.name)
        elif latest is not None and not any(message.quality is Quality.SIMULATED for message in latest.values()):
            self._simulated.discard(topic.name)
        for message in messages:
            if message.body is not None:
                self._with_messages.add(topic.name)
        if topic.freshness is FreshnessRule.MESSAGE:
            self._observe(topic, messages, now)

    def _observe(self, topic: Topic[Any], messages: Sequence[Message[Any]], now: datetime) -> None:
        """Keeps the youngest value. The same observation of a key said once more is no newer, whatever its date."""
        observed = self._observed.setdefault(topic.name, {})
        for message in messages:
            if message.body is None:
                observed.pop(message.key, None)
                continue
            is_known = observed.get(message.key) == message.observed_at
            if topic.delivery is Delivery.LATEST:
                observed[message.key] = message.observed_at
            if is_known:
                continue
            stamp, newest = Stamp(message, message.observed_at, self._monotonic_s()), self._newest.get(topic.name)
            if newest is None or self._age_s(topic, stamp, now) <= self._age_s(topic, newest, now):
                self._newest[topic.name] = stamp

    def _age_s(self, topic: Topic[Any], stamp: Stamp, now: datetime) -> float:
        return stamp.age_s(self._publishers, self._owners.get(topic.name), now, self._monotonic_s())

    def on_reader(self, *, rejected: int, simulated: int, reason: str | None) -> None:
        """What the reader counts itself, since its start: messages it refused or dropped as simulated; and why it is not connected."""
        now_s = self._monotonic_s()
        self._rejected.on_total(rejected, now_s)
        self._dropped.on_total(simulated, now_s)
        self._reason = reason

    def on_fault(self) -> None:
        """An unexpected error anywhere in the wall's process; may be called from any thread."""
        self._faults_at_s.append(self._monotonic_s())

    def bus(self) -> BusStatus:
        """The newest heartbeat of any publisher decides; the canary gives the delay."""
        now_s = self._monotonic_s()
        age_s = self._publishers.least_silence_s(now_s)
        canary_age_s = now_s - (self._canary_at_s if self._canary_at_s is not None else self._started_at_s)
        if age_s is None:
            state = Freshness.OFFLINE if now_s - self._started_at_s > OFFLINE_AFTER_S else Freshness.WAITING
        elif age_s > OFFLINE_AFTER_S:
            state = Freshness.OFFLINE
        else:
            state = by_age(canary_age_s, CANARY.stale_after_s)
        skew_s = self._publishers.skew_s(now_s)
        return BusStatus(
            faults=sum(1 for at in self._faults_at_s if now_s - at < FAULT_SHOWN_S),
            freshness=state,
            heartbeat_age_s=age_s,
            canary_age_s=canary_age_s,
            delay_s=self._delay_s,
            skew_s=skew_s if skew_s is not None and abs(skew_s) > CLOCK_SKEW_SHOWN_S else None,
            rejected=self._rejected.count(now_s),
            simulated=self._dropped.count(now_s),
            reason=self._reason,
        )

    def has_source(self, topic: Topic[Any]) -> bool:
        """Whether anybody feeds the topic in this city."""
        return topic.name in self._with_messages or any(topic.name in source.topics for source in self._sources.values())

    def is_simulated(self, topic: Topic[Any]) -> bool:
        """Whether any of its values is, or all of the namespace."""
        return self._namespace == SIMULATED_NAMESPACE or topic.name in self._simulated

    def topic(self, topic: Topic[Any], now: datetime) -> tuple[Freshness, float | None]:
        """The topic's freshness and the age in seconds it rests on."""
        now_s = self._monotonic_s()
        bus = self.bus()
        if bus.freshness is Freshness.OFFLINE:
            return Freshness.OFFLINE, bus.heartbeat_age_s if bus.heartbeat_age_s is not None else now_s - self._started_at_s
        owner = self._owners.get(topic.name)
        if owner is not None:
            silence_s = self._publishers.silence_s(owner, now_s)
            if silence_s is None:
                silence_s = now_s - self._started_at_s
            if silence_s > OFFLINE_AFTER_S:
                return Freshness.OFFLINE, silence_s
        if topic.name in _TOLD_BY_THE_RUNTIME:
            return bus.freshness, bus.heartbeat_age_s
        if topic.freshness is FreshnessRule.MESSAGE:
            newest = self._newest.get(topic.name)
            age_s = None if newest is None else self._age_s(topic, newest, now)
            return by_age(age_s, topic.stale_after_s), age_s
        return max(self._by_source(topic, now).values(), key=_badness, default=(Freshness.WAITING, None))

    def source(self, key: str, now: datetime) -> tuple[Freshness, float | None]:
        """One source by the strictest of its topics, as those are judged, and the seconds since its last good check."""
        source = self._sources.get(key)
        if source is None:
            return Freshness.WAITING, None
        topics = [TOPICS[name] for name in source.topics if name in TOPICS]
        allowed_s = min((topic.stale_after_s for topic in topics if topic.freshness is FreshnessRule.SOURCE), default=SOURCE.stale_after_s)
        return self._judged(key, source, allowed_s, now) or (Freshness.WAITING, None)

    def _judged(self, key: str, source: Source, stale_after_s: float, now: datetime) -> tuple[Freshness, float | None] | None:
        check = self._checks.get(key)
        if check is None:
            return (Freshness.OFFLINE, None) if source.state is SourceState.DOWN else None
        age_s = self._age_s(SOURCE, check, now)
        return by_age(age_s, max(stale_after_s, 2 * source.interval_s)), age_s

    def _by_source(self, topic: Topic[Any], now: datetime) -> dict[str, tuple[Freshness, float | None]]:
        """How fresh each source of the topic is, by its own interval; one never checked that is down is OFFLINE, else it is left out."""
        found: dict[str, tuple[Freshness, float | None]] = {}
        for key, source in self._sources.items():
            if topic.name not in source.topics:
                continue
            judged = self._judged(key, source, topic.stale_after_s, now)
            if judged is not None:
                found[key] = judged
        return found

    def _worst_source(self, topic: Topic[Any], now: datetime) -> str | None:
        """The title of the source that makes the topic late or worse, where others feed it too."""
        found = {} if topic.freshness is FreshnessRule.MESSAGE else self._by_source(topic, now)
        key = max(found, key=lambda key: _badness(found[key]), default=None)
        if key is None or len(found) < 2 or found[key][0] is Freshness.LIVE:
            return None
        return self._sources[key].title or key

    def frame(self, topics: Sequence[Topic[Any]], now: datetime, *, are_equal: bool = False) -> FrameStatus:
        """How a panel of these topics must look; the first topic decides, the others are counted.

        ``are_equal``: the topics stand side by side and each value says its own age. Then one that is LIVE keeps the panel LIVE and those
        that are not are counted; when none is, the worst decides.
        """
        is_simulated = self._namespace == SIMULATED_NAMESPACE or any(self.is_simulated(topic) for topic in topics)
        if not topics:
            bus = self.bus()
            age_s = None if bus.freshness is Freshness.LIVE else _as_shown(bus.heartbeat_age_s)
            return FrameStatus(freshness=bus.freshness, age_s=age_s, is_simulated=is_simulated)
        fed = [topic for topic in topics if self.has_source(topic)]
        state, age_s = self._among_equals(fed, now) if are_equal and fed else self.topic(topics[0], now)
        live = sum(1 for topic in fed if self.topic(topic, now)[0] is Freshness.LIVE)
        fresh_of = (live, len(fed)) if state is Freshness.LIVE and live < len(fed) else None
        shown_age = None if state in (Freshness.LIVE, Freshness.WAITING) else _as_shown(age_s)
        is_old = state in (Freshness.LATE, Freshness.STALE, Freshness.OFFLINE) and not are_equal
        source = self._worst_source(topics[0], now) if is_old else None
        return FrameStatus(freshness=state, age_s=shown_age, fresh_of=fresh_of, is_simulated=is_simulated, source=source)

    def _among_equals(self, fed: Sequence[Topic[Any]], now: datetime) -> tuple[Freshness, float | None]:
        states = [self.topic(topic, now) for topic in fed]
        if any(state is Freshness.LIVE for state, _ in states):
            return Freshness.LIVE, None
        shown = worst([state for state, _ in states])
        return shown, max((age_s for state, age_s in states if state is shown and age_s is not None), default=None)


def _badness(one: tuple[Freshness, float | None]) -> tuple[int, float]:
    return SEVERITY.index(one[0]), one[1] or 0.0


def _as_shown(age_s: float | None) -> float | None:
    """Whole seconds, from a minute on whole minutes: the chip says no more, so nothing is painted for less."""
    if age_s is None:
        return None
    return float(int(age_s)) if age_s < 60 else float(int(age_s) // 60 * 60)
