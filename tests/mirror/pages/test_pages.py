"""The mirror's pages in Chromium, on a real room: the wall's numbers at the same instant, their age, and who may not see them."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from controlroom.measure.mirror_page import ENTER, LAPTOP, PHONE, TABLET, MirrorPage
from feeds.identity import devices
from feeds.messages.deadline import DEADLINE, Deadline, Due
from feeds.messages.report import Priority, ReportState
from feeds.messages.walls import WALL_ORDER, WallOrder
from feeds.reports.roles import Actor, Role
from tests.mirror.pages.house import SHOWN, House, Watching, a_house, until

pytestmark = [pytest.mark.timeout(120), pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with a_house() as made:
        yield made


@pytest.mark.parametrize("size", [PHONE, TABLET, LAPTOP], ids=["phone", "tablet", "laptop"])
def test_numbers_are_the_walls_at_the_same_sequence_number(house: House, size: tuple[int, int]) -> None:
    with Watching(house.parts.redis.url_for("front")) as wall, house.seen(size) as page:
        found: dict[int, dict[str, int]] = {}
        for _ in range(8):
            house.arrive(3)
            page.wait(0.1)
            seq, numbers = page.page.evaluate(SHOWN)
            found[seq] = numbers
        until(page, lambda: page.page.evaluate(SHOWN)[0] == max(wall.by_seq))
        assert len(found) >= 4
        assert {seq: wall.by_seq[seq] for seq in found} == found


def test_an_invitation_lets_one_device_in_and_no_other(house: House) -> None:
    link = house.link()
    with house.page() as page:
        page.enter(link)
        assert "masuk=" not in page.page.url, "the token is not left in the address"
        with house.page() as other:
            other.page.goto(link)
            until(other, lambda: "Undangan tidak berlaku" in other.page.locator("body").inner_text())
            assert other.page.locator(ENTER).count() == 0
            assert other.totals() == {}


PASSKEYS = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


def test_a_phone_with_a_passkey_comes_in_with_it_and_again_when_its_session_was_ended(house: House) -> None:
    card = house.invited()
    with house.page() as page:
        keys = page.context.new_cdp_session(page.page)
        keys.send("WebAuthn.enable")
        made = keys.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEYS})
        page.page.goto(card["link"])
        page.page.get_by_text("Masuk dengan passkey").click()
        until(page, page.totals)
        held = keys.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
        assert [one["rpId"] for one in held] == ["localhost"]
        taken = take_away(house, card["user"]["login"])
        until(page, lambda: page.link_state() in ("ended", "signin"))
        page.page.locator('[data-act="passkey"]').click()
        until(page, page.totals)
        until(page, lambda: page.link_state() == "live")
        shown = keys.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
        assert shown[0]["signCount"] > held[0]["signCount"]
        now = house.room.doors.database.read(lambda connection: devices.list_devices(connection, card["user"]["login"]))
        standing = [one.id for one in now if one.removed_at is None]
        assert len(standing) == 1 and standing != [taken], "it has a key of its own again"


def take_away(house: House, login: str) -> str:
    """Removes the one device of somebody, as ``controlroom users remove-device`` does: its sessions end. Its id."""
    database = house.room.doors.database
    listed = database.read(lambda connection: devices.list_devices(connection, login))
    by = Actor(id="test", role=Role.ADMIN)
    database.write(lambda connection: devices.remove(connection, listed[0].id, datetime.now(UTC), by))
    return listed[0].id


def test_no_request_leaves_the_origin_and_nothing_is_refused(house: House) -> None:
    with house.page(LAPTOP) as page:
        asked: list[str] = []
        said: list[str] = []
        page.context.on("request", lambda request: asked.append(request.url))
        page.page.on("websocket", lambda socket: asked.append(socket.url))
        page.page.on("console", lambda line: said.append(line.text) if line.type in ("error", "warning") else None)
        page.page.on("pageerror", lambda error: said.append(str(error)))
        page.enter(house.link())
        house.arrive(3)
        page.wait(2)
    host = house.room.base.removeprefix("http://")
    assert len(asked) > 5 and any(url.startswith("ws") for url in asked)
    assert [url for url in asked if not re.match(rf"(http|ws)://{host}/|blob:http://{host}/|data:", url)] == []
    # A page that does not know yet that nobody is signed in is told so by one answer.
    assert [line for line in said if "401" not in line and "GL Driver" not in line and "WebGL" not in line] == []


def test_a_device_that_is_taken_away_is_closed_at_once(house: House) -> None:
    card = house.invited()
    login = card["user"]["login"]
    with house.page() as page:
        page.enter(card["link"])
        take_away(house, login)
        until(page, lambda: page.link_state() in ("ended", "signin"))
        assert page.totals() == {}
        assert "BENCH-" not in page.page.content()


def test_the_curtain_of_the_wall_covers_the_page_and_takes_the_numbers_away(house: House) -> None:
    with house.seen() as page:
        house.publish((WALL_ORDER, "Dinding uji", WallOrder(wall="Dinding uji", revision=1, changes=1, is_curtained=True)))
        until(page, lambda: page.page.evaluate("document.documentElement.dataset.curtain") == "1")
        assert page.totals() == {}
        assert "BENCH-" not in page.page.content()
        house.publish((WALL_ORDER, "Dinding uji", WallOrder(wall="Dinding uji", revision=2, changes=2, is_curtained=False)))
        until(page, page.totals)


ROOMS_TIMES = """(() => {
  const words = document.body.innerText.split("\\n").map(it => it.trim()).filter(it => it !== "");
  // Seconds go on while two pages are asked one after the other.
  return words.map(it => it.replace(/\\b[0-9]+ dtk/g, "dtk").replace(/[0-9]{2}[.][0-9]{2}[.][0-9]{2}/g, "now"));
})()"""


def test_a_clock_that_is_a_day_wrong_changes_no_age_on_the_page(house: House) -> None:
    overdue = Deadline(
        report="L-1", due=Due.ACCEPTANCE, due_at=datetime.now(UTC) - timedelta(minutes=95), is_late=True, state=ReportState.NEW,
        category="banjir", priority=Priority.URGENT,
    )  # fmt: skip
    house.publish((DEADLINE, "L-1", overdue))
    with house.page() as late, house.page() as early, house.seen() as right:
        for page, hours in ((late, -25), (early, 25)):
            page.context.add_init_script(
                f"(() => {{ const real = Date.now; const off = {hours} * 3600000;"
                " const D = Date; window.Date = class extends D { constructor(...a) { if (a.length) super(...a); else super(real() + off); }"
                " static now() { return real() + off; } }; })();"
            )
            page.enter(house.link())
        house.arrive(2)
        wanted: list[str] = []

        def agrees(page: MirrorPage) -> bool:
            wanted[:] = right.page.evaluate(ROOMS_TIMES)
            return page.page.evaluate(ROOMS_TIMES) == wanted

        for page, hours in ((late, -25), (early, 25)):
            assert abs(page.page.evaluate("Date.now()") / 3_600_000 - time.time() / 3600 - hours) < 0.1, "the clock is wrong"
            until(page, lambda page=page: agrees(page))
            assert page.link_state() == "live"
        assert any(re.search(r"1 j 3\d mnt", line) for line in wanted), wanted


def test_when_the_bus_stops_the_numbers_are_said_to_be_old(house: House) -> None:
    with house.seen() as page:
        house.parts.feeder.freeze()
        try:
            until(page, lambda: page.page.locator('[data-topic="totals"]').first.get_attribute("data-fresh") in ("offline", "stale"), 20)
            assert page.link_state() == "live", "the service itself is well"
        finally:
            house.parts.feeder.thaw()
        until(page, lambda: page.page.locator('[data-topic="totals"]').first.get_attribute("data-fresh") == "live", 20)


def test_the_way_back_closes_a_sheet_and_escape_does(house: House) -> None:
    with house.seen() as page:
        sheet = page.page.locator("[role=dialog][data-sheet]")
        for close in (page.page.go_back, lambda: page.page.keyboard.press("Escape")):
            page.page.locator('[data-topic="totals"] button').first.click()
            # Its place in the history is taken before it takes the focus.
            until(page, lambda: page.page.evaluate("document.activeElement?.closest('[data-sheet]') !== null"))
            close()
            until(page, lambda: sheet.count() == 0)
        assert page.link_state() == "live"


SIZES = """(() => {
  const small = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), element = walk.currentNode.parentElement;
    if (text === "" || element.closest("svg, script, style, noscript, template, .visually-hidden, .sr") !== null) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue;
    const size = parseFloat(getComputedStyle(element).fontSize);
    if (size < 13) small.push(`${size}: ${text.slice(0, 40)}`);
  }
  return small;
})()"""


@pytest.mark.parametrize("size", [(320, 640), PHONE], ids=["320", "390"])
def test_a_narrow_page_scrolls_one_way_and_its_words_can_be_read(house: House, size: tuple[int, int]) -> None:
    with house.seen(size) as page:
        width = page.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1]
        assert page.page.evaluate(SIZES) == []


UNNAMED = """(() => {
  const named = it => (it.getAttribute("aria-label") ?? "").trim() !== "" || it.hasAttribute("aria-labelledby") || it.innerText.trim() !== "";
  const wrong = [];
  for (const it of document.querySelectorAll("button, a[href], [role=button], [role=dialog], [role=img], section")) {
    if (!named(it)) wrong.push(`no name: ${it.outerHTML.slice(0, 120)}`);
  }
  for (const it of document.querySelectorAll("svg")) {
    if (it.getAttribute("aria-hidden") === null && it.getAttribute("aria-label") === null && it.getAttribute("role") !== "img") {
      wrong.push(`a picture with no word: ${it.outerHTML.slice(0, 120)}`);
    }
  }
  for (const it of document.querySelectorAll("img")) if (it.getAttribute("alt") === null) wrong.push(`img: ${it.outerHTML.slice(0, 120)}`);
  for (const it of document.querySelectorAll("[tabindex]")) if (Number(it.getAttribute("tabindex")) > 0) wrong.push(`order: ${it.outerHTML.slice(0, 120)}`);
  const ids = [...document.querySelectorAll("[id]")].map(it => it.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id twice: ${id}`);
  if (document.documentElement.lang === "") wrong.push("no language");
  if (document.title === "") wrong.push("no title");
  if (document.querySelectorAll("h1").length + document.querySelectorAll("h2").length === 0) wrong.push("no headings");
  return wrong;
})()"""


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_everything_that_can_be_pressed_or_seen_has_a_name(house: House, size: tuple[int, int]) -> None:
    with house.seen(size) as page:
        page.wait(1)
        assert page.page.evaluate(UNNAMED) == []
