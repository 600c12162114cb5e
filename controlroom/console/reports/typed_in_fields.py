"""What a call is written down with: the channel by one digit, and what of the same kind is already known nearby."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QPushButton, QWidget

from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.detail_pick import Choice
from controlroom.console.reports.map_ground import Ground, Place
from controlroom.console.reports.map_view import NEAR_M, Pin
from feeds.messages.city import City
from feeds.messages.header import Message, Position
from feeds.messages.report import PINLESS_STATES, Channel, Report
from widgets.kit.wording import channel_name

CHANNELS = (
    Channel.CALL_112, Channel.CALL_CENTRE, Channel.SMS, Channel.EMAIL, Channel.X, Channel.FACEBOOK, Channel.INSTAGRAM, Channel.WEBSITE,
)  # fmt: skip
"""In the order of their digits. The others come through doors of their own."""

WITHIN = timedelta(hours=72)


class ChannelRow(QWidget):
    """One digit chooses a channel and goes on; arrows walk. Who types letters is at the next field already."""

    chosen = Signal()
    passed = Signal(str)
    changed = Signal()

    def __init__(self, ctx: DeskContext) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._buttons: list[QPushButton] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for place, channel in enumerate(CHANNELS):
            button = QPushButton(f"{place + 1}  {channel_name(channel, ctx.tr)}")
            give_role(button, "key")
            button.setCheckable(True)
            self._group.addButton(button)
            self._buttons.append(button)
            grid.addWidget(button, place // 4, place % 4)
        self._group.buttonToggled.connect(self._toggled)
        self._buttons[0].setChecked(True)

    @property
    def channel(self) -> Channel:
        return CHANNELS[next(place for place, button in enumerate(self._buttons) if button.isChecked())]

    def choose(self, channel: Channel) -> None:
        self._buttons[CHANNELS.index(channel)].setChecked(True)

    def take_focus(self) -> None:
        self._buttons[CHANNELS.index(self.channel)].setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        digit = event.text()
        if digit.isdigit() and 1 <= int(digit) <= len(CHANNELS):
            self._buttons[int(digit) - 1].setChecked(True)
            self.chosen.emit()
        elif digit.isalpha() and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            self.passed.emit(digit)
        else:
            super().keyPressEvent(event)

    def _toggled(self, _button: object, is_down: bool) -> None:
        if is_down:
            self.changed.emit()


def place_choices(places: Sequence[Place]) -> list[Choice]:
    """By their number in the list: names repeat within a city."""
    return [Choice(key=str(number), name=place.name, note=place.within) for number, place in enumerate(places)]


def alike_nearby(
    city: City, ground: Ground, latest: Mapping[str, Message[Any]], category: str | None, at: Position | None, now: datetime
) -> list[Pin]:
    """Reports of the same kind that the bus knows of, within 250 m and 72 hours: the nearest first."""
    if at is None or category is None:
        return []
    group = next((one.group for one in city.categories if one.code == category), None)
    kinds = {one.code for one in city.categories if one.group == group}
    found: list[tuple[float, Pin]] = []
    for key, message in latest.items():
        body: Report | None = message.body
        if body is None or body.position is None or body.category not in kinds or body.state in PINLESS_STATES:
            continue
        distance = ground.distance_m(at, body.position)
        if distance <= NEAR_M and now - body.received_at <= WITHIN:
            found.append((distance, Pin(report=key, state=body.state, position=body.position, is_near=True)))
    return [pin for _, pin in sorted(found, key=lambda one: one[0])]
