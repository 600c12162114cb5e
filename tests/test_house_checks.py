"""What `make check` says, as tests: style, layout, types, texts. They start the same tools with the same settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import prepare, texts

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*command: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False)


@pytest.mark.parametrize(
    "command", [("ruff", "check", "--no-cache", "--output-format=concise", "."), ("ruff", "format", "--no-cache", "--check", ".")]
)
def test_ruff_is_content(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_pyright_is_content(monkeypatch: pytest.MonkeyPatch) -> None:
    # Without this pyright asks the index whether there is a newer one.
    monkeypatch.setenv("PYRIGHT_PYTHON_IGNORE_WARNINGS", "1")
    done = run("pyright", timeout_s=220)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_catalogue_is_complete(language: str) -> None:
    faults = texts.faults(texts.gather(ROOT), texts.translations(texts.read(texts.catalogue_path(ROOT, language))), language)
    assert not faults, "`make texts`, then translate:\n" + "\n".join(faults)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("script", ["check", "test"])
def test_pages_are_content(script: str) -> None:
    """TypeScript's strict types, and the pages' own tests."""
    web = ROOT / "assets" / "web"
    if not (web / "node_modules").is_dir():
        pytest.skip("the packages of assets/web are not installed: make setup")
    folder, npm = prepare.node_folder(Path(sys.executable))
    path = os.environ["PATH"] if folder is None else f"{folder}{os.pathsep}{os.environ['PATH']}"
    command = [*map(str, npm), "run", "--silent", script]
    done = subprocess.run(command, cwd=web, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=220, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
