"""What the mirror answers over HTTP: its pages, what is handed on to the doors, what is looked at beside the live socket, and its headers."""

import asyncio
import hashlib
import http.client
import io
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from PIL import Image

from controlroom.mirror.forwarding import FORWARDED
from controlroom.mirror.guard import headers_for
from controlroom.mirror.pictures import SMALL_BYTES, small
from feeds.identity import audit
from feeds.messages.actions import PassPicture
from feeds.messages.camera import CAMERA
from feeds.messages.desk import Person
from feeds.messages.report import REPORT, Channel
from feeds.reports.drafts import Draft
from feeds.reports.roles import Actor, Role
from tests.fakes.attachments import a_file
from tests.fakes.mirror_house import PAGES, Guest, MirrorRoom, in_a_mirror, until
from tests.fakes.push_service import Browser
from tests.mirror.room_messages import HERE, camera, report

LEAD = Actor(id="petugas-xyzzy", role=Role.LEAD)
UNSAID = "kata-warga-xyzzy"
NOTHING_OF_OURS = (
    "/desk/reports", "/users", "/schema", "/schema/openapi.json", "/media/" + "0" * 64, "/open311/v2/services.json", "//session", "/session/",
    "/../session", "/assets/../session", "/session/passkeys", "/session/views", "/session/standing", "/view/", "/view/city/../city.toml",
    "/view/city/%2e%2e%2fcity.toml", "/build.json", "/mirror.html", "/session/all/x/y", "/session%2fall", "/assets/%2e%2e/%2e%2e/etc/passwd",
)  # fmt: skip


