"""What anybody reads at LAKSA's door, and the private status page: read here by lxml and by this project's own client."""

import asyncio
import html
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from feeds.api.georeport_words import as_xml
from feeds.messages.actions import Accept, Answer, Decline, Finish, Forward, Invalidate, Merge, Note, Reopen, Triage
from feeds.messages.report import Channel, ReportState
from feeds.readers.georeport import Kind, read_document
from feeds.readers.service_requests import EXTENDED_STATES, Open311Options, read_state
from feeds.reports.drafts import Draft
from feeds.store.schema import REPORTS
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import OPERATOR, Reporter, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

EVIL = "</b><script>alert(1)</script>\x0b\x01\ufffe & \"'"


def reading(story: Callable[[Reporter], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town() as town:
            await story(Reporter(town))

    asyncio.run(main())


LIVES = {
    ReportState.NEW: (),
    ReportState.FORWARDED: (Forward(agency="dlh"),),
    ReportState.WORKING: (Forward(agency="dlh"), Accept()),
    ReportState.DECLINED: (Decline(answer="Milik provinsi"),),
    ReportState.INVALID: (Invalidate(reason="RAHASIA"),),
    ReportState.REOPENED: (Decline(answer="Milik provinsi"), Reopen(reason="RAHASIA")),
}


def test_our_own_client_reads_every_state_as_it_is() -> None:
    async def story(reporter: Reporter) -> None:
        wanted: dict[str, ReportState] = {}
        for state, steps in LIVES.items():
            report = await reporter.sent(description=f"MARK {state}")
            for step in (*steps, Note(text="RAHASIA")):
                reporter.town.act(report, step)
            wanted[report] = state
        parent = next(iter(wanted))
        report = await reporter.sent(description="MARK sama")
        reporter.town.act(report, Merge(parent=parent))
        wanted[report] = ReportState.DUPLICATE
        for form in ("json", "xml"):
            said = await reporter.get(f"requests.{form}", extensions="true")
            assert "RAHASIA" not in said.text and "MARK" not in said.text
            kind, rows = read_document(said.content)
            assert kind is Kind.REQUESTS
            assert {row["service_request_id"]: read_state(row, Open311Options(endpoint="")) for row in rows} == wanted  # type: ignore[index]
            said = await reporter.get(f"servicerequestupdates.{form}")
            assert "RAHASIA" not in said.text and "MARK" not in said.text
            kind, updates = read_document(said.content)
            assert kind is Kind.UPDATES
            assert {row["service_request_id"]: EXTENDED_STATES[row["status"]] for row in updates} == wanted  # type: ignore[index]

    reading(story)


def test_filters_paging_and_windows() -> None:
    async def story(reporter: Reporter) -> None:
        town = reporter.town
        old = await reporter.sent(description="lama")
        town.later(days=100)
        kinds = ["banjir", "macet", "banjir"]
        first, second, third = [await reporter.sent(service_code=kind, description=str(n)) for n, kind in enumerate(kinds)]
        town.later(hours=1)
        town.act(second, Decline(answer="tidak"))
        town.act(old, Answer(text="masih dicari"))

        async def ids(**params: str) -> list[str]:
            answer = await reporter.get("requests", **params)
            assert answer.status_code == 200, answer.text
            return [row["service_request_id"] for row in answer.json()]

        hour = (town.now - timedelta(minutes=1)).isoformat()
        assert set(await ids()) == {first, second, third}
        assert set(await ids(service_code="banjir")) == {first, third}
        assert set(await ids(service_code="banjir,macet", status="closed")) == {second}
        assert set(await ids(status="open")) == {first, third}
        assert set(await ids(updated_after=hour)) == {second, old}
        assert set(await ids(start_date="2026-11-01T00:00:00Z")) == {old}
        assert set(await ids(end_date="2026-11-27T00:00:00 07:00")) == {old}, "a bare plus arrives as a space"
        assert set(await ids(service_request_id=f"{old},{second},nix", status="open")) == {old, second}, "ids override all else"
        assert set(await ids(start_date="", status="", updated_after=" ")) == {first, second, third}, "blank is absent"
        day = (town.now + timedelta(hours=7)).date()
        for start in (day.isoformat(), f"{day}T00:00:00", f"{day}T00:00:00+07:00"):
            assert set(await ids(start_date=start)) == {first, second, third}, "a day and a time without a zone are the city's"
        assert not await ids(start_date=f"{day}T16:00:00") and await ids(start_date=f"{day}T01:59:00Z")
        pages = [await ids(page=str(number), page_size="2") for number in (1, 2, 3)]
        assert [len(page) for page in pages] == [2, 1, 0]
        assert len({one for page in pages for one in page}) == 3
        for bad, problem in (
            ({"page": "0"}, "bad_number"), ({"page_size": "1001"}, "bad_number"), ({"page": "9" * 40}, "bad_number"), ({"status": "baru"}, "bad_status"),
            ({"start_date": "kemarin"}, "bad_time"), ({"end_date": "0001-01-02T00:00:00Z"}, "bad_time"),
            ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, "window_too_long"),
            ({"start_date": "2026-11-02T00:00:00Z", "end_date": "2026-11-01T00:00:00Z"}, "bad_window"),
        ):  # fmt: skip
            answer = await reporter.get("requests", **bad)
            assert (answer.status_code, [one["problem"] for one in answer.json()]) == (400, [problem]), bad

    reading(story)


def test_formats() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent()
        client = reporter.town.client
        for path, accept, kind in (
            ("requests", "*/*", "json"), ("requests", "application/xml", "xml"), ("requests", "application/json, text/xml", "json"),
            ("requests", "text/html,application/xml;q=0.9,*/*", "json"), (f"requests/{report}", "text/xml", "xml"),
            (f"requests/{report}.json", "text/xml", "json"), (f"tokens/{report}.xml", "*/*", "xml"), ("requests/nix.xml", "*/*", "xml"),
        ):  # fmt: skip
            answer = await client.get(f"/open311/v2/{path}", headers={"Accept": accept})
            assert answer.headers["Content-Type"] == f"application/{kind}; charset=utf-8", (path, accept)
            if kind == "xml":
                etree.fromstring(answer.content)
        assert (await reporter.get(f"tokens/{report}")).json() == [{"service_request_id": report, "token": report}]
        assert (await reporter.get("tokens/nix")).status_code == (await reporter.get("requests/%00")).status_code == 404

    reading(story)


def test_xml_stays_well_formed_whatever_a_text_holds() -> None:
    text = "".join(map(chr, [*range(0x300), 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x1F600])) + "]]><&"
    found = etree.fromstring(as_xml([{"description": text}], "requests", "request")).findtext("request/description")
    assert found is not None and found.endswith("\ud7ff\ue000\ufffd\U0001f600]]><&")

    async def story(reporter: Reporter) -> None:
        report = await reporter.sent(description=EVIL)
        reporter.town.act(report, Triage(text=EVIL, place=EVIL))
        reporter.town.act(report, Answer(text=EVIL))
        row = etree.fromstring((await reporter.get("requests.xml")).content)[0]
        assert row.findtext("description") == row.findtext("address") == "</b><script>alert(1)</script> & \"'"
        assert (
            etree.fromstring((await reporter.get("servicerequestupdates.xml", api_key=reporter.key)).content)[1].findtext("status")
            == "FOR_TRIAGE"
        )

    reading(story)


def test_the_status_page_is_private_escaped_and_alone() -> None:
    async def story(reporter: Reporter) -> None:
        taken = (await reporter.send(description="RAHASIA")).json()[0]
        report, link = taken["service_request_id"], taken["status_url"]
        for step in (Triage(place=EVIL), Note(text="RAHASIA"), Answer(text=EVIL), Decline(answer="Milik provinsi", reason="RAHASIA")):
            reporter.town.act(report, step)
        client = reporter.town.client
        page = await client.get(link)
        assert page.status_code == 200
        assert "<script" not in page.text and html.escape("<script>alert(1)</script>") in page.text
        assert "RAHASIA" not in page.text and OPERATOR.id not in page.text
        assert "Milik provinsi" in page.text and "Di luar kewenangan kota" in page.text and "WIB" in page.text
        assert "\x01" not in page.text and "http" not in page.text, "nothing of anybody else's"
        assert "Outside the city" in (await client.get(f"{link}?lang=en")).text
        assert (await client.get(f"{link}?lang=xx")).text == page.text
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert page.headers["Referrer-Policy"] == "no-referrer" and "noindex" in page.headers["X-Robots-Tag"]
        for other in (f"/s/{report}", "/s/x", "/s/" + "x" * 500, "/s/%00"):
            answer = await client.get(other)
            assert answer.status_code == 404 and report not in answer.text
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert all(link.rpartition("/")[2] != row["link_digest"] for row in reporter.rows(REPORTS)), "only the digest is kept"

    reading(story)


def test_emergency_calls_and_what_the_city_keeps_to_itself_are_not_public() -> None:
    async def story(reporter: Reporter) -> None:
        seen = await reporter.sent(description="satu")
        taken = (await reporter.send(service_code="kesehatan", description="dua")).json()[0]
        call = Draft(source="desk", channel=Channel.CALL_112, category="banjir", description="tiga")
        town = reporter.town
        emergency = town.database.write(lambda c: town.doors.reports.take_in(c, call, OPERATOR)).report
        kept = (taken["service_request_id"], emergency)
        for report in (seen, *kept):
            town.act(report, Answer(text="Sedang ditangani"))
        for path in ("requests.json", f"requests/{','.join((seen, *kept))}.json", "servicerequestupdates.json", "requests.xml"):
            for ids in ({}, {"service_request_id": ",".join((seen, *kept))}):
                said = (await reporter.get(path, **ids)).text
                assert seen in said and not any(report in said for report in kept), path
        for report in kept:
            for path in (f"requests/{report}.json", f"tokens/{report}.json", f"requests/{report}/photos/{'0' * 64}.jpg"):
                assert (await reporter.get(path)).status_code == 404, path
        assert "Sedang ditangani" in (await town.client.get(taken["status_url"])).text
        assert any(one["service_code"] == "kesehatan" for one in (await reporter.get("services.json")).json()), "it can still be sent"
        note = {"api_key": reporter.key, "service_request_id": kept[0], "description": "masih menunggu"}
        assert (await town.client.post("/open311/v2/servicerequestupdates.json", data=note)).status_code == 201, "who has a key may add"

    reading(story)


def test_a_merged_report_tells_of_its_parent_and_a_finished_one_is_fixed() -> None:
    async def story(reporter: Reporter) -> None:
        parent = await reporter.sent(description="satu")
        taken = (await reporter.send(description="dua")).json()[0]
        lead = OPERATOR.__class__(id="lead", role=OPERATOR.role.LEAD)
        reporter.town.act(parent, Forward(agency="dlh"))
        reporter.town.act(parent, Accept())
        reporter.town.act(taken["service_request_id"], Merge(parent=parent))
        done = Finish(exemption="air surut sendiri", answer="Sudah surut")
        reporter.town.database.write(lambda c: reporter.town.doors.reports.act(c, parent, done, lead))
        page = (await reporter.town.client.get(taken["status_url"])).text
        assert f"Laporan induk {parent}: Selesai dikerjakan" in page
        last = (await reporter.get("servicerequestupdates", service_request_id=parent)).json()[-1]
        assert (last["status"], last["description"]) == ("FIXED", "Selesai dikerjakan")
        (row,) = (await reporter.get(f"requests/{taken['service_request_id']}", extensions="true")).json()
        assert (row["extended_attributes"]["duplicate_of"], row["status_notes"]) == (parent, "Digabung dengan laporan lain")

    reading(story)


def test_what_is_merged_into_an_emergency_call_does_not_name_it() -> None:
    async def story(reporter: Reporter) -> None:
        town = reporter.town
        call = Draft(source="desk", channel=Channel.CALL_112, category="banjir", description="tiga")
        emergency = town.database.write(lambda c: town.doors.reports.take_in(c, call, OPERATOR)).report
        taken = (await reporter.send()).json()[0]
        town.act(taken["service_request_id"], Merge(parent=emergency))
        (row,) = (await reporter.get("requests", extensions="true")).json()
        assert (row["extended_attributes"]["status"], row["extended_attributes"]["duplicate_of"]) == ("DUPLICATE", None)
        page = (await town.client.get(taken["status_url"])).text
        assert taken["service_request_id"] in page and emergency not in page and "Laporan induk" not in page

    reading(story)


def test_a_prank_shows_neither_picture_nor_words() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent(service_code="jalan_rusak", files=[("media", ("a.jpg", a_file(), "image/jpeg"))])
        reporter.town.act(report, Triage(text="Lubang besar"))
        (before,) = (await reporter.get("requests")).json()
        assert before["description"] == "Lubang besar" and before["media_url"]
        reporter.town.act(report, Invalidate(reason="iseng"))
        (row,) = (await reporter.get("requests")).json()
        assert (row["description"], row["media_url"]) == ("Jalan rusak", None)
        assert (await reporter.town.client.get(before["media_url"])).status_code == 404

    reading(story)


def test_what_this_door_does_not_have_is_refused_in_its_words() -> None:
    async def story(reporter: Reporter) -> None:
        client = reporter.town.client
        for method, path, status in (
            ("GET", "nix.xml", 404),
            ("DELETE", "requests.xml", 405),
            ("GET", "nix", 404),
            ("PUT", "services.json", 405),
        ):
            answer = await client.request(method, f"/open311/v2/{path}")
            assert answer.status_code == status
            if path.endswith(".xml"):
                assert etree.fromstring(answer.content).findtext("error/code") == str(status)
            else:
                assert answer.json()[0]["code"] == status
        assert (await client.get("/nix")).json()["code"] == "not_found", "elsewhere as everywhere"
        report = await reporter.sent()
        for path in ("discovery", "services.json", "requests.xml", f"requests/{report}.json", "services/banjir"):
            answer = await client.head(f"/open311/v2/{path}")
            assert (answer.status_code, answer.headers["Content-Type"]) == (
                200,
                (await client.get(f"/open311/v2/{path}")).headers["Content-Type"],
            )
        assert (await client.head("/open311/v2/requests/nix")).status_code == 404

    reading(story)
