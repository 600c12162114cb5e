"""The options of the selected tile as a form: what is chosen goes into the draft at once, what is wrong is said and does not."""

import json
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from controlroom.console.kit.sheet import desk_font, give_role
from controlroom.console.kit.words import words
from controlroom.console.stage.desk import StageDesk
from controlroom.console.stage.options import OPTION_WORDS, VALUE_WORDS, FieldKind, OptionField, fields_of, problem_with, without_defaults

MOST_ROWS = 8
VALUE_ROLE = Qt.ItemDataRole.UserRole


class OptionsForm(QWidget):
    """Follows the selection of the editor."""

    def __init__(self, stage: StageDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        tr = stage.ctx.tr
        self._title = words("", "strong", parent=self)
        self._problem = words("", "second", wraps=True, parent=self)
        self._problem.hide()
        self.reset = QPushButton(tr("Kembali ke bawaan"), self)
        give_role(self.reset, "small")
        self.reset.clicked.connect(self._on_reset)
        self._rows = QFormLayout()
        self._rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        self._rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._title)
        column.addLayout(self._rows)
        column.addWidget(self._problem)
        column.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        self._fields: list[OptionField] = []
        self._inputs: dict[str, _Input] = {}
        self._shown: tuple[int | None, str] = (None, "")
        self._told: dict[str, Any] = {}
        stage.editor.selected.connect(self.refresh)
        stage.editor.changed.connect(self.refresh)
        stage.changed.connect(self.refresh)
        self.refresh()

    def focus_first(self) -> None:
        first = next(iter(self._inputs.values()), None)
        widget = first.widget if first is not None else self.reset
        if first is not None:
            widget.show()  # a widget just laid out is shown a moment later, and only what is shown takes the focus
        widget.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def problem(self) -> str:
        return self._problem.text() if not self._problem.isHidden() else ""

    def field(self, name: str) -> QWidget:
        return self._inputs[name].widget

    def refresh(self) -> None:
        """Built anew for another tile; filled anew when its options were changed elsewhere (undo)."""
        editor, catalogue, tr = self._stage.editor, self._stage.catalogue, self._stage.ctx.tr
        index = editor.index
        slot = editor.layout.slot[index] if index is not None and index < len(editor.layout.slot) else None
        spec = catalogue.specs.get(slot.panel) if catalogue is not None and slot is not None else None
        if slot is None or spec is None:
            self._clear(tr("Pilih satu petak di pratinjau") if slot is None else slot.panel[:64])
            return
        if self._shown != (index, slot.panel):
            self._clear(self._stage.title(slot.panel))
            self._shown = (index, slot.panel)
            self._fields = fields_of(spec.options, self._stage.ctx.city, self._stage.ctx.language)
            for field in self._fields:
                self._add(field)
            self.reset.setVisible(bool(self._fields))
            self._say("" if self._fields else tr("Panel ini tidak punya opsi"))
            self._told = {}
        elif slot.options == self._told:
            return
        self._told = dict(slot.options)
        for field in self._fields:
            self._inputs[field.name].show(slot.options.get(field.name, field.default))

    def _add(self, field: OptionField) -> None:
        tr = self._stage.ctx.tr
        made = _input_of(field, self._on_edited, tr)
        name = tr(OPTION_WORDS[field.name]) if field.name in OPTION_WORDS else field.name
        made.widget.setAccessibleName(name)
        # A style sheet keeps the font from reaching what is put in later.
        made.widget.setFont(desk_font(self._stage.ctx.look.theme))
        self._inputs[field.name] = made
        if field.kind is FieldKind.YES_NO and isinstance(made.widget, QCheckBox):
            made.widget.setText(name)
            self._rows.addRow(made.widget)
        else:
            label = words(name, "second", parent=self)
            label.setBuddy(made.widget)
            label.setFont(made.widget.font())
            self._rows.addRow(label, made.widget)

    def _clear(self, title: str) -> None:
        while self._rows.rowCount():
            self._rows.removeRow(0)
        self._fields, self._inputs, self._shown = [], {}, (None, "")
        self._title.setText(title)
        self.reset.hide()
        self._say("")

    def _on_edited(self) -> None:
        editor, catalogue = self._stage.editor, self._stage.catalogue
        if editor.index is None or catalogue is None:
            return
        slot = editor.layout.slot[editor.index]
        told = {name: made.value() for name, made in self._inputs.items()}
        unknown = {name: value for name, value in slot.options.items() if name not in told}
        options = without_defaults({**unknown, **told}, self._fields)
        problem = problem_with(catalogue.specs[slot.panel].options, options)
        self._say(self._stage.ctx.tr("Belum dipakai: {problem}").format(problem=problem) if problem else "")
        if problem is None:
            self._told = options
            editor.set_options(options)

    def _on_reset(self) -> None:
        self._say("")
        self._stage.editor.set_options({})

    def _say(self, text: str) -> None:
        self._problem.setText(text)
        self._problem.setVisible(bool(text))


