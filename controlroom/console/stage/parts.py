"""Small parts of page Dinding: a button that is an action with its key, a line with two ways out, the heads of the two pictures."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from controlroom.console.kit.chips import Chip
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import key_hint, key_label, words
from controlroom.console.look import DeskLook
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.status_line import decision, lease_line, stills_line


class ActionButton(QPushButton):
    """Says what the action says, with its key, and may be pressed when it may."""

    def __init__(self, action: QAction, role: str = "small", parent: QWidget | None = None, *, shows_key: bool = True) -> None:
        super().__init__(parent)
        give_role(self, role)
        self.action_shown = action
        self._shows_key = shows_key
        self.clicked.connect(self._on_clicked)
        action.changed.connect(self._refresh)
        self._refresh()

    def _on_clicked(self, _is_checked: bool = False) -> None:
        self.action_shown.trigger()

    def _refresh(self) -> None:
        key = key_hint(self.action_shown)
        text = self.action_shown.text()
        self.setText(f"{text}  {key}" if key and self._shows_key else text)
        self.setAccessibleName(text)
        self.setEnabled(self.action_shown.isEnabled())
        self.setToolTip("" if self.isEnabled() else self.action_shown.toolTip())


def elided(role: str = "", parent: QWidget | None = None) -> QLabel:
    """A label that gives way instead of widening its column."""
    label = words("", role, parent=parent)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


class TwoWays(QFrame):
    """A line that asks for a decision: what is the matter, and two buttons. Hidden until it has something to say."""

    def __init__(self, first: str, second: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        give_role(self, "raised")
        self.label = words("", "", wraps=True, parent=self)
        self.first = QPushButton(first, self)
        self.second = QPushButton(second, self)
        buttons = QHBoxLayout()
        for button in (self.first, self.second):
            give_role(button, "small")
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addWidget(self.label)
        column.addLayout(buttons)
        self.hide()

    def say(self, text: str) -> None:
        """Empty: it goes away."""
        self.label.setText(text)
        self.setVisible(bool(text))


class OnAirHead(QWidget):
    """TAYANG, the title of what stands, and who took it when on how many monitors."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.chip = Chip(stage.ctx.look, stage.ctx.tr("TAYANG"), tone="filled")
        self.title = elided("strong", self)
        self.facts = words("", "second", wraps=True, parent=self)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.chip)
        row.addWidget(self.title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.facts)
        stage.changed.connect(self.refresh)
        stage.feed.ticked.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        stage, standing = self._stage, self._stage.standing()
        desk, state, text = stage.feed.desk, stage.feed.state, stage.ctx.text
        title = stage.shelf.title_of(standing) if standing is not None else (state.layout if state is not None else "")
        self.title.setText(title[:80])
        taken = desk.shown if desk is not None else None
        who = f"{text.minute(taken.at)} · {taken.name}" if taken is not None else ""
        revision = f"rev {desk.revision}" if desk is not None and desk.revision else ""
        parts = (who, stage.monitors_line(), revision, stills_line(stage))
        self.facts.setText(" · ".join(part for part in parts if part))


class LeaseChip(Chip):
    """Who holds the wall and how long still."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(stage.ctx.look, "", icon="lock", parent=parent)
        self._stage = stage
        stage.holding.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        text, tone = lease_line(self._stage)
        if text != self.text:
            self.show_fact(text, tone)


class WallChooser(QComboBox):
    """Hidden while there is one wall."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.setAccessibleName(stage.ctx.tr("Dinding yang diatur"))
        self.activated.connect(self._on_chosen)
        stage.feed.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        walls = self._stage.feed.walls
        if [self.itemText(n) for n in range(self.count())] != walls:
            self.clear()
            self.addItems(walls)
        self.setCurrentIndex(self.findText(self._stage.feed.wall))
        self.setVisible(len(walls) > 1)

    def _on_chosen(self, index: int) -> None:
        self._stage.holding.release()
        self._stage.feed.choose(self.itemText(index))


class ReasonBox(QComboBox):
    """Why: typed, or one of those used before. What was typed stays until the wall has taken it."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(stage.ctx.tr("Sebab"))
        field = QLineEdit(self)
        field.setMaxLength(1_000)
        field.setPlaceholderText(stage.ctx.tr("Sebab (boleh kosong)"))
        self.setLineEdit(field)
        self.refresh()

    def refresh(self) -> None:
        text = self.currentText()
        self.clear()
        self.addItems(self._stage.reasons())
        self.setCurrentIndex(-1)
        self.setEditText(text)

    def take_text(self) -> str:
        return self.currentText().strip()


class DecisionLine(QWidget):
    """The last decision about the wall, as one line."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.label = words("", "second", wraps=True, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.label, 1)
        stage.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        last = self._stage.feed.last
        self.label.setText(decision(last, self._stage)[:300] if last is not None else "")


def card(parent: QWidget | None, look: DeskLook) -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame(parent)
    give_role(frame, "card")
    column = QVBoxLayout(frame)
    padding = look.sizes.padding
    column.setContentsMargins(padding, padding - 4, padding, padding - 4)
    column.setSpacing(look.sizes.gap)
    return frame, column


class ToolRow(QWidget):
    """Actions with their keys beside them: in one row where there is room, else in two."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools: list[QWidget] = []
        for made in actions:
            tool = QWidget(self)
            row = QHBoxLayout(tool)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(2)
            row.addWidget(ActionButton(made, "quiet", tool, shows_key=False))
            row.addWidget(key_label(made, tool), 0, Qt.AlignmentFlag.AlignVCenter)
            row.addStretch(1)
            self._tools.append(tool)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._columns = 0
        self._lay_out(-(-len(actions) // 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = sum(tool.sizeHint().width() + 2 for tool in self._tools)
        self._lay_out(len(self._tools) if wanted <= self.width() else -(-len(self._tools) // 2))

    def _lay_out(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, tool in enumerate(self._tools):
            self._grid.removeWidget(tool)
            self._grid.addWidget(tool, number // columns, number % columns)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        widest = max((tool.sizeHint().width() for tool in self._tools), default=0)
        half = -(-len(self._tools) // 2)
        return QSize(half * (widest + 2), super().minimumSizeHint().height())
