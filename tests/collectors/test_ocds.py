"""The collector ocds: packages of every shape, one broken release beside good ones, and the files nobody wrote for us."""

import asyncio
import gzip
import json
import time
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controlroom.measure.documents import ocds_package
from feeds.collectors.ocds import COLLECTOR, OcdsOptions, check, collect, read
from feeds.messages.header import Message, Quality
from feeds.messages.indicator import PROCUREMENT, Procurement
from feeds.runtime.collector import CollectorContext, Document, Observed, SourceDown
from feeds.runtime.runner import counts_of
from tests.fakes.collector_context import city_of, collected, context
from tests.fakes.http_source import HttpSource

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def release(ocid: str = "o-1", **fields: Any) -> dict[str, Any]:
    return {"ocid": ocid, "id": f"{ocid}-r", "date": "2026-06-01T00:00:00Z", "tag": ["tender"], **fields}


def idr(amount: object) -> dict[str, Any]:
    return {"amount": amount, "currency": "IDR"}


def bought(ocid: str, **fields: Any) -> dict[str, Any]:
    return release(
        ocid,
        tender={"status": "complete", "value": idr(100)},
        awards=[{"id": "a", "status": "active", "value": idr(95)}],
        contracts=[{"id": "c", "awardID": "a", "status": "active", "value": idr(90)}],
        **fields,
    )


def package(*releases: Any, **fields: Any) -> dict[str, Any]:
    return {"version": "1.1", "publishedDate": "2026-10-01T00:00:00Z", "releases": list(releases), **fields}


def seen(*bodies: Any, now: datetime = NOW, **options: Any) -> tuple[Procurement | None, CollectorContext[Any], dict[str, int]]:
    ctx = context(COLLECTOR, {"folder": "x", **options}, city="tangerang", now=now)
    documents = [Document(f"f{n}.json", body if isinstance(body, bytes) else json.dumps(body).encode()) for n, body in enumerate(bodies)]
    records = list(read(ctx, documents))
    return (records[0].body if records else None), ctx, counts_of(records, ctx)


def stages(figure: Procurement | None) -> list[int]:
    assert figure is not None
    return [stage.packages for stage in figure.stages]


def reasons(ctx: CollectorContext[Any]) -> list[str]:
    return [refusal.reason for refusal in ctx.refusals]


