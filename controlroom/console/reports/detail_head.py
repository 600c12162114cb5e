"""The top of a report: what it is and how it stands, what its citizen wrote, where and how it came, and who sent it (on demand)."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.kit.chips import Chip
from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext, Tone
from controlroom.console.reports.actions_words import priority_name, refusal
from controlroom.console.reports.detail_parts import Mark, label, one_line
from feeds.messages.desk import Detail, Person
from feeds.messages.queue import QueueRow
from feeds.messages.report import Priority
from widgets.kit.wording import channel_name, state_name


class Head(QWidget):
    """Mark, kind, number, priority, state and age, who has it."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._ctx = ctx
        self._report: QueueRow | None = None
        self._pending = ""
        self._mark = Mark(ctx.look, 32)
        self._kind = label(role="title")
        self._id = label(role="faint")
        self._id.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._priority = Chip(ctx.look, tone="trouble")
        self._pend = Chip(ctx.look, tone="own", icon="clock")
        self._holder = Chip(ctx.look, icon="lock")
        self._others = Chip(ctx.look, icon="person")
        self._state = Chip(ctx.look)
        self._chips = (self._pend, self._holder, self._others)
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self._mark)
        line.addWidget(self._kind)
        line.addStretch(1)
        line.addWidget(self._priority)
        line.addWidget(self._state)
        self._priority.hide()
        self._second = QHBoxLayout()
        self._second.setSpacing(8)
        self._second.addWidget(self._id)
        for chip in self._chips:
            chip.hide()
            self._second.addWidget(chip)
        self._second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(line)
        column.addLayout(self._second)
        # Chips come and go; what stands below them does not move.
        self._id.setMinimumHeight(28)

    def show_report(self, report: QueueRow) -> None:
        self._report = report
        ctx = self._ctx
        name = ctx.city.category_name(report.category, ctx.language) or report.category_name or report.category
        self._mark.set_state(report.state, state_name(report.state, ctx.tr))
        self._kind.setText(one_line(name, 48))
        self._id.setText(report.id)
        self._priority.show_fact(priority_name(report.priority, ctx.tr), "trouble" if report.priority is Priority.EMERGENCY else "warning")
        self._priority.setVisible(report.priority is not Priority.NORMAL)
        self.show_claim(report)
        self.refresh()

    def show_claim(self, report: QueueRow) -> None:
        who = self._ctx.api.who
        is_held = report.claimed_by is not None and report.claimed_until is not None and report.claimed_until > self._ctx.now()
        is_ours = who is not None and report.claimed_by == who.login
        self._holder.setVisible(is_held)
        if is_held:
            said = self._ctx.tr("dipegang Anda") if is_ours else self._ctx.tr("dipegang {name}").format(name=report.claimed_by)
            self._holder.show_fact(one_line(said, 40), "own" if is_ours else "warning")

    def show_others(self, names: list[str]) -> None:
        self._others.setVisible(bool(names))
        self._others.show_fact(one_line(self._ctx.tr("juga dibuka {names}").format(names=", ".join(names)), 60))

    def show_pending(self, said: str) -> None:
        self._pend.setVisible(bool(said))
        if said != self._pend.text:
            self._pend.show_fact(one_line(said, 60))

    def refresh(self) -> None:
        """The age goes on."""
        if self._report is not None:
            age = self._ctx.text.short_age((self._ctx.now() - self._report.received_at).total_seconds())
            said = f"{state_name(self._report.state, self._ctx.tr)} · {age}"
            if said != self._state.text:
                self._state.show_fact(said)


