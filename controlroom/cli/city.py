"""``controlroom city``: looks a city folder over and draws it, starts a new one."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from controlroom.cli.options import stop

verbs = typer.Typer(no_args_is_help=True, help="City folders.")


@verbs.command("check")
def check(
    folder: Annotated[Path, typer.Argument(help="assets/cities/NAME")],
    picture: Annotated[Path | None, typer.Option(help="Where to draw it, as PNG; by default in the folder for temporary files.")] = None,
) -> None:
    """Says what is wrong with a city folder (file, field and what to do), what is left open, and draws what the wall will show of it."""
    from controlroom.cli.city_picture import draw_city
    from controlroom.wall.layouts import LayoutError
    from feeds.city import CityError
    from feeds.geography import CityGeography
    from feeds.runtime.city_notes import notes_of
    from feeds.runtime.registry import CollectorError, jobs_of
    from feeds.runtime.run import check_city

    try:
        city = check_city(folder)
        notes, jobs = notes_of(city, CityGeography(city)), jobs_of(city)
        notes += _layout_notes(folder)
    except (CityError, CollectorError, LayoutError) as error:
        stop(error)
    typer.echo(f"{folder}: {city.name}, {len(city.districts)} districts, {len(city.categories)} categories, {len(jobs)} sources: fine")
    for note in notes:
        typer.echo(f"  note: {note}")
    file = picture or Path(tempfile.gettempdir()) / f"live-room-{folder.resolve().name}.png"
    if not draw_city(city, notes, [f"{job.title} ({job.name})" for job in jobs], file):
        stop(f"{file}: cannot be written: is the folder there and writable, does the name end in .png?")
    typer.echo(f"  picture: {file}")


def _layout_notes(folder: Path) -> list[str]:
    """What does not fit of the city's own layouts, on the wall of assets/walls made for the name, else on four full-HD monitors.

    Raises ``LayoutError`` for a file that no wall could read.
    """
    from controlroom.settings import ASSETS
    from controlroom.wall.layouts import read_layout, read_wall
    from controlroom.wall.loader import check_layout, find_panels
    from controlroom.wall.virtual import VIRTUAL_WALL

    notes: list[str] = []
    catalogue = find_panels()
    for file in sorted((folder / "layouts").glob("*.toml")):
        own = ASSETS / "walls" / file.name
        wall = read_wall(own if own.is_file() else VIRTUAL_WALL)
        notes += [f"{problem} (on {wall.name})" for problem in check_layout(read_layout(file), file, wall, catalogue)]
    return notes


@verbs.command("new")
def new(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    name: Annotated[str, typer.Option(help="What the city is called on its wall.")],
    outline: Annotated[Path, typer.Option(help="GeoJSON of the city's outline (Polygon or MultiPolygon, longitude and latitude).")],
    attribution: Annotated[str, typer.Option(help="Whom the map is owed to; stands on it.")],
    code: Annotated[str, typer.Option(help="The city's official code.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA name.")] = "Asia/Jakarta",
    language: Annotated[str, typer.Option(help="Language of the city's own texts, as id, en, de.")] = "id",
    districts: Annotated[Path | None, typer.Option(help="GeoJSON of its districts.")] = None,
    district_code: Annotated[str, typer.Option(help="Property that holds a district's code.")] = "code",
    district_name: Annotated[str, typer.Option(help="Property that holds a district's name.")] = "name",
) -> None:
    """Starts a city folder from an outline: it passes `city check` at once, and says in comments what to add."""
    from controlroom.cli.city_start import CannotStart, NewCity, start_city

    wish = NewCity(
        name=name, code=code or folder.name, time_zone=time_zone, language=language, attribution=attribution, outline=outline,
        districts=districts, district_code=district_code, district_name=district_name,
    )  # fmt: skip
    try:
        written = start_city(folder, wish)
    except CannotStart as error:
        stop(error)
    for file in written:
        typer.echo(f"  {file}")
    typer.echo(f"{folder}: next, write agencies, categories and sources into city.toml, then: controlroom city check {folder}")
