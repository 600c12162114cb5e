"""What a wall remembers: whole or not at all, this user's alone, and nothing it could stumble over."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from controlroom.wall.memory import LARGEST_BYTES, Memory, memory_file
from feeds.messages.layout import Grid, Layout, Slot
from feeds.messages.walls import WallOrder

ORDER = WallOrder(
    wall="dinding", revision=7, changes=9, is_curtained=True, preset="rapat", taken_at=datetime(2026, 11, 26, 11, tzinfo=UTC),
    layout=Layout(title="Rapat", grid=Grid(columns=4, rows=4), slot=(Slot(panel="map", cell=(0, 0, 4, 4), options={"base": False}),)),
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "not" / "yet" / "wall.json"


def remembering(path: Path, wall: str = "dinding", namespace: str = "live") -> Memory:
    return Memory(path, wall, namespace)


def written(path: Path, *orders: WallOrder) -> None:
    memory = remembering(path)
    for order in orders:
        memory.write(order)
    memory.close()


def test_the_newest_order_comes_back_from_a_file_of_this_user_alone(path: Path) -> None:
    with capture_logs() as log:
        assert remembering(path).read() is None
        written(path, WallOrder(wall="dinding", revision=6, changes=6), ORDER)
        assert remembering(path).read() == ORDER
    assert log == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_each_wall_and_namespace_has_a_file_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    names = [memory_file(wall, namespace) for wall in ("kiri", "../kanan") for namespace in ("live", "sim")]
    assert len(set(names)) == 4
    assert {name.parent for name in names} == {tmp_path / "live-room"}
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert memory_file("kiri", "live").parent == tmp_path / "home" / ".local" / "state" / "live-room"


def spoil(path: Path, what: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    good = json.loads(path.read_text()) if path.exists() else {}
    texts = {
        "empty": "", "torn": json.dumps(good)[:40], "binary": "\x00\x01", "another shape": '{"wall": "dinding"}', "a list": "[]",
        "another wall": json.dumps(good | {"wall": "kanan"}), "another namespace": json.dumps(good | {"namespace": "sim"}),
        "a field more": json.dumps(good | {"more": 1}), "too long": " " * (LARGEST_BYTES + 1),
    }  # fmt: skip
    path.write_text(texts[what])


@pytest.mark.parametrize(
    "what", ["empty", "torn", "binary", "another shape", "a list", "another wall", "another namespace", "a field more", "too long"]
)
def test_what_is_damaged_or_foreign_is_set_aside_and_said_once(path: Path, what: str) -> None:
    written(path, ORDER)
    spoil(path, what)
    spoiled = path.read_bytes()
    with capture_logs() as log:
        assert remembering(path).read() is None
        assert remembering(path).read() is None
    assert [line["event"] for line in log] == ["what the wall remembered cannot be used and is set aside"]
    assert path.with_name("wall.json.aside").read_bytes() == spoiled
    written(path, ORDER)
    assert remembering(path).read() == ORDER


def test_a_link_to_elsewhere_is_not_followed(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.json"
    written(elsewhere, ORDER)
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere)
    with capture_logs() as log:
        assert remembering(path).read() is None
    assert len(log) == 1
    assert elsewhere.exists()


def test_a_pipe_in_its_place_stops_nothing(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    with capture_logs():
        assert remembering(path).read() is None


def test_what_a_write_that_was_cut_off_left_is_no_obstacle(path: Path) -> None:
    written(path, ORDER)
    path.with_name("wall.json.new").write_text("half")
    assert remembering(path).read() == ORDER
    written(path, ORDER)
    assert not path.with_name("wall.json.new").exists()


def test_a_wall_that_cannot_remember_says_so_once_and_goes_on(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    memory = remembering(blocked / "live-room" / "wall.json")
    with capture_logs() as log:
        for _ in range(3):
            memory.write(ORDER)
        memory.close()
        assert [line["log_level"] for line in log] == ["error"]
        blocked.unlink()
        memory.write(ORDER)
        memory.close()
    assert [line["log_level"] for line in log] == ["error", "info"]
    assert remembering(blocked / "live-room" / "wall.json").read() == ORDER


def test_of_orders_that_wait_for_a_slow_disk_only_the_newest_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on, synced = Event(), list[int]()

    def slow(_file: int) -> None:
        synced.append(1)
        may_go_on.wait(20)

    monkeypatch.setattr("controlroom.wall.memory.os.fsync", slow)
    memory = remembering(path)
    for revision in range(1, 101):
        memory.write(structs.replace(ORDER, revision=revision))
    may_go_on.set()
    memory.close()
    assert remembering(path).read() == structs.replace(ORDER, revision=100)
    assert len(synced) <= 4, "the one that was being written, and the newest: a file and its folder each"
