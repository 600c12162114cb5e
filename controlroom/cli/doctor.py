"""Looks at this machine and says what a wall would miss, each finding with its remedy."""

import asyncio
import ipaddress
import os
import platform
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError

from controlroom.live.credentials import CredentialsError, LoginRefused, read_credentials
from controlroom.platform import chromium_flags, has_display, has_gpu, refusal
from controlroom.settings import ROOT, Settings
from feeds.bus.connection import LINK_ERRORS, connect, parse_address, redacted
from feeds.bus.embedded import NoRedis, find_binary
from feeds.bus.script import topic_keys
from feeds.city import CityError, load_city
from feeds.messages.report import REPORT
from feeds.messages.system import WALL_STATE

FREE_DISK_MIN_GB = 2.0
CLOCK_SKEW_MAX_S = 2.0
MIRROR_TIMEOUT_S = 5.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """``state``: ok, warn (the wall runs, less well) or fail (it will not)."""

    name: str
    state: str
    found: str
    remedy: str | None = None


def _finding(name: str, is_good: bool, found: str, remedy: str, *, otherwise: str = "fail") -> Finding:
    return Finding(name=name, state="ok" if is_good else otherwise, found=found, remedy=None if is_good else remedy)


def examine(settings: Settings) -> list[Finding]:
    """Every check, in the order a person would mend them."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _python, _pyside, _libraries, _display, _screens, _graphics, _fonts, _web_pages, _texts,
        _redis, _voice, _clock, _disk, _memory, _city, _logins, _mirror,
    )  # fmt: skip
    return [check(settings) for check in checks]


def _python(_: Settings) -> Finding:
    version = platform.python_version()
    return _finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer, then run make setup")


def _pyside(_: Settings) -> Finding:
    import PySide6

    version = tuple(int(part) for part in PySide6.__version__.split(".")[:3])
    why = refusal(sys.version_info[:2], (version[0], version[1], version[2]))
    return _finding("pyside", why is None, PySide6.__version__, why or "")


def _libraries(_: Settings) -> Finding:
    """Loads Qt's web engine and X11 plug-in in a process of its own: what is missing is named by the loader."""
    code = (
        "import ctypes, pathlib, PySide6.QtWebEngineQuick, PySide6.QtQuick;"
        "ctypes.CDLL(str(pathlib.Path(PySide6.__file__).parent / 'Qt/plugins/platforms/libqxcb.so'))"
    )
    done = subprocess.run((sys.executable, "-c", f"import PySide6;{code}"), capture_output=True, text=True, timeout=60, check=False)
    found = "complete" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]
    return _finding("system libraries", done.returncode == 0, found, "run make setup (it names the Debian packages)")


