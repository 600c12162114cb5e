"""Another city, no code: the real reports of Köln from a GeoReport server on loopback to a wall that listens."""

import asyncio
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from feeds.bus.connection import connect
from feeds.bus.embedded import EmbeddedRedis
from feeds.city import load_city
from feeds.messages.application import APPLICATION, ApplicationState
from feeds.messages.camera import CAMERA, Camera, StreamKind
from feeds.messages.city import City, CityApplication, SourceConfig
from feeds.messages.hazard import NOTICE
from feeds.messages.header import Quality
from feeds.messages.report import INCIDENT, REPORT, TICKER, TOTALS, Channel, ReportState
from feeds.messages.system import CANARY, HEARTBEAT, QUARANTINE, SOURCE, SourceState
from feeds.runtime.registry import CollectorError, jobs_of
from feeds.runtime.run import check_city, run_feeds
from tests.fakes.bus_listener import ended, listening
from tests.fakes.http_source import HttpSource, Scripted
from tests.fakes.open311_endpoint import Open311Endpoint, recorded

TOPICS = (REPORT, TOTALS, INCIDENT, TICKER, SOURCE, QUARANTINE, NOTICE, CANARY, HEARTBEAT)


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace="live") as server:
        yield server


def koeln(root: Path, endpoint: str, **options: Any) -> City:
    city = load_city(root / "tests" / "cities" / "koeln")
    (source,) = city.sources
    changed = msgspec.structs.replace(source, options={**source.options, "endpoint": endpoint, "every_s": 0.1, **options})
    return msgspec.structs.replace(city, sources=(changed,))


def test_real_reports_of_koeln_reach_a_live_wall(root: Path, shared_data: Path, redis: EmbeddedRedis) -> None:
    asyncio.run(_real_reports_reach_a_wall(root, redis))


async def _real_reports_reach_a_wall(root: Path, redis: EmbeddedRedis) -> None:
    with Open311Endpoint(recorded()) as endpoint:
        async with listening(redis.url_for("front"), "live", *TOPICS) as wall:
            feeds = asyncio.create_task(run_feeds(koeln(root, endpoint.url, page_size=20), redis.url_for("back"), "live"))
            try:
                await wall.until(
                    lambda: (
                        [totals.received for totals in wall.bodies(TOTALS).values()] == [50]
                        and len(wall.bodies(REPORT)) == 50
                        and wall.bodies(SOURCE)["open311"].state is SourceState.OK
                        and wall.bodies(CANARY)
                        and wall.bodies(NOTICE)
                        and 304 in endpoint.statuses
                    )
                )
            finally:
                await ended(feeds)
        reports, (totals,) = wall.bodies(REPORT), wall.bodies(TOTALS).values()
        # The city gave one id to two requests; both are there.
        assert set(reports) == {r["service_request_id"] for r in recorded()} | {"A-173374#2"}
        assert {reports[key].place for key in ("A-173374", "A-173374#2")} == {"Nippes", "Lindenthal"}
        assert totals.ties_out()
        assert totals.received == 50 == totals.new
        assert totals.reports_seq == max(m.seq for m in wall.latest[REPORT.name].values())
        assert (totals.without_position, totals.outside, totals.carried) == (0, 0, 0)
        assert {r.state for r in reports.values()} == {ReportState.NEW}
        assert {r.channel for r in reports.values()} == {Channel.OPEN311}
        assert reports["A-173480"].category == "schrottfahrzeug"
        assert reports["A-173480"].place == "Marienburg"
        assert reports["A-173476"].category_name == "Straßenbaustellen"
        assert reports["A-173476"].category == "open311.012"
        assert all(r.text is None and r.photo_before is None for r in reports.values())
        assert len(wall.events[TICKER.name]) == 50
        assert not wall.events.get(QUARANTINE.name)
        assert not wall.refused
        qualities = {m.quality for by_key in wall.latest.values() for m in by_key.values()}
        assert qualities == {Quality.MEASURED}
        assert wall.bodies(SOURCE)["open311"].accepted == 50
        assert wall.last_status.simulated_dropped == 0
        assert 304 in endpoint.statuses, "an unchanged answer is not sent again"
        assert {q["page"] for path, q in endpoint.queries if path == "/requests.json"} == {"1", "2", "3", "4"}


