"""The map panel dressed for the night on a screen, looked at all the while; run by test_map_dress in a process of its own."""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent

from controlroom.theme import load_theme
from tests.widgets.map_stage import HEIGHT, WIDTH, MapStage
from tests.widgets.staging import ROOT
from widgets.kit.scheme import register_schemes


class DressStage(MapStage):
    def look(self) -> tuple[int, float]:
        """How many colours stand on the screen, and how bright it is (0..255)."""
        shot = self.app.primaryScreen().grabWindow(0, 0, 0, WIDTH, HEIGHT).toImage().scaled(WIDTH // 4, HEIGHT // 4)
        pixels = memoryview(shot.constBits()).cast("I")
        return len(set(pixels)), sum((p & 255) + (p >> 8 & 255) + (p >> 16 & 255) for p in pixels) / len(pixels) / 3

    def dress(self) -> None:
        self.waiting.until("the page", lambda: self.panel.page.is_ready)
        self.waiting.until("the first picture", lambda: bool(self.painted))
        self.waiting.until("a whole picture", lambda: self.look()[0] > 100)
        time.sleep(0.5)
        by_day = self.look()
        self.painted.clear()
        page = self.panel.page
        looks: list[tuple[int, float]] = []
        self.frame.set_theme(load_theme(ROOT / "assets" / "theme.toml", "night"))
        self.waiting.until("the page at night", lambda: looks.append(self.look()) or bool(self.painted))
        end = time.monotonic() + 1
        self.waiting.until("a second more", lambda: looks.append(self.look()) or time.monotonic() > end)
        self.seen = {"by_day": by_day, "looks": looks, "is_same_page": self.panel.page is page}


if __name__ == "__main__":
    register_schemes()
    stage = DressStage()
    stage.dress()
    Path(sys.argv[1]).write_text(json.dumps(stage.seen), encoding="utf-8")
    stage.frame.close()
    stage.frame.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
