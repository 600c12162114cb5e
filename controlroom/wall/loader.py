"""Finds the panels, reads their options, builds them. A panel that cannot be imported or built is an error card in its slot only."""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog
from PySide6.QtWidgets import QWidget

import widgets.panels
from controlroom.wall.geometry import LayoutProblem, Place, card_place, place_slot
from controlroom.wall.layouts import LayoutError, slot_line, slot_options
from controlroom.wall.stage import Misfits
from feeds.messages.layout import Layout, Slot, Wall
from widgets.frame import PanelFrame
from widgets.panel import Panel, PanelContext, PanelSpec

_log = structlog.get_logger("controlroom.loader")

_NOWHERE = Place(rect=(0, 0, 1, 1), monitors=(), seams=())


class PanelCatalogue(msgspec.Struct, frozen=True):
    """Every panel by key, and the panels that could not be imported with the reason."""

    specs: dict[str, PanelSpec]
    broken: dict[str, str]


def find_panels() -> PanelCatalogue:
    """Imports every module of widgets.panels; one that fails is listed with its error."""
    specs: dict[str, PanelSpec] = {}
    broken: dict[str, str] = {}
    for found in pkgutil.iter_modules(widgets.panels.__path__):
        try:
            module = importlib.import_module(f"widgets.panels.{found.name}")
            spec: PanelSpec = module.PANEL
        except Exception as error:  # one broken panel must not take the wall down
            broken[found.name] = f"{type(error).__name__}: {error}"
            _log.exception("panel cannot be loaded", panel=found.name)
            continue
        specs[spec.key] = spec
    return PanelCatalogue(specs, broken)


class BuiltSlot(msgspec.Struct, eq=False):
    """One slot of the layout on the wall: where it stands and what stands in it."""

    index: int
    slot: Slot
    place: Place
    frame: PanelFrame
    spec: PanelSpec | None
    problem: str | None = None


def check_layout(layout: Layout, path: Path, wall: Wall, catalogue: PanelCatalogue) -> list[str]:
    """Everything wrong with the layout on this wall, one sentence each, naming file, line and slot."""
    found: list[str] = []
    for index, slot in enumerate(layout.slot):
        where = f"{path}:{slot_line(path, index)}: slot {index + 1} ({slot.panel})"
        spec = catalogue.specs.get(slot.panel)
        if spec is None:
            known = ", ".join(sorted(catalogue.specs))
            why = catalogue.broken.get(slot.panel)
            found.append(f"{where}: cannot be loaded: {why}" if why else f"{where}: no such panel; known: {known}")
            continue
        try:
            slot_options(slot.options, spec.options, where)
            place = place_slot(layout.grid, slot, wall, may_cross=spec.may_cross_bezel)
        except (LayoutError, LayoutProblem) as error:
            found.append(str(error) if str(error).startswith(where) else f"{where}: {error}")
            continue
        if small := _too_small(place, spec):
            found.append(f"{where}: {small}")
    return found


def count_misfits(layout: Layout, wall: Wall, catalogue: PanelCatalogue) -> Misfits:
    """Slots that cannot stand on this wall, and those too small there; what else is wrong with a slot is no matter of the wall."""
    cards = too_small = 0
    for slot in layout.slot:
        spec = catalogue.specs.get(slot.panel)
        if spec is None:
            continue
        try:
            place = place_slot(layout.grid, slot, wall, may_cross=spec.may_cross_bezel)
        except LayoutProblem:
            cards += 1
            continue
        too_small += _too_small(place, spec) is not None
    return Misfits(cards, too_small)


def _too_small(place: Place, spec: PanelSpec) -> str | None:
    width, height = place.rect[2] / place.scale, place.rect[3] / place.scale
    if width >= spec.min_size[0] and height >= spec.min_size[1]:
        return None
    return f"{width:.0f} x {height:.0f} units is too small, it needs {spec.min_size[0]} x {spec.min_size[1]}: give it a larger cell"


class SlotBuilder:
    """Builds the slots of one layout. ``context`` makes a PanelContext for a spec, its options, place and frame."""

    def __init__(
        self,
        catalogue: PanelCatalogue,
        wall: Wall,
        context: Callable[[PanelSpec, msgspec.Struct, Place, PanelFrame], PanelContext],
        frame: Callable[[PanelSpec | None, float], PanelFrame],
        fault: Callable[[str, BaseException], None],
        tr: Callable[[str], str],
    ) -> None:
        self._catalogue = catalogue
        self._wall = wall
        self._context = context
        self._frame = frame
        self._fault = fault
        self._tr = tr

    def set_wall(self, wall: Wall) -> None:
        """Build for another wall from now on."""
        self._wall = wall

    def build(self, layout: Layout, path: Path, parent: QWidget) -> list[BuiltSlot]:
        return [self._build_slot(layout, path, index, slot, parent) for index, slot in enumerate(layout.slot)]

    def _build_slot(self, layout: Layout, path: Path, index: int, slot: Slot, parent: QWidget) -> BuiltSlot:
        where = f"{path.name}:{slot_line(path, index)}: slot {index + 1} ({slot.panel})"
        spec = self._catalogue.specs.get(slot.panel)
        place, misfit = _NOWHERE, ""
        try:
            place = place_slot(layout.grid, slot, self._wall, may_cross=spec is None or spec.may_cross_bezel)
        except LayoutProblem as error:
            misfit = f"{where}: {error}"
            place = card_place(layout.grid, slot, self._wall) or _NOWHERE
        frame = self._frame(spec, place.scale)
        frame.setParent(parent)
        built = BuiltSlot(index, slot, place, frame, spec)
        frame.setGeometry(*place.rect)
        if misfit:
            return self._failed(built, misfit, self._tr("jalankan controlroom layout check"))
        if spec is None:
            return self._failed(
                built, f"{where}: {self._catalogue.broken.get(slot.panel, 'no such panel')}", self._tr("jalankan controlroom layout check")
            )
        try:
            options = slot_options(slot.options, spec.options, where)
            panel: Panel = spec.panel(self._context(spec, options, place, frame))
            frame.hold(panel)
        except LayoutError as error:
            return self._failed(built, str(error), self._tr("jalankan controlroom layout check"))
        except Exception as error:  # a panel's author may raise anything; the other slots stand
            self._fault(where, error)
            return self._failed(built, f"{where}: {type(error).__name__}: {error}", self._tr("lihat log dinding"))
        return built

    def _failed(self, built: BuiltSlot, problem: str, remedy: str) -> BuiltSlot:
        _log.error("slot shows an error card", problem=problem)
        built.problem = problem
        built.frame.fail(f"{self._tr('Panel ini gagal')}: {problem}", remedy)
        return built