def raw(room: MirrorRoom, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """A request as it stands: no client tidies its path."""
    connection = http.client.HTTPConnection(urlsplit(room.origin).netloc, timeout=15)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in ({"Origin": room.origin, "Content-Length": "0"} | (headers or {})).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


async def _raw(room: MirrorRoom, *asked: Any) -> tuple[int, dict[str, str], bytes]:
    return await asyncio.to_thread(raw, room, *asked)


def test_pages_come_packed_marked_and_named_and_nothing_else_of_the_folder() -> None:
    async def story(room: MirrorRoom) -> None:
        script = "/assets/app-1234.js"
        for accepted, encoding in (("br, gzip", "br"), ("gzip", "gzip"), ("", None), ("identity", None)):
            status, headers, body = await _raw(room, "GET", script, {"Accept-Encoding": accepted})
            assert (status, headers.get("content-encoding")) == (200, encoding)
            assert headers["vary"] == "Accept-Encoding"
            assert "immutable" in headers["cache-control"]
            assert body == b"brotli" if encoding == "br" else body
        assert (await _raw(room, "GET", "/"))[2].decode() == PAGES["mirror.html"]
        etag = (await _raw(room, "GET", "/"))[1]["etag"]
        status, headers, body = await _raw(room, "GET", "/", {"If-None-Match": etag})
        assert (status, body) == (304, b"")
        assert headers["cache-control"] == "no-cache"

    in_a_mirror(story)


def test_every_answer_carries_the_guard() -> None:
    async def story(room: MirrorRoom) -> None:
        etag = (await _raw(room, "GET", "/"))[1]["etag"]
        asked = (
            ("GET", "/"), ("GET", "/", {"If-None-Match": etag}), ("GET", "/map.html"), ("GET", "/nothing"), ("GET", "/view/config.json"),
            ("GET", "/session"), ("PUT", "/session"), ("POST", "/session/invitation"), ("GET", "/health"), ("TRACE", "/"), ("HEAD", "/"),
        )  # fmt: skip
        for one in asked:
            _, headers, _ = await _raw(room, *one)
            wanted = headers_for(one[1], is_secure=False)
            own = {name for name in ("cache-control",) if one[1] in ("/", "/map.html")}
            assert {name: headers.get(name) for name in wanted if name not in own} == {
                name: value for name, value in wanted.items() if name not in own
            }, one
            assert "server" not in headers
        assert "frame-ancestors 'none'" in (await _raw(room, "GET", "/"))[1]["content-security-policy"]
        assert "frame-ancestors 'self'" in (await _raw(room, "GET", "/map.html"))[1]["content-security-policy"]

    in_a_mirror(story)
    assert "strict-transport-security" in headers_for("/", is_secure=True)


def test_nothing_of_the_doors_but_what_is_listed_can_be_reached() -> None:
    async def story(room: MirrorRoom) -> None:
        reached: list[str] = []
        ask = room.house.identity.ask

        async def noting(method: str, path: str, *given: Any, **more: Any) -> Any:
            reached.append(f"{method} {path}")
            return await ask(method, path, *given, **more)

        room.house.identity.ask = noting
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"):
            listed = {path.replace("{session:str}", "x") for one, path, _ in FORWARDED if one == method}
            for path in (*NOTHING_OF_OURS, "/session", "/session/all", "/session/invitation", "/session/all/x", "/session/push"):
                if path in listed:
                    continue
                status, _, _ = await _raw(room, method, path)
                assert status in (400, 403, 404, 405), (method, path, status)
        assert not reached
        for path in ("/session", "/session/all"):
            assert (await _raw(room, "GET", path))[0] == 403, "a cookie alone does not even tell a name"
        assert (await _raw(room, "DELETE", "/session"))[0] == 403
        assert (
            await _raw(room, "POST", "/session/device/options", {"Origin": "https://lain.example", "Content-Type": "application/json"})
        )[0] == 403
        assert (await _raw(room, "POST", "/session/device/options", {"Content-Type": "text/plain"}))[0] == 415
        assert not reached

    in_a_mirror(story)


def test_who_is_signed_in_is_told_beside_his_socket_alone_and_signs_out_there() -> None:
    async def story(room: MirrorRoom) -> None:
        guest, other = await room.guest(), await room.guest("lain", Role.LEAD)
        csrf = guest.who["csrf"]
        assert (await guest.send("DELETE", "/session", headers={"X-CSRF-Token": csrf})).status_code == 403, (
            "a thief of the cookie signs nobody out"
        )
        async with guest.live_now() as live, other.live_now() as others:
            stolen = {"X-Live": others.welcome["token"]}
            for path in ("/session", "/session/all", "/view/config.json", "/view/reports?agency=dpupr"):
                assert (await guest.send("GET", path, headers=stolen)).status_code == 403, path
                assert (await guest.send("GET", path, headers={"X-Live": ""})).status_code == 403, path
                assert (await guest.send("GET", path, headers={"Cookie": ""})).status_code == 403, path
                assert (await guest.send("GET", path)).status_code == 200, path
            assert (await guest.get("/session")).json()["login"] == "ibu-sari"
            (row,) = (await guest.send("GET", "/session/all")).json()
            assert (await guest.send("DELETE", "/session/all/..%2F..", headers={"X-CSRF-Token": csrf})).status_code in (403, 404)
            assert row["is_this"]
            out = await guest.send("DELETE", "/session", headers={"X-CSRF-Token": csrf})
            assert out.status_code == 204, out.text
            assert (await live.ended()).why == "revoked"
        assert (await guest.get("/view/config.json")).status_code == 403

    in_a_mirror(story)


def test_a_phone_asks_to_be_rung_through_the_mirror_beside_its_socket_alone() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        csrf, body = {"X-CSRF-Token": guest.who["csrf"]}, Browser().told
        for method in ("GET", "POST", "DELETE"):
            said = await guest.send(method, "/session/push", body if method == "POST" else None, headers=csrf)
            assert (said.status_code, said.json()["code"]) == (403, "not_live"), method
        async with guest.live_now():
            assert (await guest.get("/session/push")).json()["code"] == "no_push"
            room.doors.options = msgspec.structs.replace(room.doors.options, push_key="BPublic")
            assert (await guest.get("/session/push")).json() == {"public_key": "BPublic", "is_on": False}
            assert (await guest.send("POST", "/session/push", body)).json()["code"] == "csrf"
            foreign = csrf | {"Origin": "https://lain.example"}
            assert (await guest.send("POST", "/session/push", body, headers=foreign)).status_code == 403
            assert (await guest.send("POST", "/session/push", body, headers=csrf)).status_code == 204
            assert (await guest.get("/session/push")).json()["is_on"]
            assert (await guest.send("DELETE", "/session/push", headers=csrf)).status_code == 204
            assert not (await guest.get("/session/push")).json()["is_on"]

    in_a_mirror(story)


def test_the_doors_that_are_gone_are_said_as_such() -> None:
    async def story(room: MirrorRoom) -> None:
        room.serving_doors.cancel()
        await until(room.serving_doors.done, "the doors are shut")
        answer = await Guest(room).send("POST", "/session/device/options", {"device": "x"})
        assert (answer.status_code, answer.json()["code"]) == (502, "doors_away")

    in_a_mirror(story)


def test_the_city_is_told_and_no_other_file_of_its_folder() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        async with guest.live_now():
            told = await guest.get("/view/config.json")
            config = told.json()
            assert config["base"] is None
            assert {"code", "name", "districts", "agencies", "categories", "layers"} <= set(config)
            assert (await guest.send("GET", "/view/config.json", headers={"If-None-Match": told.headers["etag"]})).status_code == 304
            assert (await guest.get(f"/view/city/{config['layers'][0]['file']}")).status_code == 200
            for file in ("city.toml", "..%2Fcity.toml", "sources.toml", "%2e%2e"):
                assert (await guest.get(f"/view/city/{file}")).status_code == 404, file

    in_a_mirror(story)


def _taken_in(room: MirrorRoom) -> tuple[str, str]:
    """A report with a citizen and a picture that was passed: its id and the picture's hash."""
    person = Person(first_name="Nama-xyzzy", phone="0812-xyzzy", email="surat@xyzzy.id")
    draft = Draft(source="laksa", channel=Channel.LAKSA, category="jalan_berlubang", description=UNSAID, position=HERE, person=person)
    doors = room.doors
    name = doors.database.write(lambda it: doors.reports.take_in(it, draft, LEAD)).report
    prepared = doors.pictures.prepare(a_file())
    photo = doors.database.write(lambda it: doors.pictures.keep(it, name, prepared, "before", doors.clock()))
    doors.database.write(lambda it: doors.reports.act(it, name, PassPicture(photo=photo), LEAD))
    return name, photo


def test_a_report_is_told_without_its_citizen_and_a_picture_only_where_it_is_shown() -> None:
    async def story(room: MirrorRoom) -> None:
        name, photo = _taken_in(room)
        await room.publish(REPORT, (name, report(name, photo_before=photo)), ("L-9", report("L-9", "dlh", photo_before="b" * 64)))
        mayor, head = await room.guest(), await room.guest("kadis", Role.HEAD, "dlh")
        async with mayor.live_now() as live, head.live_now() as narrow:
            await live.until(lambda page: len(page.keys("report")) == 2)
            await narrow.until(lambda page: page.keys("report"))
            told = await mayor.get(f"/view/report/{name}")
            assert told.status_code == 200, told.text
            assert told.json()["report"]["id"] == name
            assert [one["photo"] for one in told.json()["evidence"]] == [photo]
            assert told.json()["history"]
            for unsaid in ("xyzzy", '"login"', '"person"', '"words"'):
                assert unsaid not in told.text, unsaid
            picture = await mayor.get(f"/view/picture/{photo}")
            assert hashlib.sha256(picture.content).hexdigest() == photo
            assert picture.headers["content-type"] == "image/jpeg"
            assert picture.headers["cache-control"] == "no-store"
            listed = (await mayor.get("/view/reports?agency=dpupr")).json()
            assert (listed["total"], listed["reports"][0][5]["id"]) == (1, name)
            for path in (
                f"/view/report/{name}",
                f"/view/picture/{photo}",
                "/view/picture/" + "0" * 64,
                "/view/picture/x",
                "/view/report/%2e%2e",
            ):
                assert (await head.get(path)).status_code == 404, path
            assert (await mayor.get("/view/picture/" + "b" * 64)).status_code in (404, 502), "shown, but nobody has it"
            views = room.doors.database.read(lambda it: _views(it))
            for what in ("live", name, "dpupr"):
                assert any(what in one for one in views), (what, views)

    in_a_mirror(story)


def _views(connection: Any) -> set[str]:
    """What was looked at, as the audit log has it."""
    return {f"{row.object} {row.body}" for row in audit.page(connection, action="view").rows}


def test_private_cameras_and_those_nobody_knows_are_not_there() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(CAMERA, ("cctv-1", camera("cctv-1", "http://127.0.0.1:1/live")), ("cctv-2", camera("cctv-2", is_private=True)))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: page.keys("camera"))
            for name in ("cctv-2", "cctv-3", "..%2Fcctv-1"):
                assert (await guest.get(f"/view/camera/{name}")).status_code == 404
            answer = await guest.get("/view/camera/cctv-1")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")

    in_a_mirror(story)


def _noise(side: int) -> bytes:
    made = io.BytesIO()
    Image.effect_noise((side, side), 120).convert("RGB").save(made, "JPEG", quality=95)
    return made.getvalue()


def test_a_large_picture_is_made_small_once_and_one_that_is_another_is_not_shown() -> None:
    large = _noise(1600)
    assert len(large) > SMALL_BYTES
    name = hashlib.sha256(large).hexdigest()
    shown = small(name, large)
    assert shown is not None
    assert len(shown) < len(large)
    with Image.open(io.BytesIO(shown)) as picture:
        assert max(picture.size) == 1280
    little = a_file()
    assert small(hashlib.sha256(little).hexdigest(), little) == little
    assert small(name, little) is None
    for content in (b"GIF89a" + bytes(300_000), b"\xff\xd8\xff" + bytes(300_000)):
        assert small(hashlib.sha256(content).hexdigest(), content) is None


@pytest.mark.parametrize("cut", [1000, 150_000])
def test_a_picture_that_is_cut_off_is_none(cut: int) -> None:
    content = _noise(1600)[:-cut]
    assert small(hashlib.sha256(content).hexdigest(), content) is None
