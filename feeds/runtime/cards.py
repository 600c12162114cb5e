"""The quality card of each collector: what it reads, on what it is tested, what its source asks, when it is called old."""

from collections.abc import Sequence

import msgspec

from feeds.messages.city import City
from feeds.messages.header import FreshnessRule, Topic
from feeds.runtime.collector import CollectorSpec, Poll, Stream
from feeds.runtime.registry import collector_names, jobs_of, load_collector


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """``sources``: under which names a city runs it."""

    collector: str
    title: str
    standard: str
    sink: str
    topics: tuple[str, ...]
    asks: str
    stale_rule: str
    recorded: tuple[str, ...]
    terms: str
    bad_input: str
    sources: tuple[str, ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Label and value of each line, for people."""
        return [
            ("reads", self.standard),
            ("feeds", f"{', '.join(self.topics)} ({self.sink})"),
            ("asks", self.asks),
            ("old when", self.stale_rule),
            ("recorded", ", ".join(self.recorded) or "none; its own sample only"),
            ("terms", self.terms),
            ("bad input", self.bad_input),
        ]


def quality_cards(city: City | None = None) -> list[Card]:
    """One card for each collector, by name; raises ``CollectorError`` when a source of ``city`` does not fit."""
    jobs = jobs_of(city) if city is not None else []
    cards: list[Card] = []
    for name in collector_names():
        spec, _ = load_collector(name)
        cards.append(_card(spec, [job.name for job in jobs if job.spec.key == name]))
    return cards


def _card(spec: CollectorSpec, sources: Sequence[str]) -> Card:
    return Card(
        collector=spec.key,
        title=spec.title,
        standard=spec.standard,
        sink=spec.sink.value,
        topics=tuple(topic.name for topic in spec.topics),
        asks=_asks(spec),
        stale_rule="; ".join(dict.fromkeys(_stale_rule(spec, topic) for topic in spec.topics)),
        recorded=spec.recorded,
        terms=spec.terms,
        bad_input=spec.bad_input,
        sources=tuple(sources),
    )


def _asks(spec: CollectorSpec) -> str:
    kind = spec.kind
    if isinstance(kind, Stream):
        return "keeps a stream open"
    if isinstance(kind, Poll):
        return f"every {kind.every_s:g} s, at most {spec.requests_per_minute} requests a minute to one host"
    return f"looks into its folder every {kind.every_s:g} s"


def _stale_rule(spec: CollectorSpec, topic: Topic[object]) -> str:
    """In words what ``feeds.messages.freshness`` and the wall's book of freshness do."""
    if topic.freshness is FreshnessRule.MESSAGE:
        return f"its newest value is older than {topic.stale_after_s:g} s"
    interval_s = spec.kind.quiet_s if isinstance(spec.kind, Stream) else spec.kind.every_s
    return f"not checked well for {max(topic.stale_after_s, 2 * interval_s):g} s"
