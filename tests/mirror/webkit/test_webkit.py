"""The mirror's pages in WebKitGTK, on a real room: let in once, the wall's numbers live, the map with WebGL and without."""

from collections.abc import Iterator

import pytest

from controlroom.measure.mirror_page import ENTER, LAPTOP, PHONE
from tests.mirror.pages.house import SHOWN, House, Watching, a_house
from tests.mirror.webkit.house import View, an_engine

pytestmark = [pytest.mark.timeout(120), pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with a_house(an_engine) as made:
        yield made


def test_an_invitation_lets_one_device_in_which_comes_back_by_itself_and_no_other(house: House) -> None:
    link = house.link()
    with house.browser.view() as view:
        view.open(link)
        view.until(lambda: "Undangan untuk Tamu" in view.words())
        view.press(ENTER)
        view.until(view.totals)
        assert view.ask("[innerWidth, innerHeight]") == list(PHONE)
        assert "masuk=" not in view.ask("location.href"), "the token is not left in the address"
        width, seen = view.ask("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= seen
        view.reload()
        view.until(view.totals)
        view.until(lambda: view.link_state() == "live")
    with house.browser.view() as other:
        other.open(link)
        other.until(lambda: "Undangan tidak berlaku" in other.words())
        assert other.totals() == {}


def test_numbers_change_live_and_are_the_walls_at_the_same_sequence_number(house: House) -> None:
    with Watching(house.parts.redis.url_for("front")) as wall, house.browser.view() as view:
        view.enter(house.link())
        found: dict[int, dict[str, int]] = {}
        for _ in range(6):
            house.arrive(3)
            seq, numbers = view.ask(SHOWN)
            found[seq] = numbers
        view.until(lambda: view.ask(SHOWN)[0] == max(wall.by_seq))
        assert len(found) >= 3
        assert {seq: wall.by_seq[seq] for seq in found} == found


HAS_WEBGL = "document.createElement('canvas').getContext('webgl2') !== null"
MAP = ".map-view"
INK = "getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()"
"""A colour of the page as #rrggbb."""
MARKS = ("red", "yellow", "green")


@pytest.mark.parametrize("more", [(), ("--no-webgl",)], ids=["webgl", "without"])
def test_the_map_is_drawn_and_without_webgl_its_drawing_stays(house: House, more: tuple[str, ...]) -> None:
    with house.browser.view(more=more) as view:
        view.enter(house.link())
        can = view.ask(HAS_WEBGL)
        assert not (can and more), "the engine was told to have no WebGL"
        view.until(lambda: view.ask(f"document.querySelector('{MAP}')?.dataset.stage") == ("map" if can else "unable"), 40)
        wanted = [tuple(bytes.fromhex(view.ask(INK.format(name=name)).removeprefix("#"))) for name in MARKS]

        def drawn() -> bool:
            pixels = view.picture(MAP).getcolors(1 << 24)
            return all(sum(count for count, colour in pixels if colour == mark) >= 20 for mark in wanted)

        view.until(drawn)


def greyness(view: View) -> int:
    """The middle of all pixels, 0 black, 255 white."""
    greys = sorted(view.picture().convert("L").tobytes())
    return greys[len(greys) // 2]


def test_the_page_is_dark_and_by_choice_as_light_as_the_system(house: House) -> None:
    with house.browser.view(LAPTOP, look="light") as view:
        view.enter(house.link())
        assert greyness(view) < 60
        view.press('[data-act="menu"]')
        view.press_words("Otomatis")
        view.press_words("Tutup")
        view.until(lambda: view.ask("document.documentElement.dataset.theme") == "light" and greyness(view) > 200)
