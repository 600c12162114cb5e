"""Drawn photos of what people report, before and after: a pothole and its patch, a flooded and a drained road. No people, no plates."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

from feeds.sim.canvas import FINE, Colour, blend_below, finish, gradient, hills, mix, skyline, stamp
from feeds.sim.scenes import jpeg

SIZE = (640, 480)
_W, _H = SIZE[0] * FINE, SIZE[1] * FINE
_HORIZON = _H * 38 // 100

Paint = Callable[[ImageDraw.ImageDraw, Random, bool], None]


def draw_photo(category: str, variant: int, stage: str, *, seed: int) -> bytes:
    """A JPEG, 640x480, marked SIMULASI; ``stage`` after shows the same street put right."""
    rng = Random(f"photo:{seed}:{category}:{variant}")
    image = _street(rng)
    _PAINTERS.get(category, _paper)(ImageDraw.Draw(image), rng, stage == "after")
    picture = finish(image, SIZE, Random(f"grain:{seed}:{category}:{variant}:{stage}"), grain=6.0)
    stamp(picture, "")
    return jpeg(picture, 78)


def _street(rng: Random) -> Image.Image:
    tint = rng.uniform(-0.12, 0.12)
    dark: Colour = (30, 34, 40)
    image = gradient((_W, _H), mix((118, 126, 134), dark, 0.2 + tint), mix((158, 158, 152), dark, 0.2 + tint))
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.5:
        skyline(draw, rng, _W, _HORIZON, (_H // 20, _H // 6), (92, 96, 98), (188, 176, 136))
    else:
        hills(draw, rng, _W, _HORIZON, _H // 9, (70, 82, 66))
    blend_below(image, _HORIZON, mix((112, 108, 92), dark, 0.2), mix((84, 80, 68), dark, 0.25))
    draw = ImageDraw.Draw(image)
    lean = rng.uniform(-0.05, 0.05)
    centre = _W * (0.5 + lean)
    draw.polygon([(centre - _W * 0.09, _HORIZON), (centre + _W * 0.09, _HORIZON), (_W * 1.02, _H), (-_W * 0.02, _H)], fill=(74, 77, 80))
    for i in range(6):
        y0, y1 = (_HORIZON + (_H - _HORIZON) * ((i + part) / 6) ** 1.8 for part in (0.1, 0.5))
        x0, x1 = (centre + (_W * 0.5 - centre) * ((y - _HORIZON) / (_H - _HORIZON)) for y in (y0, y1))
        wide = 3 + 14 * (y0 - _HORIZON) / (_H - _HORIZON)
        draw.polygon([(x0 - wide / 2, y0), (x0 + wide / 2, y0), (x1 + wide * 0.7, y1), (x1 - wide * 0.7, y1)], fill=(168, 166, 156))
    return image


def _blob(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
    """A rough oval."""
    import math

    points = [
        (
            x + rx * (1 + rng.uniform(-0.09, 0.09)) * math.cos(a / 18 * math.pi),
            y + ry * (1 + rng.uniform(-0.09, 0.09)) * math.sin(a / 18 * math.pi),
        )
        for a in range(36)
    ]
    draw.polygon(points, fill=fill)


def _pothole(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    x, y, r = _W * rng.uniform(0.3, 0.6), _H * rng.uniform(0.66, 0.78), _W * rng.uniform(0.12, 0.17)
    if is_after:
        draw.polygon(
            [(x - r, y - r * 0.42), (x + r * 0.9, y - r * 0.46), (x + r * 1.2, y + r * 0.5), (x - r * 1.3, y + r * 0.46)], fill=(44, 46, 49)
        )
        draw.line([(x - r, y - r * 0.42), (x + r * 0.9, y - r * 0.46)], fill=(92, 94, 94), width=4)
        return
    _blob(draw, rng, x, y, r * 1.1, r * 0.46, (112, 106, 94))
    _blob(draw, rng, x, y, r, r * 0.38, (38, 38, 38))
    _blob(draw, rng, x, y + r * 0.06, r * 0.62, r * 0.2, (92, 100, 102))
    for _ in range(26):
        px, py = x + rng.gauss(0, r), y + rng.gauss(0, r * 0.4)
        draw.ellipse((px - 5, py - 4, px + 5, py + 4), fill=(104, 102, 96))


def _paper(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    """What has no picture of its own: a counter with a form; after, the form is stamped."""
    draw.rectangle((0, 0, _W, _H), fill=(92, 90, 86))
    draw.polygon([(0, _H * 0.34), (_W, _H * 0.34), (_W, _H), (0, _H)], fill=(104, 88, 70))
    draw.polygon([(_W * 0.3, _H * 0.46), (_W * 0.66, _H * 0.44), (_W * 0.74, _H * 0.9), (_W * 0.26, _H * 0.92)], fill=(196, 194, 186))
    for i in range(7):
        y = _H * (0.53 + 0.05 * i)
        draw.line((_W * 0.33, y, _W * (0.48 + 0.18 * rng.random()), y - 4), fill=(120, 120, 118), width=7)
    if is_after:
        draw.ellipse((_W * 0.55, _H * 0.70, _W * 0.66, _H * 0.83), outline=(70, 110, 90), width=12)
        draw.line((_W * 0.575, _H * 0.765, _W * 0.6, _H * 0.795, _W * 0.64, _H * 0.735), fill=(70, 110, 90), width=12)


_PAINTERS: dict[str, Paint] = {"jalan_berlubang": _pothole, "jalan_rusak": _pothole}
