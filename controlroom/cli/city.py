"""``controlroom city``: looks a city folder over."""

from pathlib import Path
from typing import Annotated

import typer

from controlroom.cli.options import stop

verbs = typer.Typer(no_args_is_help=True, help="City folders.")


@verbs.command("check")
def city_check(folder: Annotated[Path, typer.Argument(help="assets/cities/NAME")]) -> None:
    """Says what is wrong with a city folder: file, field and what to do."""
    from feeds.city import CityError
    from feeds.runtime.registry import CollectorError
    from feeds.runtime.run import check_city

    try:
        city = check_city(folder)
    except (CityError, CollectorError) as error:
        stop(error)
    typer.echo(
        f"{folder}: {city.name}, {len(city.districts)} districts, {len(city.categories)} categories, {len(city.sources)} sources: fine"
    )
