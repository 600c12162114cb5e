"""Everything that keeps a draft from the wall, one sentence each, in the words of the desk. Pure."""

from collections.abc import Callable, Mapping

import msgspec

from controlroom.console.stage.options import problem_with
from controlroom.console.stage.places import Ground, Needs, fault_text, faults_of_draft
from controlroom.wall.loader import PanelCatalogue
from feeds.messages.layout import MOST_SLOTS, MOST_TITLE, Layout, Wall, faults_of


def ground_of(wall: Wall | None, catalogue: PanelCatalogue | None) -> Ground:
    specs = catalogue.specs if catalogue is not None else {}
    return Ground(wall, {key: Needs(may_cross=s.may_cross_bezel, min_size=s.min_size) for key, s in specs.items()})


def panel_titles(catalogue: PanelCatalogue | None, tr: Callable[[str], str]) -> Mapping[str, str]:
    """Panel key -> its name on screen."""
    return {key: tr(spec.title) for key, spec in catalogue.specs.items()} if catalogue is not None else {}


def faults(layout: Layout, ground: Ground, catalogue: PanelCatalogue, tr: Callable[[str], str]) -> list[str]:
    """Empty when the wall may be asked to show it."""
    titles = panel_titles(catalogue, tr)

    def title(panel: str) -> str:
        return titles.get(panel, panel[:64])

    found: list[str] = []
    if not layout.title.strip() or len(layout.title) > MOST_TITLE or not layout.title.isprintable():
        found.append(tr("Beri judul satu sampai {count} huruf").format(count=MOST_TITLE))
    if not 1 <= len(layout.slot) <= MOST_SLOTS:
        found.append(tr("Taruh sedikitnya satu petak dan paling banyak {count}").format(count=MOST_SLOTS))
    wrong = faults_of_draft(layout, ground)
    for index, slot in enumerate(layout.slot):
        name = tr("Petak {number}, {panel}").format(number=index + 1, panel=title(slot.panel))
        spec = catalogue.specs.get(slot.panel)
        if spec is None:
            why = catalogue.broken.get(slot.panel)
            found.append(f"{name}: " + (tr("panel ini tidak dapat dimuat") if why else tr("tidak ada panel bernama itu")))
            continue
        if problem := problem_with(spec.options, slot.options):
            found.append(f"{name}: {problem}")
        found += [f"{name}: {fault_text(fault, title, layout, tr)}" for fault in sorted(wrong.get(index, ()), key=msgspec.structs.astuple)]
    # What is left over is nothing a person does on this page; it is said in the contract's own words.
    return found or faults_of(layout)
