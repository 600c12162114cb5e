"""``controlroom serve``: the HTTP doors of one city."""

import asyncio
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
) -> None:
    """Opens the doors: citizens' reports (Open311), the desk's API, pictures. The bus is told by `controlroom feeds run`."""
    settings = settings_from(config, city=city, namespace=namespace)
    from feeds.api.app import build_app
    from feeds.api.doors import ApiOptions, Doors
    from feeds.api.run import PortTaken
    from feeds.api.run import serve as run
    from feeds.city import CityError, load_city
    from feeds.runtime.clock import utc_now
    from feeds.runtime.until_told import until_told
    from feeds.store.database import StoreError
    from feeds.store.opening import opened, state_dir, store_url

    try:
        loaded = load_city(settings.city)
        folder = pictures or state_dir() / f"pictures-{loaded.code}-{settings.namespace}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        address = base_url or f"http://{host}:{port}"
        options = ApiOptions(
            pictures=folder, base_url=address.rstrip("/"), media_key=settings.media_key or "", is_secure=address.startswith("https://")
        )
        with opened(database or store_url(settings.namespace, loaded.code)) as store:
            asyncio.run(until_told(run(build_app(Doors(loaded, store, options, utc_now)), host, port)))
    except (CityError, StoreError, PortTaken) as error:
        stop(error)
