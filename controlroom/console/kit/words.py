"""Labels whose text is always plain, whoever wrote it, and how keys are told."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QWidget

from controlroom.console.kit.sheet import give_role


def words(text: str = "", role: str = "", *, wraps: bool = False, parent: QWidget | None = None) -> QLabel:
    """A label that shows ``text`` as it is: no markup, no links. ``role``: see ``controlroom.console.kit.sheet``."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(wraps)
    if role:
        give_role(label, role)
    return label


def key_hint(action: QAction) -> str:
    """The action's key as a person reads it, ``Ctrl+K``; empty when it has none."""
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def key_label(action: QAction, parent: QWidget | None = None) -> QLabel:
    """The action's key in a small frame, to stand beside what it does."""
    return words(key_hint(action), "key", parent=parent)
