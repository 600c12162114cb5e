"""The running line: news of the city, each with who says so. Knows nothing of reports or warnings."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from feeds.messages.freshness import Freshness
from feeds.messages.hazard import NOTICE, Notice
from feeds.messages.header import Message
from widgets.kit.canvas import SEMIBOLD, Canvas
from widgets.kit.chip import plan_bare_chips
from widgets.kit.provenance import checked_at, titles
from widgets.kit.tape import STEP_MS, Tape, TapeLine
from widgets.panel import FrameStatus, Panel, PanelContext, PanelSpec, behind


class Notices(Panel):
    """A label, and a tape between it and the chip."""

    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self._tape = Tape(ctx.theme, ctx.scale, ctx.now, self)
        self._tape.hide()
        self._quiet = ""
        ctx.every(STEP_MS, self._tape.step)
        ctx.every(1000, self._collect)

    def on_notice(self, messages: Sequence[Message[Notice]]) -> None:
        self._collect()

    def _collect(self) -> None:
        """The notices that still hold, newest first."""
        now = self.ctx.now()
        bodies = (message.body for message in self.ctx.latest(NOTICE).values())
        notices = [body for body in bodies if body is not None and (body.expires_at is None or body.expires_at > now)]
        lines = [TapeLine(text=notice.text, credit=self._credit(notice)) for notice in in_turn(notices)]
        self._tape.set_lines(lines)
        quiet = "" if lines else self._quiet_line()
        is_shown = bool(notices)
        if is_shown == self._tape.isHidden() or quiet != self._quiet:
            self._quiet = quiet
            self._tape.setVisible(is_shown)
            self.update()

    def _credit(self, notice: Notice) -> str:
        """Who says so and when: ``Diskominfo · 06.30``, ``kemarin 14.32``, before that the day."""
        tr, text, now = self.ctx.tr, self.ctx.text, self.ctx.now()
        day, today = text.local(notice.at).date(), text.local(now).date()
        stamp = text.dated(notice.at, now)
        if day == today:
            stamp = text.minute(notice.at)
        elif (today - day).days == 1:
            stamp = tr("kemarin {clock}").format(clock=text.minute(notice.at))
        return " · ".join(part for part in (notice.attribution.strip(), stamp, behind(self.status, tr)) if part)

    def _quiet_line(self) -> str:
        """Whose news there would be, and when they were last asked."""
        names, moment = titles(self.ctx.latest, NOTICE), checked_at(self.ctx.latest, NOTICE)
        tr, text = self.ctx.tr, self.ctx.text
        late = behind(self.status, tr)
        if not names:
            return late
        asked = f"{tr('diperiksa')} {text.when(moment, self.ctx.now())}" if moment is not None else ""
        return " · ".join(part for part in (late, f"{tr('Sumber')}: {names}", asked) if part)

    def set_status(self, status: FrameStatus) -> None:
        is_other = status.source != self.status.source
        super().set_status(status)
        if is_other:
            self._collect()
        self._place_tape()

    def on_palette(self) -> None:
        self._tape.set_palette(self.colours)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place_tape()

    def _edges(self, canvas: Canvas) -> tuple[float, float, bool]:
        """Left and right end of the tape in wall units, and whether there is room for the label."""
        right = canvas.width - 28 - plan_bare_chips(canvas, self.status, self.ctx.tr, self.ctx.text).width - 8
        label = canvas.text_width(self._label(), canvas.type.body, SEMIBOLD)
        has_label = right - 28 - label - 64 >= 400
        return 28 + label + 64 if has_label else 28, right, has_label

    def _label(self) -> str:
        return self.ctx.tr("Kabar kota")

    def _place_tape(self) -> None:
        scale = self.ctx.scale
        left, right, _ = self._edges(Canvas(self, self.ctx.theme, self.colours, scale))
        height = min(self.height(), round(46 * scale))
        self._tape.setGeometry(round(left * scale), (self.height() - height) // 2, max(0, round((right - left) * scale)), height)

    def paint(self, canvas: Canvas) -> None:
        left, right, has_label = self._edges(canvas)
        colours, size = canvas.colours, canvas.type.body
        top = (canvas.height - size) / 2
        if has_label:
            canvas.text(28, top, self._label(), size, colours.ink2, weight=SEMIBOLD)
            canvas.rect(left - 34, (canvas.height - 40) / 2, 2, 40, colours.line2)
        if self._tape.isHidden():
            is_waiting = self.status.freshness is Freshness.WAITING
            words = self.ctx.tr("Menunggu data") if is_waiting else self.ctx.tr("Tidak ada kabar")
            late = behind(self.status, self.ctx.tr)
            if late and right - left - canvas.text_width(words, size) - 32 < max(240.0, canvas.text_width(late, canvas.type.small)):
                words, size = late, canvas.fit(late, (size, canvas.type.small), right - left)
            end = left + canvas.text(left, top, words, size, colours.ink3, max_width=right - left) + 32
            if right - end >= 240:
                small = canvas.type.small
                canvas.text(end, top + 0.8636 * (size - small), self._quiet, small, colours.ink3, max_width=right - end)


def in_turn(notices: Sequence[Notice]) -> list[Notice]:
    """The newest of each source, then the second of each and so on: a feed of fifty lines leaves room for one of two."""
    places: dict[str, int] = {}
    ranked: list[tuple[int, float, str, Notice]] = []
    for notice in sorted(notices, key=lambda notice: (-notice.at.timestamp(), notice.id)):
        place = places.get(notice.attribution, 0)
        places[notice.attribution] = place + 1
        ranked.append((place, -notice.at.timestamp(), notice.id, notice))
    return [notice for *_, notice in sorted(ranked, key=lambda rank: rank[:3])]


PANEL = PanelSpec(
    key="notices",
    title="Kabar kota",
    panel=Notices,
    topics=(NOTICE,),
    chrome="bare",
    chip_corner="middle",
    min_size=(320, 60),
    max_rate_ms=250,
)
