"""A third city is made from nothing as the docs say: their commands are run as they stand. And what ``city new`` refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from typer.testing import CliRunner

from controlroom.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOC = ROOT / "docs" / "new-city.md"
COMMANDS = re.compile(r"^```console( fails)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SQUARE = {"type": "Polygon", "coordinates": [[[106.0, -6.2], [106.2, -6.2], [106.2, -6.0], [106.0, -6.0], [106.0, -6.2]]]}


def outline(folder: Path, *features: dict[str, object]) -> Path:
    file = folder / "outline.geojson"
    made = [{"type": "Feature", "properties": {}, "geometry": SQUARE, **feature} for feature in features or ({},)]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": made}))
    return file


def new(folder: Path, *words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["city", "new", str(folder), "--name", 'Kota "Uji"', "--attribution", "siapa\\pun", *words])
    return answer.exit_code, answer.output


def test_the_docs_make_a_city_from_nothing(tmp_path: Path, shared_data: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "SAMPLES": str(shared_data)}
    blocks = COMMANDS.findall(DOC.read_text(encoding="utf-8"))
    assert len(blocks) >= 6
    said = ""
    for fails, commands in blocks:
        # No test asks a server of BMKG.
        commands = re.sub(r"^curl .* \|\| ", "", commands, flags=re.MULTILINE)
        done = subprocess.run(["bash", "-ec", commands], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        assert (done.returncode != 0) == bool(fails), f"{commands}\n{done.stdout}{done.stderr}"
        said += done.stdout + done.stderr
    assert "Kota Serang" in said
    assert re.search(r"sources\[0\]\.options\.?: .*earthquake_url", said)
    assert "1 read: " in said
    picture = QImage(str(tmp_path / "serang.png"))
    assert (picture.width(), picture.height()) == (1920, 1080)
    colours = {picture.pixel(x, y) for x in range(0, 1920, 7) for y in range(0, 1080, 7)}
    assert len(colours) > 16


def test_a_new_city_is_fine_at_once_whatever_its_name(tmp_path: Path) -> None:
    city = tmp_path / "kota"
    code, said = new(city, "--outline", str(outline(tmp_path)), "--language", "de", "--time-zone", "Europe/Berlin")
    assert code == 0, said
    answer = CliRunner().invoke(app, ["city", "check", str(city), "--picture", str(tmp_path / "p.png")])
    assert answer.exit_code == 0, answer.output
    assert 'Kota "Uji"' in answer.output


def test_districts_are_taken_over_under_the_names_their_file_gives_them(tmp_path: Path) -> None:
    file = outline(tmp_path, {"properties": {"KD_KEC": 1, "NAMA": "Utara"}}, {"properties": {"KD_KEC": 2, "NAMA": "Selatan"}})
    named = ("--district-code", "KD_KEC", "--district-name", "NAMA")
    code, said = new(tmp_path / "kota", "--outline", str(file), "--districts", str(file), *named)
    assert code == 0, said
    written = json.loads((tmp_path / "kota" / "districts.geojson").read_text())
    assert [feature["properties"] for feature in written["features"]] == [{"code": "1", "name": "Utara"}, {"code": "2", "name": "Selatan"}]
    code, said = new(tmp_path / "other", "--outline", str(file), "--districts", str(file))
    assert (code, (tmp_path / "other").exists()) == (1, False)
    assert "has no property 'code' (it has KD_KEC, NAMA); name the right one: --district-code" in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not JSON"),
        ('{"type": "FeatureCollection", "features": []}', "holds no feature"),
        ('{"features": [{"geometry": {"type": "LineString", "coordinates": [[106, -6], [107, -6]]}}]}', "holds no Polygon"),
        ('{"features": [{"geometry": {"type": "Polygon", "coordinates": [[[-6, 206], [-6, 207], [-5, 206], [-6, 206]]]}}]}', "feature 0"),
    ],
)
def test_an_outline_that_is_none_is_refused_and_leaves_nothing(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text(text)
    code, said = new(tmp_path / "kota", "--outline", str(file))
    assert (code, (tmp_path / "kota").exists()) == (1, False)
    assert sentence in said


def test_nothing_is_overwritten_and_bad_zones_leave_nothing(tmp_path: Path) -> None:
    city = tmp_path / "kota"
    code, said = new(city, "--outline", str(outline(tmp_path)), "--time-zone", "Asia/Atlantis")
    assert (code, city.exists()) == (1, False)
    assert "is not an IANA time zone" in said
    city.mkdir()
    (city / "city.toml").write_text("mine")
    code, said = new(city, "--outline", str(outline(tmp_path)))
    assert code == 1
    assert "is there already" in said
    assert (city / "city.toml").read_text() == "mine"


def test_what_is_left_open_is_said_and_koeln_keeps_german_time(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["city", "check", str(ROOT / "tests" / "cities" / "koeln"), "--picture", str(tmp_path / "k.png")])
    assert answer.exit_code == 0
    assert "no source of warnings" in answer.output
    answer = CliRunner().invoke(
        app, ["city", "check", str(ROOT / "tests" / "cities" / "koeln"), "--picture", str(tmp_path / "no" / "k.png")]
    )
    assert answer.exit_code == 1
    assert "cannot be written" in answer.output


def test_a_citys_own_layouts_and_watched_folders_are_looked_at(tmp_path: Path) -> None:
    city = tmp_path / "kota"
    assert new(city, "--outline", str(outline(tmp_path)))[0] == 0
    (city / "layouts").mkdir()
    with (city / "city.toml").open("a") as written:
        written.write('\n[[sources]]\ncollector = "ocds"\n[sources.options]\nfolder = "ocds"\n')

    def check() -> tuple[int, str]:
        answer = CliRunner().invoke(app, ["city", "check", str(city), "--picture", str(tmp_path / "p.png")])
        return answer.exit_code, answer.output

    layout = city / "layouts" / "harian.toml"
    layout.write_text('title = "T"\ngrid = { columns = 4, rows = 4 }\n[[slot]]\npanel = "nowhere"\ncell = [0, 0, 2, 2]\n')
    code, said = check()
    assert code == 0
    assert "slot 1 (nowhere): no such panel" in said
    assert "the source ocds watches" in said
    layout.write_text("this is [ no toml")
    code, said = check()
    assert code == 1
    assert "harian.toml" in said
