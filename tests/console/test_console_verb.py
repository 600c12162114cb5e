"""``controlroom console`` as a person starts it: quick to begin, told what is wrong, gone without a trace when it is ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.console.desk_server import a_desk_server

BUS = "redis://127.0.0.1:9/0"


def environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONTROLROOM_")}
    return {**kept, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "PYTHONUNBUFFERED": "1"}


@contextmanager
def console(root: Path, folder: Path, *words: str) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "controlroom", "console", "--redis", BUS, *words],
        cwd=root, env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as running:  # fmt: skip
        try:
            yield running
        finally:
            # Where a test has failed nobody else ends it, and the block would wait for it.
            running.kill()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(root: Path, tmp_path: Path, sign: signal.Signals) -> None:
    with a_desk_server() as server, console(root, tmp_path, "--doors", server.url, "--look", "light", "--lang", "en") as running:
        assert running.stdout is not None
        said: list[str] = []
        for line in running.stdout:
            said.append(line)
            if "console is up" in line:
                break
        running.send_signal(sign)
        said += running.stdout.readlines()
        assert running.wait(30) == 0, "".join(said)
        assert "Traceback" not in "".join(said)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--doors", "laporan.example.go.id"), 2, "doors_url"),
        (("--look", "pink"), 2, "neither dark nor light"),
        (("--lang", "de"), 2, "neither id nor en"),
        (("--city", "layouts"), 1, "city.toml"),
    ],
)
def test_what_is_wrong_is_said(root: Path, tmp_path: Path, words: tuple[str, ...], code: int, says: str) -> None:
    with console(root, tmp_path, *words) as running:
        said, _ = running.communicate(timeout=60)
    assert running.returncode == code, said
    assert says in said
    assert "Traceback" not in said


def test_without_a_display_it_says_so(root: Path, tmp_path: Path) -> None:
    bare = {name: value for name, value in environment(tmp_path).items() if name not in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-m", "controlroom", "console"], cwd=root, env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "desktop session" in done.stderr


def test_starting_it_loads_neither_the_web_engine_nor_the_plots_nor_the_sound(root: Path, tmp_path: Path) -> None:
    look = (
        "import sys, controlroom.console.application;"
        "heavy = [name for name in sys.modules if name.split('.')[0] in ('pyqtgraph', 'numpy', 'av', 'pandas')"
        " or 'WebEngine' in name or 'Multimedia' in name];"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=root, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
