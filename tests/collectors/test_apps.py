"""The collector ``apps``: what an answer says, over real HTTP and TLS; and lists of applications that are not as they should be."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.applications import complaint_about, data_time, is_in_maintenance
from feeds.collectors import apps
from feeds.messages.application import APPLICATION, Application, ApplicationState, ProbeFault
from feeds.messages.city import CityApplication
from feeds.readers.application_list import read_applications
from feeds.readers.application_state import Finding, Remembered, found, remember
from feeds.readers.station_table import TableError
from feeds.readers.uptime import Uptime
from feeds.runtime.collector import CollectorContext, Document, SourceDown
from feeds.runtime.http import SourceHttp
from feeds.runtime.registry import load_collector
from tests.fakes.authority import Authority, TlsSource
from tests.fakes.collector_context import context
from tests.fakes.http_source import HttpSource
from tests.fakes.raw_source import RawSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
UP, STALE, DOWN, MAINTENANCE = ApplicationState.UP, ApplicationState.STALE, ApplicationState.DOWN, ApplicationState.MAINTENANCE


def app(key: str, url: str, **how: Any) -> dict[str, Any]:
    return {"id": key, "name": key, "group": "Layanan", "url": url, **how}


class Watched:
    """The collector over several rounds with one memory; ``now`` may be moved."""

    def __init__(self, *wanted: dict[str, Any], standing: dict[str, Application] | None = None, **options: Any) -> None:
        self.now = NOW
        spec, self._collect = load_collector("apps")
        self.ctx: CollectorContext[Any] = context(spec, {"applications": wanted, "probe_s": 1.0, **options}, city="tangerang", now=NOW)
        self.ctx.clock = lambda: self.now
        self.ctx.standing = lambda topic: (standing or {}) if topic is APPLICATION else {}

    def round(self) -> dict[str, Application]:
        async def run() -> dict[str, Application]:
            self.ctx.http = SourceHttp("t")
            self.ctx.remarks.clear()
            try:
                return {record.key: record.body async for record in self._collect(self.ctx)}
            finally:
                await self.ctx.http.aclose()

        return asyncio.run(run())


@pytest.fixture
def source() -> Iterator[HttpSource]:
    with HttpSource() as server:
        yield server


def test_up_stale_down_and_maintenance(source: HttpSource) -> None:
    source.put("/up", "Kota")
    source.put("/broken", "Kota", status=500)
    source.put("/blank", "")
    source.put("/old", "Data per 19-11-2026 08.00 WIB")
    source.put("/new", "Data per 22-11-2026 08.00")
    source.put("/timeless", "Data per hari ini")
    pattern = {"data_pattern": r"per (\d[\d .-]+(?:WIB)?)"}
    watched = Watched(
        app("up", f"{source.url}/up", expect="Kota"),
        app("broken", f"{source.url}/broken"),
        app("blank", f"{source.url}/blank", expect="Kota"),
        app("gone", f"{source.url}/gone"),
        app("old", f"{source.url}/old", **pattern),
        app("new", f"{source.url}/new", **pattern),
        app("timeless", f"{source.url}/timeless", **pattern),
        app("resting", f"{source.url}/up", maintenance=("08:00", "10:00")),
    )
    seen = watched.round()
    assert {key: (one.state, one.reason) for key, one in seen.items()} == {
        "up": (UP, None),
        "broken": (DOWN, "answered HTTP 500"),
        "blank": (DOWN, "the expected text is not in its answer"),
        "gone": (DOWN, "answered HTTP 404"),
        "old": (STALE, "its newest data is older than 1 d"),
        "new": (UP, None),
        "timeless": (STALE, "the time of its newest data is not in its answer"),
        "resting": (MAINTENANCE, None),
    }
    assert (seen["broken"].fault, seen["broken"].figure) == (ProbeFault.HTTP_STATUS, 500)
    assert (seen["old"].fault, seen["old"].figure) == (ProbeFault.DATA_OLD, 86_400)
    assert (seen["blank"].fault, seen["timeless"].fault) == (ProbeFault.EXPECT_MISSING, ProbeFault.DATA_TIME_MISSING)
    assert seen["up"].fault is None
    assert seen["new"].data_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC), "a time without a zone is the city's"
    assert seen["up"].latency_ms is not None and seen["resting"].latency_ms is None
    assert (seen["resting"].uptime_percent, seen["old"].uptime_percent, seen["gone"].uptime_percent) == (None, 100.0, 0.0)
    assert len(source.asked) == 7, "nothing is asked of an application in maintenance"


def test_since_and_uptime_are_remembered(source: HttpSource) -> None:
    source.put("/a", "Kota")
    watched = Watched(app("a", f"{source.url}/a"), app("b", f"{source.url}/a"))
    watched.round()
    watched.now += timedelta(minutes=2)
    second = watched.round()["a"]
    assert (second.since, second.checked_at, second.uptime_percent) == (NOW, watched.now, 100.0)
    source.put("/a", "Kota", status=503)
    watched.now += timedelta(minutes=2)
    third = watched.round()["a"]
    assert (third.state, third.since) == (DOWN, watched.now)
    assert third.uptime_percent == pytest.approx(66.67)


def test_after_a_restart_the_bus_remembers_since_when_but_nobody_how_often(source: HttpSource) -> None:
    source.put("/a", "Kota")
    began = NOW - timedelta(days=3)
    before = Application(
        id="a", name="a", group="g", is_public=True, state=UP, checked_at=NOW - timedelta(minutes=5), since=began, uptime_percent=12.0
    )
    seen = Watched(app("a", f"{source.url}/a"), standing={"a": before}).round()["a"]
    assert (seen.since, seen.uptime_percent) == (began, 100.0)
    long_ago = msgspec.structs.replace(before, checked_at=NOW - timedelta(hours=2))
    assert Watched(app("a", f"{source.url}/a"), standing={"a": long_ago}).round()["a"].since == NOW


def test_when_nobody_at_all_is_reached_the_network_is_gone_and_nothing_turns_red(source: HttpSource) -> None:
    source.put("/a", "Kota")
    watched = Watched(app("a", f"{source.url}/a"), app("b", "http://127.0.0.1:9/"))
    seen = watched.round()
    assert (seen["a"].state, seen["b"].state) == (UP, DOWN)
    assert seen["b"].reason == "cannot be reached (connection refused)"
    assert seen["b"].fault is ProbeFault.REFUSED
    cut = Watched(app("a", "http://127.0.0.1:9/a"), app("b", "http://nobody.invalid/"))
    with pytest.raises(SourceDown, match="none of 2 applications was reached, is this machine's own network there"):
        cut.round()


def test_one_that_hangs_or_trickles_is_down_and_keeps_nobody_waiting(source: HttpSource) -> None:
    source.put("/a", "Kota")
    source.put("/hang", "x", is_hanging=True)
    watched = Watched(*(app(f"h{n}", f"{source.url}/hang") for n in range(3)), app("a", f"{source.url}/a"))
    seen = watched.round()
    assert {one.state for key, one in seen.items() if key != "a"} == {DOWN}
    assert seen["h0"].reason == "gave no answer within 1 s"
    assert (seen["h0"].fault, seen["h0"].figure) == (ProbeFault.TIME_OUT, 1.0)
    assert seen["a"].state is UP


def test_a_host_is_asked_two_at_a_time() -> None:
    together: dict[int, int] = {}
    most: dict[int, int] = {}

    def slow(server: RawSource, client: Any, request: bytes) -> None:
        together[server.port] = together.get(server.port, 0) + 1
        most[server.port] = max(most.get(server.port, 0), together[server.port])
        time.sleep(0.15)
        together[server.port] -= 1
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with RawSource(slow) as one, RawSource(slow) as other:
        seen = Watched(*(app(f"{n}", f"{one.url}/{n}") for n in range(5)), app("o", other.url)).round()
        assert most == {one.port: 2, other.port: 1}
    assert {a.state for a in seen.values()} == {UP}


def test_who_asks_to_be_left_alone_stays_as_it_was(source: HttpSource) -> None:
    source.put("/a", "Kota")
    watched = Watched(app("a", f"{source.url}/a"), app("b", f"{source.url}/b"))
    before = watched.round()["a"]
    source.put("/a", "", status=429)
    watched.now += timedelta(minutes=2)
    assert watched.round()["a"] == before
    source.put("/a", "", status=503, headers={"Retry-After": "600"})
    watched.now += timedelta(minutes=2)
    assert watched.round()["a"].state is DOWN


def test_certificates_are_counted_in_days_also_when_they_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: HttpSource
) -> None:
    authority = Authority(tmp_path / "ca")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setattr(apps, "unproven_certificate_end", noted := _Noted(apps.unproven_certificate_end))
    contexts = (
        authority.context_for("localhost", days=40),
        authority.context_for("localhost", days=-3),
        authority.context_for("other.example"),
    )
    with TlsSource(contexts[0]) as good, TlsSource(contexts[1]) as ended, TlsSource(contexts[2]) as foreign:
        good.put("/", "Kota")
        watched = Watched(app("good", f"{good.url}/"), app("ended", f"{ended.url}/"), app("foreign", f"{foreign.url}/"))
        watched.now = datetime.now(UTC)
        seen = watched.round()
        assert (seen["good"].state, seen["good"].certificate_days) == (UP, 39)
        assert (seen["ended"].state, seen["ended"].reason) == (DOWN, "certificate refused: it has ended")
        assert seen["ended"].certificate_days == -4, "three days and some milliseconds ago: whole days, rounded down"
        assert (seen["foreign"].reason, seen["foreign"].certificate_days) == ("certificate refused: it is for another name", 29)
        watched.now += timedelta(hours=5)
        watched.round()
        assert noted.count == 2
        watched.now += timedelta(hours=2)
        watched.round()
        assert noted.count == 4, "read again after six hours only"
        monkeypatch.delenv("SSL_CERT_FILE")
        assert watched.round()["good"].reason == "certificate refused: its authority is unknown here"


class _Noted:
    def __init__(self, real: Any) -> None:
        self.real, self.count = real, 0

    async def __call__(self, *args: Any, **how: Any) -> Any:
        self.count += 1
        return await self.real(*args, **how)


def wanted(**how: Any) -> CityApplication:
    return CityApplication(**{"id": "a", "name": "A", "group": "g", "url": "https://h/", **how})


def test_a_maintenance_window_may_cross_midnight() -> None:
    def inside(window: tuple[str, str], clock: str) -> bool:
        return is_in_maintenance(window, datetime.fromisoformat(f"2026-11-22T{clock}"))

    night = ("23:30", "01:00")
    assert [inside(night, clock) for clock in ("23:29", "23:30", "00:59", "01:00", "12:00")] == [False, True, True, False, False]
    assert [inside(("1:00", "03:00"), clock) for clock in ("00:59", "01:00", "02:59:59", "03:00")] == [False, True, True, False]
    assert not is_in_maintenance(None, datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T08:00:00+07:00", "2026-11-22T01:00:00+00:00"),
        ("2026-11-22 08:00", "2026-11-22T01:00:00+00:00"),
        ("Minggu, 22 November 2026 08:00 WIB", "2026-11-22T01:00:00+00:00"),
        ("22 Nopember 2026", "2026-11-21T17:00:00+00:00"),
        ("22/11/2026 08.00 WIT", "2026-11-21T23:00:00+00:00"),
        ("1795310000", "2026-11-22T01:13:20+00:00"),
        ("1795310000000", "2026-11-22T01:13:20+00:00"),
        ("Sun, 22 Nov 2026 01:00:00 GMT", "2026-11-22T01:00:00+00:00"),
        ("-0001-11-30 00:00:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("31/02/2026", None),
        ("sekarang", None),
        ("", None),
    ],
)
def test_the_time_of_the_newest_data_is_read_as_people_write_it(text: str, expected: str | None) -> None:
    at = data_time(text, JAKARTA)
    assert (at.isoformat() if at else None) == expected


def test_data_of_the_future_is_no_fresh_data() -> None:
    one = wanted(data_pattern="per (.*)")
    finding = found(one, 200, "per 2027-01-01", is_cut=False, latency_ms=1.0, now=NOW, zone=JAKARTA)
    assert (finding.state, finding.reason) == (STALE, "its newest data is dated in the future")
    entity = found(wanted(expect="Kota & Kab"), 200, "Kota &amp; Kab", is_cut=True, latency_ms=1.0, now=NOW, zone=JAKARTA)
    assert entity.state is UP


def test_uptime_forgets_after_a_day_and_stands_a_clock_that_goes_back() -> None:
    uptime = Uptime()
    assert uptime.percent() is None
    uptime.count(False, NOW)
    uptime.count(True, NOW - timedelta(hours=1))
    assert uptime.percent() == 50.0
    for minute in range(0, 24 * 60 + 20, 2):
        uptime.count(True, NOW + timedelta(minutes=minute))
    assert uptime.percent() == 100.0
    known = Remembered()
    assert remember(known, wanted(), Finding(MAINTENANCE), NOW).uptime_percent is None


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"url": "ftp://h/"}, "url"),
        ({"url": "https://u:p@h/"}, "url"),
        ({"url": "https://h:0/"}, "url"),
        ({"url": "https://[h/"}, "url"),
        ({"url": "https:///x"}, "url"),
        ({"url": "https://h/a b"}, "url"),
        ({"id": " "}, "id"),
        ({"group": ""}, "group"),
        ({"name": "a\nb"}, "name"),
        ({"data_pattern": "("}, "data_pattern"),
        ({"data_pattern": "x"}, "data_pattern"),
        ({"data_max_age_s": float("nan")}, "data_max_age_s"),
        ({"data_max_age_s": 0.0}, "data_max_age_s"),
        ({"maintenance": ("24:00", "01:00")}, "maintenance"),
        ({"maintenance": ("01:00", "01:00")}, "maintenance"),
    ],
)
def test_what_cannot_be_an_application_is_named_by_its_field(how: dict[str, Any], field: str) -> None:
    complaint = complaint_about(wanted(**how))
    assert complaint is not None and complaint.field == field
    assert complaint_about(wanted()) is None


CSV = "\ufeffid;nama;kelompok;url;publik\nlaksa;LAKSA;Layanan;https://laksa.example/;ya\nsurat;Surat;Umum;https://surat.example/;internal\n"
TOML = (
    '[[applications]]\nid = "laksa"\nname = "LAKSA"\ngroup = "Layanan"\nurl = "https://laksa.example/"\nmaintenance = ["23:00", "01:00"]\n'
)
JSON = json.dumps({"data": [{"id": 7, "name": "LAKSA", "group": "Layanan", "url": "https://laksa.example/", "is_public": False}]})


def checked(body: bytes | str, name: str = "list") -> CollectorContext[Any]:
    spec, _ = load_collector("apps")
    ctx = context(spec, {}, city="tangerang", now=NOW)
    document = Document(name=name, body=body.encode() if isinstance(body, str) else body)
    assert list(spec.read(ctx, [document])) == [], "a list says nothing of how they are"
    return ctx


@pytest.mark.parametrize(
    ("body", "remark"), [(CSV, "2 applications, 2 groups"), (TOML, "1 applications, 1 groups"), (JSON, "1 applications, 1 groups")]
)
def test_a_list_is_counted(body: str, remark: str) -> None:
    ctx = checked(body)
    assert ctx.remarks == [remark] and not ctx.refusals
    rows = [one for one in read_applications(body.encode()) if isinstance(one, CityApplication)]
    assert rows[0].name == "LAKSA"
    assert [one.is_public for one in rows] == ([True, False] if body is CSV else [body is not JSON])


def test_a_bad_entry_costs_no_good_one() -> None:
    good = {"id": "a", "name": "A", "group": "g", "url": "https://a.example/"}
    rows: list[Any] = [
        good, good, 7, None, [], {}, {**good, "id": "b", "url": "javascript:alert(1)"}, {**good, "id": "c", "is_public": "mungkin"},
        {**good, "id": "d", "maintenance": "malam"}, {**good, "id": "e", "data_max_age_s": "lama"}, {**good, "id": "f", "expect": 7},
        {**good, "id": "g", "name": "<b>\u202eX\x00</b> 😀", "maintenance": "23.00 - 01.00"},
    ]  # fmt: skip
    ctx = checked(json.dumps(rows))
    assert ctx.remarks == ["2 applications, 1 groups"]
    assert {refusal.reason for refusal in ctx.refusals} == {
        "id is there twice", "is not an object", "id is missing", "url is no http or https address, or carries a user name",
        "is_public is neither yes nor no", "maintenance is not two times of the day", "data_max_age_s is not a number",
        "expect is no text or too long",
    }  # fmt: skip


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"<html>Wartung</html>", b"{", b"[]", b"{}", b"[[", b"a = ", b"\xff\xfe\x00", b"[" * 50_000]
)
def test_what_is_no_list_is_one_refusal(body: bytes) -> None:
    ctx = checked(body)
    assert len(ctx.refusals) == 1


def test_many_entries_are_read_in_time() -> None:
    rows = ",".join(f'{{"id":"{n}","name":"A","group":"g","url":"https://a.example/"}}' for n in range(100_000))
    assert checked(f"[{rows}]").condensed > 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["id", "name", "group", "url", "is_public", "maintenance", "data", "expect"]), inner, max_size=6
                )
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_document_makes_it_raise_anything_else(body: bytes) -> None:
    try:
        for one in read_applications(body):
            if isinstance(one, CityApplication):
                assert complaint_about(one) is None
                assert msgspec.json.decode(msgspec.json.encode(one), type=CityApplication) == one
    except TableError:
        pass
