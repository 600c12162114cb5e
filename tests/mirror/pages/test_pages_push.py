"""Emergency alerts in Chromium: what the menu says, what a service worker shows whatever it is sent, and what a tap does."""

from collections.abc import Iterator
from typing import Any

import pytest

from controlroom.measure.mirror_page import MirrorPage
from feeds.identity.push_keys import generated, read_key
from tests.mirror.pages.house import House, a_house, until

pytestmark = [pytest.mark.timeout(120), pytest.mark.xvfb, pytest.mark.slow]

SHOWN = """async () => {
  const there = await navigator.serviceWorker.ready;
  return (await there.getNotifications()).map(it => [it.title, it.body, it.tag, it.lang, it.data]);
}"""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with a_house() as made:
        yield made


def open_menu(page: MirrorPage, words: str) -> None:
    page.page.locator('[data-act="menu"]').click()
    page.page.get_by_role("button", name=words).click()


def bell(page: MirrorPage) -> str:
    return str(page.page.locator("[data-bell]").get_attribute("data-bell"))


def test_a_room_without_a_key_says_so_and_asks_for_nothing(house: House) -> None:
    with house.seen() as page:
        open_menu(page, "Pemberitahuan darurat")
        until(page, lambda: bell(page) == "absent")
        assert "belum menyediakan" in page.page.locator("[data-bell]").inner_text()
        assert page.page.locator('[data-act="push-on"]').count() == 0
        assert page.page.evaluate("Notification.permission") in ("default", "denied")


def test_a_browser_whose_push_service_is_out_of_reach_says_so(house: House) -> None:
    """The doors of this room have no key: theirs is the one answer that is not real here."""
    key = read_key(generated(), "mailto:ruang@tangerang.example").public
    with house.page() as page:
        page.context.grant_permissions(["notifications"], origin=house.room.base)
        page.context.route("**/session/push", lambda route: route.fulfill(json={"public_key": key, "is_on": False}))
        page.enter(house.link())
        open_menu(page, "Pemberitahuan darurat")
        until(page, lambda: bell(page) == "off")
        page.page.locator('[data-act="push-on"]').click()
        until(page, lambda: bell(page) == "impossible")
        assert "layanan pemberitahuan" in page.page.locator("[data-bell]").inner_text()


@pytest.mark.parametrize(("language", "said"), [("Indonesia", "Live Room: buka aplikasi"), ("English", "Live Room: open the app")])
def test_a_ring_says_one_sentence_in_the_pages_language_whatever_it_brings(house: House, language: str, said: str) -> None:
    with house.page() as page:
        page.context.grant_permissions(["notifications"], origin=house.room.base)
        page.enter(house.link())
        open_menu(page, language)
        worker = page.context.new_cdp_session(page.page)
        registered: list[dict[str, Any]] = []
        worker.on("ServiceWorker.workerRegistrationUpdated", lambda event: registered.extend(event["registrations"]))
        worker.send("ServiceWorker.enable")
        page.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        until(page, lambda: registered)
        name = registered[-1]["registrationId"]
        for words in ("open", "Banjir di Cipondoh, 12 rumah"):
            worker.send("ServiceWorker.deliverPushMessage", {"origin": house.room.base, "registrationId": name, "data": words})
            until(page, lambda: page.page.evaluate(SHOWN))
        shown = page.page.evaluate(SHOWN)
        assert shown == [[said, "", "emergency", "id" if language == "Indonesia" else "en", None]]
