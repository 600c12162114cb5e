"""Ways to reach a Redis by URL: plain, TLS with a private CA, unix socket, ACL users. Never shows a password."""

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis.asyncio
import redis.exceptions
from redis.asyncio.connection import AbstractConnection, Connection, ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CONNECT_TIMEOUT_S = 2.0
COMMAND_TIMEOUT_S = 2.0
"""A frozen server must be noticed before three heartbeats are missed."""

LINK_ERRORS = (RedisError, OSError, TimeoutError, EOFError)
"""What trouble with Redis looks like, whichever layer reports it."""

DEFAULT_PORT = 6379


@dataclass(frozen=True)
class Address:
    """A parsed URL. ``path`` is set for a unix socket, ``host`` and ``port`` otherwise."""

    host: str
    port: int
    path: str | None
    is_tls: bool
    username: str | None
    password: str | None = field(repr=False)
    db: int
    ca_file: Path | None

    def tls(self) -> ssl.SSLContext | None:
        """A verifying context that trusts ``ca_file`` (or the system's CAs); ``None`` without TLS."""
        if not self.is_tls:
            return None
        return ssl.create_default_context(cafile=str(self.ca_file) if self.ca_file else None)


def parse_address(url: str, *, ca_file: Path | str | None = None) -> Address:
    """Read ``redis://``, ``rediss://`` or ``unix://`` [user:password@]place[/db].

    ``ValueError`` says what is wrong, without the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORT
    except ValueError:
        # Not "from" it: with a / in the password the library's sentence quotes part of that as the port.
        raise ValueError(f"Redis URL {redacted(url)}: the port is not a number from 1 to 65535") from None
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError(f"Redis URL {redacted(url)}: must begin with redis://, rediss:// or unix://")
    is_unix = parts.scheme == "unix"
    if is_unix and not parts.path.strip("/"):
        raise ValueError(f"Redis URL {redacted(url)}: a unix URL names the socket's path, as in unix:///run/redis.sock")
    db_text = parse_qs(parts.query).get("db", [""])[0]
    if not is_unix:
        db_text = parts.path.strip("/") or db_text
    if db_text and not db_text.isdecimal():
        raise ValueError(f"Redis URL {redacted(url)}: the database after the last / must be a number (in a password, write / as %2F)")
    if ca_file and not Path(ca_file).is_file():
        raise ValueError(f"Redis URL {redacted(url)}: the CA file {ca_file} does not exist")
    return Address(
        host=parts.hostname or "localhost",
        port=port,
        path=unquote(parts.path) if is_unix else None,
        is_tls=parts.scheme == "rediss",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        db=int(db_text or 0),
        ca_file=Path(ca_file) if ca_file else None,
    )


def redacted(url: str) -> str:
    """The URL with ``***`` for its password, fit for logs and screens."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return "***" if "@" in url else url
    credentials, at, place = rest.rpartition("@")
    if not at:
        return url
    user, colon, _ = credentials.partition(":")
    return f"{scheme}://{user}{':***' if colon else ''}@{place}"


def connect(url: str, *, ca_file: Path | str | None = None) -> redis.asyncio.Redis:
    """A client that speaks RESP2, gives bytes, times out after 2 s and never retries by itself.

    Does no I/O yet; ``ValueError`` for a bad URL.
    """
    address = parse_address(url, ca_file=ca_file)
    pool = ConnectionPool(connection_class=_connection_class(address), max_connections=64, **_arguments(address))
    client = redis.asyncio.Redis(connection_pool=pool)
    client.auto_close_connection_pool = True
    return client


class _Cancellable(AbstractConnection):
    """Sends each command under ``asyncio.timeout``. redis-py uses ``asyncio.wait_for``, which before Python 3.12 loses a
    cancellation that comes as the command is done (cpython #86296): a task asked to end would go on for ever. It also
    costs one task a command.
    """

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        limit, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(limit):
                await super().send_packed_command(command, check_health)
        except TimeoutError as error:
            raise redis.exceptions.TimeoutError("Redis did not take the command in time") from error
        finally:
            self.socket_timeout = limit


class _Tcp(_Cancellable, Connection):
    pass


class _Tls(_Cancellable, SSLConnection):
    pass


class _Unix(_Cancellable, UnixDomainSocketConnection):
    pass


def _connection_class(address: Address) -> type[AbstractConnection]:
    if address.path is not None:
        return _Unix
    return _Tls if address.is_tls else _Tcp


def _arguments(address: Address) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "db": address.db,
        "username": address.username,
        "password": address.password,
        "protocol": 2,
        "socket_timeout": COMMAND_TIMEOUT_S,
        "socket_connect_timeout": CONNECT_TIMEOUT_S,
        "socket_read_size": 262_144,
        "retry": Retry(NoBackoff(), 0),
        # CLIENT SETINFO is unknown to 6.2 and not allowed to the reading users.
        "driver_info": None,
    }
    if address.path is not None:
        return arguments | {"path": address.path}
    arguments |= {"host": address.host, "port": address.port, "socket_keepalive": True}
    if address.is_tls:
        arguments |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
        if address.ca_file:
            arguments["ssl_ca_certs"] = str(address.ca_file)
    return arguments
