"""A desk in front of a wall for tests of page Dinding: real doors, a bus filled by hand, and a wall that says what it shows."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest

from controlroom.console.kit.sheet import dress
from controlroom.console.stage.page import StagePage
from controlroom.live.still_frames import StillsLayout, StillSlot
from controlroom.wall.geometry import LayoutProblem, place_slot, wall_size
from feeds.messages.layout import Layout, Monitor, Wall
from feeds.messages.system import WALL_STATE, OrderRefusal, Shown, SlotState, WallState
from feeds.messages.walls import WALL_ORDER, WallDesk, WallOrder
from tests.console.desk import Desk, a_desk, utc_now


def monitor(name: str, column: int, row: int) -> Monitor:
    return Monitor(name=name, place=(column, row), pixels=(1920, 1080), size_mm=(1209.6, 680.4), bezel_mm=(0.9, 0.9, 0.9, 0.9))


WALL = Wall(
    name="dinding",
    farthest_seat_m=5.0,
    nearest_seat_m=3.0,
    monitor=tuple(monitor(f"{c}{r}", c, r) for r in (0, 1) for c in (0, 1)),
)


def state_of(shows: Layout | None, revision: int, wall: Wall = WALL, *, name: str = "dinding", **more: Any) -> WallState:
    """What such a wall says."""
    slots: list[SlotState] = []
    for number, slot in enumerate(shows.slot if shows is not None else (), 1):
        try:
            place = place_slot(shows.grid, slot, wall, may_cross=True)  # type: ignore[union-attr]
        except LayoutProblem:
            continue
        slots.append(
            SlotState(slot=number, panel=slot.panel, screen="00", geometry=place.rect, state="live", seq=1, age_s=1.0, painted_at=None)
        )
    shown = Shown.TAKEN if revision else Shown.CHOSEN
    told: dict[str, Any] = {"layout": shows.title if shows is not None else "", "shown": shown, "installation": wall} | more
    return WallState(wall=name, revision=revision, at=utc_now(), slots=tuple(slots), **told)


class Wallside:
    """The wall behind a desk: carries out what the doors decided when it is told to."""

    def __init__(self, desk: Desk, name: str = "dinding") -> None:
        self.desk = desk
        self.name = name

    def order(self, told: WallDesk) -> None:
        """As the teller publishes it."""
        layout = told.shown.layout if told.shown is not None else None
        order = WallOrder(wall=told.wall, revision=told.revision, changes=told.changes, layout=layout, is_curtained=told.is_curtained)
        self.desk.bus.put_all(WALL_ORDER, {told.wall: order})

    def say(self, shows: Layout | None, revision: int, **more: Any) -> None:
        self.desk.bus.put_all(WALL_STATE, {self.name: state_of(shows, revision, name=self.name, **more)})

    def carry_out(self, told: WallDesk) -> None:
        layout = told.shown.layout if told.shown is not None else None
        self.order(told)
        self.say(layout, told.revision, is_curtained=told.is_curtained)

    def refuse(self, revision: int, reason: str, layout: Layout | None, before: int) -> None:
        self.say(layout, before, refusal=OrderRefusal(revision=revision, reason=reason))


class Seat:
    """Somebody at a desk with the page open."""

    def __init__(self, qtbot: Any, desk: Desk) -> None:
        self.qtbot = qtbot
        self.desk = desk
        self.wall = Wallside(desk)
        # What is not there yet would make every line of a test ask for it.
        self.page: Any = StagePage(desk.ctx)
        self.stage: Any = self.page.stage
        self.undress = dress(self.page, desk.look)

    @property
    def editor(self) -> Any:
        return self.stage.editor

    @property
    def preview(self) -> Any:
        return self.page.centre.preview

    def open(self, width: int = 1366, height: int = 768) -> None:
        self.page.resize(width, height)
        self.page.show()
        self.qtbot.waitExposed(self.page)
        self.page.activateWindow()
        self.page.shown_now()
        self.qtbot.waitUntil(lambda: bool(self.stage.shelf.presets), timeout=20_000)

    def hear(self, shows: Layout | None = None, revision: int = 0, **more: Any) -> None:
        self.wall.say(shows, revision, **more)
        self.qtbot.waitUntil(lambda: self.stage.feed.desk is not None, timeout=20_000)

    def take(self, reason: str = "") -> WallDesk:
        """Takes the draft with the key and waits for the doors."""
        told: list[WallDesk] = []
        self.stage.taking.taken.connect(told.append)
        self.page.centre.reason.setEditText(reason)
        self.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        self.qtbot.waitUntil(lambda: bool(told), timeout=20_000)
        self.stage.taking.taken.disconnect(told.append)
        return told[0]

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """To the preview, which has the focus."""
        self.page.activateWindow()
        self.preview.setFocus()
        self.qtbot.waitUntil(self.preview.hasFocus)
        self.qtbot.keyClick(self.preview, key, modifier)

    def point(self, column: float, row: float) -> QPoint:
        """A point of the grid in the preview's pixels."""
        grid = self.editor.layout.grid
        area = self.preview.area()
        return QPointF(area.left() + column / grid.columns * area.width(), area.top() + row / grid.rows * area.height()).toPoint()

    def drag(
        self, start: QPoint, end: QPoint, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, *, drops: bool = True
    ) -> None:
        QTest.mousePress(self.preview, Qt.MouseButton.LeftButton, modifier, start)
        middle = QPoint((start.x() + end.x()) // 2, (start.y() + end.y()) // 2)
        for at in (middle, end):
            self.move(at, modifier)
        if drops:
            QTest.mouseRelease(self.preview, Qt.MouseButton.LeftButton, modifier, end)

    def move(self, at: QPoint, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """QTest forgets the button that is held while the pointer moves."""
        where = QPointF(at)
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            where,
            QPointF(self.preview.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            modifier,
        )
        QCoreApplication.sendEvent(self.preview, event)

    def close(self) -> None:
        self.undress()
        self.page.close_page()
        self.page.close()
        self.page.deleteLater()


@contextmanager
def a_seat(qtbot: Any, url: str, login: str = "ani", **desk_options: Any) -> Generator[Seat]:
    with a_desk(url, **desk_options) as desk:
        desk.sign_in(qtbot, login)
        seat = Seat(qtbot, desk)
        try:
            yield seat
        finally:
            seat.close()


def fill_stills(seat: Any, layout: Layout, picture: QImage, *, is_curtained: bool = False) -> None:
    """As if the wall's pictures had come."""
    stills = seat.stage.stills
    slots = [
        StillSlot(index=n, panel=s.panel, rect=place_slot(layout.grid, s, WALL, may_cross=True).rect) for n, s in enumerate(layout.slot, 1)
    ]
    told = StillsLayout(
        wall="dinding", revision=1, generation=1, at=utc_now(), size=wall_size(WALL), scale=0.25, is_curtained=is_curtained,
        slots=() if is_curtained else tuple(slots),
    )  # fmt: skip
    stills._client = stills._client or _SilentClient()
    stills._on_reached(True)
    stills._on_layout(told)
    stills._on_beat(utc_now())
    for index in [0] if is_curtained else [slot.index for slot in slots]:
        stills._on_still(index, picture, utc_now())


class _SilentClient:
    def open(self, _address: object) -> None: ...

    def close(self) -> None: ...
