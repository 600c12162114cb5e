"""The second line of the officers present: it names the source however late that says who it is."""

from collections.abc import Iterator

import pytest

from feeds.messages.field import PRESENCE
from feeds.messages.system import SOURCE
from tests.widgets import samples
from tests.widgets.staging import OneSlot
from widgets.frame import PanelFrame
from widgets.panels import presence


@pytest.fixture
def staged(qapp: object) -> Iterator[tuple[OneSlot, PanelFrame]]:
    slot = OneSlot()
    samples.publish_picture_state(slot)
    slot.latest[SOURCE.name].clear()
    frame = slot.frame(presence.PANEL, 632, 396)
    yield slot, frame
    frame.close()
    frame.deleteLater()


def test_a_source_that_says_later_who_it_is_is_named(staged: tuple[OneSlot, PanelFrame]) -> None:
    slot, frame = staged
    assert frame.meta == "231 dari 288 · per 14.31"
    slot.source("SIGAP", PRESENCE)
    slot.tick(1)
    assert frame.meta == "231 dari 288 · per 14.31 · SIGAP"
