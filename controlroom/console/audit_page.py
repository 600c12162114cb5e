"""Audit: who did or read what, newest first, as the doors tell it; more is asked for when the end of the list is seen."""

import re
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtNetwork import QNetworkReply
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPlainTextEdit, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from controlroom.console.audit_words import ACTION_WORDS, action_words, fact_lines, role_words, thing_words
from controlroom.console.desk_api import Trouble, give_up
from controlroom.console.kit.banner import Banner
from controlroom.console.kit.cards import TwoCards
from controlroom.console.kit.empty_state import EmptyState
from controlroom.console.kit.search_box import SearchBox
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.table import Column, Table
from controlroom.console.kit.words import words
from controlroom.console.page import DeskContext, Page, Tone
from controlroom.console.troubles import sentence
from feeds.messages.desk import AuditPage as AuditAnswer
from feeds.messages.desk import AuditRow
from widgets.kit.canvas import plain

PAGE = 100
MOST_ROWS = 5_000
"""Shown at once; who looks further back filters by person or deed."""
NEAR_END = 400
"""Pixels above the end of the list from which on the next page is asked for."""

_PERSON = re.compile(r"[a-zA-Z0-9._:?-]{1,64}")


class AuditPage(Page):
    key = "audit"
    title = "Audit"

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        tr = ctx.tr
        self._rows: dict[int, AuditRow] = {}
        self._before: int | None = None
        self._asked: QNetworkReply | None = None
        self._is_complete = False
        self._failed: Trouble | None = None
        self._as_of: datetime | None = None
        self.shown = words(role="second")
        self.banner = Banner(ctx.look)
        self.person = SearchBox(ctx.look, tr("Login seseorang"))
        self.action = QComboBox()
        self.action.setAccessibleName(tr("Tindakan"))
        self.action.addItem(tr("Semua tindakan"), "")
        for key, said in sorted(((key, action_words(key, tr)) for key in ACTION_WORDS), key=lambda pair: pair[1].casefold()):
            self.action.addItem(said, key)
        self.reload_button = QPushButton(tr("Muat ulang"))
        give_role(self.reload_button, "small")
        self.table = Table(ctx.look, self._columns(), lambda row: str(row.number), tr("Catatan audit"))
        self.table.set_sorted_by(0, False)
        self.head = words(role="title", wraps=True)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(tr("Rincian catatan"))
        self.state = EmptyState(ctx.look, "clock")
        self._lay_out()
        self.setFocusProxy(self.table)
        self.person.searched.connect(self.reload)
        self.action.currentIndexChanged.connect(self.reload)
        self.reload_button.clicked.connect(self.reload)
        self.table.picked.connect(self._on_picked)
        self.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        ctx.api.signed_in.connect(self._on_signed_in)
        ctx.api.reached.connect(self._on_reached)
        self._commands = self._make_commands()
        self._on_picked(None)
        self._show()

    def commands(self) -> list[QAction]:
        return self._commands

    def shown_now(self) -> None:
        if self._as_of is None and self._asked is None:
            self.reload()

    def close_page(self) -> None:
        self._drop_question()
        self.ctx.api.signed_in.disconnect(self._on_signed_in)
        self.ctx.api.reached.disconnect(self._on_reached)
        self.ctx.remembered.set("audit.split", self.split.sizes())

    def _columns(self) -> list[Column]:
        tr, text = self.ctx.tr, self.ctx.text

        def when(row: AuditRow) -> str:
            now = self.ctx.now()
            day = "" if text.local(row.at).date() == text.local(now).date() else f"{text.dated(row.at, now)} "
            return day + text.clock(row.at)

        return [
            Column(title=tr("Waktu"), words=when, order=lambda row: row.number, width=170),
            Column(
                title=tr("Siapa"), words=lambda row: plain(row.actor), order=lambda row: row.actor.casefold(), is_strong=True, width=170
            ),
            Column(title=tr("Peran"), words=lambda row: role_words(row.role, tr), order=lambda row: row.role, is_second=True, width=150),
            Column(title=tr("Tindakan"), words=lambda row: action_words(row.action, tr), order=lambda row: row.action, width=260),
            Column(title=tr("Terhadap"), words=lambda row: thing_words(row.object, tr), order=lambda row: row.object, stretch=True),
        ]

    def _lay_out(self) -> None:
        tr, sizes = self.ctx.tr, self.ctx.look.sizes
        self.split = TwoCards(sizes, (3, 1))
        column = self.split.left
        head = QHBoxLayout()
        head.addWidget(words(tr("Audit"), "title"))
        head.addWidget(self.shown, 1)
        head.addWidget(self.reload_button)
        column.addLayout(head)
        filters = QHBoxLayout()
        filters.addWidget(self.person, 1)
        filters.addWidget(self.action, 1)
        column.addLayout(filters)
        column.addWidget(self.banner)
        self._list = QStackedWidget()
        self._list.addWidget(self.table)
        self._list.addWidget(self.state)
        column.addWidget(self._list, 1)
        column = self.split.right
        column.addWidget(self.head)
        column.addWidget(self.details, 1)
        match self.ctx.remembered.get("audit.split", []):
            case [int(wide), int(narrow)] if wide > 0 and narrow > 0:
                self.split.setSizes([wide, narrow])
            case _:
                self.split.setSizes([1000, 340])
        inner = QVBoxLayout(self)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addWidget(self.split)

    def _make_commands(self) -> list[QAction]:
        tr = self.ctx.tr
        made: list[QAction] = []
        for said, keys, act in (
            (tr("Muat ulang audit"), "F5", self.reload),
            (tr("Cari menurut orang"), "Ctrl+F", self.person.setFocus),
            (tr("Pilih tindakan"), "Ctrl+T", self.action.setFocus),
            (tr("Hanya orang pada baris ini"), "Ctrl+Return", self._only_this_person),
            (tr("Hapus saringan audit"), "Ctrl+Shift+F", self.clear_filters),
            (tr("Ke daftar audit"), "Ctrl+L", self.table.setFocus),
            (tr("Ke rincian catatan"), "Ctrl+D", self.details.setFocus),
        ):
            action = QAction(said, self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False, act=act: act())
            self.addAction(action)
            made.append(action)
        return made

    def clear_filters(self) -> None:
        for field in (self.person, self.action):
            field.blockSignals(True)
        self.person.setText("")
        self.action.setCurrentIndex(0)
        for field in (self.person, self.action):
            field.blockSignals(False)
        self.reload()

    def _only_this_person(self) -> None:
        row = self._picked
        if row is not None:
            self.person.setText(row.actor)
            self.reload()

    def reload(self) -> None:
        """The newest, by the filters as they stand. What is shown stays until the answer is here."""
        self._drop_question()
        self._failed = None
        person = self.person.text().strip()
        if person and _PERSON.fullmatch(person) is None:
            self._take_all(AuditAnswer(rows=[], before=None))
            return
        self._ask(None)

    def _ask(self, before: int | None) -> None:
        query = {
            "before": before, "by": self.person.text().strip() or None, "action": self.action.currentData() or None, "page_size": PAGE,
        }  # fmt: skip

        def came(answer: AuditAnswer) -> None:
            self._asked = None
            if before is None:
                self._take_all(answer)
            else:
                self._take_more(answer)

        self._asked = self.ctx.api.get("/desk/audit", AuditAnswer, came, self._on_failed, query=query)
        self._show()

    def _take_all(self, answer: AuditAnswer) -> None:
        self._rows = {}
        self.table.verticalScrollBar().setValue(0)
        self._take_more(answer)

    def _take_more(self, answer: AuditAnswer) -> None:
        self._failed = None
        self._rows |= {row.number: row for row in answer.rows}
        self._before = answer.before
        self._is_complete = answer.before is None or len(self._rows) >= MOST_ROWS
        self._as_of = self.ctx.now()
        self._show()
        # A list that does not fill its place has no end to scroll to.
        QTimer.singleShot(0, self, self._on_scrolled)

    def _on_failed(self, trouble: Trouble) -> None:
        self._asked = None
        self._failed = trouble
        self._show()

    def _drop_question(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            give_up(asked)

    def _on_scrolled(self, _value: int = 0) -> None:
        bar = self.table.verticalScrollBar()
        is_near = bar.maximum() - bar.value() < NEAR_END
        if (
            is_near
            and self.isVisible()
            and not self._is_complete
            and self._asked is None
            and self._failed is None
            and self._before is not None
        ):
            self._ask(self._before)

    def _on_signed_in(self) -> None:
        if self._failed is not None or self._as_of is None:
            self.reload()

    def _on_reached(self, is_reached: bool) -> None:
        if is_reached and self._failed is not None and self._failed.status == 0:
            self.reload()

    def _show(self) -> None:
        tr, text = self.ctx.tr, self.ctx.text
        rows = list(self._rows.values())
        self.table.show_rows(rows)
        if self._as_of is None:
            self.shown.setText("")
        else:
            said = tr("{count} catatan · per {time}") if self._is_complete else tr("{count} catatan terbaru · per {time}")
            self.shown.setText(said.format(count=text.number(len(rows)), time=text.clock(self._as_of)))
        if self._failed is not None and rows:
            self.banner.say(sentence(self._failed, tr), Tone.TROUBLE, (tr("Coba lagi"), self.reload))
        elif self._is_complete and len(rows) >= MOST_ROWS:
            self.banner.say(
                tr("Hanya {count} catatan terbaru yang tampil; saring menurut orang atau tindakan.").format(count=text.number(len(rows)))
            )
        else:
            self.banner.end()
        self._list.setCurrentWidget(self.table if rows else self.state)
        if not rows:
            self._say_state()

    def _say_state(self) -> None:
        tr = self.ctx.tr
        if self._failed is not None:
            self.state.say(tr("Audit tidak dapat dimuat"), sentence(self._failed, tr), (tr("Coba lagi"), self.reload))
        elif self._asked is not None or self._as_of is None:
            self.state.say(tr("Memuat"), "")
        elif self.person.text().strip() or self.action.currentData():
            self.state.say(tr("Tidak ada catatan yang cocok"), "", (tr("Hapus saringan"), self.clear_filters))
        else:
            self.state.say(tr("Belum ada catatan"), "")

    def _on_picked(self, row: AuditRow | None) -> None:
        tr = self.ctx.tr
        self._picked = row
        self.head.setText(action_words(row.action, tr) if row is not None else tr("Pilih catatan untuk rinciannya"))
        if row is None:
            self.details.setPlainText("")
            return
        text = self.ctx.text
        who = f"{plain(row.actor)} ({role_words(row.role, tr)})"
        lines = [who, thing_words(row.object, tr), f"{text.long_day(row.at)}, {text.clock(row.at)}", f"{tr('Nomor')}: {row.number}"]
        facts = fact_lines(row.body)
        self.details.setPlainText("\n".join([*lines, "", *facts] if facts else lines))
