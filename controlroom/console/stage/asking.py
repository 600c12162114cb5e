"""Questions that do not stop the desk: a name, a yes, a file. Every one is open beside what goes on, and its answer comes by a call."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget


def ask_name(parent: QWidget, title: str, label: str, name: str, done: Callable[[str], None]) -> QInputDialog:
    dialog = QInputDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.setTextValue(name)
    field = dialog.findChild(QLineEdit)
    if isinstance(field, QLineEdit):
        field.setMaxLength(80)
        field.selectAll()

    def chosen(text: str) -> None:
        if text.strip():
            done(text.strip())

    dialog.textValueSelected.connect(chosen)
    dialog.open()
    return dialog


def ask_whether(parent: QWidget, title: str, question: str, yes: str, no: str, done: Callable[[], None]) -> QMessageBox:
    """``done`` only when the answer is yes; Escape is no."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(question)
    agreed = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    declined = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(declined)
    box.setEscapeButton(declined)
    agreed.clicked.connect(lambda _checked=False: done())
    box.open()
    return box


def ask_file(
    parent: QWidget,
    title: str,
    words: str,
    folder: str,
    done: Callable[[Path], object],
    *,
    name: str | None = None,
) -> QFileDialog:
    """A layout file: to read, or with ``name`` to write."""
    dialog = QFileDialog(parent, title, folder, f"{words} (*.toml)")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if name is None:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    else:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile(f"{name}.toml")

    def chosen(path: str) -> None:
        done(Path(path))

    dialog.fileSelected.connect(chosen)
    dialog.open()
    return dialog