RECORDS = {"records": [{"ocid": "o-1", "compiledRelease": bought("o-1", tag=["compiled"]), "releases": [release(), release()]}]}
SHAPES = {
    "release package": package(bought("o-1")),
    "record package, compiled": RECORDS,
    "record package, releases": {
        "records": [{"ocid": "o-1", "releases": [release(tender={"status": "active"}), bought("o-1", date="2026-07-01")]}]
    },
    "bare list": [bought("o-1")],
    "list of packages": [package(bought("o-1"))],
    "one release": bought("o-1"),
    "one record": RECORDS["records"][0],
    "object of releases": {"releases": {"o-1": bought("o-1")}},
    "one release where a list should be": {"releases": bought("o-1")},
    "json lines": b"\n".join(json.dumps(one).encode() for one in (release(tender={"status": "active"}, date="2026-01-01"), bought("o-1"))),
    "packages in lines": b"\n\n".join(json.dumps(package(one)).encode() for one in (release(date="2026-01-01"), bought("o-1"))) + b"\n",
    "gzip": gzip.compress(json.dumps(package(bought("o-1"))).encode(), mtime=0),
    "utf-8 with a mark": b"\xef\xbb\xbf" + json.dumps(package(bought("o-1"))).encode(),
    "utf-16": json.dumps(package(bought("o-1"))).encode("utf-16"),
    "windows-1252": json.dumps(package(bought("o-1", language="\xe9")), ensure_ascii=False).encode("cp1252"),
    "null bytes at the end": json.dumps(package(bought("o-1"))).encode() + b"\0\0",
    "NaN where nobody looks": json.dumps(package(bought("o-1", x=float("nan")))).encode(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_standard_is_read(shape: str) -> None:
    figure, ctx, _ = seen(SHAPES[shape])
    assert stages(figure) == [1] * 6
    assert figure is not None and figure.efficiency == 10.0
    assert not ctx.refusals


def test_one_process_in_several_releases_is_one_package_as_it_stands_last() -> None:
    plan = release(tag=["planning"], date="2026-01-01", planning={"budget": {"amount": idr(120)}}, tender={"status": "planned"})
    figure, _, counts = seen(package(bought("o-1"), plan))
    assert stages(figure) == [1] * 6
    assert figure is not None and figure.announced.numerator == 120
    assert counts["accepted"] == 2


def test_a_later_partial_release_takes_nothing_back() -> None:
    milestone = {"id": "c", "implementation": {"milestones": [{"id": "m", "status": "met"}]}}
    later = release("o-1", date="2026-08-01", tag=["implementation"], awards=[{"id": "a", "title": "x"}], contracts=[milestone])
    figure, ctx, _ = seen(package(bought("o-1"), later))
    assert stages(figure) == [1] * 6
    assert figure is not None and figure.efficiency == 10.0
    addendum = release("o-1", date="2026-09-01", tag=["contractAmendment"], contracts=[{"id": "c", "value": {"amount": 94}}])
    figure, ctx, _ = seen(package(addendum, later, bought("o-1")))
    assert figure is not None and figure.efficiency == 6.0 and not ctx.refusals


@pytest.mark.parametrize("state", ["cancelled", "pending"])
def test_a_status_that_a_later_release_leaves_out_still_holds(state: str) -> None:
    first = bought("o-1") | {"contracts": [{"id": "c", "awardID": "a", "status": state, "value": idr(90)}]}
    later = release("o-1", date="2026-08-01", tag=["contractUpdate"], contracts=[{"id": "c", "description": "x"}])
    assert stages(seen(package(first, later))[0]) == [1, 1, 1, 1, 1, 0]


def test_a_broken_release_is_refused_alone_with_the_field_named() -> None:
    bad: list[Any] = [
        release("b-1", tender="text"),
        release("b-2", awards=[7]),
        {"id": "1", "date": "2026-06-01"},
        None,
        release("b-3", date="2151-08-16T13:05:41Z"),
        release("b-4", contracts=[{"implementation": {"metrics": [{"observations": [{"measure": "viel"}]}]}}]),
    ]
    figure, ctx, counts = seen(package(bought("o-1"), *bad))
    assert stages(figure) == [1] * 6
    assert reasons(ctx) == [
        "tender is neither a list nor an object",
        "awards holds something that is no object",
        "has no usable ocid",
        "is not an object",
        "date lies in the future",
        "contracts.implementation.metrics.observations.measure is not a number",
    ]
    assert counts["accepted"] == 1 and counts["quarantined"] == 6
    assert [refusal.record for refusal in ctx.refusals][:2] == ["b-1", "b-2"]


@pytest.mark.parametrize("amount", ["many", "1.500", -5, 1e300, [], {"x": 1}, True])
def test_an_amount_nobody_can_read_leaves_only_the_sums(amount: object) -> None:
    bad = bought("bad") | {"tender": {"status": "complete", "value": idr(amount)}}
    figure, ctx, counts = seen(package(bought("o-1"), bad))
    assert stages(figure) == [2] * 6
    assert figure is not None and figure.efficiency == 10.0
    assert figure.excluded_rows == 1
    assert "tender.value.amount" in reasons(ctx)[0]
    assert counts == {"accepted": 1, "outside": 0, "quarantined": 1, "without_position": 0}


@pytest.mark.parametrize("amount", ["100", "100.00", "Rp 100", "1e2", 100.0])
def test_numbers_as_text_are_numbers(amount: object) -> None:
    figure, ctx, _ = seen(package(bought("o-1") | {"tender": {"value": idr(amount)}}))
    assert figure is not None and figure.efficiency == 10.0
    assert not ctx.refusals


@pytest.mark.parametrize("zero", ["-0001-11-30T06:37:24+00:00", "0000-00-00", "0001-01-01T00:00:00Z", "9999-12-31", "", None, 7, "soon"])
def test_zero_dates_are_no_dates_and_the_release_lives(zero: object) -> None:
    odd = release("o-2", date=zero, tag=["planning"], tender={"tenderPeriod": {"startDate": zero, "endDate": zero}})
    figure, ctx, _ = seen(package(odd, bought("o-1")))
    assert stages(figure) == [2, 1, 1, 1, 1, 1]
    assert figure is not None and figure.late_packages == 0
    assert not ctx.refusals


def test_a_planned_start_that_passed_is_late() -> None:
    def planned(ocid: str, start: str) -> dict[str, Any]:
        return release(ocid, tag=["planning"], tender={"status": "planned", "tenderPeriod": {"startDate": start}})

    figure, _, _ = seen(package(planned("o-1", "2026-09-01"), planned("o-2", "2026-12-01"), planned("o-3", "1/9/2026")))
    assert figure is not None and figure.late_packages == 2


def test_retenders_under_one_rup_code_are_one_package_but_a_budget_line_abroad_is_no_code() -> None:
    def tender(ocid: str, code: str, status: str, currency: str) -> dict[str, Any]:
        return release(ocid, planning={"budget": {"id": code, "amount": {"amount": 5, "currency": currency}}}, tender={"status": status})

    figure, _, counts = seen(package(tender("1", "48120001", "unsuccessful", "IDR"), tender("2", "48120001; 48120002", "active", "IDR")))
    assert stages(figure)[:2] == [1, 1]
    assert counts["accepted"] == 2
    figure, _, _ = seen(package(tender("1", "48120001", "active", "EUR"), tender("2", "48120001", "active", "EUR")))
    assert stages(figure)[0] == 2


def test_ten_times_the_award_is_quarantined_by_name() -> None:
    slip = bought("slip") | {"contracts": [{"id": 1, "awardID": "a", "status": "active", "value": idr(950)}]}
    figure, ctx, _ = seen(package(bought("o-1"), slip))
    assert figure is not None and figure.efficiency == 10.0
    assert [(r.record, r.reason) for r in ctx.refusals] == [("slip", "contracts.value is 10 times awards.value: zeros too many or too few")]


def test_only_the_citys_own_buyers_count() -> None:
    ours = bought("o-1", buyer={"id": "OPD-1", "name": "Dinas  PUPR"})
    theirs = bought("o-2", buyer={"id": "X", "name": "Kabupaten lain"})
    nobody = bought("o-3", buyer="Dinas PUPR")
    for name in ("opd-1", "DINAS PUPR"):
        figure, ctx, counts = seen(package(ours, theirs, nobody), buyer=[name])
        assert stages(figure) == [1] * 6
        assert (counts["accepted"], counts["outside"], counts["quarantined"]) == (1, 1, 1)
        assert reasons(ctx) == ["names no buyer, so nobody can say whose it is"]


def test_a_year_is_chosen_by_the_budget_then_by_the_planned_start() -> None:
    early = release("o-1", date="2025-12-01", planning={"budget": {"period": {"startDate": "2026-01-01"}}})
    last = release("o-2", tender={"status": "active", "tenderPeriod": {"startDate": "2025-05-01"}})
    figure, ctx, _ = seen(package(early, last), year=2026)
    assert figure is not None and figure.year == 2026
    assert stages(figure)[0] == 1
    assert ctx.remarks == ["1 packages of other fiscal years than 2026 are not in the figure"]
    assert seen(package(last), year=2026)[0] is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "is empty"),
        (b"<html>Wartung</html>", "is not JSON"),
        (json.dumps(package(bought("o-1"), bought("o-2"))).encode()[:-200], "is not JSON, or ends early"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-12], "is a gzip archive that ends early"),
        (gzip.compress(b" " * (65 * 1024 * 1024), mtime=0), "holds more than 67,108,864 bytes"),
        (b"[" * 100_000, "is not JSON, or ends early"),
        (b'{"a":' * 100_000, "is not JSON, or ends early"),
        (b'{"dogs": [\n}', "is not JSON, or ends early"),
        (b'{"projects": [{"id": "oc4ids-1"}]}', "is an OC4IDS package of projects, which this collector does not read"),
        (b'{"releases": 7}', "is an OCDS package whose releases is no list"),
        (b'{"error": "no key"}', "is an error message, no OCDS document"),
        (b"[" + b"0," * 1_000_000 + b"0]", "holds more than 5,000 elements that cannot be read, most of all it holds"),
        (b"{}", "is JSON, but neither an OCDS package nor a release or record"),
    ],
)
def test_a_document_that_is_none_is_refused_by_name_and_the_others_are_no_whole_figure(body: bytes, reason: str) -> None:
    figure, ctx, _ = seen(body, package(bought("o-1")))
    assert figure is None
    assert [(refusal.record, refusal.reason) for refusal in ctx.refusals] == [("f0.json", reason)]


