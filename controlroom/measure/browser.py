"""Debian's Chromium for benches, drills and pictures: started without a screen, driven by Playwright, its clock told on ours."""

import os
import shutil
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from controlroom.measure.result import CannotMeasure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome-stable")
ASKED_MS = 30_000
_SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-gpu-rasterization")
"""No graphics card: WebGL in software, and all else drawn as Chromium itself does there. Debian's start script forces that through the same
software card, which takes a second for a page that changed: no browser with or without a card does so."""

CLOCK_LOOKS = 25

SEEN_SCRIPT = """
(() => {
  const seen = [];
  let last = "";
  const look = () => {
    const place = document.querySelector('[data-total="received"]');
    const digits = place === null ? "" : (place.textContent ?? "").replace(/[^0-9]/g, "");
    if (digits === "" || digits === last) return;
    last = digits;
    // Two steps: what stands in the tree now is drawn with the next frame, and a message comes behind that frame's work.
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { seen.push([performance.now(), Number(digits)]); channel.port1.close(); };
      channel.port2.postMessage(0);
    });
  };
  const begin = () => {
    new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
    look();
  };
  begin();
  Object.defineProperty(window, "__seen", {value: seen});
})();
"""
"""Writes down when (its own clock) the number of received reports was drawn anew. Runs before the page's own scripts."""


def find_chromium() -> str:
    """Raises ``CannotMeasure``."""
    for name in NAMES:
        found = shutil.which(name)
        if found is not None:
            return found
    raise CannotMeasure("no Chromium here: run make setup, or apt-get install chromium")


@contextmanager
def a_browser(*, ports: Mapping[int, int] | None = None, more: Sequence[str] = ()) -> "Generator[Browser]":
    """``ports``: where connections to a port of ``localhost`` really go, as a link that leads there."""
    words = [*_SOFTWARE, "--disable-gpu-sandbox", "--no-first-run", *more]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Chromium refuses to run as root with its sandbox on; never set otherwise.
        words.append("--no-sandbox")
    if ports:
        rules = ", ".join(f"MAP localhost:{port} 127.0.0.1:{link}" for port, link in ports.items())
        words.append(f"--host-resolver-rules={rules}")
    path = find_chromium()
    # Of the development tools; no wall needs it.
    playwright: Any = import_module("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=words)
        try:
            yield browser
        finally:
            browser.close()


class PageClock:
    """A page's ``performance.now()`` on this machine's monotonic clock, by the quickest of some questions."""

    def __init__(self, page: "Page") -> None:
        best: tuple[float, float] | None = None
        for _ in range(CLOCK_LOOKS):
            before = time.monotonic()
            said = float(page.evaluate("performance.now()"))
            after = time.monotonic()
            if best is None or after - before < best[0]:
                best = (after - before, (before + after) / 2 - said / 1000)
        assert best is not None
        self.error_s = best[0] / 2
        self._ahead_s = best[1]

    def at_s(self, page_ms: float) -> float:
        return page_ms / 1000 + self._ahead_s


def seen(page: "Page") -> list[tuple[float, int]]:
    """When (monotonic) the page had drawn how many received reports; needs ``SEEN_SCRIPT``."""
    clock = PageClock(page)
    return [(clock.at_s(at_ms), int(number)) for at_ms, number in page.evaluate("window.__seen.splice(0)")]


class HeapLook:
    """What a page holds when its garbage is gone: megabytes of its heap, and nodes of its trees."""

    def __init__(self, page: "Page") -> None:
        # Chromium's own protocol: Playwright says nothing of its types.
        self._session: Any = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def look(self) -> tuple[float, int]:
        self._session.send("HeapProfiler.collectGarbage")
        told: list[dict[str, Any]] = self._session.send("Performance.getMetrics")["metrics"]
        metrics = {str(one["name"]): float(one["value"]) for one in told}
        return metrics["JSHeapUsedSize"] / (1 << 20), int(metrics["Nodes"])
