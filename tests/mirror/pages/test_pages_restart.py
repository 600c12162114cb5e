"""A mirror's service that ends and begins again, seen in Chromium: said at once, the last view kept and marked, and live again by itself."""

from collections.abc import Iterator

import pytest

from tests.mirror.pages.house import House, a_house, until

pytestmark = [pytest.mark.timeout(120), pytest.mark.xvfb, pytest.mark.slow]


@pytest.fixture
def house() -> Iterator[House]:
    """Of this test alone: it starts the service anew."""
    with a_house() as made:
        yield made


PUT_AWAY = """(() => {
  Object.defineProperty(document, "visibilityState", {value: "hidden", configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
})()"""


def test_when_the_service_stops_the_page_says_so_and_opened_again_it_shows_the_last_view_marked(house: House) -> None:
    with house.seen() as page:
        until(page, lambda: page.page.evaluate("navigator.serviceWorker.ready.then(it => it.active !== null)"))
        before = page.totals()
        page.page.evaluate(PUT_AWAY)
        page.wait(1)
        house.room.kill_mirror()
        try:
            until(page, lambda: page.link_state() == "offline")
            assert "TERPUTUS" in page.page.locator("body").inner_text()
            assert page.totals() == before, "the last numbers stay, marked"
            page.page.reload(wait_until="commit")
            until(page, lambda: page.page.evaluate("document.documentElement.dataset.kept") == "1")
            assert page.link_state() == "offline"
            assert page.totals() == before
        finally:
            house.room.open_mirror()
        house.arrive(2)
        until(page, lambda: page.link_state() == "live" and page.totals() != before, 25)
