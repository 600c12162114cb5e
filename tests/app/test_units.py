"""The systemd units: they start what there is, and the documented way out of the wall stays a way out."""

import configparser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controlroom.cli import app
from controlroom.wall.supervise import Patience

UNITS = Path(__file__).parents[2] / "docs" / "systemd"


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((UNITS / name).read_text())
    return parser


def test_the_way_out_of_the_wall_is_not_undone_by_its_unit() -> None:
    service = unit("live-room-wall.service")["Service"]
    assert "0" in service["RestartPreventExitStatus"].split(), "exit 0 is Ctrl+Alt+Q pressed twice"
    assert service["Restart"] == "always", "whatever else ends it, the last layout comes back"


def test_a_wall_whose_gui_thread_hangs_is_ended_by_its_unit() -> None:
    service = unit("live-room-wall.service")["Service"]
    assert service["Type"] == "notify", "READY=1 and WATCHDOG=1: controlroom.wall.watchdog"
    assert int(service["WatchdogSec"]) == Patience().silence_s


@pytest.mark.parametrize("name", ["live-room-wall.service", "live-room-feeds.service", "live-room-mirror.service"])
def test_a_unit_starts_a_verb_with_options_it_has_and_never_gives_up(name: str) -> None:
    parser = unit(name)
    words = parser["Service"]["ExecStart"].split()[1:]
    verb = [word for word in words[:2] if not word.startswith("-") and "/" not in word]
    shown = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert all(word in shown.output for word in words if word.startswith("--"))
    assert parser["Unit"]["StartLimitIntervalSec"] == "0"
    assert "2" in parser["Service"]["RestartPreventExitStatus"].split(), "2 is bad use: controlroom --help"
