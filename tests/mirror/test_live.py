"""The live socket of a whole mirror: who is let in, what he hears, and how it ends."""

import asyncio
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from feeds.messages.report import REPORT, TOTALS
from feeds.messages.walls import WALL_ORDER
from feeds.reports.roles import Role
from tests.fakes.mirror_house import Ended, Guest, MirrorRoom, a_mirror, in_a_mirror, until
from tests.fakes.phone import DeviceKey
from tests.mirror.room_messages import order, report, totals


def test_an_invited_device_is_let_in_and_sees_what_is_there_and_what_comes() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(TOTALS, ("all", totals(3)))
        guest = await room.guest()
        async with guest.live_now() as live:
            assert live.welcome["scope"] == "city"
            assert live.welcome["who"]["login"] == "ibu-sari"
            assert live.welcome["build"] == "abcabcabcabc"
            await live.until(lambda page: page.put.get("totals", {}).get("all", [0])[0] == 1)
            await room.publish(REPORT, ("L-1", report("L-1", text="lubang <script>alert(1)</script>")))
            page = await live.until(lambda page: page.keys("report"))
            assert page.body("report", "L-1")["text"] == "lubang <script>alert(1)</script>"
            await room.publish(REPORT, ("L-1", None))
            await live.until(lambda page: not page.keys("report"))
            assert live.frames[-1]["from"] > 0, "a change, not everything anew"

    in_a_mirror(story)


async def _refusal(guest: Guest, proof: str | None, **options: Any) -> Ended:
    async with guest.looking(**options) as live:
        with pytest.raises(Ended) as found:
            await live.greet(proof=proof)
        return found.value


def test_no_one_is_let_in_without_his_own_cookie_and_a_proof_of_this_very_socket() -> None:
    async def story(room: MirrorRoom) -> None:
        guest, other = await room.guest(), await room.guest("lain", Role.LEAD)
        assert (await _refusal(guest, None)).code == 4401
        assert (await _refusal(guest, "x")).code == 4401
        assert (await _refusal(guest, DeviceKey().sign("live-room live\nx"))).code == 4401
        assert (await _refusal(guest, "own", cookie="")).code == 4401
        assert (await _refusal(guest, "own", cookie="nobody")).code == 4401
        assert (await _refusal(guest, "own", cookie=other.cookie)).code == 4401
        async with guest.looking() as first:
            seen = guest.device.sign(f"live-room live\n{await first.challenged()}")
            assert (await _refusal(guest, seen)).code == 4401, "the proof of another socket's nonce"
        async with guest.looking() as live:
            signed = guest.device.sign(await live.challenged())
            await live.say(kind="hello", proof=signed)
            assert (await live.ended()).code == 4401, "a proof made for another purpose"
        assert room.house.viewers.strangers == 0

    in_a_mirror(story)


def test_only_a_page_of_this_mirror_that_speaks_its_language_may_open_a_socket() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        wrong: tuple[dict[str, Any], ...] = (
            {"origin": "https://lain.example"},
            {"origin": None},
            {"subprotocols": None},
            {"subprotocols": ["x"]},
        )
        for options in wrong:
            with pytest.raises(InvalidStatus) as found:
                async with guest.looking(**options):
                    pass
            assert found.value.response.status_code == 403
        for path in ("/", "/livex", "/view/config.json"):
            with pytest.raises(InvalidStatus) as found:
                async with guest.looking(path):
                    pass
            assert found.value.response.status_code == 404

    in_a_mirror(story)


def test_what_no_page_says_ends_the_socket() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        for said, code in (
            ("x" * 2049, 1009), ("x" * 5000, 1009), (b"drawn", 1008), ("{", 1008), ('{"kind":"look"}', 1008), ("[" * 1500, 1008),
            ('{"kind":"drawn","rev":999999}', 1008), ('{"kind":"drawn","rev":-1}', 1008), ('{"kind":"drawn"}', 1008),
            ('{"kind":"drawn","rev":1e999}', 1008),
        ):  # fmt: skip
            async with guest.live_now() as live:
                await live.socket.send(said)
                assert (await live.ended()).code == code, said[:40]
        async with guest.looking() as live:
            await live.challenged()
            await live.socket.send('{"kind":"drawn","rev":0}')
            assert (await live.ended()).code == 1008
        async with guest.live_now() as live:
            for _ in range(200):
                await live.say(kind="drawn", rev=0)
            assert (await live.ended()).code == 1008, "one that talks without end"
        await until(lambda: len(room.house.viewers) == 0, "nobody is left")

    in_a_mirror(story)


