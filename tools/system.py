"""The system libraries and programs the wall stands on: what is there, what is missing, and how to get it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable

# Qt, QtWebEngine and a virtual wall (measured on a bare Debian 12). "a|b": the name changed between releases.
LIBRARIES = (
    "xvfb", "xauth", "x11-xserver-utils", "libegl1", "libgl1", "libopengl0", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4",
    "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0", "libxcb-shape0", "libxcb-xinerama0", "libnss3",
    "libasound2|libasound2t64", "libxcomposite1", "libxdamage1", "libxrandr2", "libxtst6", "libxkbfile1", "libdbus-1-3", "fontconfig",
)  # fmt: skip
COMPANIONS = ("redis-server", "fonts-inter", "fonts-noto-core", "openssl")
# An independent RTSP server, somebody to press keys, a window manager and a PostgreSQL, for tests only.
FOR_TESTS = (
    "gir1.2-gst-rtsp-server-1.0", "python3-gi", "gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good",
    "gstreamer1.0-plugins-bad", "gstreamer1.0-plugins-ugly", "xdotool", "icewm-lite", "postgresql",
)  # fmt: skip
# The two engines the mirror's pages are looked at in; the second is shown by Debian's own Python and driven by WebKitWebDriver.
BROWSERS = ("chromium", "gir1.2-webkit2-4.1", "webkit2gtk-driver")
# The peer of `bench mirror`: the same wall as pixels in a browser (it brings websockify).
PEER = ("x11vnc", "novnc")
# Without these no window opens; the names ld.so knows them by, on any Linux.
INDISPENSABLE = (
    "libEGL.so.1", "libGL.so.1", "libOpenGL.so.0", "libxkbcommon-x11.so.0", "libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxcb-image.so.0",
    "libxcb-keysyms.so.1", "libxcb-randr.so.0", "libxcb-render-util.so.0", "libxcb-shape.so.0", "libxcb-xinerama.so.0", "libnss3.so",
    "libasound.so.2", "libXcomposite.so.1", "libXdamage.so.1", "libXrandr.so.2", "libXtst.so.6", "libxkbfile.so.1", "libdbus-1.so.3",
)  # fmt: skip

APT = ("apt-get", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3")


def _output(command: Iterable[str]) -> str:
    """What ``command`` prints; nothing when it is not there or fails."""
    try:
        done = subprocess.run(list(command), capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode in {0, 1} else ""


def installed_packages() -> set[str]:
    """Names dpkg knows as installed."""
    listing = _output(["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${binary:Package}\n"])
    lines = (line.split() for line in listing.splitlines())
    return {parts[1].partition(":")[0] for parts in lines if len(parts) == 2 and parts[0] == "installed"}


def missing_packages(wanted: Iterable[str], installed: set[str]) -> list[str]:
    """Those of ``wanted`` that are not installed under any of their names."""
    return [entry for entry in wanted if installed.isdisjoint(entry.split("|"))]


def missing_libraries(known: str) -> list[str]:
    """Indispensable libraries that ``known`` (the output of ``ldconfig -p``) does not list."""
    names = {line.split()[0] for line in known.splitlines() if line.strip()}
    return [name for name in INDISPENSABLE if name not in names]


def _apt_name(entry: str) -> str:
    """The first of an entry's names that this release really has."""
    names = entry.split("|")
    return next((name for name in names if _output(["apt-cache", "show", "--no-all-versions", name])), names[0])


def _root_prefix() -> list[str] | None:
    """What stands before a command to run it as root without a question; ``None`` when that is not possible."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False, timeout=30).returncode == 0:
        return [sudo, "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _install(entries: list[str], prefix: list[str], say: Callable[[str], None]) -> None:
    """Try apt; what it could not do is seen afterwards, by looking again."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    say(f"system packages through apt: {' '.join(entries)}")
    subprocess.run([*prefix, *APT, "-qq", "update"], env=env, check=False, stdin=subprocess.DEVNULL)
    names = [_apt_name(entry) for entry in entries]
    quiet = subprocess.DEVNULL if not sys.stdout.isatty() else None
    command = [*prefix, *APT, "-qq", "install", "-y", "--no-install-recommends", *names]
    subprocess.run(command, env=env, check=False, stdin=subprocess.DEVNULL, stdout=quiet)


def wanted_packages() -> list[str]:
    """Everything a full setup has; with the venv package where this Python cannot make environments by itself."""
    venv: list[str] = []
    if not _output([sys.executable, "-c", "import ensurepip, venv; print('yes')"]):
        venv = [f"python{sys.version_info[0]}.{sys.version_info[1]}-venv|python3-venv"]
    return [*LIBRARIES, *COMPANIONS, *FOR_TESTS, *BROWSERS, *PEER, *venv]


def provide(say: Callable[[str], None]) -> list[str]:
    """Install what is missing where that is allowed, else say the line to run; returns what the wall cannot do without.

    An empty answer means: go on. Missing fonts, a missing redis-server and missing test programs are said, not refused.
    """
    is_debian = shutil.which("dpkg-query") is not None and shutil.which("apt-get") is not None
    missing = missing_packages(wanted_packages(), installed_packages()) if is_debian else []
    prefix = _root_prefix() if missing else None
    if missing and prefix is not None:
        _install(missing, prefix, say)
        missing = missing_packages(missing, installed_packages())
    if missing:
        names = " ".join(_apt_name(entry) for entry in missing)
        say("not installed, and apt may not be used from here or failed. Run:")
        say(f"    sudo apt-get install -y --no-install-recommends {names}")
    if not is_debian:
        absent = [name for name in ("Xvfb", "xrandr", "redis-server", "fc-list") if shutil.which(name) is None]
        if absent:
            say(f"this is not Debian; install by your system's means: {', '.join(absent)} (and the fonts Inter and Noto Sans)")
    return missing_libraries(_output([shutil.which("ldconfig") or "/sbin/ldconfig", "-p"]))
