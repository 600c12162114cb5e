"""The doors as a whole against those who mean ill, and one report's whole way through them. Real sessions, a real store."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.identity import passwords, users
from feeds.identity.keys import Scope, add_key
from feeds.reports.roles import Actor, Role
from tests.fakes.attachments import a_file
from tests.fakes.desk_house import CITY, HERE
from tests.fakes.kept_apps import KeptApps
from tests.fakes.signed_in import PASSWORD
from tests.fakes.stores import a_store

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
ADMIN = Actor(id="root", role=Role.ADMIN)
KEPT = passwords.hashed("nobody", PASSWORD)
PEOPLE = {"lina": (Role.LEAD, None), "rani": (Role.OPD, "dpupr"), "doni": (Role.OPD, "dishub"), "budi": (Role.FIELD, "dpupr")}
INJECTIONS = (
    "'; DROP TABLE reports; --", "' OR '1'='1", '" UNION SELECT password FROM users --', "%' ESCAPE '%", "${jndi:ldap://127.0.0.1/a}", "{{7*7}}",
    "{0.__class__.__mro__}", "%(password)s", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "../../../../etc/passwd",
    "..\\..\\windows", "/etc/passwd", "Set-Cookie: live_room=x", "baris\r\nX-Injected: yes", "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>", "\u202eterbalik",
)  # fmt: skip


_APPS = KeptApps(build_app)


class City:
    """The whole application, and browsers of its own for each who asks. ``now`` is the doors' clock."""

    def __init__(self, folder: Path, database: Any) -> None:
        self.now = NOW
        self.doors = Doors(CITY, database, ApiOptions(pictures=folder, base_url="http://testserver.local"), lambda: self.now)
        self.app: Any = None
        for login, (role, agency) in PEOPLE.items():
            database.write(lambda it, login=login, role=role, agency=agency: users.add_user(
                it, CITY, login=login, name=login, role=role, agency=agency, password=KEPT, now=NOW, by=ADMIN,
            ))  # fmt: skip
        self.key = database.write(lambda it: add_key(it, "laksa", (Scope.SUBMIT, Scope.UPDATES), NOW, ADMIN))[1]

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url="http://testserver.local")  # pyright: ignore[reportArgumentType]

    async def sign_in(self, browser: httpx.AsyncClient, login: str) -> httpx.AsyncClient:
        said = await browser.post("/session", json={"login": login, "password": PASSWORD})
        assert said.status_code == 200, said.text
        browser.headers["X-CSRF-Token"] = said.json()["csrf"]
        return browser

    async def report(self, browser: httpx.AsyncClient, words: str = "lubang besar", **more: Any) -> httpx.Response:
        """By LAKSA's door, with its key."""
        form = {"api_key": self.key, "service_code": "jalan_berlubang", "lat": "-6.17", "long": "106.63", "description": words} | more
        return await browser.post("/open311/v2/requests.json", data=form)

    async def new(self, browser: httpx.AsyncClient, **more: Any) -> str:
        return (await self.report(browser, **more)).json()[0]["service_request_id"]


def in_city(story: Callable[[City, httpx.AsyncClient], Awaitable[None]]) -> None:
    async def told() -> None:
        with tempfile.TemporaryDirectory() as folder, a_store() as database:
            city = City(Path(folder), database)
            with _APPS.lent(city.doors) as city.app:
                async with city.browser() as browser:
                    await story(city, browser)

    asyncio.run(told())


def refused(said: httpx.Response, *statuses: int) -> None:
    assert said.status_code in statuses, (said.status_code, said.text[:300])
    assert said.json()["code"] and said.json()["description"], said.text


async def step(browser: httpx.AsyncClient, report: str, revision: object, **action: Any) -> httpx.Response:
    return await browser.post(f"/desk/reports/{report}/steps", json=action, headers={"If-Match": f'"{revision}"'})


