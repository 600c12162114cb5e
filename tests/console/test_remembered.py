"""What a desk remembers: by login, whole or not at all, and never in anybody's way."""

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from controlroom.console import remembered
from controlroom.console.remembered import RememberedFile


def test_values_come_back_by_login(qtbot: QtBot, tmp_path: Path) -> None:
    ani = RememberedFile("ani", tmp_path)
    ani.set("window.page", "audit")
    ani.set("split", [3, 4])
    ani.save()
    again = RememberedFile("ANI ", tmp_path)
    assert (again.get("window.page", ""), again.get("split", [])) == ("audit", [3, 4])
    assert RememberedFile("budi", tmp_path).get("window.page", "reports") == "reports"
    assert stat.S_IMODE(again.path.stat().st_mode) == 0o600


def test_it_is_written_by_itself_a_moment_later(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "SAVE_MS", 1)
    file = RememberedFile("ani", tmp_path / "new" / "folder")
    file.set("x", 1)
    qtbot.waitUntil(lambda: file.path.exists())


def test_a_value_of_another_kind_is_not_given(qtbot: QtBot, tmp_path: Path) -> None:
    file = RememberedFile("ani", tmp_path)
    for value in ("text", [1], {"a": 1}, None, 3):
        file.set("x", value)
        assert file.get("x", False) is False
    file.set("x", 3)
    assert file.get("x", 1.5) == 3
    with pytest.raises(TypeError):
        file.set("x", object())


@pytest.mark.parametrize("login", ["../../etc/passwd", "a/b", "ä", "x" * 500, "\ud800", ".", "..", "ani\0"])
def test_no_login_leads_out_of_the_folder(qtbot: QtBot, tmp_path: Path, login: str) -> None:
    file = RememberedFile(login, tmp_path)
    file.set("x", 1)
    file.save()
    assert [path.parent for path in tmp_path.iterdir()] == [tmp_path] and file.path.resolve().parent == tmp_path.resolve()


@settings(max_examples=50, deadline=None)
@given(content=st.one_of(st.binary(max_size=300), st.sampled_from([b"[1]", b"null", b"{", b'{"x": 1', b"[" * 100_000, b"x" * 300_000])))
def test_a_damaged_file_is_laid_aside_and_begun_anew(qapp: Any, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("memory")
    path = RememberedFile("ani", folder).path
    path.write_bytes(content)
    file = RememberedFile("ani", folder)
    assert file.get("never", "set") == "set"
    file.set("x", 2)
    file.save()
    assert RememberedFile("ani", folder).get("x", 0) == 2


def test_a_disk_that_takes_nothing_keeps_nobody_from_work(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    file = RememberedFile("ani", tmp_path / "file" / "below")
    file.set("x", 1)
    file.save()
    assert file.get("x", 0) == 1