def test_nothing_personal_of_the_real_reports_is_on_the_bus(root: Path, shared_data: Path, redis: EmbeddedRedis) -> None:
    asyncio.run(_nothing_personal(root, redis))


async def _nothing_personal(root: Path, redis: EmbeddedRedis) -> None:
    with Open311Endpoint(recorded()) as endpoint:
        async with listening(redis.url_for("front"), "live", *TOPICS) as wall:
            feeds = asyncio.create_task(run_feeds(koeln(root, endpoint.url), redis.url_for("back"), "live"))
            try:
                await wall.until(lambda: len(wall.bodies(REPORT)) == 50 and wall.bodies(TOTALS))
            finally:
                await ended(feeds)
    said = msgspec.json.encode([list(wall.latest.values()), list(wall.events.values())]).decode()
    for request in recorded():
        for field in ("description", "media_url", "address"):
            if request.get(field) and len(request[field]) > 12:
                assert request[field] not in said, f"{field} of {request['service_request_id']} is on the bus"
        assert str(request["lat"]) not in said


def test_a_source_that_fails_keeps_its_reports_and_its_age_grows(root: Path, shared_data: Path, redis: EmbeddedRedis) -> None:
    asyncio.run(_failing_source(root, redis))


async def _failing_source(root: Path, redis: EmbeddedRedis) -> None:
    async with listening(redis.url_for("front"), "live", *TOPICS) as wall:
        with Open311Endpoint(recorded()) as endpoint:
            port = endpoint.server_address[1]
            city = koeln(root, endpoint.url)
            feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), "live"))
            await wall.until(lambda: len(wall.bodies(REPORT)) == 50 and wall.bodies(SOURCE)["open311"].state is SourceState.OK)
        try:
            await wall.until(lambda: wall.bodies(SOURCE)["open311"].state is SourceState.DOWN)
            down = wall.bodies(SOURCE)["open311"]
            assert len(wall.bodies(REPORT)) == 50
            assert down.checked_at is not None
            assert "cannot be reached" in down.reason
            gone = recorded()[0]["service_request_id"]
            with Open311Endpoint(recorded()[1:], port) as endpoint:
                await wall.until(lambda: wall.bodies(SOURCE)["open311"].state is SourceState.OK)
                await wall.until(lambda: gone not in wall.bodies(REPORT) and next(iter(wall.bodies(TOTALS).values())).received == 49)
            assert wall.bodies(SOURCE)["open311"].checked_at > down.checked_at
        finally:
            await ended(feeds)


def test_a_restart_while_the_source_is_down_does_not_blank_the_wall(root: Path, shared_data: Path, redis: EmbeddedRedis) -> None:
    asyncio.run(_restart(root, redis))


async def _restart(root: Path, redis: EmbeddedRedis) -> None:
    async with listening(redis.url_for("front"), "live", *TOPICS) as wall:
        with Open311Endpoint(recorded()) as endpoint:
            port = endpoint.server_address[1]
            city = koeln(root, endpoint.url)
            feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), "live"))
            await wall.until(lambda: len(wall.bodies(REPORT)) == len(wall.events.get(TICKER.name, ())) == 50 and wall.bodies(TOTALS))
            await ended(feeds)
        lines = len(wall.events[TICKER.name])
        feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), "live"))
        try:
            await wall.until(lambda: wall.bodies(SOURCE)["open311"].state is SourceState.DOWN)
            assert len(wall.bodies(REPORT)) == 50
            with Open311Endpoint(recorded()[:10], port):
                await wall.until(lambda: len(wall.bodies(REPORT)) == 10 and next(iter(wall.bodies(TOTALS).values())).received == 10)
                assert len(wall.events[TICKER.name]) == lines == 50, "nothing is said twice"
        finally:
            await ended(feeds)


@pytest.mark.parametrize("trouble", ["flush", "kill"])
def test_totals_of_a_source_that_is_seldom_asked_hold_again_soon_after_redis_lost_all(
    root: Path, shared_data: Path, redis: EmbeddedRedis, trouble: str
) -> None:
    asyncio.run(_totals_hold_again(root, redis, trouble))