class Words(QFrame):
    """What was written and where it is: the text of anybody, as it is."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._ctx = ctx
        self._words = label(role="words", wraps=True)
        self._wall = label(role="second", wraps=True)
        self._where = label(role="second", wraps=True)
        self._more = label(role="second", wraps=True)
        self.person = PersonLine(ctx)
        left, right = QVBoxLayout(), QVBoxLayout()
        for side in (left, right):
            side.setSpacing(4)
        left.addWidget(self._words)
        left.addWidget(self._wall)
        left.addStretch(1)
        for part in (self._where, self._more, self.person):
            right.addWidget(part)
        right.addStretch(1)
        sides = QHBoxLayout(self)
        sides.setContentsMargins(2, 4, 2, 4)
        sides.setSpacing(24)
        sides.addLayout(left, 3)
        sides.addLayout(right, 2)

    def show_report(self, detail: Detail) -> None:
        ctx, report = self._ctx, detail.report
        self._words.setText(f"“{detail.description.strip()}”" if detail.description.strip() else ctx.tr("(tanpa kata-kata)"))
        self._wall.setVisible(bool(report.text))
        self._wall.setText(ctx.tr("Di dinding: {text}").format(text=report.text or ""))
        district = ctx.city.district_name(report.district)
        where = ", ".join(part for part in (report.place, district) if part)
        if report.is_outside:
            where = f"{where} · {ctx.tr('di luar kota')}" if where else ctx.tr("di luar kota")
        if report.lon is None:
            where = f"{where} · {ctx.tr('belum ada pin')}" if where else ctx.tr("belum ada pin")
        lines = [where, detail.address or "", *_facts(detail, ctx)]
        self._where.setText("\n".join(line for line in lines if line))
        holder = " · ".join(part for part in (ctx.city.agency_short(report.agency), report.officer) if part)
        more = [holder and ctx.tr("di {agency}").format(agency=holder)]
        more += [ctx.tr("digabung ke {report}").format(report=report.parent)] if report.parent else []
        more += [ctx.tr("{count} laporan digabung ke sini").format(count=len(detail.merged))] if detail.merged else []
        more += [_evidence(detail, ctx)]
        self._more.setText("\n".join(line for line in more if line))
        self._more.setVisible(bool(self._more.text()))


def _facts(detail: Detail, ctx: DeskContext) -> list[str]:
    """Answers to what its kind asks for, and how exact the place is."""
    category = next((one for one in ctx.city.categories if one.code == detail.report.category), None)
    names = {one.code: one.names.get(ctx.language, one.code) for one in category.attributes} if category is not None else {}
    lines: list[str] = []
    for code, value in (detail.attributes or {}).items():
        if code in ("accuracy", "accuracy_m") and isinstance(value, int | float):
            lines.append(ctx.tr("akurasi {metres} m").format(metres=ctx.text.number(value)))
        else:
            lines.append(f"{one_line(names.get(code, code), 40)}: {one_line(_said(value), 120)}")
    return lines[:12]


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _evidence(detail: Detail, ctx: DeskContext) -> str:
    if detail.exemption:
        return ctx.tr("tanpa foto, {reason}").format(reason=detail.exemption)
    if detail.evidence_ok is None:
        return ""
    if detail.evidence_ok:
        return ctx.tr("bukti cocok")
    far = "" if detail.evidence_distance_m is None else f" ({ctx.text.number(detail.evidence_distance_m)} m)"
    return ctx.tr("bukti perlu dilihat") + far


class PersonLine(QWidget):
    """Who reported, behind a button: every look is written into the audit, and the line says so."""

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._ctx = ctx
        self._report = ""
        self._said: QLabel = label(role="second", wraps=True)
        self.button = QPushButton()
        give_role(self.button, "pill")
        self.button.clicked.connect(self.toggle)
        self._is_open = False
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._said, 1)
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)

    def show_report(self, detail: Detail, *, is_other_report: bool) -> None:
        if is_other_report:
            self._report = detail.report.id
            self._hide(detail)
        self.button.setVisible(detail.can_see_person)

    def _hide(self, detail: Detail) -> None:
        self._is_open = False
        self._closed = f"{channel_name(detail.report.channel, self._ctx.tr)} · {self._ctx.tr('pelapor')}\N{NO-BREAK SPACE}••••"
        self._said.setText(self._closed)
        self.button.setText(self._ctx.tr("Tampilkan"))
        self.button.setToolTip(self._ctx.tr("Tercatat dalam audit"))

    def toggle(self) -> None:
        if self._is_open:
            self._is_open = False
            self._said.setText(self._closed)
            self.button.setText(self._ctx.tr("Tampilkan"))
            return
        report = self._report
        self._ctx.api.get(f"/desk/reports/{report}/person", Person, self._if_still(report, self._show), self._failed)

    def _if_still(self, report: str, done: Callable[[Person], None]) -> Callable[[Person], None]:
        """An answer that comes after somebody went on is not shown under the next report."""
        return lambda person: done(person) if report == self._report else None

    def _show(self, person: Person) -> None:
        name = " ".join(part for part in (person.first_name, person.last_name) if part)
        parts = [part for part in (name, person.phone, person.email, person.account_id) if part]
        self._is_open = True
        self._said.setText("\n".join((*parts, self._ctx.tr("tercatat dalam audit"))) if parts else self._ctx.tr("pelapor tidak dikenal"))
        self.button.setText(self._ctx.tr("Sembunyikan"))

    def _failed(self, trouble: Trouble) -> None:
        self._ctx.tell(refusal(trouble, self._ctx.tr), Tone.TROUBLE, None)
