"""The doors of attachments: who gets which picture, how it is sent, and what may be attached by whom."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar, Request
from litestar.di import Provide
from litestar.testing import AsyncTestClient
from sqlalchemy import select, update

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import ApiError, answer
from feeds.api.media import MOST_OF_A_REQUEST, MediaController
from feeds.city import load_city
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.actions import Accept, AnyAction, Finish, Forward, PassPicture
from feeds.reports.drafts import Draft
from feeds.reports.pictures import PictureRole
from feeds.reports.roles import Actor, Role
from feeds.store.schema import EVENTS, MEDIA, REPORTS
from tests.fakes.attachments import a_file, a_scene, a_video, an_exif
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
KEY = "walls-own-key"
WALL = {"Authorization": f"Bearer {KEY}"}
LEAD = Actor(id="lead", role=Role.LEAD)
WHO = {
    "lead": LEAD,
    "ours": Actor(id="budi", role=Role.OPD, agency="dpupr"),
    "others": Actor(id="wati", role=Role.OPD, agency="dlh"),
    "field": Actor(id="joko", role=Role.FIELD, agency="dpupr"),
    "mayor": Actor(id="wali", role=Role.MAYOR),
    "admin": Actor(id="root", role=Role.ADMIN),
    "program": Actor(id="key", role=Role.COLLECTOR),
}


def by(name: str) -> dict[str, str]:
    return {"X-Who": name}


async def _provide_actor(request: Request[Any, Any, Any]) -> Actor:
    actor = WHO.get(request.headers.get("X-Who", ""))
    if actor is None:
        raise ApiError(401, "not_signed_in", "nobody is signed in")
    return actor


class House:
    def __init__(self, doors: Doors, client: AsyncTestClient[Any]) -> None:
        self.doors = doors
        self.client = client

    def report(self, category: str = "jalan_berlubang", words: str = "lubang") -> str:
        draft = Draft(source="laksa", channel=Channel.LAKSA, category=category, description=words, position=Position(106.63, -6.17))
        return self.doors.database.write(lambda connection: self.doors.reports.take_in(connection, draft, LEAD)).report

    def act(self, report: str, action: AnyAction) -> None:
        self.doors.database.write(lambda connection: self.doors.reports.act(connection, report, action, LEAD))

    def attach(self, report: str, raw: bytes, role: PictureRole = "before") -> str:
        prepared = self.doors.pictures.prepare(raw)
        return self.doors.database.write(lambda connection: self.doors.pictures.keep(connection, report, prepared, role, NOW))

    async def send(self, report: str, raw: bytes, who: str = "lead", role: str | None = None, name: str = "foto.jpg"):
        return await self.client.post(
            f"/desk/reports/{report}/media",
            files={"file": (name, raw, "text/html")},
            data={} if role is None else {"role": role},
            headers=by(who),
        )

    def rows(self, table) -> list[Any]:
        return self.doors.database.read(lambda connection: list(connection.execute(select(table)).all()))


@asynccontextmanager
async def a_house(*, key: str = KEY) -> AsyncGenerator[House]:
    with tempfile.TemporaryDirectory() as folder, a_store() as database:
        doors = Doors(CITY, database, ApiOptions(pictures=Path(folder), media_key=key), lambda: NOW)
        app = Litestar(
            route_handlers=[MediaController],
            dependencies={"doors": Provide(lambda: doors, sync_to_thread=False), "actor": Provide(_provide_actor)},
            exception_handlers={Exception: answer},
            request_max_body_size=1_000,
            logging_config=None,
        )
        async with AsyncTestClient(app) as client:
            yield House(doors, client)


def in_house(story: Callable[[House], Awaitable[None]], **options: str) -> None:
    async def main() -> None:
        async with a_house(**options) as house:
            await story(house)

    asyncio.run(main())


# For the walls


def test_an_approved_picture_is_sent_as_a_jpeg_that_can_be_nothing_else() -> None:
    async def story(house: House) -> None:
        photo = house.attach(house.report(), a_file())
        got = await house.client.get(f"/media/{photo}", headers=WALL)
        assert got.status_code == 200
        assert got.content == house.doors.pictures.path(photo).read_bytes()
        assert got.headers["content-type"] == "image/jpeg"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("default-src 'none'")
        assert got.headers["cache-control"] == "private, max-age=31536000, immutable"

    in_house(story)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": KEY},
        {"Authorization": b"Bearer \xff\xfe"},
        by("lead"),
    ],
)
def test_without_the_walls_key_there_is_nothing(headers: dict[str, Any]) -> None:
    async def story(house: House) -> None:
        photo = house.attach(house.report(), a_file())
        got = await house.client.get(f"/media/{photo}", headers=headers)
        assert (got.status_code, got.json()["code"]) == (403, "bad_key")
        assert KEY not in got.text

    in_house(story)


def test_where_no_key_is_set_none_opens() -> None:
    async def story(house: House) -> None:
        photo = house.attach(house.report(), a_file())
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}, WALL):
            assert (await house.client.get(f"/media/{photo}", headers=headers)).status_code == 403

    in_house(story, key="")


def test_only_what_is_passed_goes_to_the_wall() -> None:
    async def story(house: House) -> None:
        report = house.report("banjir")
        photo = house.attach(report, a_file())
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 404
        house.act(report, PassPicture(photo=photo))
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 200
        house.act(report, PassPicture(photo=photo, is_passed=False))
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 404

    in_house(story)


def test_a_finish_photo_that_the_wall_shows_is_sent() -> None:
    async def story(house: House) -> None:
        report = house.report()
        photo = house.attach(report, a_file(), "after")
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 404
        house.act(report, Forward(agency="dpupr"))
        house.act(report, Accept())
        house.act(report, Finish(photo=photo))
        assert [row.is_passed for row in house.rows(MEDIA)] == [False]
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 200
        house.doors.database.write(lambda connection: connection.execute(update(REPORTS).values(is_shown=False)))
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 404

    in_house(story)


def test_of_a_video_the_wall_gets_the_poster_and_never_the_video() -> None:
    async def story(house: House) -> None:
        video = house.attach(house.report(), a_video())
        (report,), (row,) = house.rows(REPORTS), house.rows(MEDIA)
        assert report.photo_before == row.poster != video
        got = await house.client.get(f"/media/{row.poster}", headers=WALL)
        assert (got.status_code, got.headers["content-type"]) == (200, "image/jpeg")
        assert row.is_passed
        assert (await house.client.get(f"/media/{video}", headers=WALL)).status_code == 404

    in_house(story)


@pytest.mark.parametrize("name", ["0" * 64, "x", "..%2f..%2fetc%2fpasswd", "A" * 64, "0" * 65, "%00", "' OR 1=1 --"])
def test_what_is_not_there_is_404_for_whoever_asks(name: str) -> None:
    async def story(house: House) -> None:
        house.attach(house.report(), a_file())
        for path, headers in ((f"/media/{name}", WALL), (f"/desk/media/{name}", by("lead"))):
            got = await house.client.get(path, headers=headers)
            assert got.status_code in (400, 404), got.text

    in_house(story)


def test_a_file_that_is_lost_is_404_and_no_error_of_ours() -> None:
    async def story(house: House) -> None:
        photo = house.attach(house.report(), a_file())
        house.doors.pictures.path(photo).unlink()
        assert (await house.client.get(f"/media/{photo}", headers=WALL)).status_code == 404
        assert (await house.client.get(f"/desk/media/{photo}", headers=by("lead"))).status_code == 404

    in_house(story)


# For people


@pytest.mark.parametrize(
    ("who", "status"),
    [("", 401), ("lead", 200), ("mayor", 200), ("ours", 200), ("field", 200), ("others", 404), ("admin", 404), ("program", 404)],
)
def test_who_may_see_a_report_may_see_its_pictures_passed_or_not(who: str, status: int) -> None:
    async def story(house: House) -> None:
        report = house.report("banjir")
        house.act(report, Forward(agency="dpupr"))
        photo = house.attach(report, a_file())
        got = await house.client.get(f"/desk/media/{photo}", headers=by(who))
        assert got.status_code == status
        assert status != 200 or (got.headers["content-type"], got.headers["cache-control"]) == ("image/jpeg", "private, no-store")

    in_house(story)


def test_one_picture_of_two_reports_is_seen_by_who_may_see_either() -> None:
    async def story(house: House) -> None:
        first, second = house.report(words="satu"), house.report(words="dua")
        house.act(first, Forward(agency="dlh"))
        house.act(second, Forward(agency="dpupr"))
        photo = house.attach(first, a_file())
        assert (await house.client.get(f"/desk/media/{photo}", headers=by("ours"))).status_code == 404
        house.attach(second, a_file())
        assert (await house.client.get(f"/desk/media/{photo}", headers=by("ours"))).status_code == 200

    in_house(story)


@pytest.mark.parametrize(("kind", "mime"), [("mp4", "video/mp4"), ("webm", "video/webm"), ("mov", "video/quicktime")])
def test_a_video_is_only_something_to_save(kind: str, mime: str) -> None:
    async def story(house: House) -> None:
        raw = a_video(kind)
        video = house.attach(house.report(), raw)
        got = await house.client.get(f"/desk/media/{video}", headers=by("lead"))
        assert (got.status_code, got.content) == (200, raw)
        assert got.headers["content-type"] == mime
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-disposition"].startswith("attachment")
        assert got.headers["content-security-policy"].startswith("default-src 'none'")
        poster = house.rows(MEDIA)[0].poster
        assert (await house.client.get(f"/desk/media/{poster}", headers=by("lead"))).headers["content-type"] == "image/jpeg"

    in_house(story)


# Attaching


def test_a_finish_photo_is_attached_and_finishes_the_report() -> None:
    async def story(house: House) -> None:
        report = house.report()
        house.act(report, Forward(agency="dpupr"))
        house.act(report, Accept())
        got = await house.send(report, a_file(exif=an_exif(lon=106.6301, lat=-6.1701)), "ours")
        assert got.status_code == 201, got.text
        said = got.json()
        assert (said["mime"], said["width"], said["height"], said["is_first_of_many"]) == ("image/jpeg", 640, 480, False)
        (row,) = house.rows(MEDIA)
        assert (row.hash, row.role, row.report, row.is_passed) == (said["hash"], "after", report, False)
        event = house.rows(EVENTS)[-1]
        assert (event.kind, event.actor, event.role) == ("attached", "budi", "opd")
        house.act(report, Finish(photo=said["hash"]))
        (done,) = house.rows(REPORTS)
        assert (done.state, done.evidence_ok, done.photo_after) == ("done", True, said["hash"])

    in_house(story)


def test_sent_again_it_is_the_same_attachment() -> None:
    async def story(house: House) -> None:
        report = house.report()
        first, second = [(await house.send(report, a_file(), role="before")).json() for _ in range(2)]
        assert first == second
        assert [row.kind for row in house.rows(EVENTS)] == ["received", "attached"]

    in_house(story)


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("", 401, "not_signed_in"), ("others", 404, "unknown_report"), ("mayor", 403, "forbidden"), ("admin", 404, "unknown_report"),
     ("program", 404, "unknown_report"), ("field", 201, None), ("lead", 201, None)],
)  # fmt: skip
def test_who_may_finish_may_attach(who: str, status: int, code: str | None) -> None:
    async def story(house: House) -> None:
        report = house.report()
        house.act(report, Forward(agency="dpupr"))
        got = await house.send(report, a_file(), who)
        assert (got.status_code, got.json().get("code")) == (status, code)
        assert len(house.rows(MEDIA)) == (status == 201)

    in_house(story)


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [(b"<html><script>alert(1)</script>", 415, "unsupported_type"), (b"", 415, "unsupported_type"), (a_file()[:900], 422, "damaged"),
     (a_video(size=(64, 48), frames=125, rate=1), 422, "too_long"), (a_file() + b"\0" * 12_000_000, 413, "too_large")],
    ids=["page", "nothing", "cut off", "too long", "too large"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_with_its_code(raw: bytes, status: int, code: str) -> None:
    async def story(house: House) -> None:
        got = await house.send(house.report(), raw)
        assert (got.status_code, got.json()["code"]) == (status, code)
        assert got.json()["field"] == "file"
        assert house.rows(MEDIA) == []
        assert len(house.rows(EVENTS)) == 1

    in_house(story)


def test_a_request_that_is_too_large_is_cut_off_whatever_it_says_of_itself() -> None:
    """Asked of the application itself: the test's client would read an endless body first."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    bare: list[tuple[bytes, bytes]] = [(b"x-who", b"lead"), (b"content-type", b"multipart/form-data; boundary=b")]

    async def story(house: House) -> None:
        path = f"/desk/reports/{house.report()}/media"
        for headers, most in ((bare, MOST_OF_A_REQUEST + 2_000_000), ([*bare, (b"content-length", b"900000000")], 0)):
            read = 0
            sent: list[dict[str, Any]] = []

            async def receive() -> Any:
                nonlocal read
                assert read < 2 * MOST_OF_A_REQUEST, "it is never cut off"
                body = head if read == 0 else b"\0" * 1_000_000
                read += len(body)
                return {"type": "http.request", "body": body, "more_body": True}

            async def send(message: Any, sent: list[Any] = sent) -> None:
                sent.append(message)

            scope: Any = {
                "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http", "path": path,
                "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers, "client": ("10.0.0.1", 1),
                "server": ("10.0.0.2", 80), "extensions": {}, "state": {},
            }  # fmt: skip
            await house.client.app(scope, receive, send)  # type: ignore[arg-type]
            assert sent[0]["status"] == 413
            assert msgspec.json.decode(b"".join(one.get("body", b"") for one in sent))["code"] == "too_large"
            assert read <= most

    in_house(story)


