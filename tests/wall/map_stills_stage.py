"""Stills of the map panel on a screen; run by test_stills_map in a process of its own."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QSize, Qt, QTimer
from PySide6.QtGui import QImage

from controlroom.live.still_frames import StillsLayout, unframed
from controlroom.live.stills import decoded
from controlroom.wall.geometry import Place
from controlroom.wall.loader import BuiltSlot
from controlroom.wall.stills import StillsMaker
from feeds.messages.layout import Monitor, Slot, Wall
from tests.widgets.map_scene import HEIGHT, STATUSES, WIDTH
from tests.widgets.map_stage import MapStage
from tests.widgets.staging import NOW
from widgets.kit.scheme import register_schemes
from widgets.panels.map import PANEL


class StillsStage(MapStage):
    def __init__(self) -> None:
        super().__init__()
        size_mm = (1209.6, 680.4)
        self.wall = Wall(
            name="uji",
            farthest_seat_m=5,
            nearest_seat_m=3,
            monitor=(Monitor(name="satu", place=(0, 0), pixels=(WIDTH * 2, HEIGHT * 2), size_mm=size_mm),),
        )
        place = Place(rect=(0, 0, WIDTH, HEIGHT), monitors=("satu",), seams=())
        self.slots = [BuiltSlot(0, Slot(panel="map", cell=(0, 0, 1, 1)), place, self.frame, PANEL)]
        self.stills: list[QImage] = []
        self.asked = 0
        ask = self.panel.page.ask_picture

        def counted(size: QSize, taken: Callable[[QImage], None]) -> bool:
            self.asked += 1
            return ask(size, taken)

        self.panel.page.ask_picture = counted
        self.maker = StillsMaker(self, self, now=lambda: NOW, revision=lambda: 0, ground=lambda: "#000000", curtain=lambda: None)

    def tell(self, layout: StillsLayout) -> None:
        return

    def put(self, generation: int, slot: int, still: bytes) -> None:
        self.stills.append(decoded(*unframed(still)))

    def forget(self) -> None:
        return

    def screen(self) -> QImage:
        return self.app.primaryScreen().grabWindow(0, 0, 0, WIDTH, HEIGHT).toImage()

    def settle(self) -> None:
        """Until the map has not been asked for its picture for a second and a half."""
        before = -1
        while before != self.asked:
            before = self.asked
            pause(1500)

    def look(self) -> None:
        self.waiting.until("the first picture", lambda: bool(self.painted))
        self.maker.audience(1)
        self.waiting.until("a still", lambda: bool(self.stills))
        self.settle()
        live, asked = self.stills[-1], self.asked
        seen = {
            "size": [live.width(), live.height()],
            "colours": colours(live),
            "unlike_screen": difference(live, self.screen()),
        }
        pause(3000)
        seen["asked_while_nothing_changed"] = self.asked - asked
        self.frame.set_status(STATUSES["stale"])
        self.waiting.until("a still of the old map", lambda: self.stills[-1] != live)
        self.settle()
        seen["stale_unlike_screen"] = difference(self.stills[-1], self.screen())
        seen["stale_unlike_live"] = difference(self.stills[-1], live)
        self.frame.fail("Peta gagal", "lihat log")
        asked, count = self.asked, len(self.stills)
        self.waiting.until("a still of the card", lambda: len(self.stills) > count)
        pause(1000)
        seen["card_unlike_screen"] = difference(self.stills[-1], self.screen())
        seen["asked_of_a_failed_page"] = self.asked - asked
        self.seen = seen
        self.maker.close()


def pause(ms: int) -> None:
    """Lets the event loop run so long."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(image.width()) for y in range(image.height())})


def difference(one: QImage, other: QImage) -> float:
    """The mean difference of two pictures of any size, looked at from afar (0..255)."""
    near, far = (
        image.scaled(30, 20, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation) for image in (one, other)
    )
    points = [(x, y) for x in range(30) for y in range(20)]
    return sum(abs((near.pixel(p[0], p[1]) >> shift & 255) - (far.pixel(*p) >> shift & 255)) for p in points for shift in (0, 8, 16)) / 1800


if __name__ == "__main__":
    register_schemes()
    stage = StillsStage()
    stage.look()
    Path(sys.argv[1]).write_text(json.dumps(stage.seen), encoding="utf-8")
    stage.frame.close()
    stage.frame.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
