"""Stills of real panels: made while somebody looks, again when a panel changed and not otherwise, and nothing from behind the curtain."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import get_ident
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QColor, QImage, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from controlroom.live.still_frames import CURTAIN_SLOT, StillHead, StillsLayout, unframed
from controlroom.live.stills import decoded
from controlroom.wall.geometry import Place
from controlroom.wall.layouts import read_wall
from controlroom.wall.loader import BuiltSlot
from controlroom.wall.stills import StillsMaker, scale_of, size_of
from feeds.messages.camera import CAMERA, Camera, StreamKind
from feeds.messages.field import PRESENCE
from feeds.messages.layout import Slot
from tests.widgets import samples, samples_figures
from tests.widgets.staging import NOW, ROOT, OneSlot, StillFeed, grab
from widgets.frame import PanelFrame
from widgets.kit.canvas import Canvas
from widgets.panel import PanelContext, PanelSpec
from widgets.panels import cameras, keuangan, presence, ticker, totals

WALL = read_wall(ROOT / "assets" / "walls" / "virtual-2x2.toml")
PATIENCE_MS = 10_000
RED = "#ff0000"


class Shelf:
    """What was laid down, as a client would have it."""

    def __init__(self) -> None:
        self.layouts: list[StillsLayout] = []
        self.heads: list[StillHead] = []
        self.pictures: dict[int, QImage] = {}
        self.threads: set[int] = set()
        self.forgotten = 0

    def tell(self, layout: StillsLayout) -> None:
        self.layouts.append(layout)

    def put(self, generation: int, slot: int, still: bytes) -> None:
        head, picture = unframed(still)
        assert (head.generation, head.slot) == (generation, slot)
        self.pictures[slot] = decoded(head, picture)
        self.threads.add(get_ident())
        self.heads.append(head)

    def forget(self) -> None:
        self.forgotten += 1

    def slots(self) -> list[int]:
        return sorted(head.slot for head in self.heads)


class Clock:
    """Goes on only when it is told to; ``asked``: how often the maker looked."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        return self.now_s


class Stand:
    """A wall of a few real panels, its display and its curtain in the test's hands."""

    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot = qtbot
        self.world = OneSlot()
        samples.publish_picture_state(self.world)
        samples_figures.publish_figures(self.world)
        self.window = QWidget()
        self.window.resize(*size_of(WALL))
        qtbot.addWidget(self.window)
        self.wall = WALL
        self.slots: list[BuiltSlot] = []
        self.curtain: QWidget | None = None
        self.shelf = Shelf()
        self.clock = Clock()
        self.maker = StillsMaker(
            self, self.shelf, now=lambda: self.world.clock, revision=lambda: 7, ground=lambda: self.world.theme.palette.bg,
            curtain=lambda: self.curtain, monotonic_s=self.clock,
        )  # fmt: skip

    def add(self, spec: PanelSpec, width: int = 632, height: int = 396, **options: Any) -> PanelFrame:
        frame = self.world.frame(spec, width, height, **options)
        frame.setParent(self.window)
        left = 700 * len(self.slots)
        frame.move(left, 100)
        place = Place(rect=(left, 100, width, height), monitors=("kiri-atas",), seams=())
        self.slots.append(BuiltSlot(len(self.slots), Slot(panel=spec.key, cell=(0, 0, 1, 1)), place, frame, spec))
        return frame

    def show(self) -> None:
        self.window.show()
        self.qtbot.waitUntil(lambda: all(b.frame.panel is None or b.frame.panel.painted_at for b in self.slots), timeout=PATIENCE_MS)
        QCoreApplication.processEvents()

    def await_stills(self, *slots: int) -> None:
        """Waits for exactly these since the last call."""
        self.clock.now_s += 2.0
        self.qtbot.waitUntil(lambda: len(self.shelf.heads) >= len(slots), timeout=PATIENCE_MS)
        self.look_on()
        assert self.shelf.slots() == sorted(slots)
        self.shelf.heads.clear()

    def look_on(self, turns: int = 5) -> None:
        """Lets the maker look as often, with time enough passed for another still of everything."""
        self.clock.now_s += 2.0
        asked = self.clock.asked
        self.qtbot.waitUntil(lambda: self.clock.asked > asked + 2 * turns, timeout=PATIENCE_MS)
        self.maker._workers.waitForDone(PATIENCE_MS)