def test_a_fragment_without_a_package_counts_what_it_holds() -> None:
    observation = {"period": {"endDate": "2026-03-31T23:59:59Z"}, "measure": "25"}
    figure, ctx, counts = seen({"contracts": [{"id": "1", "implementation": {"metrics": [{"observations": [observation]}]}}]})
    assert stages(figure) == [1] * 6
    assert figure is not None and figure.as_of == datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
    assert counts["accepted"] == 1 and not ctx.refusals


def test_without_any_date_there_is_no_figure() -> None:
    figure, ctx, counts = seen({"releases": [bought("o-1") | {"date": None}]})
    assert figure is None
    assert counts["accepted"] == 1
    assert "nothing says when this stood so" in ctx.remarks[0]


def test_no_person_and_no_contact_goes_on() -> None:
    contact = {"name": "Siti", "email": "siti@example.org", "telephone": "0812"}
    party = {"id": "1", "name": "Dinas", "roles": ["buyer"], "contactPoint": contact, "address": {"streetAddress": "Jl. Mawar 7"}}
    figure, ctx, _ = seen(package(bought("o-1", parties=[party], buyer=party), release("b", tender="Siti 0812", parties=[party])))
    told = msgspec.json.encode(figure).decode() + repr(ctx.refusals) + repr(ctx.remarks)
    assert not [word for word in ("Siti", "siti@", "0812", "Mawar", "Dinas") if word in told]


