"""The camera panel: each tile says the age of its own picture, an old one never looks live, and only what changed is painted."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QImage, QPaintEvent
from pytestqt.qtbot import QtBot

from feeds.messages.camera import CAMERA, Camera, StreamKind
from feeds.messages.freshness import Freshness
from tests.widgets.staging import NOW, OneSlot, grab
from widgets.frame import PanelFrame
from widgets.kit.video import NAME, Box, freshness_of, tile_boxes
from widgets.panel import PanelContext
from widgets.panels import cameras
from widgets.panels.cameras import CamerasPanel

REFERENCE = (1856, 464)
COLOURS = ("#a03020", "#20a030", "#2030a0", "#a0a020", "#20a0a0", "#a020a0")


class Feed:
    """A camera in the test's hands."""

    def __init__(self, colour: str) -> None:
        self.image: QImage | None = None
        self.age = 0.4
        self.down = False
        self.why: str | None = None
        self.give(colour)

    def give(self, colour: str) -> None:
        self.image = QImage(431, 288, QImage.Format.Format_RGB32)
        self.image.fill(QColor(colour))

    def frame(self) -> QImage | None:
        return self.image

    def age_s(self) -> float | None:
        return None if self.image is None else self.age

    def taken_at(self) -> datetime | None:
        return None if self.image is None else NOW - timedelta(seconds=self.age)

    def is_down(self) -> bool:
        return self.down

    def reason(self) -> str | None:
        return self.why


class Stage:
    """A slot with a camera panel and the feeds behind it."""

    def __init__(self, count: int = 4, size: tuple[int, int] = REFERENCE, **options: Any) -> None:
        self.slot = OneSlot()
        self.feeds = {f"k{n}": Feed(COLOURS[n]) for n in range(count)}
        self.asked: list[tuple[str, tuple[int, int]]] = []
        self.cameras = {
            f"k{n}": Camera(
                id=f"k{n}", name=f"Kamera {n}", owner=("dishub", "PUPR")[n % 2], kind=StreamKind.MJPEG, url="http://127.0.0.1:9/"
            )
            for n in range(count)
        }
        self.size = size
        self.options = options
        self.frame: PanelFrame | None = None

    def show(self) -> PanelFrame:
        self.slot.publish(CAMERA, *self.cameras.items())
        build = self.slot.context

        def with_video(*args: Any, **more: Any) -> PanelContext:
            return msgspec.structs.replace(build(*args, **more), video=self.video)

        self.slot.context = with_video
        self.frame = self.slot.frame(cameras.PANEL, *self.size, **self.options)
        grab(self.frame)
        self.asked.clear()
        self.slot.tick()
        return self.frame

    def video(self, camera: Camera, size: tuple[int, int]) -> Feed:
        self.asked.append((camera.id, size))
        return self.feeds[camera.id]

    def texts(self) -> list[str]:
        assert self.frame is not None
        return [text for text, _, _ in self.slot.record(self.frame).texts]

    def pixel(self, tile: int, dx: int = 200, dy: int = 20) -> QColor:
        """A pixel of a tile of the reference panel, above its plate."""
        assert self.frame is not None
        return grab(self.frame).pixelColor(40 + round(tile * (425.25 + 25)) + dx, 96 + dy)


MakeStage = Callable[..., Stage]


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[MakeStage]:
    made: list[Stage] = []

    def make(*args: Any, **more: Any) -> Stage:
        made.append(Stage(*args, **more))
        return made[-1]

    yield make
    for one in made:
        if one.frame is not None:
            one.frame.close()
            one.frame.deleteLater()


def test_four_cameras_with_ages_names_owners_and_a_count(stage: MakeStage) -> None:
    one = stage()
    one.feeds["k1"].age = 1.26
    frame = one.show()
    said = one.texts()
    for wanted in ("Kamera", "LIVE 0,4 dtk", "LIVE 1,3 dtk", "Kamera 0", "Kamera 3", "LIVE 4 dari 4"):
        assert wanted in said
    assert frame.meta == "per 14.32.07 · CCTV Dishub, PUPR"
    for tile in range(4):
        assert one.pixel(tile) == QColor(COLOURS[tile])