def test_a_page_may_ask_for_everything_again_but_not_without_end() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, ("L-1", report("L-1")))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: page.keys("report"))
            await live.say(kind="again")
            page = await live.whole()
            assert page.keys("report") == {"L-1"}
            await live.say(kind="again")
            await live.say(kind="again")
            assert (await live.ended()).code == 1008

    in_a_mirror(story)


def test_two_frames_unanswered_then_one_of_all_that_happened_meanwhile() -> None:
    async def story(room: MirrorRoom) -> None:
        slow, fast = await room.guest(), await room.guest("cepat", Role.LEAD)
        async with slow.live_now() as late, fast.live_now() as quick:
            for count in range(1, 6):
                await room.publish(TOTALS, ("all", totals(count)))
                await quick.until(lambda page, count=count: page.put.get("totals", {}).get("all", [0])[0] == count)
            sent = [viewer for viewer in room.house.viewers.all() if viewer.who.login == "ibu-sari"]
            assert not sent[0].is_ready
            rev = late.page.rev
            frames = [await late.frame(answers=False) for _ in range(2)]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await late.hear()
            assert rev == frames[0]["from"]
            await late.say(kind="drawn", rev=frames[1]["to"])
            merged = await late.frame(answers=False)
            assert merged["from"] == frames[1]["to"]
            assert late.page.put["totals"]["all"][0] == 5
            assert late.page.held()["items"] == quick.page.held()["items"]

    in_a_mirror(story)


def test_who_comes_back_hears_what_changed_and_another_epoch_hears_everything() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, *((f"L-{n}", report(f"L-{n}")) for n in range(20)))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: len(page.keys("report")) == 20)
            have, page = {"epoch": live.page.epoch, "rev": live.page.rev}, live.page
        await room.publish(REPORT, ("L-3", None), ("L-20", report("L-20")))
        await until(lambda: room.house.state.holds("city", REPORT, "L-20"), "it was seen")
        async with guest.looking() as live:
            assert (await live.greet(have=have))["epoch"] == have["epoch"]
            live.page = page
            frame = await live.frame()
            assert frame["from"] == have["rev"]
            assert frame["gone"] == {"report": ["L-3"]}
            assert set(frame["put"]["report"]) == {"L-20"}
        for other in ({"epoch": "of-another-life-city", "rev": have["rev"]}, {"epoch": have["epoch"], "rev": 10**9}):
            async with guest.live_now(have=other) as live:
                assert live.frames[0]["from"] == 0
                assert live.frames[0]["of"] == 3

    in_a_mirror(story)


def test_the_curtain_takes_everything_away_and_gives_it_back() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, ("L-1", report("L-1")))
        await room.publish(WALL_ORDER, ("utama", order(is_curtained=False)))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: page.keys("report"))
            await room.publish(WALL_ORDER, ("utama", order(is_curtained=True, revision=2)))
            page = await live.until(lambda page: page.wall is not None and page.wall["is_curtained"])
            frame = live.frames[-1]
            assert set(frame) <= {"from", "to", "epoch", "at", "wall", "fresh"}
            assert frame["from"] == 0
            assert not page.put
            assert frame["wall"]["slots"] == []
            for path in ("/view/reports?agency=dpupr", "/view/report/L-1", "/view/picture/" + "0" * 64, "/view/camera/x"):
                answer = await guest.get(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "curtain"), path
            await room.publish(REPORT, ("L-2", report("L-2")))
            await room.publish(WALL_ORDER, ("utama", order(is_curtained=False, revision=3)))
            page = await live.until(lambda page: page.keys("report") == {"L-1", "L-2"})
            assert not page.wall["is_curtained"]

    in_a_mirror(story)


