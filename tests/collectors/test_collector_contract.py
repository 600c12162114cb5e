"""What every collector keeps, taken from its own sample: it reads it, and no source can make it fail in another way than SourceDown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from feeds.messages.application import ApplicationState
from feeds.messages.header import MAX_MESSAGE_BYTES, Message, Quality
from feeds.runtime.collector import CollectorSpec, Poll, Sink
from feeds.runtime.http import SourceDown
from feeds.runtime.registry import CollectorError, collector_names, jobs_of, load_collector
from tests.fakes.collector_context import city_of, collected
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
GARBAGE = [
    b"",
    b"\x00\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b"[null, 7, [], {}]",
    b"<html><body>Wartung</body></html>",
    b"[" * 100_000,
    b"<a>" * 50_000,
]


@pytest.fixture(params=collector_names())
def spec(request: pytest.FixtureRequest) -> CollectorSpec:
    return load_collector(request.param)[0]


@pytest.fixture
def source(spec: CollectorSpec) -> Iterator[HttpSource]:
    with HttpSource() as server:
        for path, body in spec.sample.answers.items():
            server.put(path, body)
        yield server


def options_at(spec: CollectorSpec, base: str) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(spec.sample.options).replace(b"{base}", base.encode()))


def test_it_is_a_whole_collector(spec: CollectorSpec) -> None:
    assert spec.title
    assert spec.terms, "say what the source asks of those who use it"
    assert spec.topics
    assert spec.sink in Sink
    assert spec.options.__struct_config__.forbid_unknown_fields
    if isinstance(spec.kind, Poll):
        assert spec.kind.every_s >= 10, "be gentle with other people's servers"
        assert all(spec.kind.every_s <= topic.stale_after_s for topic in spec.topics), "its topics would look late between two good rounds"


def test_it_reads_its_sample(spec: CollectorSpec, source: HttpSource) -> None:
    records, ctx = collected(spec.key, options_at(spec, source.url), city="tangerang", now=NOW)
    assert records
    assert not ctx.refusals
    assert not ctx.trouble
    for record in records:
        assert record.topic in spec.topics
        assert isinstance(record.body, record.topic.body)
        assert record.observed_at.tzinfo is not None
        assert record.quality is Quality.MEASURED
        message = Message(
            seq=1,
            epoch="e",
            key=record.key,
            source=spec.key,
            observed_at=record.observed_at,
            published_at=NOW,
            quality=record.quality,
            body=record.body,
        )
        encoded = msgspec.json.encode(message)
        assert len(encoded) < MAX_MESSAGE_BYTES
        assert record.topic.decoder()(encoded) == message


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda body: body[:12].decode("latin-1"))
def test_garbage_is_down_or_nothing_and_never_worse(spec: CollectorSpec, source: HttpSource, garbage: bytes) -> None:
    for path in spec.sample.answers:
        source.put(path, garbage)
    try:
        records, _ = collected(spec.key, options_at(spec, source.url), city="tangerang", now=NOW)
    except SourceDown:
        return
    # Where being asked is the point, an answer that makes no sense is a finding.
    assert [record for record in records if getattr(record.body, "state", None) is not ApplicationState.DOWN] == []


def test_a_server_that_is_not_there_is_down(spec: CollectorSpec) -> None:
    with pytest.raises(SourceDown, match="cannot be reached"):
        collected(spec.key, options_at(spec, "http://127.0.0.1:9"), city="tangerang", now=NOW)


def test_unknown_options_are_refused_by_name(spec: CollectorSpec) -> None:
    city, _ = city_of("tangerang")
    source = msgspec.structs.replace(city.sources[0], collector=spec.key, options={**options_at(spec, "http://h"), "colour": 1})
    with pytest.raises(CollectorError, match=r"city\.toml: sources\[0\]\.options.*colour.*every_s"):
        jobs_of(msgspec.structs.replace(city, sources=(source,)))


@pytest.mark.parametrize(
    ("collector", "options", "sentence"),
    [
        ("nobody", {}, "there is no collector 'nobody'; there are "),
        ("bmkg", {}, "there is nothing to ask"),
        ("bmkg", {"nowcast_url": "file:///etc/passwd"}, "nowcast_url: must be http or https"),
        ("bmkg", {"nowcast_url": "https://h", "every_s": 0}, "every_s: must be seconds"),
        ("bmkg", {"nowcast_url": 7}, "nowcast_url: Expected"),
        ("open311", {"endpoint": "https://u:p@h"}, "endpoint: must be an http or https address without a user name"),
        ("open311", {"endpoint": "https://h", "categories": {"1": "mond"}}, "categories.1: 'mond' is not a category of Kota Tangerang"),
        ("open311", {"endpoint": "https://h", "days": 91}, "days are 1 to 90"),
        ("open311", {"endpoint": "https://h", "since": datetime(2023, 12, 1)}, "since: must carry a time zone"),  # noqa: DTZ001
        ("open311", {"endpoint": "https://h", "place_pattern": "("}, "place_pattern: is no regular expression"),
        ("open311", {"endpoint": "https://h", "place_pattern": "x"}, "place_pattern: needs a group"),
        ("open311", {"endpoint": "https://h", "window": "week"}, "window"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence(collector: str, options: dict[str, Any], sentence: str) -> None:
    city, _ = city_of("tangerang")
    source = msgspec.structs.replace(city.sources[0], collector=collector, options=options)
    with pytest.raises(CollectorError) as refusal:
        jobs_of(msgspec.structs.replace(city, sources=(source,)))
    assert sentence in str(refusal.value)


def test_only_asks_for_sources_there_are() -> None:
    city, _ = city_of("tangerang")
    assert [job.spec.key for job in jobs_of(city, ["bmkg"])] == ["bmkg"]
    with pytest.raises(CollectorError, match="Kota Tangerang has no source 'open311'; it has bmkg"):
        jobs_of(city, ["open311"])
