"""One style sheet for all of Qt's own widgets at a desk, from the palette and the desk's sizes; and the font they inherit.

A widget says what it is by its property ``role`` (``give_role``): a button is ``primary``, ``quiet``, ``small`` or ``take``; a label is
``title``, ``strong``, ``second``, ``faint``, ``number``, ``key``, ``problem`` or ``hint``; a frame is ``card``, ``raised`` or ``bar``.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QWidget

from controlroom.console.look import DeskLook, DeskSizes
from controlroom.settings import ASSETS
from widgets.kit.canvas import REGULAR, font
from widgets.kit.palette import Palette, Theme

ICONS = ASSETS / "icons" / "desk"
RIM = 2
"""Pixels of every rim: one that appears only with the focus would shift what is inside."""


def desk_font(theme: Theme, size: int = DeskSizes().text, weight: int = REGULAR) -> QFont:
    """Words and figures of a desk; figures are all equally wide."""
    return font(theme.text_family, size, weight)


def give_role(widget: QWidget, role: str) -> None:
    """From now on the widget is drawn as one of ``role``."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def dress(widget: QWidget, look: DeskLook) -> Callable[[], None]:
    """Gives the widget and all within it the desk's look, now and whenever that changes. Call what is returned to let go."""

    def again() -> None:
        widget.setFont(desk_font(look.theme, look.sizes.text))
        widget.setPalette(desk_palette(look.theme.palette))
        widget.setStyleSheet(desk_sheet(look.theme, look.sizes, look.name))

    again()
    look.changed.connect(again)

    def let_go() -> None:
        look.changed.disconnect(again)

    return let_go


def desk_palette(colours: Palette) -> QPalette:
    """For what Qt paints without asking the style sheet: links, placeholders, selections of foreign views."""
    made = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, colours.bg),
        (QPalette.ColorRole.Base, colours.panel),
        (QPalette.ColorRole.AlternateBase, colours.out),
        (QPalette.ColorRole.Button, colours.raised),
        (QPalette.ColorRole.WindowText, colours.ink),
        (QPalette.ColorRole.Text, colours.ink),
        (QPalette.ColorRole.ButtonText, colours.ink),
        (QPalette.ColorRole.PlaceholderText, colours.ink3),
        (QPalette.ColorRole.Highlight, colours.sel),
        (QPalette.ColorRole.HighlightedText, colours.bg),
        (QPalette.ColorRole.Link, colours.sel),
        (QPalette.ColorRole.ToolTipBase, colours.raised),
        (QPalette.ColorRole.ToolTipText, colours.ink),
    ):
        made.setColor(role, QColor(colour))
    return made


def desk_sheet(theme: Theme, sizes: DeskSizes, look: str) -> str:
    """``look``: ``dark`` or ``light``, whose icons stand in assets/icons/desk."""
    colours = theme.palette
    return "\n".join((
        _grounds(colours, sizes),
        _words(colours, sizes),
        _buttons(colours, sizes),
        _fields(colours, sizes, look),
        _choices(colours, look),
        _lists(colours, sizes),
        _chrome(colours, sizes),
    ))  # fmt: skip


def _url(name: str, look: str) -> str:
    return f"url({Path(ICONS / f'{name}-{look}.svg').as_posix()})"


def _grounds(c: Palette, s: DeskSizes) -> str:
    return f"""
QWidget {{ color: {c.ink}; }}
QWidget:disabled {{ color: {c.ink3}; }}
QWidget#desk, QMainWindow {{ background: {c.bg}; }}
QDialog, QMessageBox {{ background: {c.panel}; }}
QFrame[role="card"] {{ background: {c.panel}; border: none; border-radius: {s.radius}px; }}
QFrame[role="raised"] {{ background: {c.raised}; border: none; border-radius: {s.radius}px; }}
QFrame[role="bar"] {{ background: {c.panel}; border: none; }}
QFrame[role="sheet"] {{ background: {c.panel}; border: {RIM}px solid {c.line2}; border-radius: {s.radius}px; }}
QFrame[role="rule"] {{ background: {c.line}; border: none; max-height: 1px; min-height: 1px; }}
"""


