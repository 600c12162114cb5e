"""Kehadiran: how many officers of each agency are present, and which duty numbers were heard of when. Numbers, never names."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from controlroom.console.bus_state import say_nothing, show_chip
from controlroom.console.kit.cards import TwoCards
from controlroom.console.kit.chips import FreshnessChip
from controlroom.console.kit.choice_box import ChoiceBox
from controlroom.console.kit.empty_state import EmptyState
from controlroom.console.kit.search_box import SearchBox
from controlroom.console.kit.table import Column, Table
from controlroom.console.kit.words import words
from controlroom.console.page import DeskContext, Page, Tone
from controlroom.live.hub import Subscription
from feeds.messages.field import OFFICER, PRESENCE, Officer, Presence
from feeds.messages.header import Message, Topic
from widgets.kit.conditions import Condition
from widgets.kit.numerals import MISSING

WARN_S, UNKNOWN_S = 120.0, 600.0
"""A phone that was not heard of for so long is silent; then nobody knows (domain.md, section 3). A silent phone is no absent man."""
TICK_MS = 1_000
RATE_MS = 500

_STANDING_WORDS = {"heard": "terdengar", "silent": "diam", "unknown": "tidak diketahui"}
_CONDITIONS = {"heard": Condition.NORMAL, "silent": Condition.WATCH, "unknown": Condition.UNKNOWN}


class OfficerRow(msgspec.Struct, frozen=True, kw_only=True):
    officer: Officer
    agency: str
    seen_s: float
    position_s: float | None

    @property
    def standing(self) -> str:
        return standing_of(self.seen_s)


def standing_of(seen_s: float) -> str:
    """``heard``, ``silent`` or ``unknown``, by the age of the last heartbeat in seconds."""
    return "heard" if seen_s <= WARN_S else "silent" if seen_s <= UNKNOWN_S else "unknown"


class AgencyRow(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    presence: Presence
    on_task: int

    @property
    def share(self) -> float | None:
        return self.presence.present / self.presence.expected if self.presence.expected > 0 else None


class PresencePage(Page):
    key = "presence"
    title = "Kehadiran"

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        tr = ctx.tr
        self.sum = words(role="second")
        self.chip = FreshnessChip(ctx.look, tr, ctx.text)
        self.search = SearchBox(ctx.look, tr("Cari nomor petugas"))
        self.agency = ChoiceBox(ctx.look, tr("Semua OPD"), (), several=lambda count: tr("{n} OPD").format(n=count))
        self.standing = ChoiceBox(
            ctx.look,
            tr("Semua keadaan"),
            [(key, tr(_STANDING_WORDS[key])) for key in _STANDING_WORDS] + [("on_task", tr("bertugas"))],
            several=lambda count: tr("{n} keadaan").format(n=count),
        )
        self.shown = words(role="faint")
        self.agencies = Table(ctx.look, self._agency_columns(), lambda row: row.presence.agency, tr("Hadir menurut OPD"))
        self.officers = Table(ctx.look, self._officer_columns(), lambda row: row.officer.number, tr("Petugas menurut nomor"))
        self.nothing = EmptyState(ctx.look, "person")
        self.none_left = EmptyState(ctx.look, "search")
        self._lay_out()
        self.setFocusProxy(self.agencies)
        self._restore()
        self.search.searched.connect(self._on_filter)
        self.agency.changed.connect(self._on_filter)
        self.standing.changed.connect(self._on_filter)
        self.officers.sorted_changed.connect(self._keep)
        self._commands = self._make_commands()
        self._subscription = Subscription((PRESENCE, OFFICER), RATE_MS, self._on_messages, self._on_fault)
        ctx.hub.subscribe(self._subscription)
        self._tick = QTimer(self)
        self._tick.timeout.connect(self._show)
        self._tick.start(TICK_MS)
        self._show()

    def commands(self) -> list[QAction]:
        return self._commands

    def close_page(self) -> None:
        self._tick.stop()
        self.ctx.hub.unsubscribe(self._subscription)
        self.ctx.remembered.set("presence.split", self.split.sizes())

    def _agency_columns(self) -> list[Column]:
        tr, text = self.ctx.tr, self.ctx.text
        return [
            Column(title=tr("OPD"), words=lambda row: row.name, order=lambda row: row.name.casefold(), is_strong=True, stretch=True),
            Column(
                title=tr("Hadir"),
                words=lambda row: f"{text.number(row.presence.present)} / {text.number(row.presence.expected)}",
                order=lambda row: -(row.share or 0.0),
                is_figure=True,
                width=90,
            ),
            Column(title="", words=lambda row: "", order=lambda row: row.share or 0.0, share=lambda row: row.share, width=88),
            Column(
                title=tr("Bertugas"), words=lambda row: text.number(row.on_task), order=lambda row: -row.on_task, is_figure=True, width=92
            ),
        ]

    def _officer_columns(self) -> list[Column]:
        tr, text = self.ctx.tr, self.ctx.text
        return [
            Column(
                title=tr("Nomor"),
                words=lambda row: row.officer.number,
                order=lambda row: row.officer.number,
                is_strong=True,
                condition=lambda row: _CONDITIONS[row.standing],
                width=170,
            ),
            Column(title=tr("OPD"), words=lambda row: row.agency, order=lambda row: row.agency.casefold(), width=150),
            Column(
                title=tr("Detak terakhir"),
                words=lambda row: f"{tr(_STANDING_WORDS[row.standing])} · {text.age(row.seen_s)}",
                order=lambda row: row.seen_s,
                width=220,
            ),
            Column(
                title=tr("Posisi"),
                words=lambda row: MISSING if row.position_s is None else text.age(row.position_s),
                order=lambda row: float("inf") if row.position_s is None else row.position_s,
                is_second=True,
                width=120,
            ),
            Column(
                title=tr("Tugas"),
                words=lambda row: row.officer.report or (tr("bertugas") if row.officer.is_on_task else tr("siaga")),
                order=lambda row: (not row.officer.is_on_task, row.officer.report or ""),
                stretch=True,
            ),
        ]

    def _lay_out(self) -> None:
        tr, sizes = self.ctx.tr, self.ctx.look.sizes
        self.split = TwoCards(sizes, (2, 3), is_list=True)
        column = self.split.left
        head = QHBoxLayout()
        head.addWidget(words(tr("Kehadiran"), "title"))
        head.addWidget(self.sum, 1)
        head.addWidget(self.chip)
        column.addLayout(head)
        column.addWidget(self.agencies, 1)
        column = self.split.right
        head = QHBoxLayout()
        head.addWidget(words(tr("Petugas"), "title"))
        head.addWidget(self.shown, 1)
        column.addLayout(head)
        filters = QHBoxLayout()
        filters.addWidget(self.search, 1)
        filters.addWidget(self.agency)
        filters.addWidget(self.standing)
        column.addLayout(filters)
        self._list = QStackedWidget()
        self._list.addWidget(self.officers)
        self._list.addWidget(self.none_left)
        column.addWidget(self._list, 1)
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
            (tr("Cari petugas"), "Ctrl+F", self.search.setFocus),
            (tr("Hapus saringan petugas"), "Ctrl+Shift+F", self.clear_filters),
            (tr("Ke daftar petugas"), "Ctrl+L", self.officers.setFocus),
            (tr("Urutkan menurut detak terakhir"), "Ctrl+Shift+D", lambda: self.officers.sort_by(2)),
            (tr("Urutkan menurut OPD"), "Ctrl+Shift+O", lambda: self.officers.sort_by(1)),
        ):
            action = QAction(said, self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False, act=act: act())
            self.addAction(action)
            made.append(action)
        return made

    def clear_filters(self) -> None:
        self.search.clear()
        self.agency.choose(())
        self.standing.choose(())
        self._on_filter()

    def _on_messages(self, _topic: Topic[Any], _messages: Sequence[Message[Any]]) -> None:
        self._show()

    def _on_fault(self, error: BaseException) -> None:
        self.ctx.tell(self.ctx.tr("Kehadiran gagal ditampilkan: {what}").format(what=type(error).__name__), Tone.TROUBLE, None)

    def _show(self) -> None:
        ctx, now = self.ctx, self.ctx.now()
        freshness = show_chip(self.chip, ctx.hub.book, (PRESENCE, OFFICER), now)
        presences = [message.body for message in ctx.hub.latest(PRESENCE).values() if message.body is not None]
        officers = [message.body for message in ctx.hub.latest(OFFICER).values() if message.body is not None]
        if not presences and not officers:
            say_nothing(self.nothing, freshness, ctx.tr("Belum ada data kehadiran"), ctx.tr)
            self._whole.setCurrentWidget(self.nothing)
            return
        self._whole.setCurrentWidget(self.split)
        on_task = Counter(officer.agency for officer in officers if officer.is_on_task)
        self.agencies.show_rows(
            [
                AgencyRow(name=ctx.city.agency_short(one.agency) or one.agency, presence=one, on_task=on_task[one.agency])
                for one in presences
            ]
        )
        self._show_sum(presences)
        self._show_officers(officers)

    def _show_sum(self, presences: Sequence[Presence]) -> None:
        text, tr = self.ctx.text, self.ctx.tr
        if not presences:
            self.sum.setText("")
            return
        present, expected = sum(one.present for one in presences), sum(one.expected for one in presences)
        said = tr("{present} dari {expected} hadir · per {time}")
        self.sum.setText(
            said.format(present=text.number(present), expected=text.number(expected), time=text.minute(min(one.as_of for one in presences)))
        )

    def _show_officers(self, officers: Sequence[Officer]) -> None:
        ctx, now = self.ctx, self.ctx.now()
        names = {officer.agency: ctx.city.agency_short(officer.agency) or officer.agency for officer in officers}
        if {key for key, _ in self._agency_choices} != set(names):
            self._agency_choices = sorted(names.items(), key=lambda pair: pair[1].casefold())
            self.agency.set_choices(self._agency_choices)
            self.agency.choose(self._wanted_agencies)
        rows = [
            OfficerRow(
                officer=officer,
                agency=names[officer.agency],
                seen_s=max(0.0, (now - officer.seen_at).total_seconds()),
                position_s=None if officer.position_at is None else max(0.0, (now - officer.position_at).total_seconds()),
            )
            for officer in officers
        ]
        kept = [row for row in rows if self._is_wanted(row)]
        self.officers.show_rows(kept)
        said = ctx.tr("{shown} dari {whole} petugas")
        self.shown.setText(said.format(shown=ctx.text.number(len(kept)), whole=ctx.text.number(len(rows))))
        if rows and not kept:
            self.none_left.say(
                ctx.tr("Tidak ada petugas yang cocok"),
                ctx.tr("Saringan menyembunyikan semua."),
                (ctx.tr("Hapus saringan"), self.clear_filters),
            )
        elif not rows:
            self.none_left.say(ctx.tr("Belum ada petugas yang terdengar"))
        self._list.setCurrentWidget(self.officers if kept else self.none_left)

    def _is_wanted(self, row: OfficerRow) -> bool:
        sought = self.search.text().strip().casefold()
        if sought and sought not in row.officer.number.casefold() and sought not in (row.officer.report or "").casefold():
            return False
        if self.agency.chosen and row.officer.agency not in self.agency.chosen:
            return False
        chosen = self.standing.chosen
        standings = chosen - {"on_task"}
        return (not standings or row.standing in standings) and ("on_task" not in chosen or row.officer.is_on_task)

    def _on_filter(self) -> None:
        if self._agency_choices:
            self._wanted_agencies = sorted(self.agency.chosen)
        self._keep()
        self._show()

    def _keep(self) -> None:
        remembered = self.ctx.remembered
        remembered.set("presence.agencies", self._wanted_agencies)
        remembered.set("presence.standings", sorted(self.standing.chosen))
        remembered.set("presence.sorted", list(self.officers.sorted_by))

    def _restore(self) -> None:
        remembered = self.ctx.remembered
        self._agency_choices: list[tuple[str, str]] = []
        self._wanted_agencies: list[str] = [str(one) for one in remembered.get("presence.agencies", [])]
        self.standing.choose([str(one) for one in remembered.get("presence.standings", [])])
        match remembered.get("presence.sorted", [2, False]):
            case [int(column), bool(is_upwards)]:
                self.officers.set_sorted_by(column, is_upwards)
            case _:
                self.officers.set_sorted_by(2, False)
        match remembered.get("presence.split", []):
            case [int(left), int(right)] if left > 0 and right > 0:
                self.split.setSizes([left, right])
            case _:
                pass
