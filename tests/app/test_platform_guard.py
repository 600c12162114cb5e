"""The start-up guard refuses pairs of versions that abort, and Chromium gets the flags that were measured."""

from pathlib import Path

import pytest

from controlroom.platform import GC_FLAG, SOFTWARE_GL_FLAGS, chromium_flags, has_display, has_gpu, refusal


@pytest.mark.parametrize(
    ("python", "pyside", "is_refused"),
    [((3, 11), (6, 11, 3), False), ((3, 11), (6, 12, 0), True), ((3, 12), (6, 12, 0), False), ((3, 13), (6, 11, 3), False), ((3, 10), (6, 11, 3), True)],
)  # fmt: skip
def test_the_guard(python: tuple[int, int], pyside: tuple[int, int, int], is_refused: bool) -> None:
    why = refusal(python, pyside)
    assert (why is not None) is is_refused
    assert why is None or "make setup" in why


def test_the_garbage_collector_flag_is_always_there_and_software_gl_only_without_a_gpu() -> None:
    assert chromium_flags(software_gl=False) == GC_FLAG
    assert all(flag in chromium_flags(software_gl=True) for flag in SOFTWARE_GL_FLAGS)
    assert chromium_flags(software_gl=False, given=f"--lang=id {GC_FLAG}").count(GC_FLAG) == 1


def test_a_render_node_is_a_gpu(tmp_path: Path) -> None:
    assert not has_gpu(tmp_path)
    (tmp_path / "renderD128").touch()
    assert has_gpu(tmp_path)


def test_a_display_is_x11_or_wayland() -> None:
    assert has_display({"DISPLAY": ":1"})
    assert has_display({"WAYLAND_DISPLAY": "wayland-0"})
    assert not has_display({"DISPLAY": ""})