@pytest.mark.parametrize(
    ("name", "accepted", "quarantined", "funnel"),
    [
        ("ocds/bandung_birms_sample_release_package.json", 302, 0, [302, 255]),
        ("ocds/bandung_birms_edge_cases.json", 10, 0, [10, 10]),
        ("ocds/libcove_badfile.json", 0, 1, None),
        ("ocds/libcove_dupe_ids.json", 4, 0, [1, 0]),
        ("ocds/libcove_empty_fields_releases.json", 1, 0, [1, 0]),
        ("ocds/oc_metrics_ext_physical_progress.json", 1, 0, [1, 1]),
        ("ocds/oc_sample11_06-implementation.json", 1, 0, [1, 1]),
        ("ocds/oc_sample11_all_releases.json", 6, 0, [1, 1]),
        ("ocds/oc_std_implementation_milestones_partially_met.json", 1, 0, [1, 1]),
        ("oc4ids/oc4ids_example.json", 0, 1, None),
        ("oc4ids/libcove_invalid-json.json", 0, 1, None),
    ],
)
def test_real_files(name: str, accepted: int, quarantined: int, funnel: list[int] | None) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    figure, _, counts = seen((DATA / name).read_bytes())
    assert (counts["accepted"], counts["quarantined"]) == (accepted, quarantined)
    assert (stages(figure)[:2] if figure else None) == funnel


