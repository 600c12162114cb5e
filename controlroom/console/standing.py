"""How a window stood when it was left, so that it stands there again. Knows no console."""

import base64

from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QWidget

from controlroom.console.page import Remembered

_GEOMETRY = "window.geometry"


def remember_standing(window: QWidget, *memories: Remembered) -> None:
    kept = base64.b64encode(window.saveGeometry().data()).decode()
    for memory in memories:
        memory.set(_GEOMETRY, kept)


def stand_again(window: QWidget, memory: Remembered) -> bool:
    """Whether it was known how."""
    try:
        kept = base64.b64decode(memory.get(_GEOMETRY, ""), validate=True)
    except ValueError:
        return False
    return bool(kept) and window.restoreGeometry(QByteArray(kept))
