"""The wall changes from day to night while it runs: every panel as if built so, nothing built anew."""

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from controlroom.theme import load_theme
from controlroom.wall.dress import Dresser
from feeds.messages.freshness import Freshness
from tests.widgets.staging import ROOT, OneSlot, grab
from tests.widgets.test_panels_contract import PAINTED, SPECS, publish_ordinary
from widgets.frame import PanelFrame
from widgets.kit.palette import Theme
from widgets.panel import FrameStatus

THEMES = ROOT / "assets" / "theme.toml"
STALE = FrameStatus(freshness=Freshness.STALE, age_s=260.0)


@pytest.fixture
def build(qtbot: QtBot) -> Iterator[Callable[..., tuple[OneSlot, PanelFrame]]]:
    held: list[PanelFrame] = []

    def build(name: str, palette: str) -> tuple[OneSlot, PanelFrame]:
        slot = OneSlot(palette=palette)
        publish_ordinary(slot)
        frame = slot.frame(SPECS[name], 1200, 700, scale=0.5)
        held.append(frame)
        slot.tick()
        return slot, frame

    yield build
    for frame in held:
        frame.close()
        frame.deleteLater()


def theme(palette: str) -> Theme:
    return load_theme(THEMES, palette)


@pytest.mark.parametrize("status", [None, STALE], ids=["live", "stale"])
@pytest.mark.parametrize("name", PAINTED)
def test_a_panel_dressed_for_the_night_is_as_one_built_at_night(
    name: str, status: FrameStatus | None, build: Callable[..., tuple[OneSlot, PanelFrame]]
) -> None:
    (_, dressed), (_, built) = build(name, "day"), build(name, "night")
    for frame in (dressed, built):
        if status is not None:
            frame.set_status(status)
    by_day, panel = grab(dressed), dressed.panel
    dressed.set_theme(theme("night"))
    assert dressed.panel is panel
    assert grab(dressed) == grab(built)
    assert grab(dressed) != by_day
    dressed.set_theme(theme("day"))
    assert grab(dressed) == by_day


class Clock:
    def __init__(self, hour: int) -> None:
        self.hour = hour

    def __call__(self) -> int:
        return self.hour


@pytest.mark.parametrize(("wanted", "worn"), [("auto", ["night", "day"]), ("day", []), ("night", [])])
def test_the_wall_is_dressed_when_the_clock_passes_the_hour(qapp: object, wanted: str, worn: list[str]) -> None:
    clock = Clock(21)
    dresser = Dresser(wanted, clock, theme)
    seen: list[Theme] = []
    for hour in (21, 22, 23, 4, 5, 6):
        clock.hour = hour
        dresser.look(seen.append)
    assert seen == [theme(palette) for palette in worn]
    assert dresser.theme == theme("night" if wanted == "night" else "day")
