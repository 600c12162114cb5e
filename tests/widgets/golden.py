"""Golden pictures: today's drawing beside the one that was looked at and kept. Knows no panel.

A picture that differs is written as old, new and difference to ``build/golden``; ``--update-golden`` keeps the new one.
"""

from pathlib import Path
from typing import cast

from PySide6.QtGui import QImage

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "tests" / "golden"
SHOWN = ROOT / "build" / "golden"

STRONG = 40
"""A pixel differs when one of its channels differs by more (of 255): FreeType's versions shift edges a little."""

ALLOWED_SHARE = 0.002


def differing_share(one: QImage, other: QImage) -> tuple[float, QImage]:
    """The share of pixels that differ strongly, and a picture of them (white on black)."""
    picture = QImage(one.size(), QImage.Format.Format_Grayscale8)
    picture.fill(0)
    if one.size() != other.size():
        return 1.0, picture
    a, b = (image.convertToFormat(QImage.Format.Format_RGB32) for image in (one, other))
    count = 0
    for y in range(a.height()):
        first, second = _row(a, y), _row(b, y)
        if first == second:
            continue
        for x in range(a.width()):
            i = 4 * x
            if any(abs(first[i + channel] - second[i + channel]) > STRONG for channel in range(3)):
                count += 1
                picture.setPixel(x, y, 0xFF)
    return count / (a.width() * a.height()), picture


def _row(image: QImage, y: int) -> bytes:
    return bytes(cast(memoryview, image.constScanLine(y)))


def check(name: str, drawn: QImage, *, update: bool) -> None:
    """Fails with the three files' names when ``drawn`` is not the kept picture."""
    kept = KEPT / f"{name}.png"
    if update:
        KEPT.mkdir(parents=True, exist_ok=True)
        assert drawn.save(str(kept))
        return
    assert kept.exists(), f"{kept} is missing: look at the panel, then run pytest tests/widgets --update-golden"
    old = QImage(str(kept))
    share, difference = differing_share(old, drawn)
    if share <= ALLOWED_SHARE:
        return
    SHOWN.mkdir(parents=True, exist_ok=True)
    files = {"old": old, "new": drawn, "difference": difference}
    for kind, image in files.items():
        image.save(str(SHOWN / f"{name}.{kind}.png"))
    names = ", ".join(str((SHOWN / f"{name}.{kind}.png").relative_to(ROOT)) for kind in files)
    raise AssertionError(
        f"{name}: {share:.1%} of the pixels differ; look at {names}; pytest tests/widgets --update-golden keeps the new one"
    )
