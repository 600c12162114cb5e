"""``controlroom serve``: the HTTP doors of one city."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from controlroom.cli.options import DEFAULT_CITY, CityOption, ConfigOption, DatabaseOption, NamespaceOption, settings_from, stop


def serve(
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; put a TLS proxy in front of any other than loopback.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8311,
    base_url: Annotated[str | None, typer.Option(help="How the outside reaches this service: https://laporan.example.go.id.")] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder of attachments; beside the store when not given.")] = None,
    announce: Annotated[bool, typer.Option("--announce", help="Say on standard output where the doors are.")] = False,
) -> None:
    """Opens the doors: citizens' reports (Open311), the desk's API, pictures. The bus is told by `controlroom feeds run`."""
    settings = settings_from(config, city=city, namespace=namespace)
    from feeds.api.app import build_app
    from feeds.api.doors import ApiOptions, Doors
    from feeds.api.run import PortTaken, listen
    from feeds.api.run import serve as run
    from feeds.api.sweeping import sweeping
    from feeds.city import CityError, load_city
    from feeds.identity.users import make_demo_accounts
    from feeds.runtime.clock import utc_now
    from feeds.runtime.until_told import until_told
    from feeds.store.database import StoreError
    from feeds.store.opening import opened, state_dir, store_url

    try:
        loaded = load_city(settings.city)
        folder = pictures or state_dir() / f"pictures-{loaded.code}-{settings.namespace}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(listen(host, port)) as listener, opened(database or store_url(settings.namespace, loaded.code)) as store:
            address = (base_url or f"http://{host}:{listener.getsockname()[1]}").rstrip("/")
            options = ApiOptions(
                pictures=folder, base_url=address, media_key=settings.media_key or "", is_secure=address.startswith("https://")
            )
            if settings.namespace == "sim":
                _tell_accounts(store.write(lambda connection: make_demo_accounts(connection, loaded, utc_now())))
            if announce:
                _tell_address(address)
            doors = Doors(loaded, store, options, utc_now)

            async def open_doors() -> None:
                async with sweeping(doors):
                    await run(build_app(doors), listener)

            asyncio.run(until_told(open_doors()))
    except (CityError, StoreError, PortTaken) as error:
        stop(error)


def _tell_address(address: str) -> None:
    typer.echo(f"Doors: {address}/schema (documentation), {address}/open311/v2/requests.json, {address}/desk/reports")


def _tell_accounts(made: Sequence[tuple[str, str, str]]) -> None:
    """Once: nobody can read the passwords again."""
    if made:
        typer.echo("Accounts of the demo, said only now:")
    for login, role, password in made:
        typer.echo(f"  {login:16} {password:24} {role}")
