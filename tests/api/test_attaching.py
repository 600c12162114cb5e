"""What may be attached to a report, by whom."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import AsyncTestClient

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.media import MOST_OF_A_REQUEST
from feeds.messages.actions import Accept, Finish, Forward
from feeds.store.schema import EVENTS, MEDIA, REPORTS
from tests.fakes.attachments import a_file, a_scene, a_video, an_exif
from tests.fakes.media_house import CITY, KEY, NOW, WALL, House, by, in_house
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")


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
