"""Finds the panels, reads their options, builds them. A panel that cannot be imported or built is an error card in its slot only."""

import importlib
import pkgutil
from collections.abc import Callable, Container, Sequence
from pathlib import Path

import msgspec
import structlog
from PySide6.QtWidgets import QWidget

import widgets.panels
from controlroom.live.hub import Subscription
from controlroom.wall.geometry import LayoutProblem, Place, card_place, place_slot
from controlroom.wall.layouts import LayoutError, slot_name, slot_options
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
    """One slot of the layout on the wall: where it stands, what stands in it, and how that hears its topics.

    ``problem``: why it is a card. ``options``: those its panel was built with.
    """

    index: int
    slot: Slot
    place: Place
    frame: PanelFrame
    spec: PanelSpec | None
    problem: str | None = None
    options: msgspec.Struct | None = None
    ear: Subscription | None = None


def check_layout(
    layout: Layout, path: Path | None, wall: Wall, catalogue: PanelCatalogue, *, cameras: Container[str] | None = None
) -> list[str]:
    """Everything wrong with the layout on this wall, one sentence each, naming file, line and slot.

    ``path`` ``None``: it came without a file. ``cameras``: those the city has, where that is known.
    """
    found: list[str] = []
    for index, slot in enumerate(layout.slot):
        where = slot_name(path, index, slot)
        spec = catalogue.specs.get(slot.panel)
        if spec is None:
            known = ", ".join(sorted(catalogue.specs))
            why = catalogue.broken.get(slot.panel)
            found.append(f"{where}: cannot be loaded: {why}" if why else f"{where}: no such panel; known: {known}")
            continue
        try:
            options = slot_options(slot.options, spec.options, where)
            place = place_slot(layout.grid, slot, wall, may_cross=spec.may_cross_bezel)
        except (LayoutError, LayoutProblem) as error:
            found.append(str(error) if str(error).startswith(where) else f"{where}: {error}")
            continue
        if small := _too_small(place, spec):
            found.append(f"{where}: {small}")
        named: Sequence[str] = getattr(options, spec.camera_option) if spec.camera_option else ()
        if cameras is not None and (lacking := [name[:64] for name in named if name not in cameras]):
            found.append(f"{where}: this city has no camera {', '.join(lacking)}")
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


def is_usable(built: BuiltSlot) -> bool:
    """Whether it may serve another layout: it works, or will before a new one could."""
    panel = built.frame.panel
    return built.problem is None and (not built.frame.is_failed or (panel is not None and panel.is_mending()))


def _stays(built: BuiltSlot, spec: PanelSpec, options: msgspec.Struct, place: Place) -> bool:
    """Whether what stands is all that is wanted, in its very place."""
    return _moves(built, spec, options, place) and built.place == place


def _moves(built: BuiltSlot, spec: PanelSpec, options: msgspec.Struct, place: Place) -> bool:
    """Whether it is what is wanted, in another place."""
    return _changes(built, spec, options, place) and built.options == options


def _changes(built: BuiltSlot, spec: PanelSpec, options: msgspec.Struct, place: Place) -> bool:
    """Whether it can become what is wanted. At another scale its type would be of another size."""
    return built.spec is spec and built.place.scale == place.scale and (spec.takes_options or built.options == options)


def _matches(wanted: Sequence[tuple[PanelSpec, msgspec.Struct, Place] | None], standing: Sequence[BuiltSlot]) -> dict[int, BuiltSlot]:
    """Index of a slot -> what stands and serves for it: first what can stay as it is, then what moves, then what takes other options."""
    free = [built for built in standing if is_usable(built)]
    found: dict[int, BuiltSlot] = {}
    for serves in (_stays, _moves, _changes):
        for index, wish in enumerate(wanted):
            one = next((built for built in free if serves(built, *wish)), None) if wish is not None and index not in found else None
            if one is not None:
                found[index] = one
                free.remove(one)
    return found


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

    def build(self, layout: Layout, path: Path | None, parent: QWidget, standing: Sequence[BuiltSlot] = ()) -> list[BuiltSlot]:
        """The slots in the layout's order; of ``standing`` those are taken over that are, or can become, what is wanted."""
        wanted = [self._wanted(layout, slot) for slot in layout.slot]
        kept = _matches(wanted, standing)
        made: list[BuiltSlot] = []
        for index, (slot, wish) in enumerate(zip(layout.slot, wanted, strict=True)):
            stands = kept.get(index)
            moved = self._move(stands, wish, index, slot) if stands is not None and wish is not None else None
            made.append(moved or self._build_slot(layout, path, index, slot, parent))
        return made

    def _wanted(self, layout: Layout, slot: Slot) -> tuple[PanelSpec, msgspec.Struct, Place] | None:
        """What a slot asks for; ``None`` for one that becomes a card."""
        spec = self._catalogue.specs.get(slot.panel)
        if spec is None:
            return None
        try:
            options = slot_options(slot.options, spec.options, "")
            return spec, options, place_slot(layout.grid, slot, self._wall, may_cross=spec.may_cross_bezel)
        except (LayoutError, LayoutProblem):
            return None

    def _move(self, built: BuiltSlot, wish: tuple[PanelSpec, msgspec.Struct, Place], index: int, slot: Slot) -> BuiltSlot | None:
        """``None`` when the panel does not take its options or its place: it is built anew."""
        _, options, place = wish
        try:
            if options != built.options and built.frame.panel is not None:
                built.frame.panel.set_options(options)
            if place != built.place:
                built.frame.stand(place.rect, place.seams_u())
        except Exception as error:  # a panel's author may raise anything; the other slots stand
            self._fault(slot_name(None, index, slot), error)
            return None
        built.index, built.slot, built.options, built.place = index, slot, options, place
        return built

    def _build_slot(self, layout: Layout, path: Path | None, index: int, slot: Slot, parent: QWidget) -> BuiltSlot:
        where = slot_name(path, index, slot, with_folder=False)
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
            options = built.options = slot_options(slot.options, spec.options, where)
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