async def _totals_hold_again(root: Path, redis: EmbeddedRedis, trouble: str) -> None:
    async with listening(redis.url_for("front"), "live", *TOPICS) as wall:

        def epoch_of_reports() -> str:
            epochs = {m.epoch for m in wall.latest.get(REPORT.name, {}).values()}
            return epochs.pop() if len(epochs) == 1 else ""

        def totals_hold() -> bool:
            (totals,) = wall.bodies(TOTALS).values()
            newest = max(m.seq for m in wall.latest[REPORT.name].values())
            return (totals.reports_epoch, totals.reports_seq) == (epoch_of_reports(), newest)

        with Open311Endpoint(recorded()) as endpoint:
            feeds = asyncio.create_task(run_feeds(koeln(root, endpoint.url, every_s=3600.0), redis.url_for("back"), "live"))
            try:
                await wall.until(lambda: len(wall.bodies(REPORT)) == 50 and wall.bodies(TOTALS))
                before, asked = epoch_of_reports(), len(endpoint.queries)
                if trouble == "flush":
                    admin = connect(redis.url_for("admin"))
                    await admin.flushall()
                    await admin.aclose()
                else:
                    await asyncio.to_thread(redis.kill)
                    await asyncio.to_thread(redis.start)
                await wall.until(lambda: epoch_of_reports() not in ("", before) and totals_hold())
                assert next(iter(wall.bodies(TOTALS).values())).received == 50
                assert len(endpoint.queries) == asked, "the source was not asked for it"
            finally:
                await ended(feeds)


def test_real_sources_are_refused_in_the_simulated_namespace(root: Path, redis: EmbeddedRedis) -> None:
    with pytest.raises(CollectorError, match="use 'live'"):
        asyncio.run(run_feeds(koeln(root, "http://127.0.0.1:9"), redis.url_for("back"), "sim"))


def test_a_bad_address_of_redis_is_a_sentence_without_the_password(root: Path) -> None:
    address = "redis://back:geheim/nis@h:1/0"
    with pytest.raises(CollectorError, match=r"redis://back:\*\*\*@h:1/0: the port is not a number") as refusal:
        asyncio.run(run_feeds(koeln(root, "http://127.0.0.1:9"), address, "live"))
    assert "geheim" not in "".join(traceback.format_exception(refusal.value))


def test_every_kind_of_failure_is_said_once_and_costs_nothing(root: Path, redis: EmbeddedRedis) -> None:
    with capture_logs() as lines:
        asyncio.run(_every_failure(root, redis))
    said = [line["event"] for line in lines if line.get("source") == "open311"]
    assert said == ["source answers", "source is down", "source is back"]


async def _every_failure(root: Path, redis: EmbeddedRedis) -> None:
    row = {"service_request_id": "A-1", "status": "open", "service_code": "009", "requested_datetime": "2023-12-11T09:01:37+01:00"}
    good = json.dumps([row])
    with HttpSource() as source:
        source.put("/requests.json", good)
        async with listening(redis.url_for("front"), "live", *TOPICS) as wall:
            feeds = asyncio.create_task(run_feeds(koeln(root, source.url, timeout_s=1.0, every_s=0.05), redis.url_for("back"), "live"))

            def source_says(words: str | None) -> bool:
                said = wall.bodies(SOURCE).get("open311")
                return said is not None and (said.state is SourceState.OK if words is None else words in (said.reason or ""))

            try:
                await wall.until(lambda: source_says(None) and wall.bodies(REPORT))
                for change, words in (
                    (Scripted(b"", status=500), "answered HTTP 500"),
                    (Scripted(b"<html>"), "is a web page"),
                    (Scripted(good.encode(), is_hanging=True), "within 1 s"),
                    (Scripted(b"[" + b" " * 17_000_000 + b"]"), "sent more than"),
                ):
                    source.answers["/requests.json"] = change
                    await wall.until(lambda words=words: source_says(words))
                    assert wall.bodies(REPORT).keys() == {"A-1"}
                source.put("/requests.json", good)
                await wall.until(lambda: source_says(None))
                (totals,) = wall.bodies(TOTALS).values()
                assert (totals.received, totals.without_position) == (1, 1)
                assert wall.bodies(SOURCE)["open311"].without_position == 1
            finally:
                await ended(feeds)