@pytest.mark.parametrize(
    ("age", "down", "freshness"),
    [
        (0.0, False, Freshness.LIVE),
        (2.0, False, Freshness.LIVE),
        (2.01, False, Freshness.LATE),
        (10.0, True, Freshness.LATE),
        (10.01, False, Freshness.STALE),
        (None, False, Freshness.WAITING),
        (None, True, Freshness.OFFLINE),
    ],
)
def test_a_tile_is_as_fresh_as_its_picture(age: float | None, down: bool, freshness: Freshness) -> None:
    assert freshness_of(age, is_down=down) is freshness


def test_a_frozen_picture_goes_late_then_grey_with_its_time(stage: MakeStage) -> None:
    one = stage()
    one.show()
    feed = one.feeds["k2"]
    feed.age = 6.5
    one.slot.tick()
    assert "TELAT 6 dtk" in one.texts()
    assert "LIVE 3 dari 4" in one.texts()
    feed.age = 252.0
    one.slot.tick()
    said = one.texts()
    assert "USANG 4 mnt" in said
    assert "gambar 14.27.56" in said
    shade = one.pixel(2)
    assert max(shade.red(), shade.green(), shade.blue()) - min(shade.red(), shade.green(), shade.blue()) < 24
    assert one.pixel(1) == QColor(COLOURS[1])


def test_a_camera_that_is_gone_shows_no_picture_and_why(stage: MakeStage) -> None:
    one = stage()
    one.feeds["k0"].image, one.feeds["k0"].down, one.feeds["k0"].why = None, True, "auth"
    one.feeds["k1"].image = None
    frame = one.show()
    said = one.texts()
    assert "TERPUTUS" in said
    assert "akses ditolak" in said
    assert "MENUNGGU" in said
    assert "LIVE 2 dari 4" in said
    assert one.pixel(0) == QColor(frame._theme.palette.out)
    one.feeds["k0"].give(COLOURS[0])
    one.slot.tick()
    assert one.pixel(0) == QColor(COLOURS[0])


def test_without_one_live_picture_the_panel_is_not_live(stage: MakeStage) -> None:
    one = stage()
    frame = one.show()
    for feed in one.feeds.values():
        feed.age = 252.0
    one.slot.tick()
    assert frame.status.freshness is Freshness.STALE
    for feed in one.feeds.values():
        feed.image, feed.down = None, True
    one.slot.tick()
    assert frame.status.freshness is Freshness.OFFLINE
    assert not any(text.startswith("LIVE") for text in one.texts())
    one.feeds["k3"].give(COLOURS[3])
    one.feeds["k3"].age = 0.2
    one.slot.tick()
    assert frame.status.freshness is Freshness.LIVE


def test_only_the_tile_with_a_new_picture_is_painted(stage: MakeStage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[int, int]] = []
    real = CamerasPanel.paintEvent

    def noted(panel: CamerasPanel, event: QPaintEvent) -> None:
        painted.append((event.rect().left(), event.rect().right()))
        real(panel, event)

    monkeypatch.setattr(CamerasPanel, "paintEvent", noted)
    one = stage()
    frame = one.show()
    with qtbot.waitExposed(frame):
        frame.show()
    qtbot.waitUntil(lambda: bool(painted))
    one.slot.tick()
    QCoreApplication.processEvents()
    painted.clear()
    one.feeds["k1"].give("#ffffff")
    one.slot.tick()
    qtbot.waitUntil(lambda: bool(painted))
    assert painted == [(483, 916)]
    assert one.pixel(1) == QColor("#ffffff")


def test_the_age_is_said_anew_once_a_second(stage: MakeStage) -> None:
    one = stage()
    one.show()
    one.feeds["k0"].age = 0.9
    one.slot.tick(0.5)
    assert "LIVE 0,9 dtk" not in one.texts()
    one.slot.tick(0.5)
    assert "LIVE 0,9 dtk" in one.texts()


def test_nothing_new_paints_nothing(stage: MakeStage, qtbot: QtBot) -> None:
    one = stage()
    frame = one.show()
    assert frame.panel is not None
    asked: list[Any] = []
    frame.panel.update = lambda *area: asked.append(area)  # pyright: ignore[reportAttributeAccessIssue]
    for _ in range(5):
        one.slot.tick()
    assert asked == []


