"""``controlroom serve``: the HTTP doors of one city, or its mirror."""

import asyncio
import ipaddress
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import typer

from controlroom.cli.mirror_serve import MIRROR_PORT, MirrorWish, serve_mirror
from controlroom.cli.options import DEFAULT_CITY, CityOption, ConfigOption, DatabaseOption, NamespaceOption, settings_from, stop
from controlroom.cli.push import push_key_of
from controlroom.settings import Settings

DOORS_PORT = 8311


def serve(
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    config: ConfigOption = None,
    database: DatabaseOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; put a TLS proxy in front of any other than loopback.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="8311, with --mirror 8312; 0 takes a free one.")] = None,
    base_url: Annotated[str | None, typer.Option(help="How the outside reaches this service: https://laporan.example.go.id.")] = None,
    proxy: Annotated[
        list[str] | None,
        typer.Option(
            help="Network of a proxy whose X-Forwarded-For is believed, as 10.1.0.0/16; may be given again; loopback if not given."
        ),
    ] = None,
    pictures: Annotated[Path | None, typer.Option(help="Folder of attachments; beside the store when not given.")] = None,
    announce: Annotated[bool, typer.Option("--announce", help="Say on standard output where it listens.")] = False,
    mirror: Annotated[
        bool,
        typer.Option("--mirror", help="Serve the mayor's mirror in place of the doors: reads the bus, asks the doors."),
    ] = False,
    doors: Annotated[str | None, typer.Option(help="With --mirror: where the doors are (better: CONTROLROOM_DOORS_URL).")] = None,
    wall: Annotated[str | None, typer.Option(help="With --mirror: the wall it follows; else the first by name.")] = None,
    certificate: Annotated[Path | None, typer.Option(help="With --mirror: PEM file of a certificate and its chain.")] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="With --mirror: PEM file of the certificate's key.")] = None,
) -> None:
    """Opens the doors: citizens' reports (Open311), the desk's API, pictures; or, with --mirror, the mayor's view. The bus is told by
    `controlroom feeds run`."""
    if (certificate is None) is not (certificate_key is None):
        stop("--certificate and --certificate-key go together", 2)
    _check_address(host, base_url, has_certificate=certificate is not None)
    proxies = _networks(proxy)
    settings = settings_from(config, city=city, namespace=namespace, doors_url=doors)
    if mirror:
        if pictures is not None:
            stop("--mirror keeps nothing: it takes no --pictures", 2)
        wish = MirrorWish(
            host=host, port=port if port is not None else MIRROR_PORT, base_url=base_url, proxies=proxies, certificate=certificate,
            certificate_key=certificate_key, wall=wall, announce=announce,
        )  # fmt: skip
        serve_mirror(settings, wish)
        return
    if certificate is not None or doors is not None or wall is not None:
        stop("--certificate, --doors and --wall are for --mirror", 2)
    _serve_doors(settings, database, pictures, _Place(host, DOORS_PORT if port is None else port, base_url, proxies, announce=announce))


class _Place(NamedTuple):
    """Where the doors listen, and how the outside reaches them."""

    host: str
    port: int
    base_url: str | None
    proxies: tuple[str, ...]
    announce: bool


def _serve_doors(settings: Settings, database: str | None, pictures: Path | None, place: _Place) -> None:
    host, port, base_url, proxies, announce = place
    from feeds.api.app import build_app
    from feeds.api.doors import LOOPBACK, ApiOptions, Doors
    from feeds.api.run import PortTaken, listen
    from feeds.api.run import serve as run
    from feeds.api.sweeping import sweeping
    from feeds.city import CityError, load_city
    from feeds.identity.users import draft_demo_accounts, make_demo_accounts
    from feeds.memory import settle_memory
    from feeds.runtime.clock import utc_now
    from feeds.runtime.until_told import until_told
    from feeds.store.database import StoreError
    from feeds.store.opening import opened, state_dir, store_url

    try:
        loaded = load_city(settings.city)
    except CityError as error:
        stop(error, 2)
    push = push_key_of(settings)
    try:
        folder = _made(pictures or state_dir() / f"pictures-{loaded.code}-{settings.namespace}")
        with closing(listen(host, port)) as listener, opened(database or store_url(settings.namespace, loaded.code)) as store:
            address = (base_url or f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}").rstrip("/")
            options = ApiOptions(
                pictures=folder,
                base_url=address,
                media_key=settings.media_key or "",
                is_secure=address.startswith("https://"),
                proxies=proxies or LOOPBACK,
                layouts=settings.layouts,
                mirror_url=(settings.mirror_url or "").rstrip("/"),
                push_key="" if push is None else push.public,
                is_simulated=settings.namespace == "sim",
            )
            if settings.namespace == "sim":
                drafts = draft_demo_accounts(loaded)
                _tell_accounts(store.write(lambda connection: make_demo_accounts(connection, loaded, utc_now(), drafts)))
            if announce:
                _tell_address(address)
            doors = Doors(loaded, store, options, utc_now)

            async def open_doors() -> None:
                async with sweeping(doors):
                    app = build_app(doors)
                    settle_memory()
                    await run(app, listener)

            asyncio.run(until_told(open_doors()))
    except (StoreError, PortTaken) as error:
        stop(error)


def _check_address(host: str, base_url: str | None, *, has_certificate: bool) -> None:
    """Links and passkeys name the address, and a cookie is kept to TLS by it: wrong, nothing works and nobody says why."""
    url = urlsplit(base_url or "")
    if base_url is not None and (url.scheme not in ("http", "https") or not url.hostname):
        stop(f"--base-url {base_url}: is no address; give one as https://laporan.example.go.id", 2)
    if not _is_loopback(host) and url.scheme != "https" and not has_certificate:
        stop(f"--host {host} is open to others: put a TLS proxy in front and name it with --base-url https://...", 2)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _networks(given: list[str] | None) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_network(one)) for one in given or ())
    except ValueError as problem:
        stop(f"--proxy: {problem}; give an address or network as 10.1.0.0/16", 2)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as problem:
        stop(f"--pictures {folder}: cannot be written to: {problem.strerror}; choose another folder or give this user the right", 2)


def _tell_address(address: str) -> None:
    typer.echo(f"Doors: {address}/schema (documentation), {address}/open311/v2/requests.json, {address}/desk/reports")


def _tell_accounts(made: Sequence[tuple[str, str, str]]) -> None:
    """Once: nobody can read the passwords again."""
    if made:
        typer.echo("Accounts of the demo, said only now:")
    for login, role, password in made:
        typer.echo(f"  {login:16} {password:24} {role}")
