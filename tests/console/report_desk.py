"""The page of reports on real doors, as a test holds it: a report by its words, its store, keys that are pressed where the focus is."""

import io
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from sqlalchemy import select

from controlroom.console.kit.sheet import desk_font, dress
from controlroom.console.reports.detail import Detail
from controlroom.console.reports.page import ReportsPage
from feeds.messages.desk import Happening
from feeds.reports.pictures import PictureRole
from feeds.store.schema import EVENTS, REPORTS
from tests.console.desk import Desk, a_desk
from tests.console.desk_server import DeskServer

WAIT_MS = 15_000


class ReportDesk:
    """``page`` is shown and has the focus. ``hold_s`` is 0 unless a test wants to call back."""

    def __init__(self, qtbot: Any, server: DeskServer, desk: Desk, page: ReportsPage) -> None:
        self.qtbot, self.server, self.desk, self.page = qtbot, server, desk, page

    @property
    def detail(self) -> Detail:
        return self.page.detail

    @property
    def form(self) -> Any:
        """What is open in the tray."""
        return self.detail.tray.form

    @property
    def seen(self) -> Any:
        """The open report as the doors told it last."""
        return self.detail.feed.detail

    @property
    def focus(self) -> Any:
        return QApplication.focusWidget()

    def told(self) -> str:
        """Everything that was told beside the tabs."""
        return "\n".join(text for text, _, _ in self.desk.told)

    def wait(self, holds: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=WAIT_MS)

    def open(self, report: str) -> None:
        """Shown when it returns, with the keyboard in it."""
        self.page.queue.refresh([report])
        self.wait(lambda: self.page.queue.row(report) is not None)
        self.page.open_report(report)
        self.wait(lambda: self.detail.feed.detail is not None and self.detail.feed.detail.report.id == report)
        self.key("Alt+Right")

    def key(self, keys: str, where: QWidget | None = None) -> None:
        """As a person presses it: to whatever has the focus."""
        sequence: Any = QKeySequence(keys)
        QTest.keyClick(where or QApplication.focusWidget() or self.page, sequence[0].key(), sequence[0].keyboardModifiers())

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget() or self.page, text)

    def record(self, report: str) -> Any:
        return self.server.doors.database.read(lambda it: it.execute(select(REPORTS).where(REPORTS.c.id == report)).one())

    def events(self, report: str) -> list[Any]:
        query = select(*(EVENTS.c[name] for name in Happening.__struct_fields__)).where(EVENTS.c.report == report).order_by(EVENTS.c.number)
        return self.server.doors.database.read(lambda it: list(it.execute(query).all()))

    def kinds(self, report: str) -> list[str]:
        return [event.kind for event in self.events(report)]

    def attach(self, report: str, role: PictureRole = "before", colour: str = "teal", size: tuple[int, int] = (640, 480)) -> str:
        prepared = self.server.doors.pictures.prepare(a_picture(colour, size))
        self.server.doors.pictures.lay(prepared)
        now = self.server.now()
        return self.server.write(lambda it: self.server.doors.pictures.keep(it, report, prepared, role, now))

    def step(self, report: str, login: str = "budi", **action: Any) -> None:
        """Somebody else at another desk takes a step."""
        with self.server.client(login) as client:
            revision = client.get(f"/desk/reports/{report}").json()["report"]["revision"]
            answer = client.post(f"/desk/reports/{report}/steps", json=action, headers={"If-Match": f'"{revision}"'})
        assert answer.status_code == 200, answer.text


def a_picture(colour: str, size: tuple[int, int]) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "JPEG")
    return made.getvalue()


@contextmanager
def a_report_desk(
    qtbot: Any, server: DeskServer, *, login: str = "ani", hold_s: float = 0, size: tuple[int, int] = (1600, 900), **more: Any
) -> Generator[ReportDesk]:
    with a_desk(server.url, **more) as desk:
        desk.sign_in(qtbot, login)
        desk.ctx.remembered.set("laporan.hold_s", hold_s)
        font = QApplication.font()
        QApplication.setFont(desk_font(desk.look.theme))
        page, window = ReportsPage(desk.ctx), QWidget()
        window.setObjectName("desk")
        undress = dress(window, desk.look)
        column = QVBoxLayout(window)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(page)
        window.resize(*size)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        page.queue.setFocus(Qt.FocusReason.OtherFocusReason)
        try:
            yield ReportDesk(qtbot, server, desk, page)
        finally:
            undress()
            QApplication.setFont(font)
            page.close_page()
            window.close()
            window.deleteLater()
