"""Pictures of the mirror on phone, tablet and laptop, in both looks and languages: ``python tools/mirror_pictures.py FOLDER``.

Behind them stand a simulated city with its wall, doors and a mirror of their own; each device comes in by an invitation, in Chromium.
"""

import argparse
import signal
import sys
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
SPEED = 40.0
PAGE_S = 8.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    # Told to end, it ends what it started.
    signal.signal(signal.SIGTERM, _leave)
    try:
        with Parts() as parts:
            parts.start_city(speed=SPEED)
            parts.start_wall()
            with MirrorRoom(parts) as room, a_browser() as browser:
                room.open_mirror()
                for language, look in product(("id", "en"), ("dark", "light")):
                    for name, size in SIZES.items():
                        page = MirrorPage(browser, room.base, size, language=language, look=look)
                        _photograph(page, room.link(), folder / f"mirror-{name}-{language}-{look}.png", is_phone=name == "phone")
    except CannotMeasure as problem:
        sys.exit(f"mirror_pictures: {problem}")


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(1)


def _photograph(page: MirrorPage, link: str, file: Path, *, is_phone: bool) -> None:
    page.page.goto(link)
    page.page.locator("h1").first.wait_for()
    page.page.screenshot(path=file.with_name(file.name.replace("mirror-", "mirror-invited-")))
    page.enter(link)
    page.wait(PAGE_S)
    page.page.screenshot(path=file)
    if is_phone:
        page.page.screenshot(path=file.with_name(file.name.replace("mirror-", "mirror-whole-")), full_page=True)
    page.context.close()
    print(file)


if __name__ == "__main__":
    main()
