"""WebKitGTK, the second engine of the mirror's pages: driven by Debian's WebKitWebDriver on a virtual screen."""

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image
from selenium.webdriver import Remote
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from controlroom.measure.mirror_page import ENTER, PHONE, TOTALS_SCRIPT
from tests.conftest import ROOT

WAIT_S = 20.0
BROWSER = ROOT / "tests" / "fakes" / "webkit_view.py"
PYTHON = "/usr/bin/python3"
_HAS_WEBKIT = 'import gi; gi.require_version("Gtk", "3.0"); gi.require_version("WebKit2", "4.1"); from gi.repository import Gtk, WebKit2'


class View:
    """One page, with a cookie, a key and files of its own."""

    def __init__(self, driver: Remote) -> None:
        self._driver = driver

    def open(self, url: str) -> None:
        self._driver.get(url)

    def reload(self) -> None:
        self._driver.refresh()

    def enter(self, link: str) -> None:
        """Opens the link of an invitation and lets itself in."""
        self.open(link)
        self.press(ENTER)
        self.until(self.totals)

    def press(self, selector: str) -> None:
        self._press(By.CSS_SELECTOR, selector)

    def press_words(self, words: str) -> None:
        self._press(By.XPATH, f"//button[normalize-space()='{words}']")

    def ask(self, expression: str) -> Any:
        """The value of an expression of JavaScript, in the page."""
        return self._driver.execute_script(f"return ({expression.strip().rstrip(';')});")

    def words(self) -> str:
        return str(self.ask("document.body.innerText"))

    def link_state(self) -> str:
        return str(self.ask("document.documentElement.dataset.link ?? ''"))

    def totals(self) -> dict[str, int]:
        """Every number of the totals that stands on the page, by name."""
        found: list[list[str]] = self.ask(TOTALS_SCRIPT)
        return {name: int(digits) for name, digits in found if digits}

    def picture(self, selector: str | None = None) -> Image.Image:
        """What is on the screen, of the first element of that kind or of all the page."""
        shown = Image.open(io.BytesIO(self._driver.get_screenshot_as_png())).convert("RGB")
        if selector is None:
            return shown
        edges = f"(it => [it.left, it.top, it.right, it.bottom])(document.querySelector({selector!r}).getBoundingClientRect())"
        left, top, right, bottom = (round(edge) for edge in self.ask(edges))
        return shown.crop((left, top, right, bottom))

    def _press(self, by: str, what: str) -> None:
        self.until(lambda: self._driver.find_elements(by, what))
        self._driver.find_element(by, what).click()

    def until(self, look: Callable[[], object], within_s: float = WAIT_S) -> None:
        end = time.monotonic() + within_s
        while not look():
            assert time.monotonic() < end, f"in vain; the page says {self.words()[:600]!r}"
            time.sleep(0.05)


class Engine:
    def __init__(self, driver_url: str) -> None:
        self._driver_url = driver_url

    @contextmanager
    def view(self, size: tuple[int, int] = PHONE, *, look: str = "dark", more: Sequence[str] = ()) -> Iterator[View]:
        """``more``: further words for the browser. A page of its own, closed at the end; one at a time."""
        options = Options()
        options.binary_location = PYTHON
        for word in (str(BROWSER), f"{size[0]}x{size[1]}", look, *more):
            options.add_argument(word)
        driver = Remote(RemoteConnection(client_config=ClientConfig(self._driver_url)), options=options)
        try:
            yield View(driver)
        finally:
            driver.quit()


@contextmanager
def an_engine() -> Iterator[Engine]:
    """Skips where Debian's packages for it are absent."""
    for program, package in (("WebKitWebDriver", "webkit2gtk-driver"), ("Xvfb", "xvfb")):
        if shutil.which(program) is None:
            pytest.skip(f"{package} is not installed: make setup")
    if subprocess.run([PYTHON, "-c", _HAS_WEBKIT], capture_output=True, timeout=30, check=False).returncode != 0:
        pytest.skip("gir1.2-webkit2-4.1 and python3-gi are not installed: make setup")
    with _a_screen() as display:
        environment = {**os.environ, "DISPLAY": display, "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory"}
        service = Service(shutil.which("WebKitWebDriver"), env=environment)
        service.start()
        try:
            yield Engine(service.service_url)
        finally:
            service.stop()


@contextmanager
def _a_screen() -> Iterator[str]:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-noreset", "-nolisten", "tcp", "-screen", "0", "1920x1200x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="ascii") as number:
            yield f":{number.readline().strip()}"
    finally:
        server.terminate()
        server.wait(10)
