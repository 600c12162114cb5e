"""The recipe of a collector: one module with ``COLLECTOR = CollectorSpec(...)`` and ``async def collect(ctx)`` that yields ``Observed``.

The runtime owns timing, back-off, counting and publishing; a collector only reads one source. See ``feeds/collectors/``.
"""

import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar, cast

import msgspec

from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.header import Quality, Topic
from feeds.messages.report import INCIDENT, TICKER, TOTALS
from feeds.runtime.clock import Clock
from feeds.runtime.http import MAX_ANSWER_BYTES, SourceDown, SourceHttp

OptionsT = TypeVar("OptionsT", bound=msgspec.Struct)

__all__ = [
    "Collect", "CollectorContext", "CollectorSpec", "Document", "Observed", "Poll", "Read", "Refusal", "ReportOptions", "Sample", "Sink",
    "SourceDown", "Stream", "Watch", "each_document",
]  # fmt: skip


class Sink(StrEnum):
    """Where the records go: straight to the bus, or through the one owner of reports."""

    BUS = "bus"
    REPORTS = "reports"


@dataclass(frozen=True)
class Poll:
    """Asked every ``every_s``; one whole ``collect`` may take ``timeout_s``. A round yields all there is: what is missing is withdrawn."""

    every_s: float
    timeout_s: float


@dataclass(frozen=True)
class Stream:
    """Runs until the source ends it; each record is published as it comes and nothing is withdrawn."""

    quiet_s: float = 60.0


@dataclass(frozen=True)
class Watch:
    """Collected when a file of ``folder`` has changed, looked at every ``every_s``; each round yields all there is.

    A collector whose options name a ``folder`` is watched there, whatever else its spec says: files come by hand or by sync.
    """

    folder: Path
    every_s: float = 2.0
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Document:
    """One file or answer of a source: ``name`` is a file's name or an address, for messages."""

    name: str
    body: bytes


@dataclass(frozen=True)
class Sample:
    """Answers of the source, written by us, for the contract tests: ``{base}`` in ``options`` is where ``answers`` (by path) stand."""

    options: Mapping[str, Any]
    answers: Mapping[str, str]


class ReportOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every collector of reports may be told: totals since local midnight ("day") or of all it holds ("all")."""

    window: Literal["day", "all"] = "day"


@dataclass(frozen=True)
class CollectorSpec:
    """``key`` is the module's name. ``options`` refuses unknown keys. ``check`` says in a sentence why options do not fit a city.

    ``read`` makes records of documents of the source, whichever of its kinds they are, with no network: ``feeds check NAME --file F``.
    The quality card: ``terms`` is what the source asks of those who use it, ``standard`` what the reader holds itself to, ``recorded``
    the real files it is tested on (below a data folder), ``bad_input`` the test file that feeds it broken ones.
    """

    key: str
    title: str
    sink: Sink
    topics: tuple[Topic[Any], ...]
    kind: Poll | Stream | Watch
    options: type[msgspec.Struct]
    sample: Sample
    terms: str
    read: "Read"
    standard: str
    recorded: tuple[str, ...]
    bad_input: str
    requests_per_minute: int = 60
    max_bytes: int = MAX_ANSWER_BYTES
    check: Callable[[Any, City], str | None] = lambda options, city: None

    @property
    def fed_topics(self) -> tuple[Topic[Any], ...]:
        """Every topic that is as fresh as this collector: its own, and what the owner of reports makes of them."""
        return (*self.topics, TOTALS, INCIDENT, TICKER) if self.sink is Sink.REPORTS else self.topics


@dataclass(frozen=True)
class Observed:
    """One record for one topic. ``observed_at`` is the source's time, aware."""

    topic: Topic[Any]
    key: str
    body: Any
    observed_at: datetime
    quality: Quality = Quality.MEASURED


@dataclass(frozen=True)
class Refusal:
    """A record that may not go on. ``excerpt`` has field names and types only. ``key``: under which it would stand, where that is known."""

    record: str
    reason: str
    excerpt: str
    key: str | None = None


@dataclass
class CollectorContext(Generic[OptionsT]):
    """All a collector may use. ``http`` remembers between rounds; the lists are of one round.

    ``memory`` is the collector's own and lives as long as the source runs, not longer: nothing in it survives a restart. ``standing``
    gives what this source published on a topic and still stands on the bus, by key; a former run's too.
    """

    options: OptionsT
    city: City
    geography: CityGeography
    http: SourceHttp
    clock: Clock
    log: Any
    secret: Callable[[str], str | None]
    memory: dict[str, Any] = field(default_factory=dict[str, Any])
    standing: Callable[[Topic[Any]], Mapping[str, Any]] = lambda topic: MappingProxyType({})
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    trouble: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])
    remarks: list[str] = field(default_factory=list[str])
    outside: int = 0
    condensed: int = 0

    def taken(self, count: int = 1) -> None:
        """Count records that went into a figure, for a collector that makes one message of many: they are what it accepted."""
        self.condensed += count

    def elsewhere(self, count: int = 1) -> None:
        """Count records that are well but concern another place than this city; they are not yielded."""
        self.outside += count

    def quarantine(self, record: object, reason: str, *, name: str | None = None) -> None:
        """Refuse one record and go on. ``reason`` and ``name`` must hold nothing personal; a ``name`` that is no plain id is left out.

        What stands on the bus under the key ``name`` is not withdrawn: a bad version does not erase a good one.
        """
        shown = name if name is not None and _PLAIN_ID.fullmatch(name) else f"record {len(self.refusals) + 1}"
        self.refusals.append(Refusal(record=shown, reason=reason[:MAX_REASON], excerpt=shape_of(record), key=name))

    def remark(self, text: str) -> None:
        """Say something odd that is no failure; it is logged when it begins, with nothing personal in it."""
        if text not in self.remarks:
            self.remarks.append(text)

    def partly_down(self, reason: str, *, keep: str | None = None) -> None:
        """Say that part of the source failed: what is yielded is published, but the round does not count as a successful check.

        What was published under keys that begin with ``keep`` is not withdrawn.
        """
        if reason not in self.trouble:
            self.trouble.append(reason)
        if keep is not None:
            self.kept.append(keep)


Collect = Callable[[CollectorContext[Any]], AsyncGenerator[Observed, None]]
Read = Callable[[CollectorContext[Any], Sequence[Document]], Iterable[Observed]]
"""Records of the documents of one round, read together since one may replace what another says. Raises nothing: what is no document
of this source, and what is a bad record in a good one, is quarantined with the reason."""


def each_document(read_one: Callable[[CollectorContext[Any], Document], Iterable[Observed]]) -> Read:
    """A ``Read`` for sources whose documents have nothing to do with each other; ``read_one`` raises ``SourceDown`` for a wrong one."""

    def read(ctx: CollectorContext[Any], documents: Sequence[Document]) -> Iterable[Observed]:
        for document in documents:
            try:
                yield from read_one(ctx, document)
            except SourceDown as problem:
                ctx.quarantine(None, str(problem), name=document.name)

    return read


MAX_REASON = 200
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:#/-]{0,63}")
_PLAIN_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,39}")


def shape_of(record: object) -> str:
    """Field names and types of a record, without any of its contents."""
    if not isinstance(record, dict):
        return type(record).__name__
    fields = cast(dict[Any, Any], record)
    shown = [
        f"{name if isinstance(name, str) and _PLAIN_FIELD.fullmatch(name) else '?'}: {type(value).__name__}"
        for name, value in list(fields.items())[:30]
    ]
    return ", ".join(shown) + (", ..." if len(fields) > 30 else "")