def test_what_a_folder_lists_itself_are_sources_and_what_is_taken_out_of_it_is_forgotten(root: Path, redis: EmbeddedRedis) -> None:
    asyncio.run(_taken_out(root, redis))


async def _taken_out(root: Path, redis: EmbeddedRedis) -> None:
    with HttpSource() as source:
        source.put("/situs", "Kota")
        camera = Camera(id="c1", name="Dom", owner="Stadt", kind=StreamKind.MJPEG, url=f"{source.url}/none.mjpg")
        hidden = Camera(
            id="c2", name="Amt", owner="Stadt", kind=StreamKind.RTSP, url="rtsp://127.0.0.1/2", credential="amt", is_private=True
        )
        site = CityApplication(id="situs", name="Situs", group="Informasi", url=f"{source.url}/situs", expect="Kota")
        city = msgspec.structs.replace(koeln(root, "http://127.0.0.1:9"), cameras=(camera, hidden), applications=(site,))
        async with listening(redis.url_for("front"), "live", SOURCE, CAMERA, APPLICATION, NOTICE) as wall:
            feeds = asyncio.create_task(run_feeds(city, redis.url_for("back"), "live"))
            await wall.until(
                lambda: wall.bodies(SOURCE).keys() == {"open311", "cameras", "notices", "apps", "evaluation"} and wall.bodies(APPLICATION)
            )
            await wall.until(lambda: wall.bodies(CAMERA).keys() == {"c1", "c2"} and len(wall.bodies(NOTICE)) == 1)
            assert wall.bodies(CAMERA)["c1"].unprobed() == camera
            assert (wall.bodies(CAMERA)["c1"].is_up, wall.bodies(CAMERA)["c1"].reason) == (False, "answered HTTP 404")
            shown = wall.bodies(CAMERA)["c2"]
            assert (shown.is_private, shown.url, shown.credential, shown.is_up) == (True, "", None, None)
            assert wall.bodies(APPLICATION)["situs"].state is ApplicationState.UP
            await ended(feeds)
            bare = msgspec.structs.replace(city, sources=(), cameras=(), applications=())
            feeds = asyncio.create_task(run_feeds(bare, redis.url_for("back"), "live"))
            try:
                await wall.until(lambda: wall.bodies(SOURCE).keys() == {"notices", "evaluation"})
                await wall.until(lambda: wall.bodies(CAMERA) == {} == wall.bodies(APPLICATION))
            finally:
                await ended(feeds)


def test_a_list_of_the_folder_is_no_second_source_beside_one_that_is_configured(root: Path) -> None:
    camera = Camera(id="c1", name="Dom", owner="Stadt", kind=StreamKind.RTSP, url="rtsp://127.0.0.1/1")
    city = msgspec.structs.replace(koeln(root, "http://127.0.0.1:9"), cameras=(camera,))
    assert [job.name for job in jobs_of(city)] == ["open311", "cameras", "notices"]
    named = SourceConfig(collector="cameras", name="dishub", options={"list_url": "http://127.0.0.1:9/"})
    assert [job.name for job in jobs_of(msgspec.structs.replace(city, sources=(named,)))] == ["dishub", "notices"]
    assert [job.name for job in jobs_of(city, ["cameras"])] == ["cameras"]


def test_a_city_can_be_checked_without_running_it(root: Path, tmp_path: Path) -> None:
    folder = root / "tests" / "cities" / "koeln"
    assert check_city(folder).name == "Köln"
    assert check_city(root / "assets" / "cities" / "tangerang").name == "Kota Tangerang"
    text = (folder / "city.toml").read_text(encoding="utf-8")
    (tmp_path / "outline.geojson").write_bytes((folder / "outline.geojson").read_bytes())
    (tmp_path / "city.toml").write_text(text.replace('collector = "open311"', 'collector = "open312"'), encoding="utf-8")
    with pytest.raises(CollectorError, match=r"city\.toml: sources\[0\]: there is no collector 'open312'"):
        check_city(tmp_path)
