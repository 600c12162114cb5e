"""The wall beside the reports, on a wide desk: what everybody sees, what comes next, and the one way between."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from controlroom.console.kit.banner import Banner
from controlroom.console.kit.chips import Chip
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import key_label, words
from controlroom.console.page import DeskContext, Tone
from controlroom.console.stage.commands import action, tip
from controlroom.console.stage.draft_view import DraftView
from controlroom.console.stage.on_air import OnAir
from controlroom.console.stage.parts import ActionButton, DecisionLine, LeaseChip, OnAirHead, elided
from controlroom.console.stage.preset_list import GAP, LOW_ROW, PresetList
from controlroom.console.stage.sharing import let_go, stage_of
from controlroom.console.stage.status_line import progress

WIDTH = 540
IMPORT_MS = 3_000
"""The panels are imported so late where no preset has come to be put in order."""
LEAST_ROWS = 3
"""Of presets, before the pictures give way."""


class StageSide(QFrame):
    """For page Laporan; ``close_side`` when it goes."""

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "card")
        self.ctx = ctx
        self.stage = stage_of(ctx)
        self._is_closed = False
        tr = ctx.tr
        self.setMinimumWidth(400)
        self.setMaximumWidth(WIDTH)
        self.take = action(self, tr("Tayangkan"), "Ctrl+Shift+Return", self._on_take, everywhere=True)
        self.take.setShortcuts([QKeySequence("Ctrl+Shift+Enter"), QKeySequence("Ctrl+Shift+Return")])
        self.back = action(self, tr("Urungkan"), "Ctrl+Shift+Backspace", self.stage.taking.undo, everywhere=True)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.stage.know_panels)
        self.on_air = OnAir(self.stage, self)
        self.draft = DraftView(self.stage, self)
        self.presets = PresetList(self.stage, self, is_whole=False)
        self.presets.chosen.connect(self._on_preset)
        self.draft_title = elided("strong", self)
        self.revision = words("", "second", parent=self)
        self.status = Banner(ctx.look, self)
        self.decision = DecisionLine(self.stage, self)
        self._arrange()
        self.stage.shelf.changed.connect(self._on_presets)
        self.stage.changed.connect(self.refresh)
        self.stage.holding.changed.connect(self.refresh)
        self.refresh()

    def commands(self) -> list[QAction]:
        return [self.take, self.back]

    def close_side(self) -> None:
        self._is_closed = True
        self._later.stop()
        self.stage.look(self, False)
        self.draft.close_view()
        let_go(self.ctx)

    def showEvent(self, event: QShowEvent) -> None:
        """Asks the doors at once; the panels are imported when their answer comes, and the page it stands beside has come up."""
        super().showEvent(event)
        self.stage.look(self, True)
        if self.stage.catalogue is None:
            self.stage.refresh()
            self._later.start(IMPORT_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous() and not self._is_closed:
            self.stage.look(self, False)

    def _arrange(self) -> None:
        tr, sizes = self.ctx.tr, self.ctx.look.sizes
        head = QHBoxLayout()
        head.addWidget(words(tr("Dinding"), "title", parent=self))
        head.addStretch(1)
        head.addWidget(LeaseChip(self.stage, self))
        go = QHBoxLayout()
        for act, role, stretch in ((self.take, "take", 3), (self.back, "", 1)):
            pair = QVBoxLayout()
            pair.setSpacing(2)
            button = ActionButton(act, role, self, shows_key=False)
            if not role:
                button.setStyleSheet(f"min-height: {sizes.take - 4}px; font-size: {sizes.text}px;")  # as high as the one beside it
            pair.addWidget(button)
            pair.addWidget(key_label(act, self), 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            go.addLayout(pair, stretch)
        preview = QHBoxLayout()
        preview.addWidget(Chip(self.ctx.look, tr("PRATINJAU"), tone="own"))
        preview.addWidget(self.draft_title, 1)
        preview.addWidget(self.revision)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.padding, sizes.padding - 4, sizes.padding, sizes.padding - 4)
        column.setSpacing(sizes.gap)
        column.addLayout(head)
        column.addWidget(OnAirHead(self.stage, self))
        column.addWidget(self.on_air)
        column.addLayout(go)
        column.addLayout(preview)
        column.addWidget(self.draft)
        column.addWidget(self.presets, 1)
        column.addWidget(self.status)
        column.addWidget(self.decision)
        self.presets.setMinimumHeight(LEAST_ROWS * (LOW_ROW + GAP))
        self.presets.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def refresh(self) -> None:
        stage, tr = self.stage, self.ctx.tr
        why = stage.why_not()
        self.take.setEnabled(not why)
        self.take.setToolTip(tip(why))
        desk = stage.feed.desk
        self.back.setEnabled(desk is not None and desk.previous is not None and desk.can_arrange and not stage.taking.is_busy)
        self.draft_title.setText(stage.shelf.title_of(stage.editor.layout))
        self.revision.setText(tr("dari rev {revision}").format(revision=stage.editor.base_revision))
        line, tone = progress(stage)
        # At the foot stands how far the last decision is; once it stands on the wall, what it was.
        is_done = not line or tone is Tone.GOOD
        if is_done:
            self.status.end()
        else:
            self.status.say(line, tone)
        self.decision.setVisible(is_done)

    def _on_presets(self) -> None:
        """In one turn of the event loop: they are never seen in another order than the one they stay in."""
        if self.isVisible() and not self._is_closed:
            self.stage.know_panels()

    def _on_take(self) -> None:
        if why := self.stage.why_not():
            self.ctx.tell(why, Tone.WARNING, None)
        else:
            self.stage.take("")

    def _on_preset(self, key: str) -> None:
        preset = self.stage.shelf.by_key(key)
        if preset is not None:
            self.stage.open()
            self.stage.load(preset)
