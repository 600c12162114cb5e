"""What a page says of itself when what it shows is old, and that everything on it can be had without seeing or touching the map, in Chromium."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from controlroom.measure.mirror_page import PHONE, TABLET
from feeds.messages.system import WALL_STATE, WallState
from tests.mirror.pages.house import REPORTS, House, a_house, until

pytestmark = [pytest.mark.timeout(180), pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with a_house() as made:
        yield made


@pytest.fixture
def house_alone() -> Iterator[House]:
    """Of one test: it ends the service."""
    with a_house() as made:
        yield made


HEAD = """(() => {
  const { top, bottom } = document.querySelector(".hd").getBoundingClientRect();
  const at = document.elementFromPoint(innerWidth - 40, (top + bottom) / 2);
  return [scrollY > 0, top, at.closest(".hd") !== null, document.querySelector(".hd .age").innerText];
})()"""

CARDS = """[...document.querySelectorAll(".page [data-fresh]")].map(card => {
  const body = card.querySelector(".card-body, .map-view") ?? card.firstElementChild;
  const named = /TERPUTUS/.test(card.innerText) || (card.querySelector("iframe")?.contentDocument.body.innerText ?? "").includes("TERPUTUS");
  return [card.dataset.topic, named, getComputedStyle(body).filter, getComputedStyle(card).backgroundImage !== "none" || body.matches(".map-view")];
})"""

SAID = """(() => {
  window.said = [];
  const place = document.querySelector('[role="status"]');
  new MutationObserver(() => place.textContent !== "" && window.said.push(place.textContent)).observe(place, { childList: true, characterData: true, subtree: true });
})()"""


@pytest.mark.parametrize("look", ["dark", "light"])
def test_a_phone_that_is_scrolled_down_says_that_it_is_cut_off_and_each_card_does(house_alone: House, look: str) -> None:
    house = house_alone
    with house.page(PHONE) as page:
        page.context.add_init_script(f"localStorage.setItem('live-room-choices', '{{\"theme\": \"{look}\"}}')")
        page.enter(house.link())
        until(page, lambda: page.page.locator('[data-topic="presence"], [data-topic="ticker"]').count() > 0)
        assert page.page.evaluate("document.querySelectorAll('.page .p.old').length") == 0
        page.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.page.evaluate(SAID)
        house.room.kill_mirror()
        try:
            until(page, lambda: page.link_state() == "offline")
            page.wait(1.2)
            is_scrolled, top, is_uncovered, words = page.page.evaluate(HEAD)
            assert (is_scrolled, top, is_uncovered) == (True, 0, True)
            assert words.startswith("TERPUTUS")
            cards = page.page.evaluate(CARDS)
            assert {"totals", "report", "incident", "finance"} <= {topic for topic, *_ in cards}
            assert [card for card in cards if card[1:] != [True, "grayscale(1)", True]] == []
        finally:
            house.room.open_mirror()
        until(page, lambda: page.link_state() == "live", 25)
        until(page, lambda: page.page.locator(".page .p.old").count() == 0)
        assert page.page.evaluate("window.said") == ["Data terputus. Yang tampak adalah yang terakhir diketahui.", "Data tersambung lagi."]


def test_a_bus_that_is_dead_stands_at_the_head_with_its_age(house: House) -> None:
    with house.seen() as page:
        house.parts.feeder.freeze()
        try:
            until(page, lambda: "Bus data TERPUTUS" in page.page.locator(".hd .age").inner_text(), 25)
            assert page.link_state() == "live", "the service itself is well"
            until(page, lambda: "dtk" in page.page.locator(".hd .age").inner_text())
        finally:
            house.parts.feeder.thaw()
        until(page, lambda: "lalu" in page.page.locator(".hd .age").inner_text(), 25)


def test_all_reports_are_reached_by_keyboard_alone(house: House) -> None:
    with house.seen() as page:
        for _ in range(8):
            page.page.keyboard.press("Tab")
            if page.page.evaluate("document.activeElement.innerText") == "Semua laporan":
                break
        page.page.keyboard.press("Enter")
        rows = page.page.locator('[data-sheet="all"] button[data-report]')
        until(page, lambda: rows.count() > 0)
        further = page.page.locator('[data-sheet="all"] button.further')
        while further.count() > 0:
            further.focus()
            page.page.keyboard.press("Enter")
        assert len({row.get_attribute("data-report") for row in rows.all()}) >= REPORTS
        rows.last.focus()
        page.page.keyboard.press("Enter")
        until(page, lambda: page.page.locator('[data-sheet="report"]').count() == 1)


def test_a_list_that_is_cut_on_a_tablet_counts_what_it_leaves_out(house: House) -> None:
    with house.seen(TABLET) as page:
        until(page, lambda: page.page.locator('[data-panel="ticker"] .more').count() == 1)
        shown = page.page.locator('[data-panel="ticker"] button.line:visible').count()
        every = page.page.locator('[data-panel="ticker"] button.line').count()
        assert shown == 8 and every > 8
        more = page.page.locator('[data-panel="ticker"] .more')
        assert more.inner_text() == f"+{every - shown} lagi"
        more.click()
        until(page, lambda: page.page.locator('[data-sheet="all"] button[data-report]').count() > shown)


def test_a_wall_that_has_fallen_silent_is_told_beside_its_layout(house: House) -> None:
    with house.seen(TABLET) as page:
        said = WallState(wall="Dinding uji", layout="harian", revision=1, at=datetime.now(UTC), slots=())
        house.publish((WALL_STATE, said.wall, said))
        silence = page.page.locator(".wall-silence")
        until(page, lambda: silence.count() == 1, 40)
        assert re.fullmatch(r"Dinding tidak menjawab \d+ dtk: susunan ini yang terakhir", silence.inner_text())
        house.publish((WALL_STATE, said.wall, said))
        until(page, lambda: silence.count() == 0)


def test_an_old_link_keeps_no_device_out_that_is_let_in(house: House) -> None:
    link = house.link()
    with house.page() as page:
        page.enter(link)
        page.page.goto("about:blank")
        page.page.goto(link)
        page.page.locator('button[data-act="back"]').click()
        until(page, lambda: page.link_state() == "live" and bool(page.totals()))


STAGE = "document.querySelector('.map-view')?.dataset.stage ?? ''"


def test_a_map_that_paints_no_more_gives_way_to_the_drawing(house: House) -> None:
    with house.seen() as page:
        until(page, lambda: page.page.evaluate(STAGE) == "map", 60)
        page.page.evaluate("document.querySelector('.map-view iframe').contentWindow.liveRoom.pull = () => undefined")
        house.arrive(2)
        until(page, lambda: page.page.evaluate(STAGE) == "still", 30)
        assert page.page.locator(".map-view iframe").count() == 0
        assert page.page.locator(".map-view svg.sketch").count() == 1