@pytest.fixture
def stand(qtbot: QtBot) -> Iterator[Stand]:
    made = Stand(qtbot)
    yield made
    made.maker.close()
    made.window.close()
    made.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_wall_of_any_size_is_no_wider_than_its_stills_may_be() -> None:
    assert scale_of(3840, 2160) == pytest.approx(1 / 3)
    assert scale_of(1024, 600) == 1
    assert scale_of(1080, 7680) == pytest.approx(1 / 6)
    assert size_of(WALL) == (3840, 2160)


def test_each_panel_has_one_still_and_another_only_when_it_has_changed(stand: Stand) -> None:
    stand.add(presence.PANEL)
    frame = stand.add(ticker.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1, 2)
    layout = stand.shelf.layouts[0]
    assert (layout.revision, layout.size, layout.is_curtained, layout.at) == (7, (3840, 2160), False, NOW)
    assert [(slot.index, slot.panel, slot.rect) for slot in layout.slots] == [
        (1, "presence", (0, 100, 632, 396)),
        (2, "ticker", (700, 100, 632, 396)),
    ]
    assert (stand.shelf.pictures[1].width(), stand.shelf.pictures[1].height()) == (211, 132)
    # The clock stands at a later minute; the panel paints other words.
    stand.world.clock += timedelta(minutes=3)
    assert frame.panel is not None
    frame.panel.describe("per 14.35")
    stand.await_stills(2)
    assert len({layout.generation for layout in stand.shelf.layouts}) == 1


def test_a_panel_that_paints_the_same_again_is_not_sent_again(stand: Stand) -> None:
    frame = stand.add(presence.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1)
    frame.update()
    stand.await_stills()


def test_a_still_is_no_painting_of_the_panel(stand: Stand) -> None:
    frame = stand.add(presence.PANEL)
    stand.show()
    assert frame.panel is not None
    before = frame.panel.painted_at
    stand.world.clock += timedelta(seconds=5)
    stand.maker.audience(1)
    stand.await_stills(1)
    assert frame.panel.painted_at == before
    frame.panel.update()
    stand.qtbot.waitUntil(lambda: frame.panel is not None and frame.panel.painted_at == stand.world.clock, timeout=PATIENCE_MS)