def test_one_report_goes_its_whole_way_and_the_record_tells_it() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        taken = await city.report(browser, first_name="Siti", phone="08123")
        assert taken.status_code == 201, taken.text
        report, link = taken.json()[0]["service_request_id"], taken.json()[0]["status_url"]
        await city.sign_in(browser, "lina")
        city.now += timedelta(minutes=10)
        done = await step(browser, report, 1, do="forward", agency="dpupr")
        assert done.status_code == 200 and done.json()["state"] == "forwarded", done.text
        assert (await browser.get(f"/desk/reports/{report}/person")).json()["first_name"] == "Siti"
        async with city.browser() as theirs:
            await city.sign_in(theirs, "rani")
            city.now += timedelta(minutes=10)
            done = await step(theirs, report, done.json()["revision"], do="accept")
            assert done.status_code == 200 and done.json()["state"] == "working", done.text
            attached = await theirs.post(f"/desk/reports/{report}/media", files={"file": ("a.jpg", a_file(), "image/jpeg")})
            assert attached.status_code == 201, attached.text
            photo = attached.json()["hash"]
            revision = (await theirs.get(f"/desk/reports/{report}")).json()["report"]["revision"]
            city.now += timedelta(minutes=10)
            done = await step(theirs, report, revision, do="finish", photo=photo, answer="Sudah ditambal <b>rapi</b>")
            assert done.status_code == 200 and done.json()["state"] == "done", done.text
            assert (await theirs.get(f"/desk/media/{photo}")).headers["content-type"] == "image/jpeg"
        page = await browser.get(link)
        assert page.status_code == 200 and "Selesai" in page.text and "Sudah ditambal &lt;b&gt;rapi&lt;/b&gt;" in page.text
        assert "Siti" not in page.text and "08123" not in page.text
        public = (await browser.get(f"/open311/v2/requests/{report}.json")).json()[0]
        assert public["status"] == "closed" and "Siti" not in str(public)
        history = [one["after"] for one in (await browser.get(f"/desk/reports/{report}")).json()["history"]]
        assert [state for at, state in enumerate(history) if at == 0 or history[at - 1] != state] == ["new", "forwarded", "working", "done"]
        total = (await browser.get("/desk/figures")).json()["total"]
        assert total["received"] == 1 and total["done"] == 1, total
        audited = [(one["actor"], one["action"]) for one in (await browser.get("/desk/audit")).json()["rows"]]
        for line in (("lina", "sign_in"), ("lina", "see_person"), ("rani", "sign_in")):
            assert line in audited, audited
        assert "Siti" not in str(audited)

    in_city(story)


def test_every_answer_is_kept_to_whom_it_was_sent_and_runs_nothing() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        for path in (
            "/session",
            "/nowhere",
            "/desk/reports",
            "/schema/openapi.json",
            "/open311/v2/services.xml",
            "/s/nothing",
            "/media/" + "a" * 64,
        ):
            said = (await browser.get(path)).headers
            assert "no-store" in said["cache-control"], path
            assert said["x-content-type-options"] == "nosniff" and said["referrer-policy"] == "no-referrer", path
            assert said["content-security-policy"].startswith("default-src 'none'"), path
        for page in ("", "/swagger", "/redoc", "/elements", "/rapidoc", "/scalar"):
            said = await browser.get("/schema" + page)
            assert b"<script" not in said.content and b"cdn" not in said.content

    in_city(story)


def test_injections_come_back_only_as_the_text_they_are() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        await city.sign_in(browser, "lina")
        for tried in INJECTIONS:
            typed = await browser.post(
                "/desk/reports",
                json={"channel": "call_centre", "category": "banjir", "words": tried, "position": HERE, "person": {"first_name": tried}},
            )
            assert typed.status_code == 201, typed.text
            report, link = typed.json()["report"], typed.json()["link"]
            seen = await browser.get(f"/desk/reports/{report}")
            assert seen.headers["content-type"].startswith("application/json") and seen.json()["description"].strip() == tried.strip()
            assert (await browser.get(f"/desk/reports/{report}/person")).json()["first_name"] == tried
            answered = await step(browser, report, 1, do="answer", text=tried)
            assert answered.status_code == 200 and "x-injected" not in answered.headers
            page = (await browser.get(f"/s/{link}")).text
            assert "<script" not in page and "<img" not in page and "49" not in page.split("</h1>")[1].split("<time")[0]
            listed = await browser.get("/desk/reports", params={"q": tried})
            assert listed.status_code == 200 and listed.json()["total"] <= len(INJECTIONS)
        assert (await browser.get("/desk/reports")).json()["total"] == len(INJECTIONS)

    in_city(story)


