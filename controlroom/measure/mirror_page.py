"""One page of the mirror in Chromium, as a bench, a drill or a picture has it: let in by an invitation, opened anew, looked at."""

import time
from typing import TYPE_CHECKING, Any

import psutil

from controlroom.measure.browser import SEEN_SCRIPT, HeapLook
from controlroom.measure.memory import rss_mb
from controlroom.measure.result import CannotMeasure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, TABLET, LAPTOP = (390, 844), (820, 1180), (1440, 900)
ENTER = 'button[data-act="enter"]'
TOTALS = '[data-total="received"]'
LIVE_MS = 60_000
TOTALS_SCRIPT = """
[...document.querySelectorAll("[data-total]")].map(it => [it.dataset.total, (it.textContent ?? "").replace(/[^0-9]/g, "")])
"""


class MirrorPage:
    """A browser's own context: its cookie, its device key and its files are nobody else's."""

    def __init__(self, browser: "Browser", base: str, size: tuple[int, int] = PHONE, *, language: str = "id", look: str = "dark") -> None:
        width, height = size
        self.base = base
        self._browser = browser
        is_phone = width < 600
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=2 if is_phone else 1, has_touch=width < 1000,
            is_mobile=is_phone, locale=f"{language}-ID", timezone_id="Asia/Jakarta", color_scheme="dark" if look == "dark" else "light",
        )  # fmt: skip
        self.context.add_init_script(SEEN_SCRIPT)
        self.page: Page = self.context.new_page()

    def enter(self, link: str) -> None:
        """Opens the link of an invitation and lets itself in; returns when the totals stand there. Raises ``CannotMeasure``."""
        self.page.goto(link, wait_until="commit", timeout=LIVE_MS)
        self.page.locator(ENTER).click(timeout=LIVE_MS)
        self._wait_live()

    def open(self, *, wait: bool = True) -> None:
        """Opens the page anew. Without ``wait`` it returns when the first bytes are there."""
        self.page.goto(self.base, wait_until="commit", timeout=LIVE_MS)
        if wait:
            self._wait_live()

    def leave(self) -> None:
        """Goes to an empty page: nothing of this one is on its way any more."""
        self.page.goto("about:blank")

    def forget_files(self) -> None:
        """As on a device that was never here, but that it has its cookie and its key."""
        session = self._session()
        session.send("Network.clearBrowserCache")
        session.send("Storage.clearDataForOrigin", {"origin": self.base, "storageTypes": "service_workers,cache_storage"})

    def heap(self) -> HeapLook:
        return HeapLook(self.page)

    def rss_mb(self) -> float:
        """Of the process that draws it. Raises ``CannotMeasure``."""
        size = rss_mb(self._renderer())
        if size is None:
            raise CannotMeasure("the page's process has ended")
        return size

    def wait(self, seconds: float) -> None:
        """Hears what the page says meanwhile; a plain sleep would not."""
        self.page.wait_for_timeout(1_000 * seconds)

    def link_state(self) -> str:
        """What the page says of its own connection: ``live``, ``late``, ``offline``, ``signin``, ..."""
        return str(self.page.evaluate("document.documentElement.dataset.link ?? ''"))

    def totals(self) -> dict[str, int]:
        """Every number of the totals that stands on the page, by name."""
        found: list[list[str]] = self.page.evaluate(TOTALS_SCRIPT)
        return {name: int(digits) for name, digits in found if digits}

    def _wait_live(self) -> None:
        end = time.monotonic() + LIVE_MS / 1000
        place = self.page.locator(TOTALS).first
        while time.monotonic() < end:
            if place.count() and any(letter.isdigit() for letter in place.text_content() or ""):
                return
            self.wait(0.05)
        raise CannotMeasure(f"the page has shown no totals: it says {self.page.locator('body').inner_text()[:400]!r}")

    def _renderer(self) -> int:
        """The largest renderer: the other pages of a bench are closed."""
        session: Any = self._browser.new_browser_cdp_session()
        found: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
        session.detach()
        pids = [int(one["id"]) for one in found if one["type"] == "renderer"]
        return max(pids, key=lambda pid: psutil.Process(pid).memory_info().rss, default=0)

    def _session(self) -> Any:
        """Chromium's own protocol: Playwright says nothing of its types."""
        return self.context.new_cdp_session(self.page)
