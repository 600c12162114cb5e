"""Finds collectors by name and fits a city's sources to them; every mismatch is one sentence that names the city file."""

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import msgspec

import feeds.collectors
from feeds.city import CITY_FILE
from feeds.messages.city import City, SourceConfig
from feeds.runtime.collector import Collect, CollectorSpec, Poll, Sink, Stream, Watch

RESERVED = ("every_s", "timeout_s")
"""Options the runtime reads itself, for every polled source."""

SHORTEST_POLL_S = 0.05


def key_prefix(job: "Job") -> str:
    """What stands before every key of a source on the bus: its name, where it has one of its own.

    Two offices that number their gauges from 1 are then two sources with keys of their own. Reports are known by their own ids.
    """
    return f"{job.name} " if job.name != job.spec.key and job.spec.sink is Sink.BUS else ""


class CollectorError(ValueError):
    """A source of a city cannot be run as configured."""


@dataclass(frozen=True)
class Job:
    """One source of a city: its collector with the options it is given, ready to run. ``name`` is its key on the bus."""

    spec: CollectorSpec
    collect: Collect
    options: Any
    kind: Poll | Stream | Watch
    name: str
    title: str


def collector_names() -> tuple[str, ...]:
    """The collectors there are: the modules of ``feeds.collectors``."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(feeds.collectors.__path__)))


def load_collector(name: str) -> tuple[CollectorSpec, Collect]:
    """The spec and the ``collect`` of one collector; ``CollectorError`` when there is none of that name."""
    if name not in collector_names():
        raise CollectorError(f"there is no collector {name!r}; there are {', '.join(collector_names())}")
    module = importlib.import_module(f"feeds.collectors.{name}")
    spec, collect = getattr(module, "COLLECTOR", None), getattr(module, "collect", None)
    if not isinstance(spec, CollectorSpec) or spec.key != name or not callable(collect):
        raise CollectorError(f"feeds/collectors/{name}.py must define COLLECTOR = CollectorSpec(key={name!r}, ...) and collect(ctx)")
    return spec, cast(Collect, collect)


def sources_of(city: City) -> tuple[SourceConfig, ...]:
    """The sources a city names, and one for each list of its own (cameras, notices, applications) that no named source reads."""
    configured = {source.collector for source in city.sources} | {source.key for source in city.sources}
    own = {"cameras": city.cameras, "notices": city.notices, "apps": city.applications}
    return (*city.sources, *(SourceConfig(collector=name) for name, held in own.items() if held and name not in configured))


def jobs_of(city: City, only: Sequence[str] = ()) -> list[Job]:
    """What to run for a city, or just the sources named by ``only``; ``CollectorError`` names the field to correct."""
    sources = sources_of(city)
    named = [source.key for source in sources]
    for name in only:
        if name not in named:
            raise CollectorError(f"{city.name} has no source {name!r}; it has {', '.join(named) or 'none'}")
    where = city.folder / CITY_FILE
    jobs = [_job(city, source, f"{where}: sources[{i}]") for i, source in enumerate(sources) if not only or source.key in only]
    owners = [job.name for job in jobs if job.spec.sink is Sink.REPORTS]
    if len(owners) > 1:
        raise CollectorError(f"{where}: sources: {' and '.join(owners)} both bring reports; a city takes its reports from one source")
    return jobs


def _job(city: City, source: SourceConfig, where: str) -> Job:
    try:
        spec, collect = load_collector(source.collector)
    except CollectorError as problem:
        raise CollectorError(f"{where}: {problem}") from problem
    given = {name: value for name, value in source.options.items() if name not in RESERVED}
    try:
        options = msgspec.convert(given, spec.options, strict=True)
    except msgspec.ValidationError as problem:
        text, _, place = str(problem).partition(" - at ")
        field = place.strip("`").removeprefix("$").removeprefix(".")
        known = ", ".join((*spec.options.__struct_fields__, *RESERVED))
        raise CollectorError(f"{where}.options{'.' + field if field else ''}: {text}; {spec.key} knows {known}") from problem
    complaint = spec.check(options, city)
    if complaint:
        raise CollectorError(f"{where}.options.{complaint}")
    kind = _kind(spec.kind, options, source.options, city, where)
    return Job(spec=spec, collect=collect, options=options, kind=kind, name=source.key, title=source.title or spec.title)


def options_for_check(spec: CollectorSpec, city: City) -> Any:
    """The options a city gives this collector, else those of its sample, pointed at nothing."""
    configured = next((source for source in city.sources if source.collector == spec.key), None)
    given = dict(configured.options) if configured is not None else dict(spec.sample.options)
    plain = {name: value for name, value in given.items() if name not in RESERVED}
    return msgspec.convert(msgspec.json.decode(msgspec.json.encode(plain).replace(b"{base}", b"http://127.0.0.1:9")), spec.options)


def _kind(kind: Poll | Stream | Watch, read: Any, options: dict[str, Any], city: City, where: str) -> Poll | Stream | Watch:
    for name in RESERVED:
        value = options.get(name, 1.0)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not SHORTEST_POLL_S <= value <= 86_400:
            raise CollectorError(f"{where}.options.{name}: must be seconds from {SHORTEST_POLL_S} to 86400")
    folder = getattr(read, "folder", None)
    if folder is not None:
        timeout_s = options.get("timeout_s", kind.timeout_s if isinstance(kind, Poll) else Watch.timeout_s)
        return Watch(folder=city.folder / folder, every_s=float(options.get("every_s", Watch.every_s)), timeout_s=float(timeout_s))
    if isinstance(kind, Poll):
        return Poll(every_s=float(options.get("every_s", kind.every_s)), timeout_s=float(options.get("timeout_s", kind.timeout_s)))
    return kind
