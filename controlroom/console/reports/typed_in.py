"""A call or a message written down by keyboard alone: channel, kind, place, words, who called. It is sent once, however often it is tried.

What is typed survives the doors, the session and the console; it goes only when it was saved or thrown away on purpose.
"""

import uuid
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from controlroom.console.desk_api import Trouble
from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext, Tone
from controlroom.console.reports.actions_triage import PriorityRow, category_choices
from controlroom.console.reports.actions_words import refusal
from controlroom.console.reports.detail_parts import FitArea, label, row, style, with_key
from controlroom.console.reports.detail_pick import Pick
from controlroom.console.reports.map_ground import Ground
from controlroom.console.reports.map_view import MapView
from controlroom.console.reports.typed_in_fields import CHANNELS, ChannelRow, alike_nearby, place_choices
from controlroom.console.troubles import is_passing
from feeds.messages.desk import Caller, Receipt, TypedIn
from feeds.messages.header import Position
from feeds.messages.report import REPORT, Channel, Priority, ReportState

MOST_WORDS = 4_000
AGAIN_MS = 2_000
KEPT = "laporan.typed_in"


class TypedInForm(QWidget):
    """``saved``: the id of the report it became. ``left``: put aside, the draft stays."""

    saved = Signal(str)
    left = Signal()

    def __init__(self, ctx: DeskContext, ground: Ground) -> None:
        super().__init__()
        self._ctx, self._ground = ctx, ground
        self._key = uuid.uuid4().hex
        self._position: Position | None = None
        self._is_priority_own = self._is_sending = self._is_waiting = False
        self._build()
        self._lay_out()
        self._connect()
        self._restore()
        self._look()

    @property
    def is_empty(self) -> bool:
        texts = (self.words.toPlainText(), self.address.text(), self.caller.text(), self.phone.text(), self.category.field.text())
        return not any(text.strip() for text in texts) and self._position is None

    @property
    def is_waiting(self) -> bool:
        """Sent, and not answered yet."""
        return self._is_sending or self._is_waiting

    def begin(self) -> None:
        """Takes the keyboard: at the channel, or where the draft was left."""
        if self.is_empty:
            self.channels.take_focus()
        else:
            self.words.setFocus()

    def save(self) -> None:
        if self.is_waiting:
            return
        if why := self.why_not():
            self._why.setText(why)
            return
        self._is_sending = True
        self._send()

    def discard(self) -> None:
        """Throws the draft away."""
        self._again.stop()
        self._is_sending = self._is_waiting = self._is_priority_own = False
        self._key = uuid.uuid4().hex
        self._position = None
        for field in (self.address, self.caller, self.phone):
            field.clear()
        self.words.clear()
        self.category.set_current(None)
        self.category.list.setCurrentRow(-1)
        self.place.set_current(None)
        self.channels.choose(Channel.CALL_112)
        self.priority.choose(Priority.EMERGENCY)
        self._is_priority_own = False
        self.map.show_report(ReportState.NEW, None)
        self._ctx.remembered.set(KEPT, None)
        self._look()

    def why_not(self) -> str:
        tr, words = self._ctx.tr, self.words.toPlainText().strip()
        if self.category.current is None:
            return tr("pilih kategori")
        if not words:
            return tr("tulis kata-kata pelapor")
        if len(words) > MOST_WORDS:
            return tr("terlalu panjang: {count} huruf, paling banyak {most}").format(
                count=self._ctx.text.number(len(words)), most=self._ctx.text.number(MOST_WORDS)
            )
        return ""

    def close_form(self) -> None:
        self._keep()
        self._again.stop()
        self._pause.stop()

    def _build(self) -> None:
        ctx, tr = self._ctx, self._ctx.tr
        self.channels = ChannelRow(ctx)
        self.category = Pick(ctx, tr("Kategori: ketik huruf awalnya"), rows=2, is_optional=True)
        self.category.set_choices(category_choices(ctx.city, ctx.language))
        self.place = Pick(ctx, tr("Kecamatan, kelurahan, atau tempat"), rows=1, is_optional=True)
        self.place.set_choices(place_choices(self._ground.places))
        self.address = _line(tr("Alamat atau patokan"), 500)
        self.words = QPlainTextEdit()
        self.words.setTabChangesFocus(True)
        self.words.setPlaceholderText(tr("Kata-kata pelapor"))
        self.words.setAccessibleName(tr("Kata-kata pelapor"))
        self.words.setMinimumHeight(76)
        self.caller, self.phone = _line(tr("Nama pelapor (boleh kosong)"), 200), _line(tr("Telepon (boleh kosong)"), 200)
        self.priority = PriorityRow(ctx)
        self.priority.choose(Priority.EMERGENCY)
        self.map = MapView(ctx, self._ground, picks=True)
        self.map.show_report(ReportState.NEW, None)
        self._near = label(role="second", wraps=True)
        self._why = label(role="second", wraps=True)
        self._save = QPushButton(with_key(tr("Simpan"), "Ctrl+Enter"))
        give_role(self._save, "primary")
        self._discard = QPushButton(with_key(tr("Buang"), "Ctrl+Shift+Del"))
        self._later = QPushButton(with_key(tr("Nanti"), "Esc"))
        for button in (self._discard, self._later):
            give_role(button, "small")

    def _lay_out(self) -> None:
        tr, fields, beside = self._ctx.tr, QVBoxLayout(), QVBoxLayout()
        fields.setSpacing(6)
        parts: tuple[tuple[str, QWidget], ...] = (
            (tr("Kanal"), self.channels), (tr("Kategori"), self.category), (tr("Tempat"), self.place),
        )  # fmt: skip
        for name, part in parts:
            fields.addWidget(label(name, "heading"))
            fields.addWidget(part)
        fields.addWidget(self.address)
        fields.addWidget(self.words, 1)
        fields.addLayout(row(self.caller, self.phone))
        fields.addWidget(self.priority)
        beside.setSpacing(6)
        beside.addWidget(self.map, 1)
        beside.addWidget(self._near)
        inner = QWidget()
        sides = QHBoxLayout(inner)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(16)
        sides.addLayout(fields, 3)
        sides.addLayout(beside, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(tr("Laporan lewat telepon atau pesan"), "title"))
        area = self._area = FitArea(200)
        area.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        area.setWidget(inner)
        column.addWidget(area, 1)
        column.addWidget(self._why)
        column.addLayout(row(self._discard, 1, self._later, self._save))
        self.setStyleSheet(style(self._ctx.look))

    def _connect(self) -> None:
        ctx = self._ctx
        self._pause, self._again = QTimer(self), QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(500)
        self._pause.timeout.connect(self._keep)
        self._again.setInterval(AGAIN_MS)
        self._again.timeout.connect(self._try_again)
        self.channels.changed.connect(self._on_channel)
        self.channels.chosen.connect(self.category.setFocus)
        self.channels.passed.connect(self.category.type_in)
        self.category.chosen.connect(self._to_place)
        self.category.changed.connect(self._on_typed)
        self.place.chosen.connect(self._on_place)
        self.place.changed.connect(self._show_place)
        self.priority.changed.connect(self._on_priority)
        self.map.moved.connect(self._pin)
        self.address.returnPressed.connect(self._to_words)
        self.caller.returnPressed.connect(self.phone.setFocus)
        for field in (self.address, self.caller, self.phone):
            field.textChanged.connect(self._on_typed)
        self.words.textChanged.connect(self._on_typed)
        self._save.clicked.connect(self.save)
        self._discard.clicked.connect(self.discard)
        self._later.clicked.connect(self.left)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self.save, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
        inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence("Ctrl+Shift+Del"), self, self.discard, context=inside)
        QShortcut(QKeySequence("Esc"), self, self.left.emit, context=inside)
        ctx.look.changed.connect(lambda: self.setStyleSheet(style(ctx.look)))

    def _on_channel(self) -> None:
        """112 is for emergencies; whoever chose a priority keeps it."""
        if not self._is_priority_own:
            self.priority.choose(Priority.EMERGENCY if self.channels.channel is Channel.CALL_112 else Priority.NORMAL)
            self._is_priority_own = False
        self._on_typed()

    def _on_priority(self) -> None:
        self._is_priority_own = True
        self._on_typed()

    def _to_place(self, _key: str) -> None:
        self._go_to(self.place)

    def _to_words(self) -> None:
        self._go_to(self.words)

    def _go_to(self, field: QWidget) -> None:
        """The next field, brought into sight on a low screen."""
        field.setFocus()
        self._area.ensureWidgetVisible(field)

    def _on_place(self, key: str) -> None:
        self._show_place(key)
        self._go_to(self.address)

    def _show_place(self, key: str) -> None:
        if key.isdigit() and self.place.field.text().strip():
            place = self._ground.places[int(key)]
            self._pin(place.position)

    def _pin(self, position: Position) -> None:
        self._position = position
        self.map.show_report(ReportState.NEW, position)
        self._on_typed()

    def _on_typed(self, *_: object) -> None:
        self._pause.start()
        self._look()

    def _look(self) -> None:
        """What is still missing, what is alike, and whether it may be saved."""
        tr, latest = self._ctx.tr, self._ctx.hub.latest(REPORT)
        found = alike_nearby(self._ctx.city, self._ground, latest, self.category.current, self._position, self._ctx.now())
        self.map.show_others(found)
        names = ", ".join(pin.report for pin in found[:3])
        self._near.setText(tr("Serupa di dekat sini: {names}").format(names=names) if found else "")
        on_its_way = tr("menunggu pintu; dikirim lagi sendiri") if self._is_waiting else tr("mengirim")
        self._why.setText(on_its_way if self.is_waiting else self.why_not())
        self._save.setEnabled(not self.is_waiting and not self.why_not())
        for field in (self.channels, self.category, self.place, self.address, self.words, self.caller, self.phone, self.priority):
            field.setEnabled(not self.is_waiting)

    def _message(self) -> TypedIn:
        name, phone = self.caller.text().strip(), self.phone.text().strip()
        person = Caller(first_name=name or None, phone=phone or None) if name or phone else None
        return TypedIn(
            channel=self.channels.channel, category=self.category.current or "", words=self.words.toPlainText().strip(),
            position=self._position, address=self._said_where() or None, person=person, priority=self.priority.priority,
        )  # fmt: skip

    def _said_where(self) -> str:
        """The address, and the name of the place where that was all that is known."""
        address, key = self.address.text().strip(), self.place.current
        if address or key is None or not self.place.field.text().strip():
            return address
        place = self._ground.places[int(key)]
        return ", ".join(part for part in (place.name, place.within) if part)

    def _send(self) -> None:
        """Under the same key as before: the doors know a request they have answered."""
        self._look()
        self._ctx.api.send("POST", "/desk/reports", self._message(), Receipt, self._done, self._failed, key=self._key)

    def _done(self, receipt: Receipt) -> None:
        said = self._ctx.tr("Tercatat: {report}") if receipt.is_new else self._ctx.tr("Sudah tercatat: {report}")
        self.discard()
        self._ctx.tell(said.format(report=receipt.report), Tone.GOOD, None)
        self.saved.emit(receipt.report)

    def _failed(self, trouble: Trouble) -> None:
        self._is_sending = False
        self._is_waiting = is_passing(trouble)
        if self._is_waiting:
            self._again.start()
            self._look()
            return
        self._again.stop()
        if trouble.code == "key_used":
            self._key = uuid.uuid4().hex
        self._look()
        self._why.setText(refusal(trouble, self._ctx.tr))
        self._ctx.tell(refusal(trouble, self._ctx.tr), Tone.TROUBLE, None)

    def _try_again(self) -> None:
        if self._is_waiting and self._ctx.api.is_reached and self._ctx.api.who is not None:
            self._again.stop()
            self._is_sending, self._is_waiting = True, False
            self._send()

    def _keep(self) -> None:
        """A draft outlives the console; who called does not: names and numbers stay out of files."""
        if self.is_empty:
            self._ctx.remembered.set(KEPT, None)
            return
        at = self._position
        self._ctx.remembered.set(KEPT, {
            "key": self._key, "channel": str(self.channels.channel), "category": self.category.current, "address": self.address.text(),
            "words": self.words.toPlainText()[: 4 * MOST_WORDS], "priority": str(self.priority.priority or ""),
            "position": [at.lon, at.lat] if at is not None else None,
        })  # fmt: skip

    def _restore(self) -> None:
        kept: Any = self._ctx.remembered.get(KEPT, None)
        if not isinstance(kept, dict):
            return
        found: dict[str, Any] = {str(name): value for name, value in kept.items()}  # pyright: ignore
        if found.get("channel") in CHANNELS:
            self.channels.choose(Channel(found["channel"]))
        if found.get("priority") in set(Priority):
            self.priority.choose(Priority(found["priority"]))
        self._key = str(found.get("key") or self._key)
        self.category.set_current(found["category"]) if isinstance(found.get("category"), str) else None
        self.address.setText(str(found.get("address") or ""))
        self.words.setPlainText(str(found.get("words") or ""))
        match found.get("position"):
            case [float(lon), float(lat)]:
                self._pin(Position(lon, lat))
            case _:
                pass


def _line(prompt: str, most: int) -> QLineEdit:
    field = QLineEdit()
    field.setMaxLength(most)
    field.setPlaceholderText(prompt)
    field.setAccessibleName(prompt)
    return field
