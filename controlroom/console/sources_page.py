"""Sumber: every source of the room, whether it answers, what it gave and what was refused, with the newest refused records.

Judges as the wall's panel does; reasons are for technicians and stay in the runtime's own English.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPlainTextEdit, QStackedWidget, QVBoxLayout, QWidget

from controlroom.console.bus_state import say_nothing, show_chip
from controlroom.console.kit.cards import TwoCards
from controlroom.console.kit.chips import FreshnessChip
from controlroom.console.kit.empty_state import EmptyState
from controlroom.console.kit.search_box import SearchBox
from controlroom.console.kit.table import Column, Table
from controlroom.console.kit.words import words
from controlroom.console.page import DeskContext, Page, Tone
from controlroom.live.hub import Subscription
from feeds.messages.header import Message, Topic
from feeds.messages.system import QUARANTINE, SOURCE, Quarantined, Source
from widgets.kit.canvas import plain
from widgets.kit.conditions import Condition
from widgets.panels.sources import Standing, standing_of

TICK_MS = 1_000
RATE_MS = 500
MOST_REFUSED = 50
_INTERVAL = 3
"""The column of the least weight."""
_NARROW = 1_100

_CONDITIONS = {
    Standing.DOWN: Condition.CRITICAL,
    Standing.OLD: Condition.CRITICAL,
    Standing.ALL_REFUSED: Condition.WATCH,
    Standing.LATE: Condition.WATCH,
    Standing.SOME_REFUSED: Condition.NORMAL,
    Standing.WAITING: Condition.UNKNOWN,
    Standing.WELL: Condition.NORMAL,
}
_STANDING_WORDS = {
    Standing.DOWN: "putus",
    Standing.OLD: "usang",
    Standing.ALL_REFUSED: "ditolak semua",
    Standing.LATE: "telat",
    Standing.SOME_REFUSED: "baik, sebagian ditolak",
    Standing.WAITING: "menunggu",
    Standing.WELL: "baik",
}


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    source: Source
    standing: Standing
    age_s: float | None

    @property
    def title(self) -> str:
        return plain(self.source.title) or self.key

    @property
    def is_trouble(self) -> bool:
        return self.standing <= Standing.SOME_REFUSED


class SourcesPage(Page):
    key = "sources"
    title = "Sumber"

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        tr = ctx.tr
        self._picked: SourceRow | None = None
        self._badge = ""
        self.sum = words(role="second")
        self.chip = FreshnessChip(ctx.look, tr, ctx.text)
        self.search = SearchBox(ctx.look, tr("Cari sumber"))
        self.only_trouble = QCheckBox(tr("Hanya yang bermasalah"))
        self.table = Table(ctx.look, self._columns(), lambda row: row.key, tr("Sumber data"))
        self.table.set_sorted_by(1, True)
        self.name = words(role="title", wraps=True)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setAccessibleName(tr("Rincian sumber"))
        self.details.setTabChangesFocus(True)
        self.nothing = EmptyState(ctx.look, "web")
        self.none_left = EmptyState(ctx.look, "check")
        self._lay_out()
        self.setFocusProxy(self.table)
        self.only_trouble.setChecked(ctx.remembered.get("sources.only_trouble", False))
        match ctx.remembered.get("sources.sorted", [1, True]):
            case [int(column), bool(is_upwards)]:
                self.table.set_sorted_by(column, is_upwards)
            case _:
                pass
        self.only_trouble.toggled.connect(self._on_filter)
        self.search.searched.connect(self._show)
        self.table.picked.connect(self._on_picked)
        self.table.sorted_changed.connect(lambda: ctx.remembered.set("sources.sorted", list(self.table.sorted_by)))
        self._commands = self._make_commands()
        self._subscription = Subscription((SOURCE, QUARANTINE), RATE_MS, self._on_messages, self._on_fault)
        ctx.hub.subscribe(self._subscription)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._show)
        self._tick.start(TICK_MS)
        self._show()

    def commands(self) -> list[QAction]:
        return self._commands

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_room()

    def _give_room(self, *_moved: int) -> None:
        """On a narrow desk the name takes the place of the interval, which stands among the details too."""
        self.table.setColumnHidden(_INTERVAL, self.split.sizes()[0] < _NARROW)

    def close_page(self) -> None:
        self._tick.stop()
        self.ctx.hub.unsubscribe(self._subscription)
        self.ctx.remembered.set("sources.split", self.split.sizes())

    def _columns(self) -> list[Column]:
        tr, text = self.ctx.tr, self.ctx.text

        def age(row: SourceRow) -> str:
            return text.age(row.age_s) if row.age_s is not None else tr("belum pernah")

        def figure(title: str, field: str) -> Column:
            return Column(
                title=title,
                words=lambda row: text.bounded(getattr(row.source, field)),
                order=lambda row: -getattr(row.source, field),
                is_figure=True,
                width=92,
            )

        return [
            Column(
                title=tr("Sumber"),
                words=lambda row: row.title,
                order=lambda row: row.title.casefold(),
                condition=lambda row: _CONDITIONS[row.standing],
                is_strong=True,
                stretch=True,
            ),
            Column(
                title=tr("Keadaan"),
                words=lambda row: tr(_STANDING_WORDS[row.standing]),
                order=lambda row: (row.standing, -row.source.failures, row.title.casefold()),
                width=176,
            ),
            Column(
                title=tr("Terakhir baik"),
                words=age,
                order=lambda row: -(row.age_s if row.age_s is not None else float("inf")),
                is_figure=True,
                width=116,
            ),
            Column(
                title=tr("Selang"),
                words=lambda row: text.age(row.source.interval_s),
                order=lambda row: row.source.interval_s,
                is_figure=True,
                is_second=True,
                width=76,
            ),
            figure(tr("Diterima"), "accepted"),
            figure(tr("Karantina"), "quarantined"),
            figure(tr("Luar kota"), "outside"),
            figure(tr("Gagal"), "failures"),
        ]

    def _lay_out(self) -> None:
        tr, sizes = self.ctx.tr, self.ctx.look.sizes
        self.split = TwoCards(sizes, (5, 2))
        column = self.split.left
        head = QHBoxLayout()
        head.addWidget(words(tr("Sumber data"), "title"))
        head.addWidget(self.sum, 1)
        head.addWidget(self.chip)
        column.addLayout(head)
        filters = QHBoxLayout()
        filters.addWidget(self.search, 1)
        filters.addWidget(self.only_trouble)
        column.addLayout(filters)
        self._list = QStackedWidget()
        self._list.addWidget(self.table)
        self._list.addWidget(self.none_left)
        column.addWidget(self._list, 1)
        column = self.split.right
        column.addWidget(self.name)
        column.addWidget(self.details, 1)
        match self.ctx.remembered.get("sources.split", []):
            case [int(wide), int(narrow)] if wide > 0 and narrow > 0:
                self.split.setSizes([wide, narrow])
            case _:
                self.split.setSizes([1040, 320])
        self.split.splitterMoved.connect(self._give_room)
        self._whole = QStackedWidget()
        self._whole.addWidget(self.split)
        self._whole.addWidget(self.nothing)
        inner = QVBoxLayout(self)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self._whole)

    def _make_commands(self) -> list[QAction]:
        tr = self.ctx.tr
        made: list[QAction] = []
        for said, keys, act in (
            (tr("Cari sumber"), "Ctrl+F", self.search.setFocus),
            (tr("Hanya sumber yang bermasalah"), "Ctrl+T", self.only_trouble.toggle),
            (tr("Ke daftar sumber"), "Ctrl+L", self.table.setFocus),
            (tr("Ke rincian sumber"), "Ctrl+D", self.details.setFocus),
            (tr("Urutkan menurut keadaan"), "Ctrl+Shift+D", lambda: self.table.sort_by(1)),
        ):
            action = QAction(said, self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False, act=act: act())
            self.addAction(action)
            made.append(action)
        return made

    def _on_messages(self, _topic: Topic[Any], _messages: Sequence[Message[Any]]) -> None:
        self._show()

    def _on_fault(self, error: BaseException) -> None:
        self.ctx.tell(self.ctx.tr("Sumber gagal ditampilkan: {what}").format(what=type(error).__name__), Tone.TROUBLE, None)

    def _on_filter(self) -> None:
        self.ctx.remembered.set("sources.only_trouble", self.only_trouble.isChecked())
        self._show()

    def clear_filters(self) -> None:
        self.search.clear()
        self.only_trouble.setChecked(False)
        self._show()

    def _rows(self) -> list[SourceRow]:
        book, now = self.ctx.hub.book, self.ctx.now()
        rows: list[SourceRow] = []
        for key, message in self.ctx.hub.latest(SOURCE).items():
            source: Source | None = message.body
            if source is not None:
                freshness, age_s = book.source(key, now)
                rows.append(SourceRow(key=key, source=source, standing=standing_of(source, freshness), age_s=age_s))
        return rows

    def _show(self) -> None:
        ctx, tr, text = self.ctx, self.ctx.tr, self.ctx.text
        freshness = show_chip(self.chip, ctx.hub.book, (SOURCE,), ctx.now())
        rows = self._rows()
        trouble = sum(row.standing <= Standing.LATE for row in rows)
        self._say_badge(text.number(trouble) if trouble else "")
        if not rows:
            say_nothing(self.nothing, freshness, tr("Belum ada sumber"), tr)
            self._whole.setCurrentWidget(self.nothing)
            return
        self._whole.setCurrentWidget(self.split)
        said = [tr("{count} sumber").format(count=text.number(len(rows)))]
        if trouble:
            said.append(tr("{count} bermasalah").format(count=text.number(trouble)))
        self.sum.setText(" · ".join(said))
        sought = self.search.text().strip().casefold()
        kept = [
            row
            for row in rows
            if (row.is_trouble or not self.only_trouble.isChecked()) and (sought in row.title.casefold() or sought in row.key.casefold())
        ]
        self.table.show_rows(kept)
        if not kept:
            self.none_left.say(tr("Tidak ada sumber yang cocok"), "", (tr("Hapus saringan"), self.clear_filters))
        self._list.setCurrentWidget(self.table if kept else self.none_left)
        self._show_details()

    def _say_badge(self, badge: str) -> None:
        if badge != self._badge:
            self._badge = badge
            self.badge_changed.emit(badge)

    def _on_picked(self, row: SourceRow | None) -> None:
        self._picked = row
        self._show_details()

    def _show_details(self) -> None:
        row = self._picked
        self.name.setText(row.title if row is not None else self.ctx.tr("Pilih sumber untuk rinciannya"))
        said = "\n".join(self._lines(row)) if row is not None else ""
        if said != self.details.toPlainText():
            at = self.details.verticalScrollBar().value()
            self.details.setPlainText(said)
            self.details.verticalScrollBar().setValue(at)

    def _lines(self, row: SourceRow) -> list[str]:
        """One fact a line; what comes from outside stands as it is, on one line each."""
        tr, text, source, now = self.ctx.tr, self.ctx.text, row.source, self.ctx.now()
        lines = [f"{tr('Keadaan')}: {tr(_STANDING_WORDS[row.standing])}"]
        if source.reason:
            lines.append(f"{tr('Sebab')}: {plain(source.reason)}")
        if source.failures:
            lines.append(tr("Gagal {count} kali berturut-turut").format(count=text.bounded(source.failures)))
        checked = text.when(source.checked_at, now) if source.checked_at is not None else tr("belum pernah")
        lines.append(f"{tr('Terakhir baik')}: {checked}")
        lines.append(f"{tr('Diperiksa setiap')}: {text.age(source.interval_s)}")
        if source.without_position:
            lines.append(f"{tr('Tanpa posisi')}: {text.bounded(source.without_position)}")
        lines.append(f"{tr('Untuk')}: {', '.join(source.topics)}")
        lines.append(f"{tr('Pembaca')}: {source.collector} ({row.key})")
        if source.terms:
            lines += ["", tr("Syarat pemakaian"), plain(source.terms)]
        if source.reasons:
            lines += ["", tr("Sebab penolakan, pada pembacaan terakhir")]
            lines += [f"{text.bounded(one.count)}× {plain(one.reason)}" for one in source.reasons]
        refused = self._refused(row.key)
        if refused:
            lines += ["", tr("Catatan yang ditolak, terbaru dahulu")]
            lines += [
                f"{text.when(one.at, now)} · {plain(one.record)} · {plain(one.reason)} {plain(one.excerpt)}".strip() for one in refused
            ]
        return lines

    def _refused(self, key: str) -> list[Quarantined]:
        bodies = [message.body for message in self.ctx.hub.recent(QUARANTINE) if message.body is not None]
        return [one for one in reversed(bodies) if one.collector == key][:MOST_REFUSED]
