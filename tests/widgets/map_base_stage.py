"""Runs the map panel over background maps in a process of its own, and writes what it saw as one JSON object."""

import json
import sys
from pathlib import Path
from typing import Any

from controlroom.platform import prepare

prepare(is_virtual=True)

import msgspec  # noqa: E402
import structlog  # noqa: E402
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, Qt  # noqa: E402
from PySide6.QtGui import QImage  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from feeds.city import load_city  # noqa: E402
from feeds.messages.city import BaseMap  # noqa: E402
from tests.fakes.ground_tiles import GroundServer, is_light, metres, write_pmtiles  # noqa: E402
from tests.widgets.map_stage import HEIGHT, WIDTH, Waiting  # noqa: E402
from tests.widgets.staging import ROOT, OneSlot  # noqa: E402
from widgets.panels.map import PANEL, MapPanel  # noqa: E402

ZOOMS = range(9, 14)


class BaseStage:
    def __init__(self, folder: Path) -> None:
        self.app = QApplication(sys.argv)
        self.waiting = Waiting()
        self.folder = folder
        self.server = GroundServer()
        self.logged: list[str] = []
        structlog.configure(processors=[self._note])

    def _note(self, logger: Any, method: str, event: Any) -> Any:
        self.logged.append(" ".join(str(part) for part in event.values()))
        raise structlog.DropEvent

    def show(self, base: BaseMap) -> dict[str, Any]:
        """The panel over ``base``: how much of it is where it belongs, and what the log and the page say."""
        self.logged.clear()
        self.server.asked.clear()
        real = load_city(ROOT / "assets" / "cities" / "tangerang")
        if base.file is not None:
            for layer in real.map_layers:
                (self.folder / layer.file).write_bytes((real.folder / layer.file).read_bytes())
        folder = self.folder if base.file is not None else real.folder
        slot = OneSlot(city=msgspec.structs.replace(real, base_map=base, folder=folder))
        frame = slot.frame(PANEL, WIDTH / 0.5, HEIGHT / 0.5, scale=0.5)
        frame.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.X11BypassWindowManagerHint)
        frame.setGeometry(0, 0, WIDTH, HEIGHT)
        panel = frame.panel
        assert isinstance(panel, MapPanel)
        frame.show()
        states: list[dict[str, Any]] = []

        def is_complete() -> bool:
            panel.map_state(states.append)
            return bool(states) and states[-1].get("is_complete") is True

        self.waiting.until(f"a complete map over {base.kind}", is_complete)
        corners = states[-1]["corners"]
        self.waiting.until(f"a steady picture over {base.kind}", self._is_steady)
        shot = self._shot()
        seen = {"agreement": agreement(shot, corners), "light": light(shot), "asked": len(self.server.asked), "logged": list(self.logged)}
        seen["attribution"] = states[-1]["attribution"]
        frame.close()
        frame.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        return seen

    def _shot(self) -> QImage:
        return self.app.primaryScreen().grabWindow(0, 0, 0, WIDTH, HEIGHT).toImage()

    def _is_steady(self) -> bool:
        before = self._shot()
        for _ in range(5):
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
        return self._shot() == before

    def run(self) -> dict[str, Any]:
        xyz = BaseMap(kind="xyz", attribution="Papan xyz", url=self.server.address + "/xyz/{z}/{x}/{y}.png", max_zoom=13)
        city = load_city(ROOT / "assets" / "cities" / "tangerang")
        write_pmtiles(self.folder / "board.pmtiles", (106.3, -6.5, 107.0, -5.9), ZOOMS)
        write_pmtiles(self.folder / "vector.pmtiles", city.bbox, range(9, 10), tile_type=1)
        seen = {
            "xyz": self.show(xyz),
            "wms": self.show(BaseMap(kind="wms", attribution="Papan wms", url=self.server.address + "/wms", layers="papan")),
            "pmtiles": self.show(BaseMap(kind="pmtiles", attribution="Papan pmtiles", file="board.pmtiles")),
            "half": self.show(msgspec.structs.replace(xyz, opacity=0.4)),
            "vector": self.show(BaseMap(kind="pmtiles", attribution="Papan", file="vector.pmtiles")),
        }
        self.server.is_down = True
        seen["down"] = self.show(xyz)
        return seen


def samples() -> list[tuple[int, int]]:
    """Pixels clear of title, chips and legend; names and lines cover a few of them."""
    return [(x, y) for x in range(8, WIDTH, 12) for y in range(110, HEIGHT - 110, 12)]


def grey(image: QImage, at: tuple[int, int]) -> float:
    colour = image.pixelColor(*at)
    return (colour.red() + colour.green() + colour.blue()) / 3


def agreement(image: QImage, corners: list[list[float]]) -> float:
    """The part of the samples that is light where the board is light and dark where it is dark."""
    (west, north), (east, south) = (metres(*corner) for corner in corners)
    right = 0
    for x, y in samples():
        expected = is_light(west + (x + 0.5) / WIDTH * (east - west), north + (y + 0.5) / HEIGHT * (south - north))
        right += (grey(image, (x, y)) > 42) == expected
    return right / len(samples())


def light(image: QImage) -> float:
    """The brightest ninth of the ground, so that words and lines do not count."""
    values = sorted(grey(image, at) for at in samples())
    return values[len(values) * 8 // 9]


if __name__ == "__main__":
    told = Path(sys.argv[1])
    stage = BaseStage(told.parent)
    try:
        told.write_text(json.dumps(stage.run()), encoding="utf-8")
    finally:
        stage.server.end()
