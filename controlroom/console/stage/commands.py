"""What can be done on page Dinding, each an action with its key; and what must answer from every page."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from controlroom.console.stage.curtaining import KEYS
from controlroom.console.stage.desk import StageDesk

Act = Callable[[], object]


def action(owner: QWidget, text: str, keys: str, act: Act, *, everywhere: bool = False) -> QAction:
    """``everywhere``: its key works in the whole window, else while the focus is within ``owner``."""
    made = QAction(text, owner)
    if keys:
        made.setShortcut(QKeySequence(keys))
    # A page that is not in front must not take another page's keys.
    made.setShortcutContext(Qt.ShortcutContext.WindowShortcut if everywhere else Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def triggered(_is_checked: bool = False) -> None:
        act()

    made.triggered.connect(triggered)
    owner.addAction(made)
    return made


def tip(text: str) -> str:
    """Of a tooltip Qt reads markup, and colleagues choose their names."""
    return text.replace("<", "‹")


def curtain_action(stage: StageDesk, owner: QWidget) -> QAction:
    """Tutup layar, and with the same key Buka layar: for the window, so that visitors can come while anybody looks at anything."""
    made = action(owner, "", KEYS, stage.curtaining.toggle, everywhere=True)
    made.setAutoRepeat(False)

    def refresh() -> None:
        tr = stage.ctx.tr
        made.setText(tr("Buka layar") if stage.curtaining.is_drawn else tr("Tutup layar"))

    stage.changed.connect(refresh)
    refresh()
    return made
