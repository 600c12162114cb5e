"""What can be done on page Dinding, each an action with its key; and what must answer from every page."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

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


def curtain_action(stage: StageDesk, owner: QWidget) -> QAction:
    """Tutup layar, and with the same key Buka layar: for the window, so that visitors can come while anybody looks at anything."""
    made = action(owner, "", "Ctrl+Shift+T", lambda: toggle_curtain(stage), everywhere=True)

    def refresh() -> None:
        tr = stage.ctx.tr
        made.setText(tr("Buka layar") if is_curtained(stage) else tr("Tutup layar"))
        made.setEnabled(bool(stage.feed.wall) and not stage.taking.is_busy)

    stage.changed.connect(refresh)
    refresh()
    return made


def is_curtained(stage: StageDesk) -> bool:
    """As the doors have it; as the wall says where they have not answered yet."""
    if stage.feed.desk is not None:
        return stage.feed.desk.is_curtained
    return stage.feed.state is not None and stage.feed.state.is_curtained


def toggle_curtain(stage: StageDesk) -> None:
    stage.taking.curtain(not is_curtained(stage))
