"""Drawn photos of what people report, before and after: a pothole and its patch, a flooded and a drained road. No people, no plates."""

import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

from feeds.sim.canvas import FINE, Colour, Points, blend_below, finish, gradient, hills, mix, skyline, stamp
from feeds.sim.scenes import jpeg

SIZE = (640, 480)
_W, _H = SIZE[0] * FINE, SIZE[1] * FINE
_HORIZON = _H * 38 // 100
_CONE: Colour = (176, 92, 48)

Paint = Callable[[ImageDraw.ImageDraw, Random, bool], None]


def draw_photo(category: str, variant: int, stage: str, *, seed: int) -> bytes:
    """A JPEG, 640x480, marked SIMULASI; ``stage`` after shows the same street put right."""
    rng = Random(f"photo:{seed}:{category}:{variant}")
    image = _street(rng)
    _PAINTERS.get(category, _counter)(ImageDraw.Draw(image), rng, stage == "after")
    picture = finish(image, Random(f"grain:{seed}:{category}:{variant}:{stage}"), grain=6.0)
    stamp(picture, "")
    return jpeg(picture, 78)


def _street(rng: Random) -> Image.Image:
    tint = rng.uniform(0.05, 0.3)
    dark: Colour = (30, 34, 40)
    image = gradient((_W, _H), mix((118, 126, 134), dark, tint), mix((158, 158, 152), dark, tint))
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.5:
        skyline(draw, rng, _W, _HORIZON, (_H // 20, _H // 6), (92, 96, 98), (188, 176, 136))
    else:
        hills(draw, rng, _W, _HORIZON, _H // 9, (70, 82, 66))
    blend_below(image, _HORIZON, mix((112, 108, 92), dark, 0.2), mix((84, 80, 68), dark, 0.25))
    draw = ImageDraw.Draw(image)
    centre = _W * rng.uniform(0.45, 0.55)
    draw.polygon([(centre - _W * 0.09, _HORIZON), (centre + _W * 0.09, _HORIZON), (_W * 1.02, _H), (-_W * 0.02, _H)], fill=(74, 77, 80))
    for i in range(6):
        y0, y1 = (_HORIZON + (_H - _HORIZON) * ((i + part) / 6) ** 1.8 for part in (0.1, 0.5))
        x0, x1 = (centre + (_W * 0.5 - centre) * ((y - _HORIZON) / (_H - _HORIZON)) for y in (y0, y1))
        wide = 3 + 14 * (y0 - _HORIZON) / (_H - _HORIZON)
        dash: Points = [(x0 - wide / 2, y0), (x0 + wide / 2, y0), (x1 + wide * 0.7, y1), (x1 - wide * 0.7, y1)]
        draw.polygon(dash, fill=(168, 166, 156))
    return image


def _blob(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
    """A rough oval."""
    points: Points = []
    for step in range(36):
        angle = step / 18 * math.pi
        points.append((x + rx * rng.uniform(0.91, 1.09) * math.cos(angle), y + ry * rng.uniform(0.91, 1.09) * math.sin(angle)))
    draw.polygon(points, fill=fill)


def _pothole(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    x, y, r = _W * rng.uniform(0.3, 0.6), _H * rng.uniform(0.66, 0.78), _W * rng.uniform(0.12, 0.17)
    if is_after:
        patch: Points = [(x - r, y - r * 0.42), (x + r * 0.9, y - r * 0.46), (x + r * 1.2, y + r * 0.5), (x - r * 1.3, y + r * 0.46)]
        draw.polygon(patch, fill=(44, 46, 49))
        draw.line(patch[:2], fill=(92, 94, 94), width=4)
        return
    _blob(draw, rng, x, y, r * 1.1, r * 0.46, (112, 106, 94))
    _blob(draw, rng, x, y, r, r * 0.38, (38, 38, 38))
    _blob(draw, rng, x, y + r * 0.06, r * 0.62, r * 0.2, (92, 100, 102))
    for _ in range(26):
        px, py = x + rng.gauss(0, r), y + rng.gauss(0, r * 0.4)
        draw.ellipse((px - 5, py - 4, px + 5, py + 4), fill=(104, 102, 96))


def _flood(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    level = _HORIZON + _H * rng.uniform(0.06, 0.14)
    if is_after:
        for _ in range(7):
            _blob(draw, rng, _W * rng.uniform(0.1, 0.9), _H * rng.uniform(0.6, 0.95), _W * 0.05, _H * 0.014, (62, 66, 68))
        return
    for y in range(int(level), _H, 4):
        draw.rectangle((0, y, _W, y + 4), fill=mix((112, 104, 86), (62, 60, 54), (y - level) / (_H - level)))
    for _ in range(60):
        y = rng.uniform(level + 8, _H)
        x, long = rng.uniform(-0.1, 1) * _W, _W * rng.uniform(0.03, 0.13)
        draw.line((x, y, x + long, y), fill=mix((150, 146, 130), (90, 88, 78), rng.random()), width=3)
    post = _W * rng.uniform(0.7, 0.85)
    draw.rectangle((post, level - 150, post + 16, level + 120), fill=(70, 66, 60))


def _drain(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    channel: Points = [(_W * 0.66, _HORIZON + 30), (_W * 0.70, _HORIZON + 30), (_W * 0.98, _H), (_W * 0.62, _H)]
    draw.polygon(channel, fill=(124, 120, 112))
    draw.polygon([(_W * 0.672, _HORIZON + 36), (_W * 0.692, _HORIZON + 36), (_W * 0.93, _H), (_W * 0.67, _H)], fill=(46, 52, 52))
    if is_after:
        for i in range(8):
            y = _HORIZON + (_H - _HORIZON) * (0.25 + 0.09 * i)
            draw.line((_W * 0.70, y, _W * (0.73 + 0.018 * i), y), fill=(104, 116, 118), width=4)
        return
    for _ in range(120):
        depth = rng.random() ** 0.6
        x, y = _W * (0.685 + 0.11 * depth + rng.gauss(0, 0.015 + 0.035 * depth)), _HORIZON + (_H - _HORIZON) * (0.2 + 0.8 * depth)
        r = 6 + 20 * depth * rng.random()
        draw.ellipse(
            (x - r * 1.5, y - r, x + r * 1.5, y + r * 0.7), fill=rng.choice(((86, 78, 60), (66, 64, 52), (140, 138, 130), (96, 92, 70)))
        )


def _garbage(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    x, y = _W * rng.uniform(0.62, 0.74), _H * 0.74
    if is_after:
        _blob(draw, rng, x, y, _W * 0.17, _H * 0.05, (92, 90, 82))
        draw.rectangle((x + 60, y - 200, x + 190, y - 8), fill=(52, 74, 62))
        draw.rectangle((x + 50, y - 224, x + 200, y - 196), fill=(62, 88, 74))
        return
    tones: tuple[Colour, ...] = ((52, 52, 56), (116, 112, 104), (84, 70, 56), (72, 84, 96), (138, 132, 120), (96, 60, 52))
    for i in range(110):
        height = rng.random()
        px, py = x + rng.gauss(0, 0.13 * (1 - 0.7 * height)) * _W, y - height * _H * 0.20 + rng.gauss(0, 14)
        r = rng.uniform(16, 46) * (1.1 - 0.3 * height)
        _blob(draw, rng, px, py, r * 1.2, r, mix(rng.choice(tones), (30, 30, 32), 0.15 * (i % 3)))


def _tree(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    y = _H * rng.uniform(0.64, 0.72)
    if is_after:
        draw.ellipse((_W * 0.86, y - 26, _W * 0.93, y + 14), fill=(128, 104, 76))
        for _ in range(60):
            px, py = _W * rng.uniform(0.2, 0.85), y + rng.gauss(0, 40)
            draw.ellipse((px - 6, py - 4, px + 6, py + 4), fill=(86, 90, 66))
        return
    draw.polygon([(_W * 0.95, y - 60), (_W * 0.95, y + 26), (_W * 0.28, y + 12), (_W * 0.28, y - 8)], fill=(72, 58, 44))
    for _ in range(150):
        px, py = _W * rng.gauss(0.27, 0.10), y + rng.gauss(-24, 70)
        _blob(draw, rng, px, py, rng.uniform(18, 50), rng.uniform(14, 34), mix((52, 72, 46), (92, 104, 66), rng.random()))


def _lamp(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    draw.rectangle((0, 0, _W, _HORIZON), fill=(24, 30, 40))
    for y in range(_HORIZON, _H, 8):
        draw.rectangle((0, y, _W, y + 8), fill=mix((34, 37, 42), (22, 24, 28), (y - _HORIZON) / (_H - _HORIZON)))
    for i, x in enumerate((0.78, 0.66, 0.59)):
        foot, top, wide = _H * (0.86 - 0.14 * i), _H * (0.10 + 0.08 * i), 16 - 5 * i
        if is_after:
            for r in range(7, 0, -1):
                glow = mix((30, 33, 38), (150, 138, 100), 0.11 * (8 - r))
                draw.ellipse((_W * x - 90 - 30 * r, foot - 8 * r, _W * x - 90 + 30 * r, foot + 8 * r), fill=glow)
        draw.rectangle((_W * x, top, _W * x + wide, foot), fill=(70, 74, 78))
        draw.line((_W * x, top, _W * x - 110 + 22 * i, top + 12), fill=(70, 74, 78), width=wide)
        lamp: Colour = (236, 216, 150) if is_after else (52, 55, 58)
        draw.ellipse((_W * x - 142 + 24 * i, top + 4, _W * x - 82 + 12 * i, top + 34), fill=lamp)


def _cable(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    posts = (_W * 0.12, _W * 0.88)
    for post in posts:
        draw.rectangle((post, _H * 0.06, post + 22, _H * 0.80), fill=(84, 82, 78))
        draw.rectangle((post - 60, _H * 0.10, post + 82, _H * 0.12), fill=(74, 72, 68))
    for i in range(4):
        sag = _H * (0.05 + 0.015 * i)
        if not is_after and i == 2:
            sag = _H * rng.uniform(0.46, 0.54)
        line: Points = []
        for step in range(41):
            share = step / 40
            line.append((posts[0] + (posts[1] - posts[0]) * share, _H * (0.11 + 0.012 * i) + sag * 4 * share * (1 - share)))
        draw.line(line, fill=(28, 29, 32), width=7, joint="curve")


def _sign(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    x, y = _W * 0.74, _H * 0.80
    lean = 0.0 if is_after else rng.uniform(0.28, 0.42)
    top = (x + math.sin(lean) * _H * 0.56, y - math.cos(lean) * _H * 0.56)
    draw.line((x, y, *top), fill=(126, 128, 128), width=18)
    r = _H * 0.085
    plate: Points = []
    for i in range(8):
        angle = lean + i * math.pi / 4 + math.pi / 8
        plate.append((top[0] + r * math.cos(angle), top[1] + r * math.sin(angle)))
    draw.polygon(plate, fill=(126, 52, 46) if is_after else (104, 58, 52))
    draw.line((top[0] - r * 0.55, top[1], top[0] + r * 0.55, top[1] + math.sin(lean) * r * 0.5), fill=(206, 204, 196), width=22)


def _fire(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    x, y = _W * 0.68, _H * 0.72
    _blob(draw, rng, x, y, _W * 0.13, _H * 0.045, (34, 33, 32))
    if is_after:
        return
    for i in range(70):
        rise = i / 70
        tone = mix((96, 94, 92), (136, 136, 136), rise)
        _blob(draw, rng, x + rng.gauss(0, 20 + 120 * rise) + 90 * rise, y - rise * _H * 0.6, 26 + 70 * rise, 22 + 54 * rise, tone)
    for _ in range(40):
        px = x + rng.gauss(0, _W * 0.04)
        draw.polygon(
            [(px - 22, y), (px + 22, y), (px + rng.gauss(0, 12), y - rng.uniform(40, 120))],
            fill=mix((176, 86, 36), (206, 160, 72), rng.random()),
        )


def _cones(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    """Traffic and order: vans in the way; after, a free lane marked with cones."""
    if is_after:
        for i in range(5):
            x, y, h = _W * (0.30 - 0.02 * i), _H * (0.92 - 0.09 * i), 110 - 16 * i
            draw.polygon([(x - h * 0.36, y), (x + h * 0.36, y), (x + h * 0.06, y - h), (x - h * 0.06, y - h)], fill=_CONE)
            draw.rectangle((x - h * 0.2, y - h * 0.5, x + h * 0.2, y - h * 0.34), fill=(190, 188, 180))
        return
    for i in range(4, -1, -1):
        x, y, w = _W * (0.30 + 0.012 * i + 0.3 * (i % 2)), _H * (0.94 - 0.105 * i), 330 - 56 * i
        tone = mix(rng.choice(((92, 96, 102), (64, 70, 82), (120, 116, 108), (78, 60, 56))), (30, 32, 36), 0.2)
        draw.rectangle((x - w / 2, y - w * 0.72, x + w / 2, y - w * 0.06), fill=tone)
        draw.rectangle((x - w * 0.42, y - w * 0.66, x + w * 0.42, y - w * 0.42), fill=(52, 60, 70))
        for side in (-1, 1):
            draw.rectangle((x + side * w * 0.42 - 16, y - w * 0.28, x + side * w * 0.42 + 16, y - w * 0.18), fill=(140, 56, 44))


def _pavement(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
    """Tiles seen from above their edge; before, some are lifted or gone."""
    for row in range(9):
        y0, y1 = (_HORIZON + (_H - _HORIZON) * ((row + k) / 9) ** 1.6 for k in (0, 0.94))
        for column in range(-5, 6):
            corners: Points = [
                (_W / 2 + (column + k) * _W * (0.05 + 0.16 * (y - _HORIZON) / (_H - _HORIZON)), y)
                for k, y in ((0.03, y0), (0.97, y0), (0.97, y1), (0.03, y1))
            ]
            is_gone = not is_after and abs(column) < 3 and 3 < row < 8 and rng.random() < 0.45
            tone = (58, 52, 44) if is_gone else mix((134, 130, 122), (104, 100, 94), rng.random())
            draw.polygon(corners, fill=tone)


def _counter(draw: ImageDraw.ImageDraw, rng: Random, is_after: bool) -> None:
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


_PAINTERS: dict[str, Paint] = {
    "jalan_berlubang": _pothole, "jalan_rusak": _pothole, "jembatan_rusak": _pothole, "infrastruktur": _pothole,
    "trotoar_rusak": _pavement, "taman_rusak": _pavement, "banjir": _flood, "genangan": _flood, "saluran_tersumbat": _drain,
    "sampah_menumpuk": _garbage, "pembakaran_sampah": _fire, "kebakaran": _fire, "pohon_tumbang": _tree, "pohon_rawan": _tree,
    "lampu_jalan": _lamp, "kabel_menjuntai": _cable, "rambu_rusak": _sign, "macet": _cones, "parkir_liar": _cones,
    "kecelakaan": _cones, "pedagang_liar": _cones, "gangguan_ketertiban": _cones,
}  # fmt: skip
