"""A layout is built whatever is wrong in it: the faulty slot shows a card, the others stand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from controlroom.wall.geometry import Place, card_place
from controlroom.wall.layouts import read_layout, read_wall
from controlroom.wall.loader import BuiltSlot, PanelCatalogue, SlotBuilder, check_layout, count_misfits, find_panels
from controlroom.wall.screens import ScreenFacts, wall_of
from controlroom.wall.stage import Misfits, choose_layout
from feeds.messages.freshness import Freshness
from feeds.messages.layout import Grid, Slot
from tests.widgets.staging import OneSlot
from widgets.frame import PanelFrame
from widgets.panel import NoOptions, Panel, PanelContext, PanelSpec

ROOT = Path(__file__).resolve().parents[2]
WALL = read_wall(ROOT / "assets" / "walls" / "virtual-2x2.toml")

LAYOUT = """title = "Uji"
grid = { columns = 160, rows = 90 }

[[slot]]
panel = "good"
cell = [0, 0, 40, 40]

[[slot]]
panel = "nowhere"
cell = [40, 0, 40, 40]

[[slot]]
panel = "broken"
cell = [80, 0, 40, 40]

[[slot]]
panel = "good"
cell = [120, 0, 40, 40]
options = { colour = "red" }

[[slot]]
panel = "good"
cell = [70, 45, 40, 40]