def test_nothing_is_drawn_when_nobody_looks(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = stand.add(presence.PANEL)
    stand.show()
    drawn: list[int] = []
    draw = PanelFrame.draw_on
    monkeypatch.setattr(PanelFrame, "draw_on", lambda one, painter: (drawn.append(1), draw(one, painter)))
    stand.maker.audience(2)
    stand.await_stills(1)
    stand.maker.audience(0)
    stand.qtbot.waitUntil(lambda: stand.shelf.forgotten == 1, timeout=PATIENCE_MS)
    asked = stand.clock.asked
    frame.update()
    QCoreApplication.processEvents()
    assert (stand.clock.asked, len(drawn)) == (asked, 1)
    stand.maker.audience(1)
    stand.await_stills(1)
    assert stand.shelf.layouts[-1].generation == 2, "who comes now hears nothing of what was seen then"


def test_no_panel_is_drawn_more_often_than_its_pause_and_one_a_turn(stand: Stand) -> None:
    frames = [stand.add(presence.PANEL), stand.add(ticker.PANEL)]
    stand.show()
    stand.maker.audience(1)
    stand.qtbot.waitUntil(lambda: len(stand.shelf.heads) == 2, timeout=PATIENCE_MS)
    asked = stand.clock.asked
    for number in range(5):
        for frame in frames:
            assert frame.panel is not None
            frame.panel.describe(f"per {number}")
        stand.qtbot.waitUntil(lambda asked=stand.clock.asked: stand.clock.asked > asked + 2, timeout=PATIENCE_MS)  # type: ignore[misc]
    assert stand.clock.asked > asked
    assert len(stand.shelf.heads) == 2, "the clock stands still, and so do the stills"
    stand.shelf.heads.clear()
    stand.await_stills(1, 2)


def test_stills_are_encoded_beside_the_gui_thread(stand: Stand) -> None:
    stand.add(presence.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1)
    assert get_ident() not in stand.shelf.threads


def likeness(still: QImage, frame: PanelFrame) -> float:
    """The mean difference of a still from the frame's own picture (0..255), both looked at from so far that no letter can be read."""
    from PIL import Image, ImageChops, ImageStat

    def pillow(image: QImage) -> Image.Image:
        image = image.convertToFormat(QImage.Format.Format_RGB888)
        return Image.frombytes("RGB", (image.width(), image.height()), bytes(image.constBits()), "raw", "RGB", image.bytesPerLine())

    size = (still.width() // 6, still.height() // 6)
    near, far = (one.resize(size, Image.Resampling.BOX) for one in (pillow(grab(frame)), pillow(still)))
    return max(ImageStat.Stat(ImageChops.difference(near, far)).mean)


@pytest.mark.parametrize(
    ("spec", "size"), [(presence.PANEL, (632, 396)), (totals.PANEL, (1856, 220)), (keuangan.PANEL, (604, 772)), (ticker.PANEL, (1856, 528))]
)
def test_a_still_looks_like_its_panel(stand: Stand, spec: PanelSpec, size: tuple[int, int]) -> None:
    """Charts too, whose strokes do not shrink with what they are drawn on."""
    frame = stand.add(spec, *size)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1)
    empty = QImage(stand.shelf.pictures[1].size(), QImage.Format.Format_RGB32)
    empty.fill(QColor(stand.world.theme.palette.panel))
    assert likeness(stand.shelf.pictures[1], frame) < likeness(empty, frame) / 4


def test_a_panel_that_fails_has_its_card_on_its_still(stand: Stand) -> None:
    frame = stand.add(presence.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1)
    before = stand.shelf.pictures[1]
    frame.fail("Panel ini gagal", "lihat log dinding")
    stand.await_stills(1)
    assert stand.shelf.pictures[1] != before
    assert likeness(stand.shelf.pictures[1], frame) < 6


def test_another_layout_has_a_number_of_its_own_and_no_still_of_the_former(stand: Stand) -> None:
    stand.add(presence.PANEL)
    gone = stand.add(totals.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1, 2)
    stand.slots.pop()
    gone.hide()
    gone.deleteLater()
    stand.maker.look_again()
    assert [slot.panel for slot in stand.shelf.layouts[-1].slots] == ["presence"]
    stand.await_stills(1)
    assert stand.shelf.layouts[-1].generation == 2


class PlainCurtain(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:
        with Canvas(self, OneSlot().theme, OneSlot().theme.palette, 1.0) as canvas:
            canvas.rect(0, 0, canvas.width, canvas.height, "#0000ff")


def test_behind_the_curtain_there_is_nothing_to_see(stand: Stand) -> None:
    frame = stand.add(presence.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.await_stills(1)
    stand.curtain = PlainCurtain(stand.window)
    stand.curtain.resize(*size_of(WALL))
    frame.update()
    stand.await_stills(CURTAIN_SLOT)
    layout = stand.shelf.layouts[-1]
    assert (layout.is_curtained, layout.slots, layout.generation) == (True, (), 2)
    drawn = stand.shelf.pictures[CURTAIN_SLOT]
    assert (drawn.width(), drawn.height()) == (1280, 720)
    assert {drawn.pixelColor(x, y).name() for x in (3, 600, 1270) for y in (3, 350, 710)} <= {"#0000ff", "#0000fe"}
    assert frame.panel is not None
    frame.panel.describe("per 14.40")
    stand.await_stills()
    stand.curtain = None
    stand.await_stills(1)
    assert not stand.shelf.layouts[-1].is_curtained


def test_the_curtain_comes_before_a_still_that_is_being_encoded(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun before it belongs to a generation that is over: the server drops it."""
    stand.add(presence.PANEL)
    stand.show()
    stand.maker.audience(1)
    stand.qtbot.waitUntil(lambda: bool(stand.shelf.layouts), timeout=PATIENCE_MS)
    stand.curtain = PlainCurtain(stand.window)
    stand.curtain.resize(100, 100)
    stand.qtbot.waitUntil(lambda: stand.shelf.layouts[-1].is_curtained, timeout=PATIENCE_MS)
    stand.look_on()
    assert all((head.slot == CURTAIN_SLOT) == (head.generation == 2) for head in stand.shelf.heads)


def test_a_page_that_answers_behind_the_curtain_is_not_heard(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = stand.add(presence.PANEL)
    stand.show()
    assert frame.panel is not None
    answers: list[Callable[[QImage], None]] = []
    monkeypatch.setattr(PanelFrame, "is_page_drawn", True)
    monkeypatch.setattr(frame.panel, "ask_picture", lambda _size, taken: answers.append(taken) or True)
    stand.maker.audience(1)
    stand.qtbot.waitUntil(lambda: len(answers) == 1, timeout=PATIENCE_MS)
    stand.curtain = PlainCurtain(stand.window)
    stand.curtain.resize(300, 200)
    page = QImage(30, 20, QImage.Format.Format_RGB32)
    answers[0](page)
    stand.await_stills(CURTAIN_SLOT)
    stand.curtain = None
    stand.qtbot.waitUntil(lambda: len(answers) == 2, timeout=PATIENCE_MS)
    answers[0](page)
    answers[1](page)
    stand.await_stills(1)


class RedFeed(StillFeed):
    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size)
        self._image.fill(QColor(RED))


def red_columns(picture: QImage) -> set[int]:
    """Columns of the still in which the camera's red is seen."""
    return {x for x in range(picture.width()) for y in range(picture.height()) if is_red(picture.pixelColor(x, y))}


def is_red(colour: QColor) -> bool:
    return colour.red() > 150 and colour.green() < 60 and colour.blue() < 60


def test_a_private_camera_has_a_lock_and_no_picture(stand: Stand) -> None:
    """Even where a feed would give one: it was public until a moment ago, say."""
    build: Callable[..., PanelContext] = stand.world.context
    stand.world.context = lambda *args, **more: msgspec.structs.replace(build(*args, **more), video=lambda _camera, size: RedFeed(size))  # type: ignore[method-assign]
    known = {
        key: Camera(id=key, name=f"Kamera {key}", owner="dishub", kind=StreamKind.MJPEG, url="http://127.0.0.1:9/") for key in ("a", "b")
    }
    stand.world.publish(CAMERA, *known.items())
    frame = stand.add(cameras.PANEL, 1256, 464, cameras=("a", "b"))
    stand.show()
    stand.world.tick(1)
    stand.maker.audience(1)
    stand.await_stills(1)
    both = red_columns(stand.shelf.pictures[1])
    assert min(both) < 30
    assert max(both) > 390
    assert frame.panel is not None
    frame.panel.on_messages(CAMERA, stand.world.publish(CAMERA, ("b", msgspec.structs.replace(known["b"], is_private=True))))
    stand.world.tick(1)
    stand.await_stills(1)
    one = red_columns(stand.shelf.pictures[1])
    assert min(one) == min(both)
    assert max(one) < 215, "nothing of the second tile"
    texts = [text for text, _, _ in stand.world.record(frame).texts]
    assert "kamera privat" in texts
    assert "Kamera b" in texts
    assert PRESENCE.name not in texts
