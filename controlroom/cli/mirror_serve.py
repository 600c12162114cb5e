"""``controlroom serve --mirror``: the pages of the mirror and their live data, a process without a database."""

import asyncio
import ssl
from contextlib import closing
from pathlib import Path

import msgspec
import structlog
import typer

from controlroom.cli.options import stop
from controlroom.settings import Settings
from feeds.city import CityError, load_city
from feeds.messages.layout import Layout

MIRROR_PORT = 8312

_log = structlog.get_logger("controlroom.mirror")


class MirrorWish(msgspec.Struct, frozen=True, kw_only=True):
    """What was said on the command line. ``certificate`` and ``certificate_key``: PEM files of its own TLS; both or none."""

    host: str
    port: int
    base_url: str | None = None
    proxies: tuple[str, ...] = ()
    certificate: Path | None = None
    certificate_key: Path | None = None
    wall: str | None = None
    announce: bool = False


def serve_mirror(settings: Settings, wish: MirrorWish) -> None:
    """Until told to stop; ends with a sentence where it cannot serve."""
    from controlroom.live.credentials import CredentialsError, read_credentials
    from controlroom.mirror.app import Bus, build_mirror
    from controlroom.mirror.options import LOOPBACK, MirrorOptions
    from controlroom.wall.layouts import LayoutError, read_layout
    from feeds.api.run import PortTaken, Sockets, Tls, listen, serve
    from feeds.memory import settle_memory
    from feeds.runtime.until_told import until_told

    if not settings.mirror_key:
        stop(
            "the doors know a mirror by its key: `controlroom users key add cermin --scope mirror` makes one",
            2,
        )
    tls = None
    if wish.certificate is not None and wish.certificate_key is not None:
        tls = Tls(wish.certificate, wish.certificate_key)
        _check_certificate(tls.certificate, tls.key)
    try:
        city = load_city(settings.city)
    except CityError as error:
        stop(error, 2)
    try:
        logins = read_credentials(settings.camera_credentials)
    except CredentialsError as error:
        stop(error, 2)
    layouts: dict[str, Layout] = {}
    for folder in (settings.layouts, city.folder / "layouts"):
        for path in sorted(folder.glob("*.toml")):
            try:
                layouts[path.stem] = read_layout(path)
            except LayoutError as error:
                _log.warning("a layout cannot be used: the mirror draws its panels without their options", reason=str(error))
    try:
        with closing(listen(wish.host, wish.port)) as listener:
            scheme, port = "http" if tls is None else "https", listener.getsockname()[1]
            host = f"[{wish.host}]" if ":" in wish.host else wish.host
            address = (wish.base_url or settings.mirror_url or f"{scheme}://{host}:{port}").rstrip("/")
            options = MirrorOptions(
                base_url=address,
                doors_url=settings.doors_url,
                mirror_key=settings.mirror_key,
                media_url=settings.media_url or "",
                media_key=settings.media_key or "",
                stills_url=settings.stills_url,
                stills_key=settings.stills_key,
                credentials=logins,
                proxies=wish.proxies or LOOPBACK,
            )
            if wish.announce:
                typer.echo(f"Mirror: {address}")
            bus = Bus(settings.redis_url, settings.namespace, settings.redis_ca)
            mirror = build_mirror(options, city, bus, wall=wish.wall, layouts=layouts)
            bounds = Sockets(most_message_bytes=4096, most_connections=options.most_viewers + options.most_half_open + 512)

            async def open_mirror() -> None:
                settle_memory()
                await serve(mirror, listener, sockets=bounds, tls=tls, farewell=mirror.say_goodbye)

            asyncio.run(until_told(open_mirror()))
    except PortTaken as error:
        stop(error)


class _Locked(Exception):
    """Somebody would have to type a password."""


def _nobody_is_there() -> str:
    raise _Locked


def _check_certificate(certificate: Path, key: Path) -> None:
    """Before anything listens: uvicorn would say it with a traceback, and of a locked key OpenSSL would ask the terminal."""
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, _nobody_is_there)
        return
    except _Locked:
        reason = "the key is locked by a password, and a service has nobody to ask: take it off"
    except ssl.SSLError as problem:
        is_anothers = problem.reason == "KEY_VALUES_MISMATCH"
        reason = "the key is another certificate's" if is_anothers else "give a certificate with its chain, and its key, as PEM"
    except OSError as problem:
        reason = problem.strerror or str(problem)
    stop(f"--certificate {certificate} with --certificate-key {key}: {reason}", 2)
