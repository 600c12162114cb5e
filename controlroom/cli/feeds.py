"""``controlroom feeds``: runs the sources of a city, lists and checks the collectors, makes the users of its Redis and its push key."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from controlroom.cli.options import (
    DEFAULT_CITY,
    CityOption,
    ConfigOption,
    DatabaseOption,
    JsonOption,
    NamespaceOption,
    RedisOption,
    settings_from,
    stop,
)
from controlroom.cli.push import push_key_of

verbs = typer.Typer(no_args_is_help=True, help="Collectors: the sources of a city.")


@verbs.command("run")
def run(
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    redis: RedisOption = None,
    config: ConfigOption = None,
    only: Annotated[list[str] | None, typer.Option(help="Run just this collector; may be given again.")] = None,
    database: DatabaseOption = None,
) -> None:
    """Runs the collectors of a city until stopped, and tells the bus of every report in the store."""
    settings = settings_from(config, city=city, namespace=namespace, redis_url=redis)
    from feeds.city import CityError, load_city
    from feeds.memory import settle_memory
    from feeds.runtime.registry import CollectorError
    from feeds.runtime.run import run_feeds
    from feeds.runtime.until_told import until_told
    from feeds.store.database import StoreError

    push = push_key_of(settings)
    try:
        running = run_feeds(
            load_city(settings.city),
            settings.redis_url,
            settings.namespace,
            database_url=database,
            only=tuple(only or ()),
            ca_file=settings.redis_ca,
            push=push,
        )
        settle_memory()
        asyncio.run(until_told(running))
    except (CityError, CollectorError, StoreError) as error:
        stop(error)


@verbs.command("list")
def list_collectors(
    city: Annotated[Path | None, typer.Option("--city", help="Say also which of them this city runs.")] = None, json: JsonOption = False
) -> None:
    """Every collector with its quality card: standard, recorded sample, terms of use, stale rule, test of bad input."""
    from feeds.city import CityError, load_city
    from feeds.runtime.cards import quality_cards
    from feeds.runtime.registry import CollectorError

    try:
        cards = quality_cards(load_city(city) if city is not None else None)
    except (CityError, CollectorError) as error:
        stop(error)
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(cards), indent=2).decode())
        return
    console = Console(highlight=False)
    for card in cards:
        console.print(f"{card.collector}  {card.title}" + (f"  · {', '.join(card.sources)}" if card.sources else ""), markup=False)
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for label, value in card.lines():
            table.add_row(f"  {label}", value.replace("[", "\\["))
        console.print(table)


@verbs.command("check")
def check(
    name: Annotated[str, typer.Argument(help="A collector; `controlroom feeds list` names them.")],
    file: Annotated[list[Path], typer.Option("--file", help="A file as the source gives it; may be given again: they are read together.")],
    city: CityOption = DEFAULT_CITY,
    samples: Annotated[int, typer.Option(min=0, max=1000, help="Show so many accepted records as they would stand on the bus.")] = 0,
    json: JsonOption = False,
) -> None:
    """What a collector makes of files, with no network: accepted, outside the city, quarantined with reasons. 0 when the reader worked."""
    from feeds.city import CityError, load_city
    from feeds.runtime.check import check_files
    from feeds.runtime.clock import utc_now
    from feeds.runtime.registry import CollectorError

    try:
        checked = asyncio.run(check_files(name, file, load_city(city), utc_now, samples=samples))
    except (CityError, CollectorError) as error:
        stop(error, 2)
    except OSError as error:
        stop(f"{error.filename}: cannot be read ({error.strerror})", 2)
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(checked), indent=2).decode())
        return
    typer.echo(
        f"{name}: {checked.read} read: {checked.accepted} accepted ({checked.expired} of them over by now), "
        f"{checked.outside_city} outside {checked.city}, {checked.quarantined} quarantined"
    )
    for counted in checked.reasons:
        typer.echo(f"  {counted.count:6} x {counted.reason}")
    for remark in checked.remarks:
        typer.echo(f"  note: {remark}")
    for sample in checked.samples:
        typer.echo("  " + msgspec.json.encode(sample).decode())


@verbs.command("acl")
def acl(namespace: Annotated[str, typer.Option("--namespace", help="Whose wall.state the wall may write.")] = "live") -> None:
    """Makes passwords for the three users of a city's own Redis and prints the lines for its ACL file, once."""
    import secrets

    from feeds.bus.acl import BACK, FRONT, acl_text, wall_user

    users = (BACK, FRONT, wall_user(namespace))
    passwords = {user.name: secrets.token_urlsafe(24) for user in users}
    typer.echo(acl_text(namespace, passwords), nl=False)
    typer.echo("\nPasswords, shown only now (the lines above hold their SHA-256):", err=True)
    for user in users:
        typer.echo(f"  {user.name:6} {passwords[user.name]}   {user.purpose}", err=True)


@verbs.command("push-key")
def push_key(json: JsonOption = False) -> None:
    """Makes the key by which push services know this room, and prints it once: for the environment of feeds and doors."""
    from feeds.identity.push_keys import generated

    key = generated()
    if json:
        typer.echo(msgspec.json.encode({"push_key": key}).decode())
        return
    typer.echo(f"CONTROLROOM_PUSH_KEY={key}")
    typer.echo(
        "\nInto feeds.env and doors.env, with CONTROLROOM_PUSH_CONTACT=mailto:NAME@CITY. Another key later: everybody asks anew.", err=True
    )