def test_injections_open_nothing_where_an_id_a_filter_or_a_header_is_asked_for() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        await city.new(browser)
        await city.sign_in(browser, "lina")
        for tried in (*INJECTIONS, "\0", "%00", "a" * 4_001, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")):
            name = quote(tried, safe="")
            for path in (
                "/desk/reports/{}",
                "/desk/reports/{}/person",
                "/desk/media/{}",
                "/open311/v2/requests/{}",
                "/open311/v2/services/{}",
            ):
                said = await browser.get(path.format(name))
                assert said.status_code in (400, 404), (path, tried, said.status_code, said.text[:200])
                assert "root:" not in said.text and "Traceback" not in said.text
            for field in ("category", "agency", "district", "incident", "cursor", "claimed", "state", "sort", "since"):
                said = await browser.get("/desk/reports", params={field: tried})
                assert said.status_code == 400 or said.json()["total"] == 0, (field, tried, said.text[:200])
            header = tried.encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
            said = await browser.get("/session", headers=[(b"Cookie", b"live_room=" + header)])
            assert said.status_code in (200, 401)
            said = await browser.get("/session", headers=[(b"Authorization", b"Bearer " + header), (b"X-Forwarded-For", header)])
            assert said.status_code in (200, 401, 403)

    in_city(story)


def test_what_is_another_agencys_is_as_unknown_as_what_is_not() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        report = await city.new(browser)
        await city.sign_in(browser, "lina")
        assert (await step(browser, report, 1, do="forward", agency="dpupr")).status_code == 200
        attached = await browser.post(f"/desk/reports/{report}/media", files={"file": ("a.jpg", a_file(), "image/jpeg")})
        photo = attached.json()["hash"]
        async with city.browser() as other:
            await city.sign_in(other, "doni")
            for wanted in (report, "TNG-NOTHING"):
                refused(await other.get(f"/desk/reports/{wanted}"), 404)
                for action in (
                    {"do": "accept"},
                    {"do": "note", "text": "x"},
                    {"do": "forward", "agency": "dishub"},
                    {"do": "invalidate", "reason": "x"},
                ):
                    refused(await step(other, wanted, 2, **action), 404)
                refused(await other.post(f"/desk/reports/{wanted}/media", files={"file": ("a.jpg", b"x", "image/jpeg")}), 404)
                refused(await other.post(f"/desk/reports/{wanted}/claim"), 404)
                many = await other.post("/desk/steps", json={"steps": [{"id": wanted, "revision": 2, "action": {"do": "accept"}}]})
                assert [one["status"] for one in many.json()] == [404]
            refused(await other.get(f"/desk/media/{photo}"), 404)
            assert (await other.get("/desk/reports")).json()["total"] == 0
            sessions_of_lina = (await browser.get("/session/all")).json()
            refused(await other.delete(f"/session/all/{sessions_of_lina[0]['id']}"), 404)
        assert (await browser.get("/session")).status_code == 200

    in_city(story)


def test_a_session_given_beforehand_is_not_the_one_that_begins() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        browser.cookies.set("live_room", "chosen-by-another", domain="testserver.local")
        await city.sign_in(browser, "lina")
        first = browser.cookies["live_room"]
        assert first != "chosen-by-another"
        async with city.browser() as other:
            for planted in ("chosen-by-another", first[:-1], first + "x"):
                other.cookies.set("live_room", planted, domain="testserver.local")
                refused(await other.get("/session"), 401)
        await city.sign_in(browser, "lina")
        async with city.browser() as other:
            other.cookies.set("live_room", first, domain="testserver.local")
            refused(await other.get("/session"), 401)

    in_city(story)


def test_a_page_of_another_site_changes_nothing() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        report = await city.new(browser)
        await city.sign_in(browser, "lina")
        own = browser.headers.pop("X-CSRF-Token")
        async with city.browser() as other:
            await city.sign_in(other, "rani")
            foreign = other.headers["X-CSRF-Token"]
        body = {"channel": "call_centre", "category": "banjir", "words": "x", "position": HERE}
        for token in ("", "null", own[:-1], own + "x", foreign):
            headers = {"X-CSRF-Token": token, "Origin": "http://evil.example"}
            for method, path, sent in (
                ("POST", "/desk/reports", body), ("POST", f"/desk/reports/{report}/claim", None), ("DELETE", "/session", None),
                ("POST", f"/desk/reports/{report}/steps", {"do": "note", "text": "x"}), ("POST", "/desk/steps", {"steps": []}),
                ("POST", f"/desk/reports/{report}/media", None), ("DELETE", "/session/all/x", None), ("POST", "/session/passkeys/options", None),
                ("POST", "/session/password", {"old": "x", "password": "y"}),
            ):  # fmt: skip
                said = await browser.request(method, path, json=sent, headers=headers)
                assert (said.status_code, said.json()["code"]) == (403, "csrf"), (method, path, said.text)
                assert "access-control-allow-origin" not in said.headers
        assert (await browser.get("/desk/reports")).json()["total"] == 1
        assert (await browser.get(f"/desk/reports/{report}")).json()["report"]["revision"] == 1

    in_city(story)


def test_a_key_opens_no_page_of_the_desk() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        report = await city.new(browser)
        headers = {"Authorization": f"Bearer {city.key}"}
        for path in (
            "/desk/reports",
            f"/desk/reports/{report}/person",
            "/desk/figures",
            "/desk/templates",
            "/desk/instructions",
            "/desk/audit",
            "/users",
        ):
            refused(await browser.get(path, headers=headers), 403)
        refused(await browser.get(f"/desk/reports/{report}", headers=headers), 403)
        refused(await browser.post("/desk/reports", headers=headers, json={
            "channel": "call_centre", "category": "banjir", "words": "x", "position": HERE,
        }), 403)  # fmt: skip

    in_city(story)


TYPED = b'{"channel": "call_centre", "category": "banjir", "words": "x", "position": {"lon": %s, "lat": %s}}'


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b'{"channel": "call_centre", "category": "banjir", "words": "\xff\xfe"}', (400,)),
        (b"\xff\xfe\x00", (400,)),
        (b"[" * 100_000, (400,)),
        (b"null", (400,)),
        (b"{}" * 2, (400,)),
        (TYPED.replace(b'"x"', b'"' + b"x" * 4_001 + b'"') % (b"106.63", b"-6.17"), (400,)),
        (TYPED.replace(b'"x"', b'"a\\u0000b"') % (b"106.63", b"-6.17"), (400,)),
        (TYPED.replace(b'"x"', b'"\\ud800"') % (b"106.63", b"-6.17"), (400,)),
        *[
            (TYPED % (number, b"-6.17"), (400,))
            for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b'"NaN"', b'"inf"', b"true", b"1" * 400)
        ],
        *[(TYPED % (b"106.63", number), (400,)) for number in (b"NaN", b"1e999", b"-1e308", b"91", b"[]")],
        (b'{"words": "' + b"x" * 1_100_000 + b'"}', (413,)),
    ],
    ids=lambda value: str(value[:40]) if isinstance(value, bytes) else "",
)
def test_bodies_that_are_none_are_refused(hostile_city: tuple[City, dict[str, str]], body: bytes, statuses: tuple[int, ...]) -> None:
    city, signed = hostile_city

    async def story() -> None:
        async with city.browser() as browser:
            said = await browser.post("/desk/reports", content=body, headers=signed | {"Content-Type": "application/json"})
            refused(said, *statuses)
            assert "x" * 50 not in said.text
            assert (await browser.get("/desk/reports", headers=signed)).json()["total"] == 0

    asyncio.run(story())


