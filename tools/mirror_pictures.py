"""Pictures of the mirror on phone, tablet and laptop, in both looks and languages: ``python tools/mirror_pictures.py FOLDER``.

Behind them stand a simulated city with its wall, doors and a mirror of their own; each device comes in by an invitation, in Chromium.
Takes two to three minutes; each picture is told with the seconds since the start.
"""

import argparse
import signal
import sys
import time
from itertools import product
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from controlroom.measure.browser import a_browser
from controlroom.measure.mirror_page import LAPTOP, PHONE, TABLET, MirrorPage
from controlroom.measure.mirror_room import MirrorRoom
from controlroom.measure.parts import Parts
from controlroom.measure.result import CannotMeasure

SIZES = {"phone": PHONE, "tablet": TABLET, "laptop": LAPTOP}
VARIANTS = tuple(product(("id", "en"), ("dark", "light")))
SPEED = 40.0
SETTLE_S = 1.5
DRAWN_MS = 20_000
DRAWN = """
(() => {
  const map = document.querySelector(".map-view");
  const cameras = [...document.querySelectorAll("[data-camera]")].filter(it => it.getBoundingClientRect().top < innerHeight);
  const pictures = [...document.images].every(it => it.complete) && cameras.every(it => it.querySelector("img") !== null);
  return map !== null && ["map", "unable"].includes(map.dataset.stage) && pictures && document.documentElement.dataset.link === "live";
})()
"""
"""The map has drawn itself, or cannot; what pictures there are have come; the connection stands."""
CHOOSE = "choice => localStorage.setItem('live-room-choices', JSON.stringify(choice))"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    # Told to end, it ends what it started.
    signal.signal(signal.SIGTERM, _leave)
    told = Progress()
    try:
        with Parts() as parts:
            parts.start_city(speed=SPEED)
            # Says on the bus what it shows: a laptop then has the wall's own layout.
            parts.start_wall(more={"REDIS_WALL_URL": parts.redis.url_for("wall")})
            told.say("the city and its wall run")
            with MirrorRoom(parts) as room, a_browser() as browser:
                room.open_mirror()
                told.say("the mirror is open")
                for name, size in SIZES.items():
                    page = MirrorPage(browser, room.base, size)
                    _photograph(page, room.link(), folder, name, told)
                    page.context.close()
    except CannotMeasure as problem:
        sys.exit(f"mirror_pictures: {problem}")


class Progress:
    """What has been done, with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, what: object) -> None:
        print(f"[{time.monotonic() - self._began:4.0f} s] {what}", flush=True)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(1)


def _photograph(page: MirrorPage, link: str, folder: Path, name: str, told: Progress) -> None:
    """One device: its invitation, then every language and look of what it sees."""
    _choose(page, *VARIANTS[0])
    page.page.goto(link)
    page.page.locator("h1").first.wait_for()
    page.page.evaluate("document.fonts.ready")
    _take(page, folder / f"mirror-invited-{name}.png", told)
    page.enter(link)
    for language, look in VARIANTS:
        _choose(page, language, look)
        page.open()
        _wait_drawn(page, told)
        _take(page, folder / f"mirror-{name}-{language}-{look}.png", told)
        if name != "laptop":
            _take(page, folder / f"mirror-whole-{name}-{language}-{look}.png", told, is_whole=True)


def _choose(page: MirrorPage, language: str, look: str) -> None:
    """As the menu of the page would: what is shown next is in this language and look."""
    if not page.page.url.startswith(page.base):
        page.page.goto(page.base)
    page.page.evaluate(CHOOSE, {"language": language, "theme": look, "isLarge": False})


def _wait_drawn(page: MirrorPage, told: Progress) -> None:
    end = time.monotonic() + DRAWN_MS / 1000
    while not page.page.evaluate(DRAWN):
        if time.monotonic() > end:
            told.say("the map has not drawn itself: taken as it is")
            break
        page.wait(0.2)
    page.wait(SETTLE_S)


def _take(page: MirrorPage, file: Path, told: Progress, *, is_whole: bool = False) -> None:
    page.page.screenshot(path=file, full_page=is_whole)
    told.say(file)


if __name__ == "__main__":
    main()
