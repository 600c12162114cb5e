"""The queue's filters as fields: what is chosen there is one ``QueueQuery``. Knows no doors."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from controlroom.console.kit.choice_box import ChoiceBox
from controlroom.console.kit.search_box import SearchBox
from controlroom.console.kit.sheet import give_role
from controlroom.console.page import DeskContext
from controlroom.console.reports.queue_query import QueueQuery, recalled
from controlroom.console.reports.queue_words import claim_choices, due_choices, priority_name, sort_name, state_choices
from feeds.messages.queue import Sort, Standing
from feeds.messages.report import Channel, Priority
from widgets.kit.wording import channel_name

REMEMBERED = "reports.filters"
_WIDE = 560
_NARROWEST = 78
"""Of a field: four of them stand in the narrowest queue until they are given two rows."""


class QueueFilters(QWidget):
    """``changed``: ``query`` is another."""

    changed = Signal()

    def __init__(self, ctx: DeskContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ctx, tr, city = ctx, ctx.tr, ctx.city
        self._is_filling = False
        self.query = recalled(ctx.remembered.get(REMEMBERED, {}))
        self.channel = self._several(tr("Semua kanal"), [(str(one), channel_name(one, tr)) for one in Channel], tr("{n} kanal"))
        self.state = self._one(tr("Status"), state_choices(tr))
        districts = [(one.code, one.name) for one in city.districts]
        self.district = self._several(tr("{n} kecamatan").format(n=len(districts)), districts, tr("{n} kecamatan"))
        self.sort = self._one(
            tr("Urutan"), [(str(sort), sort_name(sort, tr)) for sort in (Sort.DUE, Sort.NEWEST, Sort.OLDEST, Sort.CHANGED)]
        )
        categories = [(one.code, city.category_name(one.code, ctx.language) or one.code) for one in city.categories]
        self.category = self._several(tr("Semua kategori"), sorted(categories, key=lambda one: one[1].casefold()), tr("{n} kategori"))
        self.agency = self._several(tr("Semua OPD"), [(one.code, one.short) for one in city.agencies], tr("{n} OPD"))
        priorities = [(str(one), priority_name(one, tr)) for one in reversed(Priority)]
        self.priority = self._several(tr("Semua prioritas"), priorities, tr("{n} prioritas"))
        self.claimed = self._one(tr("Pemegang"), claim_choices(tr))
        self.due = self._one(tr("Tenggat"), due_choices(tr))
        self.search = SearchBox(ctx.look, tr("Cari nomor, kata, tempat"), self)
        self.search.searched.connect(self._read)
        self.more = QPushButton(self)
        self.more.setCheckable(True)
        self.clear = QPushButton(tr("Bersihkan"), self)
        for button in (self.more, self.clear):
            give_role(button, "small")
        self._fields = (self.channel, self.state, self.district, self.sort)
        self._further = (self.category, self.agency, self.priority, self.claimed, self.due)
        self._lay_out()
        self.more.toggled.connect(self._show_further)
        self.clear.clicked.connect(self.reset)
        self._fill()
        self.more.setChecked(self._further_count() > 0)
        self._show_further(self.more.isChecked())

    def reset(self) -> None:
        """What a desk begins with: open ones; the order stays."""
        self.search.clear()
        self._become(QueueQuery(sort=self.query.sort))

    def _several(self, title: str, choices: list[tuple[str, str]], several: str) -> ChoiceBox:
        box = ChoiceBox(self._ctx.look, title, choices, several=lambda count: several.format(n=count), parent=self)
        box.changed.connect(self._read)
        return box

    def _one(self, name: str, choices: list[tuple[str, str]]) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(name)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(6)
        for key, said in choices:
            box.addItem(said, key)
        box.currentIndexChanged.connect(self._read)
        return box

    def _lay_out(self) -> None:
        self._grid, self._second = QGridLayout(), QGridLayout()
        self._further_row = QWidget(self)
        self._third = QGridLayout(self._further_row)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        gap = self._ctx.look.sizes.gap
        column.setSpacing(gap)
        for grid in (self._grid, self._second, self._third):
            grid.setSpacing(gap)
            grid.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid)
        column.addLayout(self._second)
        column.addWidget(self._further_row)
        self._columns = 0
        self._second.addWidget(self.search, 0, 0)
        self._second.addWidget(self.more, 0, 1)
        self._second.addWidget(self.clear, 0, 2)
        self._second.setColumnStretch(0, 1)
        for field in (*self._fields, *self._further):
            field.setMinimumWidth(_NARROWEST)
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search.setMinimumWidth(_NARROWEST)
        self._arrange(4)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for grid, fields in ((self._grid, self._fields), (self._third, self._further)):
            per_row = columns if grid is self._grid else max(2, columns - 1)
            for number in range(6):
                grid.setColumnStretch(number, 0)
            for number, field in enumerate(fields):
                grid.addWidget(field, number // per_row, number % per_row)
                # The names of districts are the longest.
                grid.setColumnStretch(number % per_row, 12 if columns == 4 and field is self.district else 10)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(4 if self.width() >= _WIDE else 2)

    def _show_further(self, is_shown: bool) -> None:
        self._further_row.setVisible(is_shown)
        self._say_more()

    def _further_count(self) -> int:
        query = self.query
        return sum(map(bool, (query.categories, query.agencies, query.priorities, query.claimed, query.due)))

    def _say_more(self) -> None:
        count, tr = self._further_count(), self._ctx.tr
        self.more.setText(tr("Lainnya ({n})").format(n=count) if count else tr("Lainnya"))
        self.clear.setEnabled(not self.query.is_plain)

    def _fill(self) -> None:
        """Shows ``query`` in the fields."""
        query, self._is_filling = self.query, True
        for box, values in (
            (self.channel, query.channels), (self.district, query.districts), (self.category, query.categories),
            (self.agency, query.agencies), (self.priority, query.priorities),
        ):  # fmt: skip
            box.choose(values)
        for one, value in ((self.state, query.state), (self.sort, query.order), (self.claimed, query.claimed), (self.due, query.due)):
            one.setCurrentIndex(max(0, one.findData(str(value or ""), flags=Qt.MatchFlag.MatchExactly)))
        self._is_filling = False
        self._say_more()

    def _read(self) -> None:
        """Takes what stands in the fields."""
        if self._is_filling:
            return
        state = str(self.state.currentData())
        chosen = Sort(self.sort.currentData())
        # An order that only stood there because of closed reports is not what was wished for.
        wished = self.query.sort if chosen is self.query.order else chosen
        query = QueueQuery(
            state=state, channels=tuple(Channel(one) for one in sorted(self.channel.chosen)), districts=tuple(sorted(self.district.chosen)),
            categories=tuple(sorted(self.category.chosen)), agencies=tuple(sorted(self.agency.chosen)),
            priorities=tuple(Priority(one) for one in sorted(self.priority.chosen)), claimed=self.claimed.currentData() or None,
            due=Standing(self.due.currentData()) if self.due.currentData() else None, q=self.search.text().strip(), sort=wished,
        )  # fmt: skip
        self._become(query)

    def _become(self, query: QueueQuery) -> None:
        if query == self.query:
            return
        self.query = query
        self._ctx.remembered.set(REMEMBERED, query.kept())
        self._fill()
        self.changed.emit()