@pytest.fixture(scope="module")
def hostile_city():
    async def sign(city: City) -> dict[str, str]:
        async with city.browser() as browser:
            await city.sign_in(browser, "lina")
            return {"Cookie": f"live_room={browser.cookies['live_room']}", "X-CSRF-Token": browser.headers["X-CSRF-Token"]}

    with tempfile.TemporaryDirectory() as folder, a_store() as database:
        city = City(Path(folder), database)
        with _APPS.lent(city.doors) as city.app:
            yield city, asyncio.run(sign(city))


def test_dates_out_of_all_reason_are_refused() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        report = await city.new(browser)
        await city.sign_in(browser, "lina")
        for day in ("-0001-01-01", "0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "NaN", "1e9"):
            for name in ("from", "to"):
                refused(await browser.get("/desk/figures", params={name: day}), 400)
            if day != "9999-12-31":
                said = await browser.post(f"/desk/reports/{report}/instructions", json={"text": "x", "owner": "dpupr", "due_on": day})
                refused(said, 400)
            for name in ("since", "until"):
                refused(await browser.get("/desk/reports", params={name: f"{day}T00:00:00Z"}), 400)
            for name in ("start_date", "end_date", "updated_after"):
                said = await browser.get("/open311/v2/requests.json", params={name: f"{day}T00:00:00Z"})
                assert said.status_code in (200, 400), (name, day, said.text)
        assert (await browser.get("/desk/reports", params={"since": "2031-01-01T00:00:00Z"})).json()["total"] == 0

    in_city(story)


def test_what_is_too_large_for_any_header_or_field_is_refused() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        report = await city.new(browser)
        await city.sign_in(browser, "lina")
        long = "9" * 100_000
        for revision in (long, "-1", "1e3", "NaN", "٣", "1, 2", "*", "99999999999999999999"):
            said = await browser.post(
                f"/desk/reports/{report}/steps", json={"do": "note", "text": "x"}, headers=[(b"If-Match", revision.encode())]
            )
            refused(said, 400)
        body = {"channel": "call_centre", "category": "banjir", "words": "x", "position": HERE}
        refused(await browser.post("/desk/reports", json=body, headers={"Idempotency-Key": long}), 400)
        refused(await browser.get("/desk/reports", params={"q": long[:4_001]}), 400)
        refused(await browser.get("/desk/reports", params={"page_size": long[:4_001]}), 400)
        refused(await browser.post("/desk/instructions/99999999999999999999/done"), 404)
        assert (await browser.get("/session", headers={"User-Agent": long, "Accept-Language": long})).status_code == 200
        assert (await city.report(browser, "x" * 4_001)).status_code == 400
        assert (await city.report(browser, "x" * 4_000)).status_code == 201
        for field in ("lat", "long"):
            for number in ("NaN", "inf", "-Infinity", "1e999", "0x10", "٣"):
                assert (await city.report(browser, **{field: number})).status_code == 400, (field, number)

    in_city(story)
