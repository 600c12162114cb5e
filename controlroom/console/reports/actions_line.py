"""The line at the foot of the page that counts down a step before it is sent, and says what waits for the doors."""

import math
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.actions_held import Held, HeldSteps, Stage, kind_of
from controlroom.console.reports.actions_words import step_name
from controlroom.console.reports.detail_parts import Bar, label, one_line, row, with_key


class HeldLine(QFrame):
    """Hidden while nothing is on its way."""

    def __init__(self, ctx: DeskContext, held: HeldSteps) -> None:
        super().__init__()
        give_role(self, "rim")
        self._ctx, self._held = ctx, held
        self._said = label(role="strong")
        self._bar = Bar(ctx.look)
        self._bar.setFixedWidth(120)
        self._undo = QPushButton(with_key(ctx.tr("Urungkan"), "Ctrl+Z"))
        give_role(self._undo, "small")
        self._undo.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        line = row(self._said, 1, self._bar, self._undo, spacing=12)
        line.setContentsMargins(14, 6, 8, 6)
        self.setLayout(line)
        self.clicked = self._undo.clicked
        held.changed.connect(self.refresh)
        self.hide()

    @property
    def text(self) -> str:
        return self._said.text()

    def refresh(self) -> None:
        found = self._held.all
        self.setVisible(bool(found))
        if not found:
            return
        last = next((one for one in reversed(found) if one.stage is Stage.HELD), None)
        shown = last or found[-1]
        said = f"{one_line(shown.words, 90)} · {pending(shown, self._held, self._ctx)}"
        others = len(found) - 1
        if others:
            said = f"{said} · {self._ctx.tr('{count} lagi').format(count=others)}"
        self._said.setText(said)
        self._undo.setVisible(last is not None)
        self._bar.setVisible(last is not None)
        if last is not None:
            self._bar.show_share(self._held.left_s(last) / max(0.1, self._held.hold_s), "sel")


def unsent_words(held: Held) -> str:
    """``Jawab · TNG-7``; of many every report that has no answer."""
    return f"{held.words} ({', '.join(one.id for one in held.rest)})" if held.is_many else held.words


def pending_by_report(steps: HeldSteps, tr: Callable[[str], str]) -> dict[str, str]:
    """``Teruskan: menunggu pintu``, for every report with a step on its way."""
    said = {Stage.HELD: tr("akan dikirim"), Stage.SENDING: tr("mengirim"), Stage.WAITING: tr("menunggu pintu")}
    return {one.id: f"{step_name(kind_of(one.action), tr)}: {said[held.stage]}" for held in steps.all for one in held.rest}


def pending(held: Held, steps: HeldSteps, ctx: DeskContext) -> str:
    """``dikirim 4 dtk lagi``, ``menunggu pintu``."""
    if held.stage is Stage.HELD:
        seconds = math.ceil(steps.left_s(held))
        return ctx.tr("dikirim {time} lagi").format(time=ctx.text.age(seconds)) if seconds else ctx.tr("menyusul langkah sebelumnya")
    return ctx.tr("menunggu pintu") if held.stage is Stage.WAITING else ctx.tr("mengirim")