def test_the_feed_is_asked_for_at_the_tiles_size_on_the_screen(stage: MakeStage) -> None:
    one = stage(scale=0.5, size=REFERENCE)
    asked: list[tuple[str, tuple[int, int]]] = []
    real = one.video

    def noted(camera: Camera, size: tuple[int, int]) -> Feed:
        asked.append((camera.id, size))
        return real(camera, size)

    one.video = noted  # pyright: ignore[reportAttributeAccessIssue]
    one.show()
    assert asked[-4:] == [(f"k{n}", (216, 144)) for n in range(4)]


def test_private_cameras_are_passed_over_and_never_decoded(stage: MakeStage) -> None:
    one = stage(count=6)
    one.cameras["k1"] = msgspec.structs.replace(one.cameras["k1"], is_private=True)
    one.show()
    said = one.texts()
    assert "Kamera 1" not in said
    assert "Kamera 4" in said
    listed = stage(count=6, cameras=("k1", "k5", "k9"))
    listed.cameras["k1"] = one.cameras["k1"]
    listed.show()
    said = listed.texts()
    assert [text for text in said if text in ("kamera privat", "kamera tidak dikenal")] == ["kamera privat", "kamera tidak dikenal"]
    assert "LIVE 1 dari 3" in said
    assert "k9" in said


def test_a_camera_with_a_new_address_is_asked_for_again_and_others_are_not_moved(stage: MakeStage) -> None:
    one = stage()
    frame = one.show()
    assert frame.panel is not None
    moved = msgspec.structs.replace(one.cameras["k2"], url="http://127.0.0.1:10/")
    frame.panel.on_messages(CAMERA, one.slot.publish(CAMERA, ("k2", moved)))
    assert ("k2", one.asked[0][1]) in one.asked
    frame.panel.on_messages(CAMERA, one.slot.publish(CAMERA, ("k2", None)))
    one.slot.tick()
    assert "Kamera 2" not in one.texts()
    assert "LIVE 3 dari 3" in one.texts()


def test_a_camera_that_was_only_probed_again_keeps_its_stream(stage: MakeStage) -> None:
    one = stage()
    frame = one.show()
    assert frame.panel is not None
    asked = len(one.asked)
    probed = msgspec.structs.replace(one.cameras["k2"], is_up=True, probed_at=one.slot.clock, reason="x")
    frame.panel.on_messages(CAMERA, one.slot.publish(CAMERA, ("k2", probed)))
    assert len(one.asked) == asked


def test_no_camera_is_said(stage: MakeStage) -> None:
    one = stage(count=0)
    one.show()
    assert "Belum ada kamera" in one.texts()


def test_the_picture_of_the_wall_puts_four_tiles_in_one_row() -> None:
    boxes = tile_boxes(4, Box(28, 96, 1800, 350), None)
    assert [round(box.x) for box in boxes] == [28, 484, 940, 1397]
    assert {(round(box.width), round(box.height), round(box.y)) for box in boxes} == {(431, 288, 96)}


@given(st.integers(0, 12), st.floats(300, 3800), st.floats(160, 2100), st.none() | st.integers(1, 6))
def test_tiles_stay_in_their_area_and_apart(count: int, width: float, height: float, columns: int | None) -> None:
    area = Box(28, 96, width, height)
    boxes = tile_boxes(count, area, columns)
    assert len(boxes) <= count
    assert bool(boxes) == (count > 0)
    for box in boxes:
        assert box.x >= area.x - 0.01
        assert box.x + box.width <= area.x + area.width + 0.01
        assert box.y >= area.y - 0.01
        assert box.y + box.height + NAME <= area.y + area.height + 0.01
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            beside = other.x >= one.x + one.width or one.x >= other.x + other.width
            assert beside or other.y >= one.y + one.height + NAME - 0.01


@pytest.mark.parametrize("options", [{"columns": 0}, {"columns": 13}, {"cameras": "k1"}, {"rows": 2}])
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, cameras.CamerasOptions)
