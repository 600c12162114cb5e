"""Runs one measurement and tells it: a table or one JSON object on standard output, a bar on standard error for a person."""

import signal
import sys
from collections.abc import Callable, Mapping
from types import FrameType

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from controlroom.measure.result import CannotMeasure, Figure, Measure, Result, result
from controlroom.measure.result import Progress as Telling
from controlroom.wall.virtual import NoVirtualWall
from feeds.bus.embedded import NoRedis

WIDTH = 132
"""Columns of the table where there is no terminal to ask."""


def run_measure(measure: Measure, *, json: bool, long: bool) -> int:
    """0 when every goal holds, 1 when one does not or the measurement could not be made."""
    former = signal.signal(signal.SIGTERM, _leave)
    try:
        found = _with_bar(measure, long)
    except (CannotMeasure, NoVirtualWall, NoRedis) as error:
        Console(stderr=True, highlight=False, markup=False).print(f"controlroom: {error}")
        return 1
    except KeyboardInterrupt:
        return 1
    finally:
        signal.signal(signal.SIGTERM, former)
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        show(found, Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH))
    return 0 if found.holds else 1


def one_after_the_other(name: str, measures: Mapping[str, Measure]) -> Measure:
    """All of them as one measurement; each figure's name says whose it is. One that cannot be made does not hide the others."""

    def run(long: bool, progress: Telling) -> Result:
        figures: list[Figure] = []
        for place, (part, measure) in enumerate(measures.items()):
            try:
                found = measure(long, _part_of(progress, part, place, len(measures)))
            except CannotMeasure as error:
                figures.append(Figure(name=f"{part}: {error}", value=None, unit="", goal="measured", holds=False))
                continue
            figures += [msgspec.structs.replace(figure, name=f"{part}: {figure.name}") for figure in found.figures]
        return result(name, figures)

    return run


def show(found: Result, console: Console) -> None:
    """A table for people."""
    table = Table("figure", "value", "unit", "goal", "holds", box=None, pad_edge=False)
    for figure in found.figures:
        value = "-" if figure.value is None else f"{figure.value:,.6g}"
        holds = "" if figure.goal is None else ("yes" if figure.holds else "[red]NO[/red]")
        table.add_row(figure.name.replace("[", "\\["), value, figure.unit, figure.goal or "", holds)
    console.print(f"{found.name}   {found.when:%Y-%m-%d %H:%M} UTC   {found.machine}")
    console.print(table)
    console.print("every goal holds" if found.holds else "[red]a goal does not hold[/red]")


def _with_bar(measure: Measure, long: bool) -> Result:
    console = Console(stderr=True)
    if not console.is_terminal:
        return measure(long, lambda what, share: None)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        return measure(long, lambda what, share: bar.update(task, description=what, completed=share))


def _part_of(progress: Telling, part: str, place: int, parts: int) -> Callable[[str, float], None]:
    return lambda what, share: progress(f"{part}: {what}", (place + share) / parts)


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