def _display(_: Settings) -> Finding:
    if has_display():
        return Finding(name="display", state="ok", found=os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY", ""))
    tools = shutil.which("Xvfb") is not None and shutil.which("xrandr") is not None
    remedy = "start the wall in a desktop session" if tools else "apt-get install xvfb x11-xserver-utils, or use a desktop session"
    return Finding(
        name="display", state="warn" if tools else "fail", found="none" + (", Xvfb can stand in" if tools else ""), remedy=remedy
    )


_SCREENS_PROBE = """
from PySide6.QtGui import QGuiApplication
for s in (app := QGuiApplication([])).screens():
    a = s.geometry(); print(f"{s.name()} {a.width()}x{a.height()}+{a.x()}+{a.y()} serial {s.serialNumber() or 'none'}")
"""
"""What a wall.toml may name: connector, pixels, place on the desktop, EDID serial."""


def _screens(_: Settings) -> Finding:
    """The outputs as Qt sees them, in real pixels."""
    if not has_display():
        return Finding(name="screens", state="ok", found="no display to ask")
    environment = {**os.environ, "QT_ENABLE_HIGHDPI_SCALING": "0"}
    done = subprocess.run((sys.executable, "-c", _SCREENS_PROBE), env=environment, capture_output=True, text=True, timeout=60, check=False)
    found = "; ".join(done.stdout.split("\n")[:-1])
    return _finding("screens", done.returncode == 0 and bool(found), found or "Qt cannot see any", "see whether xrandr lists them")


_GL_PROBE = """
from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext
app = QGuiApplication([]); surface = QOffscreenSurface(); surface.create(); context = QOpenGLContext()
if not context.create() or not context.makeCurrent(surface): raise SystemExit("no OpenGL context")
import ctypes
gl = ctypes.CDLL("libGL.so.1"); gl.glGetString.restype = ctypes.c_char_p
print((gl.glGetString(0x1F01) or b"unknown").decode())
"""
"""Prints GL_RENDERER of a context on this display."""


def _graphics(_: Settings) -> Finding:
    """Asks OpenGL itself where there is a display, in a process of its own; else looks for a render node."""
    renderer = "a GPU's render node" if has_gpu() else "no GPU"
    if has_display():
        done = subprocess.run((sys.executable, "-c", _GL_PROBE), capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer"
            return Finding(
                name="graphics", state="fail", found=reason, remedy="install Mesa: apt-get install libgl1 libegl1 libgl1-mesa-dri"
            )
        renderer = done.stdout.strip().splitlines()[-1]
    if has_gpu() and "llvmpipe" not in renderer:
        return Finding(name="graphics", state="ok", found=renderer)
    return Finding(
        name="graphics",
        state="warn",
        found=f"{renderer}: the map draws in software ({chromium_flags(software_gl=True).split()[1]} ...)",
        remedy="fine for a demo; for a real wall use a machine with a GPU and its Mesa driver",
    )


def _fonts(_: Settings) -> Finding:
    tool = shutil.which("fc-list")
    if tool is None:
        return Finding(name="fonts", state="fail", found="fontconfig is missing", remedy="apt-get install fontconfig fonts-inter")
    families = subprocess.run((tool, ":", "family"), capture_output=True, text=True, timeout=20, check=False).stdout
    has_inter, has_display_face, has_noto = "Inter" in families, "Inter Display" in families, "Noto Sans" in families
    if has_inter and has_display_face:
        return Finding(name="fonts", state="ok", found="Inter, Inter Display")
    found = "Inter without Inter Display" if has_inter else "Noto Sans" if has_noto else "neither Inter nor Noto Sans"
    return Finding(name="fonts", state="warn" if has_inter or has_noto else "fail", found=found, remedy="apt-get install fonts-inter")


def _web_pages(_: Settings) -> Finding:
    page = ROOT / "assets" / "web" / "dist" / "map.html"
    return _finding("map page", page.is_file(), "built" if page.is_file() else "not built", "run make setup")


def _texts(_: Settings) -> Finding:
    catalogues = sorted((ROOT / "assets" / "locale").glob("*/LC_MESSAGES/*.mo"))
    found = ", ".join(path.parent.parent.name for path in catalogues) or "none compiled"
    return _finding("texts", bool(catalogues), found, "run make setup", otherwise="warn")


def _ask(settings: Settings, question: Callable[[Redis], Awaitable[Any]], url: str | None = None) -> Any:
    """Asks Redis one thing, over the same way as the wall; raises ``LINK_ERRORS``, also for a URL that is none."""

    async def ask() -> Any:
        try:
            client = connect(url or settings.redis_url, ca_file=settings.redis_ca)
        except ValueError as error:
            raise RedisConnectionError(str(error)) from None
        try:
            return await question(client)
        finally:
            await client.aclose()

    return asyncio.run(ask())


def _redis(settings: Settings) -> Finding:
    shown = redacted(settings.redis_url)
    try:
        parse_address(settings.redis_url, ca_file=settings.redis_ca)
    except ValueError as error:
        return Finding(name="redis", state="fail", found=str(error), remedy="mend redis_url and redis_ca: docs/redis.md")
    try:
        _ask(settings, lambda client: cast(Any, client).ping())
    except LINK_ERRORS as error:
        found = f"no answer at {shown} ({str(error)[:200] or type(error).__name__})"
    else:
        return Finding(name="redis", state="ok", found=f"answers at {shown}")
    if "certificate" in found.lower():
        remedy = "set redis_ca to the file of the CA that signed the server's certificate, and call the host by a name that stands in it"
        return Finding(name="redis", state="fail", found=found, remedy=remedy)
    try:
        binary = find_binary()
    except NoRedis as error:
        return Finding(name="redis", state="fail", found=found, remedy=str(error))
    return Finding(
        name="redis",
        state="warn",
        found=f"{found}; {binary.name} is installed: the demo starts its own",
        remedy="for a live wall start Redis and set redis_url: docs/redis.md",
    )


def _voice(settings: Settings) -> Finding:
    """The user through whom the wall says what it shows: he must be let in, and to that topic alone."""
    name, url = "wall.state", settings.redis_wall_url
    if url is None:
        return Finding(name=name, state="ok", found="not published: redis_wall_url is not set")
    shown, own = redacted(url), topic_keys(settings.namespace, WALL_STATE.name).seq
    remedy = "give redis_wall_url the user `wall` of docs/redis.md, made for this namespace"
    try:
        _ask(settings, lambda client: cast(Any, client).hget(own, "n"), url)
    except LINK_ERRORS as error:
        return Finding(name=name, state="warn", found=f"{shown}: {str(error)[:200] or type(error).__name__}", remedy=remedy)
    try:
        _ask(settings, lambda client: cast(Any, client).hget(topic_keys(settings.namespace, REPORT.name).seq, "n"), url)
    except NoPermissionError:
        return Finding(name=name, state="ok", found=f"may be said through {shown}")
    except LINK_ERRORS as error:
        return Finding(name=name, state="warn", found=f"{shown}: {str(error)[:200] or type(error).__name__}", remedy=remedy)
    return Finding(name=name, state="warn", found=f"{shown} may do more than say what the wall shows", remedy=remedy)


def _clock(settings: Settings) -> Finding:
    """Against the system's time service where there is one, and against Redis where it answers."""
    try:
        seconds, micros = _ask(settings, lambda client: cast(Any, client).time())
        skew = time.time() - (seconds + micros / 1e6)
        return _finding("clock", abs(skew) <= CLOCK_SKEW_MAX_S, f"{skew:+.2f} s against Redis", "set up NTP on both machines (chrony)")
    except LINK_ERRORS:
        tool = shutil.which("timedatectl")
        if tool is None:
            return Finding(name="clock", state="warn", found="nothing to compare with", remedy="set up NTP (apt-get install chrony)")
        done = subprocess.run((tool, "show", "-p", "NTPSynchronized", "--value"), capture_output=True, text=True, timeout=10, check=False)
        return _finding(
            "clock",
            done.stdout.strip() == "yes",
            f"NTP synchronized: {done.stdout.strip() or 'unknown'}",
            "set up NTP (chrony)",
            otherwise="warn",
        )


def _disk(_: Settings) -> Finding:
    free_gb = shutil.disk_usage(ROOT).free / 1e9
    return _finding("disk", free_gb >= FREE_DISK_MIN_GB, f"{free_gb:.1f} GB free", f"free at least {FREE_DISK_MIN_GB:g} GB")


def _memory(_: Settings) -> Finding:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
    return _finding("memory", pages >= 3.5, f"{pages:.1f} GB", "4 GB or more for a wall of four monitors", otherwise="warn")


def _city(settings: Settings) -> Finding:
    city = settings.city / "city.toml"
    where = Path(os.path.relpath(settings.city, ROOT)) if settings.city.is_relative_to(ROOT) else settings.city
    return _finding("city", city.is_file(), str(where), "give --city a folder with a city.toml")


def _logins(settings: Settings) -> Finding:
    """The file of camera logins, and whether the cameras of the city's folder find theirs there."""
    try:
        logins = read_credentials(settings.camera_credentials)
        cameras = load_city(settings.city).cameras
    except CredentialsError as error:
        return Finding(name="camera logins", state="fail", found=str(error), remedy="mend the file: docs/wall.md, Cameras behind a login")
    except CityError as error:
        return Finding(name="camera logins", state="warn", found=str(error), remedy="controlroom city check says more")
    problems: list[str] = []
    for camera in cameras:
        if camera.credential is None:
            continue
        try:
            logins.address(camera.url, camera.credential)
        except LoginRefused as refusal:
            problems.append(f"{camera.id}: {refusal}")
        if camera.credential not in logins:
            problems.append(f"{camera.id}: there is no login {camera.credential!r}")
    found = "; ".join(problems[:5]) if problems else f"{len(logins)} in the file of camera_credentials" if len(logins) else "none needed"
    return _finding("camera logins", not problems, found, "add it to the file of camera_credentials: docs/wall.md", otherwise="warn")


def _mirror(settings: Settings) -> Finding:
    """Passkeys, device keys, service workers and push exist in a browser over TLS that it trusts alone, and for a name."""
    name, url = "mirror", settings.mirror_url
    if url is None:
        return Finding(name=name, state="ok", found="none: mirror_url is not set")
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _is_own_machine(host):
        return Finding(name=name, state="ok", found=f"{url}: for browsers of this machine")
    if parts.scheme != "https":
        return Finding(name=name, state="fail", found=f"{url} is not https", remedy="put TLS before it: docs/mirror.md, To set it up")
    if _is_number(host):
        remedy = "give it a name in the DNS: for a number no browser makes a passkey"
        return Finding(name=name, state="warn", found=f"{url} is a number", remedy=remedy)
    try:
        with (
            socket.create_connection((host, parts.port or 443), timeout=MIRROR_TIMEOUT_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return Finding(name=name, state="ok", found=f"{url}: its certificate is trusted")
    except ssl.SSLCertVerificationError as error:
        remedy = "a certificate that phones trust, with its chain: docs/mirror.md, To set it up"
        return Finding(name=name, state="fail", found=f"{url}: {error.verify_message}", remedy=remedy)
    except ssl.SSLError as error:
        found = f"{url} speaks no TLS that browsers take: {error.reason or error}"
        return Finding(name=name, state="fail", found=found, remedy="put TLS before it: docs/mirror.md, To set it up")
    except (OSError, UnicodeError) as error:
        silent = f"nothing within {MIRROR_TIMEOUT_S:.0f} s" if isinstance(error, TimeoutError) else None
        reason = silent or (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        return Finding(
            name=name, state="warn", found=f"{url} does not answer: {reason}", remedy="start it, or mend mirror_url, DNS or proxy"
        )


def _is_own_machine(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
