"""Layouts as files: the program's and the city's own, and what is no layout never breaks the list."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from feeds.city import SHIPPED_LAYOUTS
from feeds.walls.shipped import MOST_BYTES, Shipped

GOOD = 'title = "{}"\ngrid = {{ columns = 2, rows = 1 }}\n[[slot]]\npanel = "map"\ncell = [0, 0, 2, 1]\n'
CORRUPT: dict[str, bytes] = {
    "rusak.toml": b"title = ",
    "biner.toml": b"\xff\xfe\x00",
    "kosong.toml": b"",
    "lain.toml": b'title = "x"\ncolour = "red"\n',
    "keluar.toml": GOOD.format("x").replace("[0, 0, 2, 1]", "[0, 0, 3, 1]").encode(),
    "Nama Lain.toml": GOOD.format("x").encode(),
    "besar.toml": GOOD.format("x").encode() + b"#" * MOST_BYTES,
    "dalam.toml": b"title = " + b"[" * 5_000,
}


@pytest.mark.parametrize("name", CORRUPT)
def test_a_corrupt_file_is_left_out_and_said_once(tmp_path: Path, name: str) -> None:
    (tmp_path / "baik.toml").write_text(GOOD.format("Baik"))
    (tmp_path / name).write_bytes(CORRUPT[name])
    shipped = Shipped(tmp_path)
    with capture_logs() as said:
        for _ in range(3):
            assert [one.key for one in shipped.all()] == ["baik"]
    assert [(line["file"], line["log_level"]) for line in said] == [(name, "warning")]


def test_a_file_that_is_mended_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "lobi.toml"
    file.write_text("title = ")
    shipped = Shipped(tmp_path)
    assert shipped.all() == []
    file.write_text(GOOD.format("Lobi"))
    os.utime(file, (1, 1))
    assert [(one.layout.title, one.revision, one.is_shipped) for one in shipped.all()] == [("Lobi", 0, True)]


def test_the_citys_own_goes_before_the_programs(tmp_path: Path) -> None:
    own = tmp_path / "layouts"
    own.mkdir()
    (own / "siaga.toml").write_text(GOOD.format("Siaga kota"))
    found = {one.key: one.layout.title for one in Shipped(SHIPPED_LAYOUTS, own).all()}
    assert found["siaga"] == "Siaga kota" and found["harian"] == "Harian"


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert Shipped(tmp_path / "layouts").all() == []


def test_every_shipped_layout_can_be_taken() -> None:
    assert {one.key for one in Shipped(SHIPPED_LAYOUTS).all()} == {path.stem for path in SHIPPED_LAYOUTS.glob("*.toml")}
