"""A mirror's service that ends and begins again, seen in WebKitGTK: said at once, the numbers kept, and live again by itself."""

from collections.abc import Iterator

import pytest

from tests.mirror.pages.house import House, a_house
from tests.mirror.webkit.house import an_engine

pytestmark = [pytest.mark.timeout(120), pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture
def house() -> Iterator[House]:
    """Of this test alone: it starts the service anew."""
    with a_house(an_engine) as made:
        yield made


def test_when_the_service_was_away_the_page_says_so_keeps_its_numbers_and_comes_back_by_itself(house: House) -> None:
    with house.browser.view() as view:
        view.enter(house.link())
        before = view.totals()
        house.room.kill_mirror()
        try:
            view.until(lambda: view.link_state() == "offline")
            assert "TERPUTUS" in view.words()
            assert view.totals() == before, "the last numbers stay, marked"
        finally:
            house.room.open_mirror()
        house.arrive(2)
        view.until(lambda: view.link_state() == "live" and view.totals()["received"] == before["received"] + 2, 25)
