"""``feeds check`` and ``feeds list``: what a reader makes of a file adds up, and every collector has a true quality card."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controlroom.cli import app
from feeds.runtime.cards import quality_cards
from feeds.runtime.check import Checked, check_files
from feeds.runtime.registry import collector_names
from tests.fakes.collector_context import FOLDERS, city_of

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
KOELN = """[
 {"service_request_id": "1", "status": "open", "service_code": "009", "requested_datetime": "2023-12-03T11:00:00+01:00", "lat": 50.94, "long": 6.95},
 {"service_request_id": "2", "status": "open", "service_code": "009", "requested_datetime": "2023-12-03T11:00:00+01:00", "lat": -6.18, "long": 106.64},
 {"service_request_id": "3", "status": "?", "service_code": "009", "requested_datetime": "2023-12-03T11:00:00+01:00"},
 {"service_request_id": "4", "status": "open", "service_code": "009", "requested_datetime": "2023-12-03T11:00:00+01:00"}
]"""


def checked(key: str, *files: Path, city: str = "koeln", samples: int = 0) -> Checked:
    return asyncio.run(check_files(key, files, city_of(city)[0], lambda: NOW, samples=samples))


def test_what_was_read_adds_up(tmp_path: Path) -> None:
    file = tmp_path / "requests.json"
    file.write_text(KOELN)
    found = checked("open311", file, samples=1)
    assert (found.read, found.accepted, found.outside_city, found.quarantined, found.without_position) == (4, 2, 1, 1, 1)
    assert found.topics == {"report": 3}
    assert [(reason.reason, reason.count) for reason in found.reasons] == [("status is neither open nor closed", 1)]
    assert [refused.record for refused in found.refused] == ["3"]
    assert len(found.samples) == 1


def test_a_file_that_is_none_of_the_source_is_one_quarantined_record(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html>Wartung</html>")
    found = checked("open311", file)
    assert (found.read, found.quarantined, found.refused[0].record) == (1, 1, "page.html")


def test_the_command_line_says_it_in_json_and_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "requests.json"
    file.write_text(KOELN)
    run = CliRunner()
    answer = run.invoke(app, ["feeds", "check", "open311", "--file", str(file), "--city", str(FOLDERS["koeln"]), "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["outside_city"] == 1
    answer = run.invoke(app, ["feeds", "check", "open311", "--file", str(file), "--city", str(FOLDERS["koeln"])])
    assert "4 read: 2 accepted" in answer.stdout
    for words in (["open311", "--file", str(tmp_path / "none.json")], ["nobody", "--file", str(file)]):
        answer = run.invoke(app, ["feeds", "check", *words])
        assert answer.exit_code == 2
        assert "cannot be read" in answer.stderr or "there is no collector 'nobody'" in answer.stderr


@pytest.mark.parametrize("key", collector_names())
def test_every_collector_has_a_true_quality_card(key: str) -> None:
    card = next(card for card in quality_cards() if card.collector == key)
    assert all(value for _, value in card.lines())
    assert card.terms
    tests = (ROOT / card.bad_input).read_text(encoding="utf-8")
    assert f'"{key}"' in tests or f"collectors.{key}" in tests or f"collectors import {key}" in tests, (
        f"{card.bad_input} does not meet {key}"
    )
    if DATA.is_dir():
        assert all((DATA / name).is_file() for name in card.recorded)


@pytest.mark.parametrize("key", collector_names())
def test_every_recorded_file_is_read(key: str) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not here")
    card = next(card for card in quality_cards() if card.collector == key)
    for name in card.recorded:
        found = checked(key, DATA / name, city="tangerang")
        assert found.read + len(found.remarks) > 0, f"{name}: nothing was read"


def test_the_list_of_collectors_says_which_a_city_runs() -> None:
    answer = CliRunner().invoke(app, ["feeds", "list", "--city", str(FOLDERS["koeln"]), "--json"])
    assert answer.exit_code == 0
    cards = {card["collector"]: card for card in json.loads(answer.stdout)}
    assert cards["open311"]["sources"] == ["open311"]
    assert cards["bmkg"]["sources"] == []
    table = CliRunner().invoke(app, ["feeds", "list"])
    assert table.exit_code == 0
    assert "BMKG" in table.stdout