[[slot]]
panel = "torn"
cell = [120, 45, 40, 40]
"""


class Good(Panel):
    pass


class Broken(Panel):
    def __init__(self, ctx: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(ctx, parent)
        raise LookupError("its author's mistake")


def spec(key: str, panel: type[Panel]) -> PanelSpec:
    return PanelSpec(key=key, title=key, panel=panel)


CATALOGUE = PanelCatalogue({"good": spec("good", Good), "broken": spec("broken", Broken)}, {"torn": "SyntaxError: invalid syntax"})


@pytest.fixture
def layout_file(tmp_path: Path) -> Path:
    path = tmp_path / "uji.toml"
    path.write_text(LAYOUT)
    return path


@pytest.fixture
def built(qtbot: QtBot, layout_file: Path) -> Iterator[tuple[list[BuiltSlot], list[str]]]:
    world, faults = OneSlot(), []

    def context(panel: PanelSpec, options: msgspec.Struct, place: Place, frame: PanelFrame) -> PanelContext:
        return world.context(panel)

    def frame(panel: PanelSpec | None, scale: float) -> PanelFrame:
        return PanelFrame(panel, world.theme, scale, world.text, world.tr)

    def fault(where: str, error: BaseException) -> None:
        faults.append(f"{where}: {error}")

    window = QWidget()
    qtbot.addWidget(window)
    builder = SlotBuilder(CATALOGUE, WALL, context, frame, fault, lambda text: f"<{text}>")
    yield builder.build(read_layout(layout_file), layout_file, window), faults
    window.close()


def test_the_good_slot_stands_and_each_fault_is_a_card_that_names_file_line_and_slot(built: tuple[list[BuiltSlot], list[str]]) -> None:
    slots, faults = built
    cards: dict[int, Any] = {slot.index + 1: slot.frame.status.error for slot in slots if slot.frame.is_failed}
    assert set(cards) == {2, 3, 4, 5, 6}
    assert slots[0].frame.panel is not None
    assert cards[2] == "<Panel ini gagal>: uji.toml:8: slot 2 (nowhere): no such panel"
    assert cards[3] == "<Panel ini gagal>: uji.toml:12: slot 3 (broken): LookupError: its author's mistake"
    remedies = [slot.frame.status.remedy for slot in slots[1:]]
    assert remedies == ["<jalankan controlroom layout check>", "<lihat log dinding>", *["<jalankan controlroom layout check>"] * 3]
    assert "colour" in cards[4]
    assert "uji.toml:16: slot 4 (good)" in cards[4]
    assert "crosses a seam" in cards[5]
    assert "SyntaxError" in cards[6]
    assert all(slot.frame.status.freshness is Freshness.ERROR for slot in slots if slot.index > 0)
    assert faults == ["uji.toml:12: slot 3 (broken): its author's mistake"]


def test_layout_check_says_the_same_before_anybody_looks_at_a_wall(layout_file: Path) -> None:
    found = check_layout(read_layout(layout_file), layout_file, WALL, CATALOGUE)
    assert [line.split(": ")[1] for line in found] == ["slot 2 (nowhere)", "slot 4 (good)", "slot 5 (good)", "slot 6 (torn)"]
    assert all(str(layout_file) in line for line in found)


def test_a_cell_too_small_for_its_panel_is_said(tmp_path: Path) -> None:
    path = tmp_path / "uji.toml"
    path.write_text(LAYOUT.split("[[slot]]")[0] + '[[slot]]\npanel = "good"\ncell = [0, 0, 5, 5]\n')
    (problem,) = check_layout(read_layout(path), path, WALL, CATALOGUE)
    assert "too small, it needs 320 x 180" in problem


def test_every_shipped_panel_is_found_and_every_shipped_layout_is_fine(qtbot: QtBot) -> None:
    catalogue = find_panels()
    assert catalogue.broken == {}
    named = {"header", "totals", "map", "ticker", "focus", "keuangan", "fisik", "pengadaan", "cameras", "presence", "hazards", "notices"}
    assert named <= set(catalogue.specs)
    for path in (ROOT / "layouts").glob("*.toml"):
        own = ROOT / "assets" / "walls" / path.name
        wall = read_wall(own) if own.is_file() else WALL
        assert check_layout(read_layout(path), path, wall, catalogue) == []


SIZES = [
    (1, 1, (1920, 1080)), (1, 1, (1366, 768)), (1, 1, (1280, 720)), (1, 1, (1080, 1920)), (2, 1, (1920, 1080)), (1, 2, (1920, 1080)),
    (2, 2, (1920, 1080)), (3, 1, (1920, 1080)), (4, 1, (1920, 1080)), (5, 1, (1920, 1080)), (3, 2, (1920, 1080)), (3, 3, (1920, 1080)),
    (4, 2, (1920, 1080)),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "rows", "pixels"), SIZES)
def test_auto_finds_a_layout_all_of_whose_slots_fit(columns: int, rows: int, pixels: tuple[int, int]) -> None:
    areas = [(c * pixels[0], r * pixels[1], *pixels) for r in range(rows) for c in range(columns)]
    wall = wall_of([ScreenFacts(connector=f"DP-{index}", geometry=area) for index, area in enumerate(areas)])
    catalogue = find_panels()

    def misfits(name: str) -> Misfits:
        return count_misfits(read_layout(ROOT / "layouts" / f"{name}.toml"), wall, catalogue)

    _, count = choose_layout("auto", (columns, rows), misfits)
    assert count == Misfits()


def test_the_card_of_a_slot_that_does_not_fit_stands_in_its_cell_on_one_monitor(built: tuple[list[BuiltSlot], list[str]]) -> None:
    crossing = built[0][4]
    assert crossing.place.monitors == ("kiri-bawah",)
    assert crossing.place.rect == (1680, 1080, 240, 960)
    assert crossing.frame.geometry().getRect() == crossing.place.rect


def test_a_card_is_clipped_to_the_first_monitor_it_touches_and_to_the_grid() -> None:
    grid = Grid(columns=160, rows=90)
    across = card_place(grid, Slot(panel="x", cell=(70, 40, 40, 20)), WALL)
    assert across is not None
    assert (across.rect, across.monitors) == ((1680, 960, 240, 120), ("kiri-atas",))
    outside = card_place(grid, Slot(panel="x", cell=(150, 80, 40, 40)), WALL)
    assert outside is not None
    assert (outside.rect, outside.monitors) == ((3600, 1920, 240, 240), ("kanan-bawah",))
    assert card_place(grid, Slot(panel="x", cell=(160, 0, 5, 5)), WALL) is None


def test_no_options_refuses_any(layout_file: Path) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"colour": "red"}, NoOptions)
