"""Brush strokes for drawn pictures: skies, slopes, noise, cars and the mark that says SIMULASI. Knows no scene."""

from random import Random

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]

FINE = 2
"""Backgrounds are drawn this many times larger and reduced: smooth edges at no cost per frame."""

MARK = "SIMULASI"
SHOWN_SHARE = 0.82
"""A 16:9 picture in a tile of 3:2 loses a sixth of its width."""
_MARK_INK: Colour = (198, 178, 232)
_PLATE: Colour = (14, 22, 33)


def gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """A vertical blend."""
    column = Image.new("RGB", (1, 256))
    column.putdata([mix(top, bottom, y / 255) for y in range(256)])
    return column.resize((1, size[1]), Image.Resampling.BILINEAR).resize(size, Image.Resampling.NEAREST)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """``share`` 0 gives ``a``, 1 gives ``b``."""
    return (round(a[0] + (b[0] - a[0]) * share), round(a[1] + (b[1] - a[1]) * share), round(a[2] + (b[2] - a[2]) * share))


def blend_below(image: Image.Image, y: int, top: Colour, bottom: Colour) -> None:
    """Fill the picture from ``y`` down with a vertical blend."""
    image.paste(gradient((image.width, image.height - y), top, bottom), (0, y))


def skyline(draw: ImageDraw.ImageDraw, rng: Random, width: int, base: int, heights: tuple[int, int], colour: Colour, lit: Colour) -> None:
    """Houses with some lit windows standing on ``base``."""
    x = -10
    while x < width:
        wide, high = rng.randint(width // 16, width // 8), rng.randint(*heights)
        shade = mix(colour, (10, 14, 20), rng.uniform(0, 0.25))
        draw.rectangle((x, base - high, x + wide, base), fill=shade)
        cell = max(6, width // 70)
        for wx in range(x + cell, x + wide - cell, cell * 2):
            for wy in range(base - high + cell, base - cell, cell * 2):
                if rng.random() < 0.16:
                    draw.rectangle((wx, wy, wx + cell * 0.55, wy + cell * 0.55), fill=lit)
        x += wide + rng.choice((0, 0, width // 60))


def hills(draw: ImageDraw.ImageDraw, rng: Random, width: int, base: int, height: int, colour: Colour) -> None:
    """A soft ridge of trees along the horizon."""
    points: Points = [(0, base)]
    steps = 26
    for i in range(steps + 1):
        points.append((width * i / steps, base - height * (0.45 + 0.55 * rng.random())))
    draw.polygon([*points, (width, base)], fill=colour)


def finish(image: Image.Image, rng: Random, grain: float = 5.0) -> Image.Image:
    """Reduce by ``FINE`` and add the grain of a cheap lens."""
    small = image.reduce(FINE)
    size = small.size
    # Noise from the seed, not from the machine: the same picture has the same hash everywhere.
    noise = Image.frombytes("L", (size[0] // 2, size[1] // 2), rng.randbytes((size[0] // 2) * (size[1] // 2)))
    noise = noise.resize(size, Image.Resampling.BILINEAR)
    return Image.blend(small, Image.merge("RGB", (noise, noise, noise)), grain / 255)


def car(draw: ImageDraw.ImageDraw, x: float, y: float, width: float, body: Colour, *, is_coming: bool) -> None:
    """A car seen from the front or behind, standing on ``y``, ``width`` pixels wide."""
    high = width * 0.62
    glass = mix(body, (90, 105, 125), 0.35)
    draw.ellipse((x - width * 0.56, y - width * 0.07, x + width * 0.56, y + width * 0.07), fill=(24, 26, 30))
    draw.polygon(
        [
            (x - width * 0.34, y - high),
            (x + width * 0.34, y - high),
            (x + width * 0.44, y - high * 0.55),
            (x - width * 0.44, y - high * 0.55),
        ],
        fill=glass,
    )
    draw.rectangle((x - width / 2, y - high * 0.58, x + width / 2, y - width * 0.06), fill=body)
    lamp: Colour = (214, 200, 150) if is_coming else (150, 52, 40)
    for side in (-1, 1):
        cx = x + side * width * 0.36
        draw.rectangle((cx - width * 0.09, y - high * 0.42, cx + width * 0.09, y - high * 0.24), fill=lamp)


def stamp(image: Image.Image, text: str, *, size: int = 15) -> None:
    """Write ``text`` and the mark SIMULASI into the top corners, within the middle that every tile shows."""
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    inset = round(image.width * (1 - SHOWN_SHARE) / 2)
    for line, colour, is_right in ((text, (214, 220, 226), False), (MARK, _MARK_INK, True)):
        if not line:
            continue
        wide = draw.textlength(line, font=font)
        x = image.width - inset - wide - 12 if is_right else inset + 10
        draw.rectangle((x - 4, 7, x + wide + 6, 13 + size), fill=_PLATE)
        draw.text((x + 1, 8), line, font=font, fill=colour)
