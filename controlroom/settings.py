"""controlroom.toml and the environment to frozen Settings. An unknown key is an error naming the key."""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
LAYOUTS = ROOT / "layouts"

PREFIX = "CONTROLROOM_"
LOG_LEVELS = ("debug", "info", "warning", "error")
_SECRET_FIELDS = frozenset({"redis_url", "redis_wall_url", "media_key", "stills_key", "mirror_key", "push_key"})
LEAST_KEY = 16
"""Characters of a key that cannot be tried out."""


class SettingsError(ValueError):
    """Settings that cannot be used; the text names the key and the remedy."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a wall is told from outside. Secrets (``redis_url``, ``redis_wall_url``, ``media_key``, ``stills_key``, ``mirror_key``,
    ``push_key``) are never printed.

    ``redis_wall_url``: the Redis user through whom the wall says what it shows (``wall.state``); nothing is said without it.
    ``camera_credentials``: a file of camera logins and the hosts they are for, ``controlroom.live.credentials``. ``namespace``: ``live``,
    ``sim`` or ``replay-<id>``. ``layout``: a name in ``layouts/``, or ``auto``: by the number of monitors. ``palette``: ``day``,
    ``night`` or ``auto`` (night from 22.00 to 5.00 local time). ``stills_listen``: where the wall serves small pictures of its panels, host
    and port (0: any free one); without ``stills_key`` it serves none. ``stills_url``: where a console finds them, for a wall of another
    machine; else at the port the wall tells. ``doors_url``: where a console signs in (``controlroom serve``).
    ``mirror_url``: how the outside reaches the mirror, for invitations and passkeys. ``mirror_key``: what a mirror shows the doors
    (``controlroom users key add``, scope ``mirror``). ``push_key``: by which push services know this room (``controlroom feeds push-key``),
    for feeds and doors; no device is rung without it. ``push_contact``: whom those services may write to, ``mirror_url`` when not given.
    """

    city: Path = ASSETS / "cities" / "tangerang"
    namespace: str = "live"
    redis_url: str = "redis://127.0.0.1:6379/0"
    redis_ca: Path | None = None
    redis_wall_url: str | None = None
    wall: Path | None = None
    layout: str = "auto"
    layouts: Path = LAYOUTS
    language: str = "id"
    palette: str = "day"
    media_url: str | None = None
    media_key: str | None = None
    camera_credentials: Path | None = None
    doors_url: str = "http://127.0.0.1:8311"
    mirror_url: str | None = None
    mirror_key: str | None = None
    push_key: str | None = None
    push_contact: str | None = None
    stills_listen: str = "127.0.0.1:0"
    stills_key: str | None = None
    stills_url: str | None = None
    log_level: str = "info"
    screen_saver: bool = False

    def shown(self) -> dict[str, str]:
        """Every setting as text, secrets masked."""
        return {
            name: "(set)" if name in _SECRET_FIELDS and getattr(self, name) is not None else str(getattr(self, name))
            for name in self.__struct_fields__
        }


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ, **overrides: object) -> Settings:
    """File, then ``CONTROLROOM_*`` variables, then ``overrides`` that are not ``None``; raises ``SettingsError``."""
    values: dict[str, object] = {}
    if path is not None:
        values.update(_from_file(path))
    names = set(Settings.__struct_fields__)
    for variable, text in environment.items():
        if variable.startswith(PREFIX):
            name = variable.removeprefix(PREFIX).lower()
            if name == "config":
                continue
            if name not in names:
                raise SettingsError(f"{variable}: no such setting; known: {', '.join(sorted(names))}")
            values[name] = text
    values.update({name: value for name, value in overrides.items() if value is not None})
    try:
        settings = msgspec.convert(values, type=Settings, strict=False, dec_hook=_from_text)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path or 'settings'}: {error}; known keys: {', '.join(sorted(names))}") from error
    _check(settings)
    return settings


def _from_text(kind: type, text: object) -> object:
    """Paths stand as text in the file and in the environment."""
    if kind is Path and isinstance(text, str | Path) and str(text):
        return Path(text)
    raise ValueError(f"expected a path, got {text!r}")


def _from_file(path: Path) -> dict[str, object]:
    try:
        raw = msgspec.toml.decode(path.read_bytes())
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    return dict(raw)


def listen_address(text: str) -> tuple[str, int]:
    """``127.0.0.1:0``, ``[::1]:8500``: host and port; raises ``ValueError``."""
    parts = urlsplit(f"//{text}")
    if not parts.hostname or parts.port is None or parts.netloc != text or parts.username is not None:
        raise ValueError(f"{text!r} is no address: write it like 127.0.0.1:8500")
    return parts.hostname, parts.port


def _check_stills(settings: Settings) -> None:
    try:
        listen_address(settings.stills_listen)
    except ValueError as error:
        raise SettingsError(f"stills_listen: {error}") from None
    key = settings.stills_key
    if key is not None and (len(key) < LEAST_KEY or not key.isascii() or not key.isprintable() or " " in key):
        raise SettingsError(f"stills_key: at least {LEAST_KEY} letters, digits and signs without a space")
    url = settings.stills_url
    if url is not None and not url.startswith(("ws://", "wss://")):
        raise SettingsError("stills_url: must begin with ws:// or wss://")


def _check_doors(settings: Settings) -> None:
    url = urlsplit(settings.doors_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise SettingsError(f"doors_url: {settings.doors_url!r} is no address: write it like https://laporan.example.go.id")
    mirror = urlsplit(settings.mirror_url or "https://x")
    if mirror.scheme not in ("http", "https") or not mirror.hostname:
        raise SettingsError(f"mirror_url: {settings.mirror_url!r} is no address: write it like https://cermin.example.go.id")


def _check(settings: Settings) -> None:
    _check_stills(settings)
    _check_doors(settings)
    namespace = settings.namespace
    if namespace not in ("live", "sim") and not namespace.startswith("replay-"):
        raise SettingsError(f"namespace: {namespace!r} is none of live, sim, replay-<id>")
    if settings.language not in ("id", "en"):
        raise SettingsError(f"language: {settings.language!r} is neither id nor en")
    if settings.palette not in ("day", "night", "auto"):
        raise SettingsError(f"palette: {settings.palette!r} is none of day, night, auto")
    if settings.log_level.lower() not in LOG_LEVELS:
        raise SettingsError(f"log_level: {settings.log_level!r} is none of {', '.join(LOG_LEVELS)}")
    for name, url in (("redis_url", settings.redis_url), ("redis_wall_url", settings.redis_wall_url)):
        if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
            raise SettingsError(f"{name}: must begin with redis://, rediss:// or unix://")
