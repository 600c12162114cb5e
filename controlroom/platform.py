"""What must be decided before Qt starts: the version guard, Chromium's flags, Qt's attributes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

SOFTWARE_GL_FLAGS = (
    "--disable-gpu-compositing",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
)
"""WebGL 2 without a GPU (measured: other combinations give a black tile)."""

GC_FLAG = "--js-flags=--predictable-gc-schedule"
"""From Qt 6.10 on, V8 does not collect garbage by itself (QTBUG-150562)."""


class UnfitPlatform(RuntimeError):
    """This Python, PySide or display cannot carry the wall; the text says what to change."""


def refusal(python: tuple[int, int], pyside: tuple[int, int, int]) -> str | None:
    """Why this pair of versions must not run, ``None`` when it may. Figures: docs/decisions/0001-versions.md."""
    if python < (3, 11):
        return f"Python {python[0]}.{python[1]} is too old: install Python 3.11 or newer, then run make setup"
    if pyside >= (6, 12, 0) and python < (3, 12):
        return (
            f"PySide6 {'.'.join(map(str, pyside))} aborts on Python {python[0]}.{python[1]} after some 1,600 signals:"
            " run make setup, it installs the pinned 6.11"
        )
    return None


def guard() -> None:
    """Raises ``UnfitPlatform`` before anything of Qt's is used."""
    import PySide6

    why = refusal(sys.version_info[:2], tuple(int(part) for part in PySide6.__version__.split(".")[:3]))  # type: ignore[arg-type]
    if why is not None:
        raise UnfitPlatform(why)


def has_gpu(render_nodes: Path = Path("/dev/dri")) -> bool:
    """Whether the kernel offers a render node; a virtual X server has none to use."""
    return any(render_nodes.glob("renderD*"))


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")) or sys.platform in ("win32", "darwin")


def chromium_flags(*, software_gl: bool, given: str = "") -> str:
    """The flags for QTWEBENGINE_CHROMIUM_FLAGS; those already ``given`` stay."""
    wanted = [GC_FLAG, *(SOFTWARE_GL_FLAGS if software_gl else ())]
    return " ".join([given, *(flag for flag in wanted if flag not in given)]).strip()


def prepare_desk() -> None:
    """As ``prepare`` for a desk: no web engine, and the desktop's own scaling is the person's wish. Call before QApplication exists."""
    guard()
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false;qt.multimedia.*=false")


def prepare(*, is_virtual: bool = False) -> None:
    """Sets the environment for Qt and its web engine; call before QApplication exists."""
    guard()
    software_gl = is_virtual or not has_gpu()
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = chromium_flags(
        software_gl=software_gl, given=os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", "")
    )
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"
    # wall.toml speaks of real pixels: a desktop set to 200 % must not show a quarter of the wall.
    os.environ["QT_ENABLE_HIGHDPI_SCALING"] = "0"
    for scaling in ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"):
        os.environ.pop(scaling, None)
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false;js.warning=false")
    from PySide6.QtCore import QCoreApplication, Qt

    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    from widgets.kit.web import register_schemes

    register_schemes()
