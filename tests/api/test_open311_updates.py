"""mySociety's updates at the door: what anybody reads, what a report's own key reads, and words from outside."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from feeds.api.media_url import MediaFetcher
from feeds.identity.keys import Scope, list_keys
from feeds.messages.actions import Accept, Answer, Decline, Forward
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import BASE, OPERATOR, Reporter, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

URL = f"{BASE}/servicerequestupdates.json"


class Gallery(MediaFetcher):
    """A picture at every address."""

    async def fetch(self, url: str) -> bytes:
        return a_file(kind="PNG") if url.endswith(".png") else a_file()


def at_the_door(story: Callable[[Reporter], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town(Gallery()) as town:
            await story(Reporter(town))

    asyncio.run(main())


def problems(answer: httpx.Response) -> tuple[int, list[str]]:
    return answer.status_code, [one["problem"] for one in answer.json()]


def test_updates_from_outside_are_notes_once() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent()
        form = {"api_key": reporter.key, "service_request_id": report, "status": "fixed", "description": "Sudah surut", "update_id": "9"}
        client, url = reporter.town.client, URL
        first, again = await client.post(url, data=form), await client.post(url, data=form)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json() == again.json()
        assert [(one["kind"], one["body"].get("text"), one["after"]) for one in reporter.events()] == [
            ("received", None, "new"),
            ("outside_update", "[FIXED] Sudah surut", "new"),
        ]
        assert len((await reporter.get("servicerequestupdates")).json()) == 1, "a note is nobody's but the room's"
        submitter = Reporter(reporter.town, Scope.SUBMIT)
        for change, status in (
            ({"service_request_id": "nix"}, 404),
            ({"api_key": submitter.key}, 403),
            ({"status": "", "description": ""}, 400),
        ):
            assert (await client.post(url, data={**form, "update_id": "", **change})).status_code == status

    at_the_door(story)


def test_an_answer_to_one_citizen_is_for_the_key_that_sent_the_report() -> None:
    async def story(reporter: Reporter) -> None:
        town = reporter.town
        report = await reporter.sent()
        for step in (Answer(text="Pak Budi, tim datang"), Forward(agency="dlh"), Accept(), Decline(answer="Bu Sari, milik provinsi")):
            town.act(report, step)
        others = {"nobody": {}, "other": {"api_key": Reporter(town).key}, "no updates": {"api_key": Reporter(town, Scope.SUBMIT).key}}
        for who, asked in others.items():
            said = (await town.client.get(URL, params=asked)).json()
            assert [one["status"] for one in said] == ["FOR_TRIAGE", "OPEN", "IN_PROGRESS", "NOT_COUNCILS_RESPONSIBILITY"], who
            assert [one["description"] for one in said][-1] == "Di luar kewenangan kota", who
            assert "Budi" not in str(said) and "Sari" not in str(said), who
        own = (await town.client.get(URL, headers={"X-API-Key": reporter.key})).json()
        assert [one["description"] for one in own] == [
            "Laporan diterima", "Pak Budi, tim datang", "Diteruskan ke dinas yang berwenang", "Sedang dikerjakan", "Bu Sari, milik provinsi",
        ]  # fmt: skip
        assert problems(await town.client.get(URL, params={"api_key": "lr_x"})) == (403, ["bad_api_key"])

    at_the_door(story)


def test_a_key_follows_its_own_reports_whatever_they_are() -> None:
    async def story(reporter: Reporter) -> None:
        town, other = reporter.town, Reporter(reporter.town)
        report = await reporter.sent(service_code="kesehatan", files=[("media", ("a.jpg", a_file(), "image/jpeg"))])
        for path in (
            "requests.json",
            f"requests/{report}.json",
            f"requests/{report},nix.xml",
            f"tokens/{report}.json",
            "servicerequestupdates.json",
        ):
            for way in ({"params": {"api_key": reporter.key}}, {"headers": {"Authorization": f"Bearer {reporter.key}"}}):
                answer = await town.client.get(f"{BASE}/{path}", **way)  # pyright: ignore[reportArgumentType]
                assert answer.status_code == 200 and report in answer.text, path
            for key in ("", other.key):
                assert report not in (await town.client.get(f"{BASE}/{path}", params={"api_key": key})).text.replace(
                    f"requests/{report}", ""
                ), path
        call = Draft(source="desk", channel=Channel.CALL_112, category="banjir", description="tiga")
        emergency = town.database.write(lambda c: town.doors.reports.take_in(c, call, OPERATOR)).report
        word = {"service_request_id": report, "description": "masih menunggu"}
        assert (await town.client.post(URL, data=word | {"api_key": reporter.key})).status_code == 201
        assert problems(await town.client.post(URL, data=word | {"api_key": other.key})) == (404, ["unknown_report"])
        probe = await town.client.post(URL, data=word | {"api_key": reporter.key, "service_request_id": emergency})
        assert problems(probe) == (404, ["unknown_report"]), "there is no such thing for a key"

    at_the_door(story)


def test_pictures_of_an_update_are_kept_and_pass_to_no_wall() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent(service_code="jalan_rusak")
        form: dict[str, Any] = {"api_key": reporter.key, "service_request_id": report, "media_url": "http://h/b.png"}
        files = [("media", ("a.jpg", a_file(), "image/jpeg"))]
        answer = await reporter.town.client.post(URL, data=form, files=files)
        assert answer.status_code == 201, answer.text
        assert [(one["role"], one["is_passed"]) for one in reporter.media()] == [("other", False)] * 2
        assert (await reporter.get("requests")).json()[0]["media_url"] is None
        for change, problem in (
            ({"status": "selesai"}, "bad_status"), ({"media_url": ""}, "empty_update"), ({"description": "x" * 3_901}, "too_long"),
            ({"description": ["a", "b"]}, "repeated_field"),
        ):  # fmt: skip
            assert problems(await reporter.town.client.post(URL, data=form | change)) == (400, [problem]), change
        for status in ("closed", "in progress", "NOT_COUNCILS_RESPONSIBILITY"):
            assert (await reporter.town.client.post(URL, data=form | {"status": status})).status_code == 201

    at_the_door(story)


def test_another_citys_jurisdiction_is_not_found() -> None:
    async def story(reporter: Reporter) -> None:
        report = await reporter.sent(jurisdiction_id="TangerangKota.go.id")
        update = {"api_key": reporter.key, "service_request_id": report, "description": "a", "jurisdiction_id": "jakarta.go.id"}
        answers = [
            await reporter.send(description="lain", jurisdiction_id="jakarta.go.id"),
            await reporter.town.client.post(URL, data=update),
        ]
        paths = ("services", "services/banjir", "requests", f"requests/{report}", f"tokens/{report}", "servicerequestupdates")
        answers += [await reporter.get(path, jurisdiction_id="jakarta.go.id") for path in paths]
        assert [problems(one) for one in answers] == [(404, ["unknown_jurisdiction"])] * 8
        assert "jurisdiction_id provided was not found" in answers[0].text
        for path in paths:
            for good in ("tangerangkota.go.id", ""):
                assert (await reporter.get(path, jurisdiction_id=good)).status_code == 200, path
        assert len(reporter.rows()) == 1

    at_the_door(story)


def test_a_keys_use_is_written_down() -> None:
    async def story(reporter: Reporter) -> None:
        town, writer = reporter.town, Reporter(reporter.town, Scope.UPDATES)
        report = await reporter.sent()
        form = {"api_key": writer.key, "service_request_id": report, "description": "a"}
        assert (await town.client.post(URL, data=form)).status_code == 201
        seen = {key.id: key.seen_at for key in town.database.read(list_keys)}
        assert seen[writer.key_id] == town.now

    at_the_door(story)
