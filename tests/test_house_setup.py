"""`make setup` does only what is needed, says what it could not do, and refuses an old Python in one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import prepare, system

ROOT = Path(__file__).resolve().parent.parent


def test_a_step_is_done_once_and_again_when_its_inputs_change(tmp_path: Path) -> None:
    lock, stamp, done = tmp_path / "requirements.lock", tmp_path / "out" / ".stamp", []
    lock.write_text("a==1")

    def step() -> bool:
        return prepare.unless_stamped(stamp, prepare.digest([lock], "3.11.7"), lambda: done.append(lock.read_text()))

    assert [step(), step()] == [True, False]
    lock.write_text("a==2")
    assert step()
    assert done == ["a==1", "a==2"]


def test_a_step_that_failed_is_done_again(tmp_path: Path) -> None:
    stamp = tmp_path / ".stamp"
    stamp.write_text("old")

    def fail() -> None:
        raise prepare.SetupFailed("the index is not there")

    with pytest.raises(prepare.SetupFailed):
        prepare.unless_stamped(stamp, "new", fail)
    assert not stamp.exists()
    assert prepare.unless_stamped(stamp, "old", lambda: None)


def test_a_digest_sees_names_contents_and_more(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("x")
    two.write_text("x")
    assert len({prepare.digest([one]), prepare.digest([two]), prepare.digest([one, two]), prepare.digest([one], "more")}) == 4


def test_pages_are_built_from_sources_only(tmp_path: Path) -> None:
    for name in ("src/map.ts", "node_modules/x/index.js", "dist/map.js", "package.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert {str(p.relative_to(tmp_path)) for p in prepare.web_sources(tmp_path)} == {"src/map.ts", "package.json"}


def test_a_package_counts_under_any_of_its_names() -> None:
    installed = {"xvfb", "libasound2t64"}
    assert system.missing_packages(["xvfb", "libasound2|libasound2t64", "libnss3"], installed) == ["libnss3"]


def test_missing_libraries_are_named() -> None:
    listing = "\n".join(f"\t{name} (libc6,x86-64) => /lib/{name}" for name in system.INDISPENSABLE if name != "libEGL.so.1")
    assert system.missing_libraries(listing) == ["libEGL.so.1"]


def test_a_failed_command_says_what_to_do() -> None:
    with pytest.raises(prepare.SetupFailed, match=r"ended with 3\. Try again"):
        prepare.run([sys.executable, "-c", "raise SystemExit(3)"], remedy="Try again.")


def test_an_old_python_is_refused_in_one_line(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    # Stands for an interpreter that finds itself too old: the check of the Makefile is all it is ever asked.
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9, 2); $(printf %s "$2")"\n')
    old.chmod(0o755)
    command = ["make", "--no-print-directory", "-C", str(ROOT), "setup", f"PYTHON={old}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "MAKEFLAGS": ""})
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "make setup PYTHON=python3.11" in done.stderr


@pytest.mark.parametrize("target", ["setup", "demo", "test", "check", "bench", "drills"])
def test_make_help_names_every_target(target: str) -> None:
    done = subprocess.run(
        ["make", "-C", str(ROOT)], capture_output=True, text=True, timeout=30, check=True, env={**os.environ, "MAKEFLAGS": ""}
    )
    assert f"make {target} " in done.stdout


def test_locks_carry_hashes_and_no_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = [line for line in lock.splitlines() if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in line and line.endswith("\\") for line in pins)


def test_the_pages_lock_is_whole_and_has_no_addresses() -> None:
    """npm writes entries without version for other platforms when it makes a lock beside a node_modules; `npm ci` then refuses it."""
    path = ROOT / "assets" / "web" / "package-lock.json"
    if not path.is_file():
        pytest.skip("assets/web has no lock")
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    bare = [name for name, entry in packages.items() if name and not {"version", "integrity"} <= entry.keys()]
    assert not bare, f"make the lock anew with no node_modules beside it (npm install --package-lock-only): {bare[:5]}"
    assert not [name for name, entry in packages.items() if "resolved" in entry]


def test_the_pinned_qt_is_the_one_that_keeps_references() -> None:
    assert "\npyside6-essentials==6.11." in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_without_apt_rights_the_exact_line_is_said_and_setup_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    present = {name for entry in system.wanted_packages() for name in entry.split("|")} - {"redis-server", "libasound2", "libasound2t64"}
    monkeypatch.setattr(system, "installed_packages", lambda: present)
    monkeypatch.setattr(system, "_root_prefix", lambda: None)
    monkeypatch.setattr(system, "_apt_name", lambda entry: entry.partition("|")[0])
    monkeypatch.setattr(system.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system, "_output", lambda command: "\n".join(f"{name} => /lib" for name in system.INDISPENSABLE))
    said: list[str] = []
    assert system.provide(said.append) == []
    assert "    sudo apt-get install -y --no-install-recommends libasound2 redis-server" in said


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), ""),
        (("SCENARIO=storm", "LAYOUT=siaga", "LANGUAGE=en", "SPEED=20"), "--scenario 'storm' --layout 'siaga' --lang 'en' --speed '20'"),
        (("SEED=7", "CITY=my cities/x"), "--seed '7' --city 'my cities/x'"),
    ],
)
def test_make_demo_passes_on_what_its_own_line_says_and_nothing_of_the_desktop(words: tuple[str, ...], options: str) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    desktop = clean | {"LANGUAGE": "en_US:en", "SPEED": "9", "LAYOUT": "us"}
    done = subprocess.run(
        ["make", "-n", "--no-print-directory", "demo", *words], cwd=ROOT, env=desktop, capture_output=True, text=True, timeout=60, check=True
    )  # fmt: skip
    assert " ".join(done.stdout.splitlines()[-1].split()) == f".venv/bin/controlroom demo {options}".strip()


def test_what_was_compiled_once_is_kept() -> None:
    command = ["make", "--no-print-directory", "-C", str(ROOT), "--eval=shown:; @env", "shown"]
    environment = {**os.environ, "MAKEFLAGS": "", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=environment)
    assert "PATH=" in done.stdout
    assert "PYTHONDONTWRITEBYTECODE" not in done.stdout
