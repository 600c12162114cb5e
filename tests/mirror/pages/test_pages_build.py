"""A new build of the pages while somebody looks on, in Chromium: not amid what is being read, then by itself, page and service worker alike."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from controlroom.settings import ASSETS
from tests.mirror.pages.house import House, a_house, until

pytestmark = [pytest.mark.timeout(120), pytest.mark.xvfb, pytest.mark.slow]

NEW = "0123456789ab"
BUILD = "document.querySelector('meta[name=build]').content"
SHELVES = "caches.keys()"
INSTEAD = "import pathlib, controlroom.settings\ncontrolroom.settings.ASSETS = pathlib.Path({!r})\n"


@pytest.fixture
def house() -> Iterator[House]:
    """Of this test alone: it starts the service anew."""
    with a_house() as made:
        yield made


def newer_assets(folder: Path) -> Path:
    """The assets as they are, but that the pages call themselves another build."""
    made = folder / "assets"
    (made / "web").mkdir(parents=True)
    for path in ASSETS.iterdir():
        if path.name != "web":
            (made / path.name).symlink_to(path)
    dist = made / "web" / "dist"
    shutil.copytree(ASSETS / "web" / "dist", dist)
    old = json.loads((dist / "build.json").read_text())["build"]
    for name in ("build.json", "mirror.html", "sw.js"):
        text = (dist / name).read_text()
        assert old in text
        (dist / name).write_text(text.replace(old, NEW))
        for packed in dist.glob(f"{name}.*"):
            packed.unlink()
    return made


def test_a_new_build_is_taken_when_nobody_reads_by_page_and_service_worker(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(INSTEAD.format(str(newer_assets(tmp_path))))
    with house.seen() as page:
        old = page.page.evaluate(BUILD)
        until(page, lambda: page.page.evaluate(SHELVES) == [f"live-room-{old}"])
        page.page.locator('[data-topic="totals"] button').first.click()
        sheet = page.page.locator("[role=dialog][data-sheet]")
        until(page, lambda: sheet.count() == 1)
        house.room.kill_mirror()
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep))
        house.room.open_mirror()
        until(page, lambda: page.link_state() == "live")
        page.wait(3)
        assert (page.page.evaluate(BUILD), sheet.count()) == (old, 1), "what is being read stays"
        page.page.keyboard.press("Escape")
        page.page.locator(f'meta[name=build][content="{NEW}"]').wait_for(state="attached", timeout=20_000)
        until(page, lambda: page.page.evaluate(SHELVES) == [f"live-room-{NEW}"])
        until(page, lambda: page.link_state() == "live")
        before = page.totals()["received"]
        house.arrive(2)
        until(page, lambda: page.totals()["received"] == before + 2)
