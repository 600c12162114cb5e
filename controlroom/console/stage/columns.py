"""The three columns of page Dinding. They arrange; what their parts do is decided elsewhere."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QPushButton, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from controlroom.console.kit.banner import Banner
from controlroom.console.kit.chips import Chip
from controlroom.console.kit.search_box import SearchBox
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import key_label, words
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.handover import HandoverPanel
from controlroom.console.stage.on_air import OnAir
from controlroom.console.stage.options_form import OptionsForm
from controlroom.console.stage.parts import (
    ActionButton,
    DecisionLine,
    LeaseChip,
    OnAirHead,
    ReasonBox,
    ToolRow,
    TwoWays,
    WallChooser,
    elided,
)
from controlroom.console.stage.preset_list import PresetList
from controlroom.console.stage.preview import Preview
from controlroom.console.stage.records import DifferenceList, HistoryList
from controlroom.console.stage.status_line import overtaken_line, progress
from controlroom.console.stage.tile_list import TileList
from controlroom.wall.screens import shape_of
from feeds.messages.layout import FINEST_GRID, MOST_TITLE, Grid

LEFT_WIDTH, RIGHT_WIDTH = 340, 420
TOOLS = (("undo", "undo"), ("redo", "redo"), ("copy", "copy"), ("remove", "trash"), ("fill", "fill"), ("options", "options"))
GRIDS = ((24, 12), (48, 24), (80, 45), (160, 90), (320, 90))


class LeftColumn(QFrame):
    """Presets, panels and cameras, with one field to search them all."""

    menu_asked = Signal(QPoint)

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "card")
        tr, look = stage.ctx.tr, stage.ctx.look
        self._is_filled = False
        self.setMinimumWidth(240)
        self.setMaximumWidth(LEFT_WIDTH)
        self.search = SearchBox(look, tr("Cari panel, kamera, preset"), self)
        self.presets = PresetList(stage, self)
        self.tiles = TileList(stage, self)
        self.more = QPushButton(tr("Kelola preset"), self)
        give_role(self.more, "small")
        self.more.clicked.connect(self._on_more)
        shelf = QWidget()
        shelf_column = QVBoxLayout(shelf)
        shelf_column.setContentsMargins(0, 8, 0, 0)
        shelf_column.addWidget(self.presets, 1)
        shelf_column.addWidget(self.more)
        self.tabs = QTabWidget(self)
        self.tabs.addTab(shelf, tr("Preset"))
        self.tabs.addTab(self.tiles, tr("Panel"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.search)
        column.addWidget(self.tabs, 1)
        self.search.textChanged.connect(self._on_searched)
        self.search.returnPressed.connect(self._on_enter)

    def fill(self) -> None:
        if not self._is_filled:
            self._is_filled = True
            self.tiles.fill()

    def _on_searched(self, text: str) -> None:
        needle = text.strip()
        self.presets.filter(needle)
        self.tiles.filter(needle)
        # What was sought is looked for where something of it is.
        if needle and not self.presets.listed() and self.tiles.current() is not None:
            self.tabs.setCurrentIndex(1)

    def _on_enter(self) -> None:
        """Enter in the field puts the first that was found."""
        if self.tabs.currentIndex() == 1:
            self.tiles.choose_current()
        elif found := self.presets.listed():
            self.presets.chosen.emit(found[0].key)

    def _on_more(self) -> None:
        self.menu_asked.emit(self.more.mapToGlobal(QPoint(0, self.more.height())))


class CentreColumn(QFrame):
    """The preview, and under it the one way to the wall."""

    def __init__(self, stage: StageDesk, acts: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "card")
        self._stage = stage
        tr = stage.ctx.tr
        self.preview = Preview(stage, self)
        self.name = QLineEdit(self)
        self.name.setMaxLength(MOST_TITLE)
        self.name.setAccessibleName(tr("Judul tata letak"))
        self.name.editingFinished.connect(self._on_named)
        self.grid = QComboBox(self)
        self.grid.setAccessibleName(tr("Kisi"))
        self.grid.activated.connect(self._on_grid)
        self.revision = words("", "second", parent=self)
        self.kept = TwoWays(tr("Lanjutkan"), tr("Buang"), self)
        self.kept.first.clicked.connect(lambda _checked=False: stage.resume())
        self.kept.second.clicked.connect(lambda _checked=False: stage.drop_kept())
        self.overtaken = TwoWays(tr("Gabung perubahan saya"), tr("Buang rancangan"), self)
        self.overtaken.first.clicked.connect(self._on_merge)
        self.overtaken.second.clicked.connect(lambda _checked=False: stage.discard())
        self.reason = ReasonBox(stage, self)
        self.status = Banner(stage.ctx.look, self)
        self.why = words("", "second", wraps=True, parent=self)
        self.take = ActionButton(acts["take"], "take", self, shows_key=False)
        self.back = ActionButton(acts["back"], "", self, shows_key=False)
        self._arrange(acts)
        for signal in (stage.changed, stage.holding.changed, stage.feed.ticked):
            signal.connect(self.refresh)
        stage.offered.connect(self.refresh)
        self.refresh()

    def close_column(self) -> None:
        self.preview.close_view()

    def _arrange(self, acts: Mapping[str, QAction]) -> None:
        stage, sizes = self._stage, self._stage.ctx.look.sizes
        head = QHBoxLayout()
        head.addWidget(Chip(stage.ctx.look, stage.ctx.tr("PRATINJAU"), tone="own"))
        head.addWidget(self.name, 1)
        head.addWidget(self.revision)
        head.addWidget(self.grid)
        tools = ToolRow([(acts[name], icon) for name, icon in TOOLS], stage.ctx.look, self)
        go = QHBoxLayout()
        for button, key, stretch in ((self.take, acts["take"], 3), (self.back, acts["back"], 1)):
            pair = QVBoxLayout()
            pair.setSpacing(2)
            pair.addWidget(button)
            pair.addWidget(key_label(key, self), 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            go.addLayout(pair, stretch)
        self.back.setStyleSheet(f"min-height: {sizes.take - 4}px; font-size: {sizes.text}px;")  # as high as the one beside it
        self.back.setMinimumWidth(150)
        column = QVBoxLayout(self)
        column.setContentsMargins(sizes.padding, sizes.padding - 4, sizes.padding, sizes.padding - 4)
        column.setSpacing(sizes.gap)
        for widget in (self.kept, self.overtaken):
            column.addWidget(widget)
        column.addLayout(head)
        column.addWidget(self.preview, 1)
        column.addWidget(tools)
        column.addWidget(self.reason)
        column.addLayout(go)
        # Beside each other, in room that is always kept: what is said there must not move the preview.
        said = QHBoxLayout()
        said.addWidget(self.why, 1)
        said.addWidget(self.status, 1)
        said.addStrut(sizes.field)
        column.addLayout(said)

    def refresh(self) -> None:
        stage, tr = self._stage, self._stage.ctx.tr
        layout = stage.editor.layout
        if not self.name.hasFocus() and self.name.text() != layout.title:
            self.name.setText(layout.title)
        self.revision.setText(tr("dari rev {revision}").format(revision=stage.editor.base_revision))
        self._refresh_grid(layout.grid)
        kept, text = stage.kept, stage.ctx.text
        when = text.when(kept.at, stage.now()) if kept is not None else ""
        self.kept.say(tr("Rancangan Anda dari {time} belum tayang dan masih tersimpan.").format(time=when) if kept is not None else "")
        self.overtaken.say(overtaken_line(stage, tr))
        line, tone = progress(stage)
        if line:
            self.status.say(line, tone)
        else:
            self.status.end()
        self.why.setText(stage.why_not())

    def _refresh_grid(self, grid: Grid) -> None:
        now = (grid.columns, grid.rows)
        choices = [*GRIDS, *([] if now in GRIDS else [now])]
        names = [f"{columns} x {rows}" for columns, rows in choices]
        if [self.grid.itemText(n) for n in range(self.grid.count())] != names:
            self.grid.clear()
            for name, pair in zip(names, choices, strict=True):
                self.grid.addItem(name, pair)
        self.grid.setCurrentIndex(choices.index(now))

    def _on_grid(self, index: int) -> None:
        columns, rows = self.grid.itemData(index)
        if max(columns, rows) <= FINEST_GRID:
            self._stage.editor.set_grid(Grid(columns=columns, rows=rows))
        self.refresh()

    def _on_named(self) -> None:
        self._stage.editor.set_title(self.name.text().strip() or self._stage.editor.layout.title)

    def _on_merge(self) -> None:
        left_out = self._stage.merge()
        if left_out:
            tr = self._stage.ctx.tr
            names = ", ".join(self._stage.title(change.panel) for change in left_out)
            self._stage.editor.refused.emit(tr("Tidak ikut karena bertabrakan: {names}").format(names=names))


class RightColumn(QFrame):
    """The wall as it is, who holds it, and what is known of it."""

    def __init__(self, stage: StageDesk, acts: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "card")
        self._stage = stage
        tr = stage.ctx.tr
        self.setMinimumWidth(330)
        self.setMaximumWidth(RIGHT_WIDTH)
        self.shape = elided("second", self)
        self.on_air = OnAir(stage, self)
        self.form = OptionsForm(stage)
        self.differences = DifferenceList(stage)
        self.history = HistoryList(stage)
        self.handover = HandoverPanel(stage)
        self.tabs = QTabWidget(self)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.form)
        self._tabs: dict[str, QWidget] = {
            "options": scroll,
            "difference": self.differences,
            "history": self.history,
            "handover": self.handover,
        }
        for name, text in zip(self._tabs, (tr("Opsi"), tr("Beda"), tr("Riwayat"), tr("Serah terima")), strict=True):
            self.tabs.addTab(self._tabs[name], text)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.tabBar().setStyleSheet("QTabBar::tab { padding: 0 8px; }")
        self.tabs.currentChanged.connect(self._on_tab)
        head = QHBoxLayout()
        head.addWidget(words(tr("Dinding"), "title", parent=self))
        head.addWidget(self.shape, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(ActionButton(acts["curtain"], "small", self))
        buttons.addStretch(1)
        lease = QHBoxLayout()
        lease.addWidget(LeaseChip(stage, self))
        lease.addStretch(1)
        self.ask = ActionButton(acts["lease"], "small", self)
        self.over = ActionButton(acts["over"], "small", self, shows_key=False)
        for button in (self.ask, self.over):
            lease.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.addLayout(head)
        column.addWidget(WallChooser(stage, self))
        column.addWidget(OnAirHead(stage, self))
        column.addWidget(self.on_air)
        column.addLayout(buttons)
        column.addLayout(lease)
        column.addWidget(DecisionLine(stage, self))
        column.addWidget(self.tabs, 1)
        stage.feed.changed.connect(self._refresh)
        stage.holding.changed.connect(self._refresh_lease)
        self._refresh()
        self._refresh_lease()

    def _refresh_lease(self) -> None:
        """Of the two ways to a lease the one there is."""
        self.over.setVisible(self._stage.holding.can_take_over)
        self.ask.setVisible(not self._stage.holding.can_take_over)

    def open_tab(self, name: str) -> None:
        self.tabs.setCurrentWidget(self._tabs[name])

    def _on_tab(self, _index: int) -> None:
        shown = self.tabs.currentWidget()
        if shown is self.history:
            self.history.refresh()
        elif shown is self.handover:
            self.handover.refresh()

    def _refresh(self) -> None:
        wall = self._stage.feed.installation
        if wall is None:
            self.shape.setText("")
            return
        columns, rows = shape_of(wall)
        count = self._stage.ctx.tr("{count} monitor").format(count=len(wall.monitor))
        self.shape.setText(f"{columns}×{rows} · {count}")