def test_strangers_are_few_and_do_not_stay() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        async with guest.looking() as one, guest.looking() as two:
            await one.challenged()
            await two.challenged()
            with pytest.raises(InvalidStatus) as found:
                async with guest.looking():
                    pass
            assert found.value.response.status_code == 503
            assert (await one.ended()).code == 1008
        await until(lambda: room.house.viewers.strangers == 0, "strangers are forgotten")
        async with guest.live_now() as live, guest.looking() as more:
            assert live.page.rev
            with pytest.raises(Ended) as full:
                await more.greet()
            assert (full.value.why, full.value.code) == ("too_many", 4429)

    in_a_mirror(story, most_half_open=2, most_half_open_of_an_address=2, hello_within_s=1.0, most_viewers=1)


def test_who_is_shut_out_is_told_and_closed_whatever_else_goes_on() -> None:
    async def story(room: MirrorRoom) -> None:
        from feeds.identity import sessions

        gone, stays = await room.guest(), await room.guest("tetap", Role.LEAD)
        async with gone.live_now() as live, stays.live_now():
            room.doors.database.write(lambda it: sessions.end_all(it, "ibu-sari"))
            ended = await live.ended()
            assert (ended.why, ended.code) == ("revoked", 4401)
            assert [viewer.who.login for viewer in room.house.viewers.all()] == ["tetap"]
            assert (await gone.get("/view/config.json")).status_code == 403

    in_a_mirror(story)


def test_a_session_that_comes_to_its_end_is_closed_as_ended() -> None:
    async def story(room: MirrorRoom) -> None:
        guest = await room.guest()
        async with guest.live_now() as live:
            room.later(days=31)
            ended = await live.ended()
            assert (ended.why, ended.code) == ("ended", 4401)
        assert (await _refusal(guest, "own")).code == 4401

    in_a_mirror(story)


def test_roles_that_look_at_nothing_are_not_let_in_and_heads_see_their_own() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, ("L-1", report("L-1", "dpupr")), ("L-2", report("L-2", "dlh")))
        await room.publish(TOTALS, ("all", totals(2)))
        head = await room.guest("kadis", Role.HEAD, "dpupr")
        async with head.live_now() as live:
            assert live.welcome["scope"] == "agency:dpupr"
            await live.until(lambda page: page.keys("report"))
            await room.publish(REPORT, ("L-3", report("L-3", "dlh")), ("L-4", report("L-4", "dpupr")))
            page = await live.until(lambda page: "L-4" in page.keys("report"))
            assert page.keys("report") == {"L-1", "L-4"}
            assert "totals" not in page.put
            for path, status in (("/view/report/L-2", 404), ("/view/reports?agency=nobody", 404)):
                assert (await head.get(path)).status_code == status
            assert (await head.get("/view/reports?agency=dlh")).json() == {"reports": [], "total": 0}

    in_a_mirror(story)


def test_redis_that_goes_and_comes_back_is_said_and_healed() -> None:
    async def story(room: MirrorRoom) -> None:
        await room.publish(REPORT, ("L-1", report("L-1")))
        guest = await room.guest()
        async with guest.live_now() as live:
            await live.until(lambda page: page.keys("report") and page.bus["freshness"] == "live")
            room.redis.kill()
            await live.until(lambda page: page.bus["freshness"] != "live" and page.fresh["report"][0] == "offline")
            assert live.page.keys("report") == {"L-1"}, "the last that is known stays, marked"
            room.redis.start()
            await room.publish(REPORT, ("L-2", report("L-2")))
            await live.until(lambda page: page.fresh["report"][0] != "offline" and page.keys("report") == {"L-1", "L-2"})

    in_a_mirror(story)


def test_a_mirror_that_stops_says_that_it_comes_back_and_another_life_tells_everything() -> None:
    async def story() -> None:
        async with a_mirror() as room:
            guest = await room.guest()
            looking = guest.live_now()
            live = await looking.__aenter__()
            first = live.welcome["epoch"]
            ending = asyncio.create_task(live.ended())
        ended = await ending
        assert (ended.why, ended.code) == ("restart", 1012)
        await looking.__aexit__(None, None, None)
        async with a_mirror() as room:
            guest = await room.guest()
            async with guest.live_now(have={"epoch": first, "rev": 1}) as live:
                assert live.welcome["epoch"] != first
                assert live.frames[0]["from"] == 0

    asyncio.run(story())
