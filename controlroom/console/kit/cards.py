"""The two cards side by side that a page of a list and its details stands on."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout

from controlroom.console.kit.sheet import give_role
from controlroom.console.look import DeskSizes


class TwoCards(QSplitter):
    """``left`` and ``right``: columns to fill, from the top. ``shares``: how what room there is goes to the two.

    ``is_list``: the right one ends in a list too, which needs less of a margin than words do.
    """

    def __init__(self, sizes: DeskSizes, shares: tuple[int, int], *, is_list: bool = False) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(sizes.margin)
        self.setChildrenCollapsible(False)
        self.left = self._card(sizes, shares[0], sizes.gap)
        self.right = self._card(sizes, shares[1], sizes.gap if is_list else sizes.padding)

    def _card(self, sizes: DeskSizes, share: int, ends: int) -> QVBoxLayout:
        frame = QFrame()
        give_role(frame, "card")
        column = QVBoxLayout(frame)
        column.setContentsMargins(sizes.padding, sizes.padding, ends, ends)
        self.addWidget(frame)
        self.setStretchFactor(self.count() - 1, share)
        return column
