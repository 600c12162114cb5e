"""Page Dinding: left what can be put on the wall, in the middle the preview and the way to the wall, right the wall as it is."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QWidget

from controlroom.console.page import DeskContext, Page, Tone
from controlroom.console.stage.asking import ask_whether
from controlroom.console.stage.columns import CentreColumn, LeftColumn, RightColumn
from controlroom.console.stage.commands import Act, action, curtain_action, tip
from controlroom.console.stage.preset_work import PresetWork
from controlroom.console.stage.sharing import let_go, stage_of

EVERYWHERE = "everywhere"


class StagePage(Page):
    """``stage``: the desk of the walls, shared with the column beside the reports."""

    key = "stage"
    title = "Dinding"

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        self.stage = stage_of(ctx)
        self._is_closed = False
        self.left = LeftColumn(self.stage, self)
        self.presets = PresetWork(self.stage, self, self.left.presets.current_preset)
        self._actions = self._make_actions()
        self.centre = CentreColumn(self.stage, self._actions, self)
        self.right = RightColumn(self.stage, self._actions, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(ctx.look.sizes.gap)
        row.addWidget(self.left)
        row.addWidget(self.centre, 1)
        row.addWidget(self.right)
        self._connect()
        self._refresh()

    def commands(self) -> list[QAction]:
        return [made for made in self._actions.values() if made.text()]

    def shown_now(self) -> None:
        """Panels are imported when the page is looked at for the first time, not when the desk opens."""
        self.stage.open()
        self.left.fill()
        focused: QWidget | None = QApplication.focusWidget()
        # The first field is where Qt puts a focus that lost its page, not somebody who wants to search.
        is_lost = focused is self.left.search and not self.left.search.text()
        if focused is None or is_lost or not self.isAncestorOf(focused):
            self.centre.preview.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    def unsent(self) -> int:
        stage = self.stage
        return sum((stage.taking.is_busy, stage.curtaining.is_waiting, stage.shelf.waiting, self.right.handover.is_waiting))

    def may_leave(self) -> str | None:
        """A draft survives: only what is on its way would be missed."""
        tr, reasons = self.ctx.tr, list[str]()
        if self.stage.taking.is_busy or self.stage.curtaining.is_waiting:
            reasons.append(tr("tayangan sedang dikirim ke dinding"))
        if self.stage.shelf.waiting:
            reasons.append(tr("preset sedang dikirim"))
        if self.right.handover.is_waiting:
            reasons.append(tr("serah terima sedang dikirim"))
        return "; ".join(reasons) or None

    def close_page(self) -> None:
        self._is_closed = True
        self.centre.close_column()
        let_go(self.ctx)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.stage.look(self, True)

    def hideEvent(self, event: QHideEvent) -> None:
        """The lease goes back when somebody turns to another page (not when the window is only put away); the draft stays."""
        super().hideEvent(event)
        if not event.spontaneous() and not self._is_closed:
            self.stage.look(self, False)
            self.stage.holding.release()

    # What can be done

    def _make_actions(self) -> dict[str, QAction]:
        tr, stage = self.ctx.tr, self.stage
        editor = stage.editor
        table: tuple[tuple[str, str, str, Act], ...] = (
            ("take", tr("Tayangkan"), "Ctrl+Return", self.take),
            ("back", tr("Urungkan"), "Ctrl+Backspace", self.take_back),
            ("undo", tr("Balik"), "Ctrl+Z", editor.undo),
            ("redo", tr("Maju"), "Ctrl+Y", editor.redo),
            ("copy", tr("Gandakan"), "Ctrl+D", editor.duplicate),
            ("remove", tr("Hapus"), "Del", editor.remove),
            ("fill", tr("Penuhi"), "Ctrl+E", editor.fill),
            ("options", tr("Opsi"), "F4", self._open_options),
            ("discard", tr("Buang rancangan"), "Ctrl+Shift+Z", stage.discard),
            ("lease", tr("Minta kunci"), "Ctrl+L", self._ask_lease),
            ("region", tr("Minta kunci monitor petak ini"), "Ctrl+Shift+G", self._ask_region),
            ("over", tr("Ambil alih"), "Ctrl+Shift+A", self._take_over),
            ("find", tr("Cari panel, kamera, preset"), "Ctrl+F", self._to_search),
            ("preview", tr("Ke pratinjau"), "F6", self._to_preview),
            ("save", tr("Simpan preset"), "Ctrl+S", self.presets.save),
            ("rename", tr("Ganti nama preset"), "F2", self.presets.rename),
            ("clone", tr("Salin preset"), "Ctrl+Shift+D", self.presets.copy),
            ("delete", tr("Hapus preset"), "Ctrl+Del", self.presets.delete),
            ("export", tr("Simpan ke berkas"), "Ctrl+Shift+S", self.presets.export),
            ("import", tr("Buka berkas"), "Ctrl+O", self.presets.import_file),
            ("handover", tr("Serah terima"), "Ctrl+H", lambda: self.right.open_tab("handover")),
            ("history", tr("Riwayat dinding"), "Ctrl+R", lambda: self.right.open_tab("history")),
        )
        made = {name: action(self, text, keys, act, everywhere=True) for name, text, keys, act in table}
        made["take"].setShortcuts([QKeySequence("Ctrl+Enter"), QKeySequence("Ctrl+Return")])
        made["curtain"] = curtain_action(stage, self)
        made["curtain"].setProperty(EVERYWHERE, True)
        for digit in range(1, 10):
            text = tr("Preset {number} ke pratinjau").format(number=digit)
            made[f"preset {digit}"] = action(self, text, str(digit), lambda n=digit: self._load_number(n), everywhere=True)
        return made

    def take(self) -> None:
        """The only way to the wall."""
        why = self.stage.why_not()
        if why:
            self.ctx.tell(why, Tone.WARNING, None)
            return
        self.stage.take(self.centre.reason.take_text())

    def take_back(self) -> None:
        self.stage.taking.undo(self.centre.reason.take_text())

    def _to_search(self) -> None:
        self.left.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _to_preview(self) -> None:
        self.centre.preview.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _load_number(self, number: int) -> None:
        fitting = self.stage.fitting()
        if number <= len(fitting):
            self.stage.load(fitting[number - 1])

    def _open_options(self) -> None:
        self.right.open_tab("options")
        self.right.form.focus_first()

    def _ask_lease(self) -> None:
        self.stage.holding.region = None
        self.stage.holding.forgive()
        self.stage.holding.ask()

    def _ask_region(self) -> None:
        """Only the monitors the selected tile stands on: a colleague may go on with the others."""
        region = self.stage.region_of_selected()
        if region is None:
            self.ctx.tell(self.ctx.tr("Pilih satu petak di pratinjau"), Tone.PLAIN, None)
            return
        self.stage.holding.region = region
        self.stage.holding.forgive()
        self.stage.holding.ask()

    def _take_over(self) -> None:
        tr, others = self.ctx.tr, self.stage.holding.others
        names = ", ".join(lease.name for lease in others)
        question = tr("Ambil alih kunci dari {name}? Rancangan mereka tetap ada, tetapi tidak dapat tayang.").format(name=names)
        ask_whether(
            self, tr("Ambil alih kunci"), question, tr("Ambil alih"), tr("Batal"), lambda: self.stage.holding.ask(is_take_over=True)
        )

    # Wiring

    def _connect(self) -> None:
        stage = self.stage
        stage.changed.connect(self._refresh)
        stage.holding.changed.connect(self._refresh)
        stage.editor.selected.connect(self._refresh)
        stage.editor.refused.connect(self._on_refused)
        stage.taking.taken.connect(self._on_taken)
        self.left.tiles.chosen.connect(self._on_tile)
        self.left.presets.chosen.connect(self._on_preset)
        self.centre.preview.preset_dropped.connect(self._on_preset)
        self.centre.preview.options_asked.connect(self._open_options)
        self.centre.preview.menu_asked.connect(self._on_menu)
        self.left.menu_asked.connect(self._on_preset_menu)

    def _refresh(self) -> None:
        stage, acts = self.stage, self._actions
        editor, has_tile = stage.editor, stage.editor.index is not None
        why = stage.why_not()
        acts["take"].setEnabled(not why)
        acts["take"].setToolTip(tip(why))
        desk = stage.feed.desk
        acts["back"].setEnabled(desk is not None and desk.previous is not None and desk.can_arrange and not stage.taking.is_busy)
        acts["undo"].setEnabled(editor.can_undo)
        acts["redo"].setEnabled(editor.can_redo)
        for name in ("copy", "remove", "fill", "options", "region"):
            acts[name].setEnabled(has_tile)
        acts["discard"].setEnabled(editor.is_changed)
        acts["lease"].setEnabled(stage.holding.mine is None and not stage.holding.others)
        acts["over"].setEnabled(stage.holding.can_take_over)

    def _on_refused(self, text: str) -> None:
        self.ctx.tell(text, Tone.WARNING, None)

    def _on_taken(self, _desk: object) -> None:
        self.centre.reason.setEditText("")
        self.centre.reason.refresh()

    def _on_tile(self, panel: str, options: dict[str, object]) -> None:
        if self.stage.editor.add(panel, options):
            self.centre.preview.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_preset(self, key: str) -> None:
        preset = self.stage.shelf.by_key(key)
        if preset is not None:
            self.stage.load(preset)

    def _on_menu(self, at: QPointF) -> None:
        names = ("options", "copy", "fill", "remove", "region", "undo", "redo", "discard")
        self._menu([self._actions[name] for name in names], self.centre.preview.mapToGlobal(at.toPoint()))

    def _on_preset_menu(self, at: QPoint) -> None:
        names = ("save", "rename", "clone", "delete", "export", "import")
        self._menu([self._actions[name] for name in names], at)

    def _menu(self, actions: list[QAction], at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(actions)
        menu.popup(at)
