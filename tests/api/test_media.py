"""Who gets which picture, and how it is sent."""

from typing import Any

import pytest
from sqlalchemy import update

from feeds.api.desk_report import detail
from feeds.identity import audit
from feeds.identity.keys import Scope, add_key, list_keys, revoke_key
from feeds.messages.actions import Accept, Finish, Forward, PassPicture
from feeds.store.schema import MEDIA, REPORTS
from tests.fakes.attachments import a_file, a_video
from tests.fakes.media_house import KEY, LEAD, NOW, WALL, WHO, House, by, in_house

pytestmark = pytest.mark.usefixtures("both_stores")


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


@pytest.mark.parametrize("key", [KEY, ""])
def test_a_key_of_scope_media_opens_what_the_walls_key_opens(key: str) -> None:
    async def story(house: House) -> None:
        photo = house.attach(house.report(), a_file())

        def make(*scopes: Scope) -> tuple[str, str]:
            made, whole = house.doors.database.write(lambda connection: add_key(connection, "wall", scopes, NOW, LEAD))
            return made.id, whole

        (good, whole), (_, other) = make(Scope.MEDIA), make(Scope.SUBMIT, Scope.UPDATES)
        for given, status in ((whole, 200), (other, 403), (whole + "x", 403), (whole[:-1], 403)):
            got = await house.client.get(f"/media/{photo}", headers={"Authorization": f"Bearer {given}"})
            assert got.status_code == status, given
        seen = {one.id: one.seen_at for one in house.doors.database.read(list_keys)}
        assert seen.pop(good) == NOW and list(seen.values()) == [None]
        house.doors.database.write(lambda connection: revoke_key(connection, good, NOW, LEAD))
        assert (await house.client.get(f"/media/{photo}", headers={"Authorization": f"Bearer {whole}"})).status_code == 403

    in_house(story, key=key)


def test_every_look_and_every_attachment_is_written_down() -> None:
    async def story(house: House) -> None:
        report = house.report()
        photo = (await house.send(report, a_file())).json()["hash"]
        assert (await house.client.get(f"/desk/media/{photo}", headers=by("lead"))).status_code == 200
        assert (await house.client.get(f"/desk/media/{photo}", headers=by("admin"))).status_code == 404
        rows = house.doors.database.read(lambda connection: audit.page(connection)).rows
        assert [(one.actor, one.action, one.object) for one in rows] == [
            ("lead", "see_picture", f"picture {photo}"), ("lead", "attach", f"report {report}"),
        ]  # fmt: skip

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


def test_what_was_passed_leaves_the_wall_with_its_report() -> None:
    async def story(house: House) -> None:
        report = house.report("banjir")
        photo = house.attach(report, a_file())
        house.act(report, PassPicture(photo=photo))
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
    [
        ("", 401),
        ("lead", 200),
        ("mayor", 404),
        ("head", 404),
        ("ours", 200),
        ("field", 200),
        ("others", 404),
        ("admin", 404),
        ("program", 404),
    ],
)
def test_who_works_on_a_report_sees_its_pictures_passed_or_not(who: str, status: int) -> None:
    async def story(house: House) -> None:
        report = house.report("banjir")
        house.act(report, Forward(agency="dpupr"))
        photo = house.attach(report, a_file())
        got = await house.client.get(f"/desk/media/{photo}", headers=by(who))
        assert got.status_code == status
        assert status != 200 or (got.headers["content-type"], got.headers["cache-control"]) == ("image/jpeg", "private, no-store")

    in_house(story)


@pytest.mark.parametrize("who", ["mayor", "head"])
def test_who_only_watches_sees_what_the_wall_may_show(who: str) -> None:
    async def story(house: House) -> None:
        report = house.report("banjir")
        house.act(report, Forward(agency="dpupr"))
        photo, video = house.attach(report, a_file()), house.attach(report, a_video())
        poster = house.rows(MEDIA)[-1].poster

        def told() -> list[str]:
            doors = house.doors
            look = doors.database.read(lambda connection: detail(connection, doors, doors.reports.get(connection, report), WHO[who]))
            return [one.hash for one in look.pictures]

        assert told() == []
        for one in (photo, video):
            house.act(report, PassPicture(photo=one))
        assert [(await house.client.get(f"/desk/media/{one}", headers=by(who))).status_code for one in (photo, poster, video)] == [
            200,
            200,
            404,
        ]

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
        video = house.attach(house.report(), a_video(kind))
        got = await house.client.get(f"/desk/media/{video}", headers=by("lead"))
        assert (got.status_code, got.content) == (200, house.doors.pictures.path(video).read_bytes())
        assert got.headers["content-type"] == mime
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-disposition"].startswith("attachment")
        assert got.headers["content-security-policy"].startswith("default-src 'none'")
        poster = house.rows(MEDIA)[0].poster
        assert (await house.client.get(f"/desk/media/{poster}", headers=by("lead"))).headers["content-type"] == "image/jpeg"

    in_house(story)