def test_a_folder_is_read_whole_or_the_last_figure_stands(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(package(bought("o-1"))))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(json.dumps(package(bought("o-2"))).encode()))
    (tmp_path / "c.json").write_text(json.dumps(package(bought("o-3"), 7)))
    (tmp_path / ".hidden.json").write_text("<html>")
    (tmp_path / "notes.txt").write_text("not ours")
    records, ctx = collected("ocds", {"folder": str(tmp_path)}, city="tangerang", now=NOW)
    assert stages(records[0].body)[0] == 3
    assert reasons(ctx) == ["is not an object"]
    (tmp_path / "d.json").write_text("<html>")
    with pytest.raises(SourceDown, match=r"d\.json is not JSON"):
        collected("ocds", {"folder": str(tmp_path)}, city="tangerang", now=NOW)
    with pytest.raises(SourceDown, match="cannot be read"):
        collected("ocds", {"folder": str(tmp_path / "none")}, city="tangerang", now=NOW)
    (tmp_path / "only").mkdir()
    with pytest.raises(SourceDown, match="no release could be used"):
        collected("ocds", {"folder": str(tmp_path / "only")}, city="tangerang", now=NOW)


def test_an_address_that_is_silent_leaves_the_last_figure() -> None:
    with HttpSource() as source:
        source.put("/a.json", json.dumps(package(bought("o-1"))))
        records, _ = collected("ocds", {"urls": [f"{source.url}/a.json"]}, city="tangerang", now=NOW)
        assert stages(records[0].body) == [1] * 6
        with pytest.raises(SourceDown, match="HTTP 404"):
            collected("ocds", {"urls": [f"{source.url}/a.json", f"{source.url}/gone.json"]}, city="tangerang", now=NOW)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "folder: give either this or urls"),
        ({"folder": "x", "urls": ("https://h",)}, "folder: give either this or urls"),
        ({"urls": ("ftp://h",)}, "urls: must be http or https"),
        ({"folder": "x", "year": 26}, "year: must be a fiscal year"),
        ({"folder": "x", "procurement_budget": 0}, "procurement_budget: must be rupiah above zero"),
        ({"folder": "x", "shown_source": ""}, "shown_source: is a short name"),
    ],
)
def test_options_that_do_not_fit_are_a_sentence(options: dict[str, Any], sentence: str) -> None:
    assert check(OcdsOptions(**options), city_of("tangerang")[0]) == sentence


def test_the_loop_goes_on_while_a_large_package_is_read(tmp_path: Path) -> None:
    (tmp_path / "big.json").write_bytes(ocds_package(3_000_000))
    gaps: list[float] = []

    async def run() -> list[Observed]:
        ctx = context(COLLECTOR, {"folder": str(tmp_path)}, city="tangerang", now=NOW)
        async with aclosing(collect(ctx)) as found:
            task = asyncio.ensure_future(anext(found))
            while not task.done():
                before = time.thread_time()
                await asyncio.sleep(0.001)
                gaps.append(time.thread_time() - before)
            return [await task]

    records = asyncio.run(run())
    assert stages(records[0].body)[0] > 1_000
    assert len(gaps) > 3, "the loop stood still until the package was read"
    assert max(gaps) < 0.05


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["2026-01-01", "-0001-11-30", "active", "a;b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ocid", "id", "date", "tag", "tender", "awards", "contracts", "value", "amount", "currency", "status", "planning",
                             "budget", "tenderPeriod", "startDate", "endDate", "buyer", "parties", "releases", "records", "compiledRelease",
                             "implementation", "metrics", "observations", "measure", "bids", "details", "publishedDate", "awardID"]),
            inner, max_size=6,
        )
    ),
    max_leaves=25,
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(junk, max_size=4))
def test_nothing_it_is_given_makes_it_fail_or_publish_what_the_bus_refuses(releases: list[Any]) -> None:
    for body in (package(*releases), releases, *releases):
        figure, _, _ = seen(json.dumps(body).encode("utf-8", "surrogatepass"))
        if figure is not None:
            message = Message(
                seq=1,
                epoch="e",
                key="city",
                source="ocds",
                observed_at=figure.as_of,
                published_at=NOW,
                quality=Quality.MEASURED,
                body=figure,
            )
            assert PROCUREMENT.decoder()(msgspec.json.encode(message)) == message


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_and_nothing_worse(body: bytes) -> None:
    seen(body, b"{" + body, b'{"releases": [' + body)