def _words(c: Palette, s: DeskSizes) -> str:
    return f"""
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {s.title}px; font-weight: 600; }}
QLabel[role="strong"] {{ font-size: {s.strong}px; font-weight: 600; }}
QLabel[role="second"] {{ color: {c.ink2}; }}
QLabel[role="faint"] {{ color: {c.ink3}; }}
QLabel[role="number"] {{ font-size: {s.title}px; font-weight: 600; }}
QLabel[role="key"] {{ color: {c.ink2}; background: {c.raised}; border: 1px solid {c.line2}; border-radius: 4px; padding: 1px 6px; }}
QLabel[role="problem"] {{ color: {c.ink}; border-left: 4px solid {c.red}; padding-left: 10px; }}
QLabel[role="hint"] {{ color: {c.ink}; border-left: 4px solid {c.yellow}; padding-left: 10px; }}
"""


def _buttons(c: Palette, s: DeskSizes) -> str:
    inner = s.button - 2 * RIM
    return f"""
QPushButton {{ background: {c.raised}; color: {c.ink}; border: {RIM}px solid {c.line2}; border-radius: {s.radius}px;
  min-height: {inner}px; padding: 0 {s.padding}px; }}
QPushButton:hover {{ border-color: {c.bar}; }}
QPushButton:pressed {{ background: {c.line}; }}
QPushButton:checked {{ border-color: {c.ink}; }}
QPushButton:focus {{ border-color: {c.sel}; }}
QPushButton:disabled {{ color: {c.ink3}; background: transparent; border-color: {c.line}; }}
QPushButton[role="primary"], QPushButton[role="take"] {{ background: {c.sel}; color: {c.bg}; border-color: {c.sel}; font-weight: 600; }}
QPushButton[role="primary"]:hover, QPushButton[role="take"]:hover {{ border-color: {c.ink2}; }}
QPushButton[role="primary"]:focus, QPushButton[role="take"]:focus {{ border-color: {c.ink}; }}
QPushButton[role="primary"]:disabled, QPushButton[role="take"]:disabled {{ background: transparent; color: {c.ink3};
  border-color: {c.line}; }}
QPushButton[role="take"] {{ min-height: {s.take - 2 * RIM}px; font-size: {s.title}px; }}
QPushButton[role="quiet"] {{ background: transparent; border-color: transparent; }}
QPushButton[role="quiet"]:hover {{ background: {c.raised}; }}
QPushButton[role="quiet"]:focus {{ border-color: {c.sel}; }}
QPushButton[role="person"] {{ background: transparent; border-color: transparent; min-height: {s.field - 2 * RIM}px; padding: 0 8px; }}
QPushButton[role="person"]:hover {{ background: {c.raised}; }}
QPushButton[role="person"]:focus {{ border-color: {c.sel}; }}
QPushButton[role="small"] {{ min-height: {s.field - 2 * RIM}px; }}
QToolButton {{ background: transparent; color: {c.ink}; border: {RIM}px solid transparent; border-radius: {s.radius}px;
  min-height: {s.field - 2 * RIM}px; padding: 0 8px; }}
QToolButton:hover {{ background: {c.raised}; }}
QToolButton:checked {{ background: {c.raised}; border-color: {c.line2}; }}
QToolButton:focus {{ border-color: {c.sel}; }}
QToolButton:disabled {{ color: {c.ink3}; }}
QToolButton::menu-indicator {{ image: none; }}
QLineEdit > QToolButton {{ min-height: 0; padding: 0; border: none; background: transparent; }}
"""


def _fields(c: Palette, s: DeskSizes, look: str) -> str:
    inner = s.field - 2 * RIM
    every = 'QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox, QPushButton[role="choice"]'
    focused = ", ".join(f"{one}:focus" for one in every.split(", "))
    shut = ", ".join(f"{one}:disabled" for one in every.split(", "))
    return f"""
{every} {{ background: {c.bg}; color: {c.ink}; border: {RIM}px solid {c.line2}; border-radius: {s.radius}px;
  selection-background-color: {c.sel}; selection-color: {c.bg}; placeholder-text-color: {c.ink3}; }}
QLineEdit, QAbstractSpinBox, QComboBox, QPushButton[role="choice"] {{ min-height: {inner}px; padding: 0 10px; }}
QPlainTextEdit, QTextEdit {{ padding: 6px 8px; }}
QPushButton[role="choice"] {{ text-align: left; padding-right: 26px; background-image: none; }}
QPushButton[role="choice"]:checked {{ border-color: {c.sel}; }}
{focused} {{ border-color: {c.sel}; }}
{shut} {{ color: {c.ink3}; background: transparent; border-color: {c.line}; }}
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"] {{ border-color: {c.red}; }}
QComboBox::drop-down {{ border: none; width: 28px; }}
QComboBox::down-arrow {{ image: {_url("chevron", look)}; width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{ background: {c.panel}; border: {RIM}px solid {c.line2}; padding: 4px; outline: none; }}
QComboBox QAbstractItemView::item {{ min-height: {s.field}px; padding: 0 10px; }}
QComboBox QAbstractItemView::item:selected {{ background: {c.raised}; color: {c.ink}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QDateTimeEdit::drop-down {{ border: none; width: 28px; image: {_url("chevron", look)}; }}
"""