def test_a_form_with_no_file_two_files_or_another_role_is_refused() -> None:
    async def story(house: House) -> None:
        url = f"/desk/reports/{house.report()}/media"
        two = [("file", ("a.jpg", a_file())), ("file", ("b.jpg", a_file(a_scene(2))))]
        for got in (
            await house.client.post(url, headers=by("lead"), files=two),
            await house.client.post(url, headers=by("lead"), data={"role": "after"}),
            await house.client.post(url, headers=by("lead"), json={"file": "x"}),
            await house.client.post(url, headers=by("lead") | {"Content-Type": "multipart/form-data"}, content=b"x"),
            await house.client.post(url, headers=by("lead"), files={"file": ("a.jpg", a_file())}, data={"role": "thumbnail"}),
        ):
            assert got.status_code == 400, got.text
            assert got.json()["code"]
        assert house.rows(MEDIA) == []

    in_house(story)


def test_hostile_names_and_types_change_nothing() -> None:
    async def story(house: House) -> None:
        for number, name in enumerate(("../../x.html", "a\\b.php", "x.svg", "é.jpg", "con.jpg.exe")):
            got = await house.send(house.report(words=str(number)), a_file(), name=name)
            assert got.status_code == 201
        assert len({row.hash for row in house.rows(MEDIA)}) == 1
        folder = house.doors.options.pictures
        assert [path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"] == [house.rows(MEDIA)[0].hash]

    in_house(story)


def test_many_at_once_all_get_their_answer() -> None:
    async def story(house: House) -> None:
        report = house.report()
        answers = await asyncio.gather(*(house.send(report, a_file(a_scene(seed))) for seed in range(8)))
        assert {one.status_code for one in answers} == {201}
        assert sorted(row.revision for row in house.rows(EVENTS)) == list(range(1, 10))

    in_house(story)


def test_the_doors_are_open_in_the_application() -> None:
    async def main() -> None:
        with tempfile.TemporaryDirectory() as folder, a_store() as database:
            doors = Doors(CITY, database, ApiOptions(pictures=Path(folder), media_key=KEY), lambda: NOW + timedelta(0))
            async with AsyncTestClient(build_app(doors)) as client:
                assert (await client.get(f"/media/{'0' * 64}", headers=WALL)).json()["code"] == "unknown_picture"
                assert (await client.get(f"/desk/media/{'0' * 64}")).json()["code"] == "not_signed_in"
                assert (await client.post("/desk/reports/L1/media", files={"file": ("a", b"x")})).json()["code"] == "not_signed_in"
                described = msgspec.json.decode((await client.get("/schema/openapi.json")).content)
                form = described["paths"]["/desk/reports/{report}/media"]["post"]["requestBody"]["content"]["multipart/form-data"]
                assert form["schema"]["required"] == ["file"]

    asyncio.run(main())
