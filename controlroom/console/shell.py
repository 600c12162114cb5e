"""What stands in the window when somebody has signed in: the bar at the top, banners, the tabs and their pages.

Built anew for another person and for another language.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from controlroom.console.command_list import CommandGroup, CommandList, Help
from controlroom.console.kit.banner import Banner
from controlroom.console.kit.words import words
from controlroom.console.page import DeskContext, Page, Tone
from controlroom.console.pages import PAGES, PageSpec, build_page, pages_for, title_of
from controlroom.console.told import Told
from controlroom.console.top_bar import TopBar
from controlroom.live.freshness import FreshnessBook
from feeds.messages.freshness import Freshness

TICK_MS = 500
_LAST_PAGE = "window.page"


class Shell(QWidget):
    """``commands``: the window's own actions. ``report(where, error)``: hears of what failed unexpectedly."""

    def __init__(
        self,
        ctx: DeskContext,
        book: FreshnessBook,
        commands: Sequence[QAction],
        report: Callable[[str, BaseException], None],
        *,
        is_simulated: bool,
        pages: tuple[PageSpec, ...] = PAGES,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.ctx = ctx
        self._book = book
        self._commands = commands
        self._all = pages
        tr, look = ctx.tr, ctx.look
        self.bar = TopBar(ctx, book, is_simulated=is_simulated, report=lambda error: report("top bar", error))
        self.bus_banner = Banner(look)
        self.doors_banner = Banner(look)
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        # All five are always there: a tab that is half cut off is not.
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(tr("Halaman"))
        self.stack = QStackedWidget()
        self.specs = pages_for(ctx, pages)
        self.pages: list[Page] = []
        for spec in self.specs:
            page = build_page(spec, ctx, report)
            self.pages.append(page)
            self.tabs.addTab(title_of(spec, tr))
            self.stack.addWidget(page)
            page.badge_changed.connect(partial(self._on_badge, page))
            page.front_wanted.connect(partial(self.show_page, spec.key))
            for action in page.commands():
                if action.property("everywhere"):
                    # Its key answers whatever page is in front.
                    self.addAction(action)
        self.tabs.currentChanged.connect(self._on_tab)
        self._lay_out()
        self.told = Told(self, look, tr, self._beside_tabs)
        self.help = Help(self, look, tr)
        self.commands_list = CommandList(self, look, tr)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._on_tick)
        self._tick.start(TICK_MS)
        self.show_page(ctx.remembered.get(_LAST_PAGE, ""))
        ctx.api.reached.connect(self._on_reached)
        self._on_tick()

    def _lay_out(self) -> None:
        tr, margin = self.ctx.tr, self.ctx.look.sizes.margin
        self._line = QWidget()
        row = QHBoxLayout(self._line)
        row.setContentsMargins(margin, 0, margin, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        self._keys = words(tr("Ctrl+1 sampai 5 halaman · Ctrl+K perintah · F1 bantuan"), "faint")
        row.addWidget(self._keys)
        for banner in (self.bus_banner, self.doors_banner):
            row.addWidget(banner, 1_000)
        # The banners' place is kept: a page that moved under the pointer would be pressed where nobody meant to.
        self._line.setFixedHeight(max(self.tabs.sizeHint().height(), self.bus_banner.sizeHint().height()) + 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._line)
        inner = QVBoxLayout()
        inner.setContentsMargins(margin, self.ctx.look.sizes.gap, margin, margin)
        inner.addWidget(self.stack)
        column.addLayout(inner, 1)

    @property
    def page(self) -> Page | None:
        """The one in front."""
        return self.pages[self.tabs.currentIndex()] if self.pages else None

    def show_page(self, key: str) -> None:
        """Brings it to the front; the first when nobody may use one of that name."""
        index = next((index for index, spec in enumerate(self.specs) if spec.key == key), 0)
        if index != self.tabs.currentIndex():
            self.tabs.setCurrentIndex(index)
        else:
            self._on_tab(index)

    def take_focus(self) -> None:
        """Gives the keyboard to the page in front, where its work begins."""
        if self.page is not None:
            _focus(self.page.focusProxy())

    def show_number(self, number: int) -> None:
        """By its place among all pages, from 1: the same key for the same page, whoever sits here."""
        if 1 <= number <= len(self._all):
            key = self._all[number - 1].key
            if any(spec.key == key for spec in self.specs):
                self.show_page(key)

    def groups(self) -> list[CommandGroup]:
        """Every command there is: of the page in front first, then the window's, then the other pages'."""
        tr = self.ctx.tr
        own = [
            CommandGroup(title_of(spec, tr), page.commands(), lambda key=spec.key: self.show_page(key))
            for spec, page in zip(self.specs, self.pages, strict=True)
        ]
        front = self.tabs.currentIndex()
        window = CommandGroup(tr("Jendela"), self._commands, lambda: None)
        ordered = [*own[front : front + 1], window, *(group for index, group in enumerate(own) if index != front)]
        return [group for group in ordered if group.actions]

    def close_shell(self) -> None:
        self._tick.stop()
        self.ctx.api.reached.disconnect(self._on_reached)
        self.told.clear()
        self.bar.close_bar()
        for page in self.pages:
            page.close_page()

    def _on_tab(self, index: int) -> None:
        if 0 <= index < len(self.pages):
            # Before Qt gives the focus to the page's first field.
            kept = self.pages[index].focusWidget() or self.pages[index].focusProxy()
            self.stack.setCurrentIndex(index)
            self.ctx.remembered.set(_LAST_PAGE, self.specs[index].key)
            self.pages[index].shown_now()
            if not self.tabs.hasFocus():
                _focus(kept)

    def _on_badge(self, page: Page, badge: str) -> None:
        index = self.pages.index(page)
        title = title_of(self.specs[index], self.ctx.tr)
        self.tabs.setTabText(index, f"{title} · {badge}" if badge else title)
        self.tabs.updateGeometry()
        QTimer.singleShot(0, self, self.told.place)

    @Slot(bool)
    def _on_reached(self, _is_reached: bool) -> None:
        """Said at once: the next tick may be too late for whoever is about to send."""
        self._on_tick()
        self.bar.tick()

    def _on_tick(self) -> None:
        ctx, now, bus = self.ctx, self.ctx.now(), self._book.bus()
        if bus.freshness is Freshness.OFFLINE:
            if not ctx.api.is_reached:
                said = (
                    ctx.tr("Bus terputus")
                    if bus.heartbeat_age_s is None
                    else ctx.tr("Bus terputus {age}").format(age=ctx.text.age(bus.heartbeat_age_s))
                )
            elif bus.heartbeat_age_s is None:
                said = ctx.tr("Bus belum terhubung: belum ada yang tampil dari bus. Konsol mencoba terus.")
            else:
                since = now - timedelta(seconds=bus.heartbeat_age_s)
                said = ctx.tr("Bus terputus {age}: yang tampil dari {time}").format(
                    age=ctx.text.age(bus.heartbeat_age_s), time=ctx.text.clock(since)
                )
            self.bus_banner.say(said, Tone.TROUBLE)
        else:
            self.bus_banner.end()
        if ctx.api.is_reached:
            self.doors_banner.end()
        else:
            self.doors_banner.say(ctx.tr("Pintu tidak menjawab: yang Anda ketik tetap di sini"), Tone.TROUBLE)
        self._keys.setVisible(not self._has_banner())
        self.told.place()

    def _has_banner(self) -> bool:
        return not (self.bus_banner.isHidden() and self.doors_banner.isHidden())

    def _beside_tabs(self) -> QRect:
        """The room right of the tabs, where nobody works; below it when a banner stands there."""
        margin = self.ctx.look.sizes.margin
        left = self.tabs.mapTo(self, QPoint(self.tabs.width(), 0)).x() + margin
        top, height = self._line.y(), self._line.height()
        if self._has_banner():
            top, height = top + height, 0
        return QRect(left, top, self.width() - margin - left, height)


def _focus(place: QWidget | None) -> None:
    if place is not None:
        place.setFocus(Qt.FocusReason.OtherFocusReason)