def _choices(c: Palette, look: str) -> str:
    return f"""
QCheckBox, QRadioButton {{ spacing: 10px; background: transparent; padding: 4px; border: {RIM}px solid transparent; border-radius: 6px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {c.sel}; }}
QCheckBox::indicator, QAbstractItemView::indicator {{ width: 16px; height: 16px; border: {RIM}px solid {c.ink3}; border-radius: 4px;
  background: transparent; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{ background: {c.sel}; border-color: {c.sel};
  image: {_url("check", look)}; }}
QRadioButton::indicator {{ width: 16px; height: 16px; border: {RIM}px solid {c.ink3}; border-radius: 10px; background: transparent; }}
QRadioButton::indicator:checked {{ border: 6px solid {c.sel}; width: 8px; height: 8px; background: {c.bg}; }}
"""


def _lists(c: Palette, s: DeskSizes) -> str:
    return f"""
QAbstractItemView {{ background: {c.panel}; border: none; outline: none; alternate-background-color: {c.out}; gridline-color: {c.line};
  selection-background-color: {c.raised}; selection-color: {c.ink}; }}
QTableView, QTreeView, QListView {{ border: {RIM}px solid transparent; border-radius: {s.radius}px; }}
QTableView:focus, QTreeView:focus, QListView:focus {{ border-color: {c.sel}; }}
QTableView::item, QTreeView::item, QListView::item {{ padding: 4px 8px; border-bottom: 1px solid {c.line}; }}
QTableView::item:hover, QTreeView::item:hover, QListView::item:hover {{ background: {c.out}; }}
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {{ background: {c.raised}; color: {c.ink}; }}
QHeaderView {{ background: {c.panel}; border: none; }}
QHeaderView::section {{ background: {c.panel}; color: {c.ink2}; border: none; border-bottom: 1px solid {c.line2}; padding: 8px; }}
QHeaderView::section:hover {{ color: {c.ink}; }}
QHeaderView::down-arrow, QHeaderView::up-arrow {{ width: 0; height: 0; image: none; }}
QTableCornerButton::section {{ background: {c.panel}; border: none; }}
"""


def _chrome(c: Palette, s: DeskSizes) -> str:
    return f"""
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {c.line2}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 40px; }}
QScrollBar::handle:horizontal {{ min-width: 40px; }}
QScrollBar::handle:hover {{ background: {c.bar}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; border: none; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTabWidget::pane {{ border: none; }}
QTabBar {{ background: transparent; border: none; }}
QTabBar::tab {{ background: transparent; color: {c.ink2}; border: none; border-bottom: 3px solid transparent; padding: 0 14px;
  min-height: {s.field}px; }}
QTabBar::tab:hover {{ color: {c.ink}; }}
QTabBar::tab:selected {{ color: {c.ink}; border-bottom-color: {c.sel}; font-weight: 600; }}
QTabBar::tab:focus {{ border: {RIM}px solid {c.sel}; border-radius: 4px; }}
QMenu {{ background: {c.panel}; border: {RIM}px solid {c.line2}; border-radius: {s.radius}px; padding: 4px; }}
QMenu::item {{ min-height: {s.field - 8}px; padding: 4px {s.padding}px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.raised}; }}
QMenu::item:disabled {{ color: {c.ink3}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 4px 8px; }}
QToolTip {{ background: {c.raised}; color: {c.ink}; border: 1px solid {c.line2}; padding: 4px 8px; }}
QSplitter::handle {{ background: transparent; }}
QSplitter::handle:hover, QSplitter::handle:pressed {{ background: {c.line2}; border-radius: 2px; }}
QProgressBar {{ background: {c.line}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {c.bar}; border-radius: 3px; }}
QSlider::groove:horizontal {{ background: {c.line}; height: 6px; border-radius: 3px; }}
QSlider::handle:horizontal {{ background: {c.sel}; width: 18px; margin: -6px 0; border-radius: 9px; }}
"""