class _Input:
    """One field's widget: what it shows and what it says."""

    def __init__(self, widget: QWidget, value: Callable[[], Any], show: Callable[[Any], None]) -> None:
        self.widget = widget
        self.value = value
        self._show = show

    def show(self, value: Any) -> None:
        """Without telling anybody that it was edited."""
        self.widget.blockSignals(True)
        self._show(value)
        self.widget.blockSignals(False)


def _input_of(field: OptionField, edited: Callable[[], None], tr: Callable[[str], str]) -> _Input:
    match field.kind:
        case FieldKind.YES_NO:
            box = QCheckBox()
            box.toggled.connect(edited)
            return _Input(box, box.isChecked, lambda value: box.setChecked(bool(value)))
        case FieldKind.CHOICE:
            return _choice(field, edited, tr)
        case FieldKind.SEVERAL:
            return _several(field, edited, tr)
        case FieldKind.LINES | FieldKind.OTHER:
            return _text_area(field, edited)
        case _:
            return _line(field, edited)


def _word(value: Any, name: str, tr: Callable[[str], str]) -> str:
    return tr(VALUE_WORDS[name]) if str(value) == name and name in VALUE_WORDS else name


def _choice(field: OptionField, edited: Callable[[], None], tr: Callable[[str], str]) -> _Input:
    box = QComboBox()
    if field.is_optional:
        box.addItem(tr("otomatis"), None)
    for value, name in field.offered:
        box.addItem(_word(value, name, tr), value)
    box.currentIndexChanged.connect(edited)

    def show(value: Any) -> None:
        at = box.findData(value)
        if at < 0 and value is not None:
            box.addItem(str(value), value)
            at = box.count() - 1
        box.setCurrentIndex(at)

    return _Input(box, box.currentData, show)


def _several(field: OptionField, edited: Callable[[], None], tr: Callable[[str], str]) -> _Input:
    """Ticked ones count, in the order they stand; they are dragged into another."""
    box = QListWidget()
    box.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
    names = dict(field.offered)

    def show(value: Any) -> None:
        chosen: list[Any] = list(value or ())
        box.clear()
        for one in [*chosen, *(v for v, _ in field.offered if v not in chosen)]:
            item = QListWidgetItem(_word(one, names.get(one, str(one)), tr), box)
            item.setData(VALUE_ROLE, one)
            item.setCheckState(Qt.CheckState.Checked if one in chosen else Qt.CheckState.Unchecked)
        box.setFixedHeight(min(MOST_ROWS, max(2, box.count())) * 36 + 8)

    def value() -> list[Any]:
        items = [box.item(number) for number in range(box.count())]
        return [item.data(VALUE_ROLE) for item in items if item.checkState() is Qt.CheckState.Checked]

    def changed(_what: object = None) -> None:
        edited()

    box.itemChanged.connect(changed)
    box.model().rowsMoved.connect(changed)
    return _Input(box, value, show)


def _line(field: OptionField, edited: Callable[[], None]) -> _Input:
    line = QLineEdit()
    line.setMaxLength(1_000)

    def changed(_text: str) -> None:
        edited()

    line.textEdited.connect(changed)

    def value() -> Any:
        text = line.text().strip()
        if not text and field.is_optional:
            return None
        if field.kind is FieldKind.TEXT:
            return text
        try:
            return int(text) if field.kind is FieldKind.WHOLE else float(text.replace(",", "."))
        except ValueError:
            return text  # the panel's own types say that this is no number

    return _Input(line, value, lambda shown: line.setText("" if shown is None else str(shown)))


def _text_area(field: OptionField, edited: Callable[[], None]) -> _Input:
    area = QPlainTextEdit()
    area.setTabChangesFocus(True)
    area.setFixedHeight(96)
    area.textChanged.connect(edited)

    def value() -> Any:
        text = area.toPlainText()
        if field.kind is FieldKind.LINES:
            return [line.strip() for line in text.splitlines() if line.strip()]
        try:
            return json.loads(text) if text.strip() else field.default
        except ValueError:
            return text

    def show(shown: Any) -> None:
        lines = field.kind is FieldKind.LINES
        area.setPlainText("\n".join(map(str, shown or ())) if lines else json.dumps(shown, ensure_ascii=False))

    return _Input(area, value, show)
