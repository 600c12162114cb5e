"""Drawn camera pictures: a water gate, a junction, a market, a bridge, a riverside. A still background and what moves before it."""

import math
from collections.abc import Callable
from io import BytesIO
from random import Random

from PIL import Image, ImageDraw

from feeds.sim.canvas import FINE, Colour, Points, blend_below, car, finish, gradient, hills, mix, skyline, stamp

SIZE = (640, 360)
_JPEG_QUALITY = 72
_BIG = (SIZE[0] * FINE, SIZE[1] * FINE)
_CAR_COLOURS: tuple[Colour, ...] = ((38, 44, 54), (58, 62, 70), (72, 66, 62), (44, 52, 66), (84, 86, 90))

Move = Callable[[ImageDraw.ImageDraw, float], None]


class Scene:
    """One camera's view; ``frame`` is a pure function of the second and the stamp."""

    def __init__(self, background: Image.Image, move: Move) -> None:
        self._background = background
        self._move = move

    def frame(self, second: float, text: str) -> bytes:
        """The picture at ``second`` as JPEG, 640x360, with ``text`` and SIMULASI written into it."""
        image = self._background.copy()
        self._move(ImageDraw.Draw(image), second)
        stamp(image, text)
        return jpeg(image)


def jpeg(image: Image.Image, quality: int = _JPEG_QUALITY) -> bytes:
    """The picture as baseline JPEG."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return buffer.getvalue()


def water_gate(seed: int) -> Scene:
    """A sluice over a dark river, with a gauge on the bank; the water glints and drifts."""
    rng = Random(f"gate:{seed}")
    image = gradient(_BIG, (66, 78, 92), (112, 120, 126))
    draw = ImageDraw.Draw(image)
    width, height = _BIG
    horizon = height * 43 // 100
    hills(draw, rng, width, horizon, height // 9, (52, 62, 56))
    blend_below(image, horizon, (62, 68, 62), (34, 40, 42))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, horizon), (width * 0.17, horizon + 10), (width * 0.10, height), (0, height)], fill=(50, 56, 44))
    draw.polygon([(width, horizon), (width * 0.84, horizon + 10), (width * 0.91, height), (width, height)], fill=(48, 54, 43))
    top = height * 24 // 100
    for i in range(4):
        x = width * (0.22 + 0.16 * i)
        draw.rectangle((x, top, x + width * 0.035, height * 0.60), fill=(64, 70, 76))
        draw.rectangle((x + width * 0.026, top, x + width * 0.035, height * 0.60), fill=(46, 51, 57))
        if i < 3:
            draw.rectangle((x + width * 0.035, height * 0.40, x + width * 0.16, height * 0.51), fill=(33, 38, 44))
            draw.rectangle((x + width * 0.090, top, x + width * 0.104, height * 0.42), fill=(52, 58, 64))
    draw.rectangle((width * 0.19, top - 26, width * 0.77, top + 12), fill=(50, 55, 61))
    draw.rectangle((width * 0.19, top - 26, width * 0.77, top - 18), fill=(76, 82, 88))
    gauge_x, mark = width * 0.875, height // 45
    for i in range(14):
        y = height * 0.47 + i * mark
        draw.rectangle((gauge_x, y, gauge_x + width // 60, y + mark), fill=(214, 216, 214) if i % 2 else (120, 44, 38))
    ripples = [(rng.uniform(0.14, 0.84), rng.uniform(0.62, 0.97), rng.uniform(0.02, 0.07), rng.uniform(0, 6.3)) for _ in range(34)]

    def move(draw: ImageDraw.ImageDraw, second: float) -> None:
        for x, y, long, phase in ripples:
            depth = (y - 0.6) / 0.4
            at = (x + second * (0.012 + 0.03 * depth) + 0.01 * math.sin(second + phase)) % 0.74 + 0.13
            glint = 0.5 + 0.5 * math.sin(second * 1.7 + phase * 3)
            tone = mix((58, 66, 66), (132, 140, 138), 0.25 + 0.5 * glint)
            draw.line(
                (at * SIZE[0], y * SIZE[1], (at + long * (0.4 + depth)) * SIZE[0], y * SIZE[1]), fill=tone, width=1 + int(depth > 0.5)
            )

    return Scene(finish(image, rng), move)


def junction(seed: int) -> Scene:
    """A wide road at dusk before a row of houses, a traffic light, cars both ways."""
    rng = Random(f"junction:{seed}")
    image = gradient(_BIG, (60, 70, 84), (118, 122, 126))
    draw = ImageDraw.Draw(image)
    width, height = _BIG
    horizon = height * 46 // 100
    skyline(draw, rng, width, horizon, (height // 12, height * 30 // 100), (58, 64, 74), (178, 164, 120))
    blend_below(image, horizon, (70, 72, 74), (46, 50, 52))
    draw = ImageDraw.Draw(image)
    vanish = width * (0.5 + 0.04 * (seed % 3 - 1))
    road: Points = [(vanish - width * 0.035, horizon), (vanish + width * 0.035, horizon), (width * 0.94, height), (width * 0.06, height)]
    draw.polygon(road, fill=(54, 57, 62))
    for side in (0.06, 0.94):
        edge = vanish + width * 0.035 * (1 if side > 0.5 else -1)
        draw.line((edge, horizon, width * side, height), fill=(112, 114, 112), width=5)
    for i in range(7):
        y0, y1 = (horizon + (height - horizon) * ((i + part) / 7) ** 1.9 for part in (0.15, 0.55))
        wide = 2 + 10 * ((y0 - horizon) / (height - horizon))
        draw.polygon(
            [(vanish - wide / 2, y0), (vanish + wide / 2, y0), (vanish + wide * 0.7, y1), (vanish - wide * 0.7, y1)], fill=(158, 158, 150)
        )
    for i in range(9):
        x = width * (0.13 + 0.083 * i)
        draw.polygon(
            [(x, height * 0.90), (x + width * 0.045, height * 0.90), (x + width * 0.05, height * 0.97), (x, height * 0.97)],
            fill=(136, 137, 132),
        )
    pole = width * 0.86
    draw.rectangle((pole, height * 0.16, pole + 12, height * 0.72), fill=(28, 31, 35))
    draw.rectangle((pole - 16, height * 0.10, pole + 28, height * 0.29), fill=(22, 25, 29))
    # One speed a lane keeps them from driving through each other.
    cars = [
        ((i // 2 + rng.uniform(0.1, 0.6)) / 4, 1 if i % 2 else -1, 0.10 if i % 2 else 0.085, rng.choice(_CAR_COLOURS)) for i in range(7)
    ]
    far, near = horizon / FINE + 4, SIZE[1] + 30.0

    def move(draw: ImageDraw.ImageDraw, second: float) -> None:
        lamp = int(second) % 24
        colour: Colour = (96, 180, 120) if lamp < 12 else (214, 178, 84) if lamp < 14 else (196, 70, 58)
        lamp_y = SIZE[1] * (0.255 if lamp < 12 else 0.195 if lamp < 14 else 0.135)
        draw.ellipse((pole / FINE - 3, lamp_y - 5, pole / FINE + 8, lamp_y + 6), fill=colour)
        placed: list[tuple[float, int, Colour]] = []
        for start, side, speed, body in cars:
            share = (start + second * speed * 0.45) % 1.0
            placed.append((share if side > 0 else 1 - share, side, body))
        for depth, side, body in sorted(placed):
            y = far + (near - far) * depth**2.2
            scale = (y - far) / (near - far)
            car(draw, vanish / FINE + side * (8 + scale * SIZE[0] * 0.20), y, 7 + scale * 86, body, is_coming=side > 0)

    return Scene(finish(image, rng), move)


def market(seed: int) -> Scene:
    """A covered lane between stalls; figures of a few strokes walk through it, without faces."""
    rng = Random(f"market:{seed}")
    image = gradient(_BIG, (84, 88, 90), (56, 58, 60))
    draw = ImageDraw.Draw(image)
    width, height = _BIG
    centre, horizon = width * 0.5, height * 0.44
    draw.polygon([(0, 0), (width, 0), (width * 0.58, horizon * 0.86), (width * 0.42, horizon * 0.86)], fill=(74, 76, 78))
    for i in range(6):
        share = (i / 6) ** 1.4
        y = horizon * 0.86 * share
        half = width * (0.5 - 0.42 * share)
        draw.line((centre - half, y, centre + half, y), fill=(54, 57, 60), width=7)
    draw.polygon([(width * 0.42, horizon), (width * 0.58, horizon), (width * 0.98, height), (width * 0.02, height)], fill=(86, 84, 80))
    tones = ((96, 66, 58), (70, 84, 74), (92, 84, 62), (66, 74, 92))
    for side in (-1, 1):
        for i in range(5, -1, -1):
            near, far = ((i + 1) / 6) ** 1.7, (i / 6) ** 1.7
            x0, x1 = (centre + side * width * (0.08 + 0.44 * s) for s in (far, near))
            y0, y1 = (horizon + (height * 1.02 - horizon) * s for s in (far, near))
            tone = tones[(i + (side > 0)) % len(tones)]
            lift0, lift1 = 60 + 170 * far, 60 + 170 * near
            outer = width if side > 0 else 0
            draw.polygon([(x0, y0 - lift0), (x1, y1 - lift1), (outer, y1 - lift1 * 1.2), (outer, y0 - lift0 * 1.3)], fill=tone)
            draw.polygon([(x0, y0 - 26), (x1, y1 - 60), (x1, y1), (x0, y0)], fill=mix(tone, (30, 32, 34), 0.55))
            for _ in range(9):
                s = rng.random()
                px, py = x0 + (x1 - x0) * s + side * rng.uniform(6, 40), y0 + (y1 - y0) * s - 34 - rng.uniform(0, 30)
                draw.ellipse((px - 9, py - 8, px + 9, py + 8), fill=mix(rng.choice(tones), (150, 140, 110), 0.35))
    for i in range(4):
        y = horizon * (0.25 + 0.17 * i)
        draw.ellipse((centre - 16 + 5 * i, y - 5, centre + 16 - 5 * i, y + 5), fill=(206, 196, 158))
    walkers = [
        (rng.random(), rng.choice((-1, 1)), rng.uniform(-0.8, 0.8), rng.choice(_CAR_COLOURS), rng.uniform(0.02, 0.05)) for _ in range(13)
    ]

    def move(draw: ImageDraw.ImageDraw, second: float) -> None:
        placed = sorted(((s + second * v * way) % 1.0, lane, tone, s) for s, way, lane, tone, v in walkers)
        for depth, lane, tone, phase in placed:
            y = 162 + 210 * depth**1.5
            high = 15 + 66 * depth**1.4
            x = 320 + lane * (38 + 190 * depth**1.5) * 0.7
            sway = math.sin(second * 5 + phase * 20) * high * 0.07
            dark = mix(tone, (30, 32, 36), 0.3)
            draw.line((x, y - high * 0.45, x + sway, y), fill=dark, width=max(2, int(high * 0.11)))
            draw.line((x, y - high * 0.45, x - sway, y), fill=dark, width=max(2, int(high * 0.11)))
            draw.ellipse((x - high * 0.15, y - high * 0.85, x + high * 0.15, y - high * 0.36), fill=tone)
            draw.ellipse((x - high * 0.075, y - high, x + high * 0.075, y - high * 0.84), fill=(74, 64, 58))

    return Scene(finish(image, rng), move)


def bridge(seed: int) -> Scene:
    """A long bridge from the side, cars crossing, water below."""
    rng = Random(f"bridge:{seed}")
    image = gradient(_BIG, (98, 102, 106), (132, 134, 134))
    draw = ImageDraw.Draw(image)
    width, height = _BIG
    hills(draw, rng, width, height * 50 // 100, height // 12, (70, 78, 70))
    blend_below(image, height * 50 // 100, (74, 80, 82), (44, 50, 54))
    draw = ImageDraw.Draw(image)

    def deck(x: float) -> float:
        return height * (0.60 - 0.20 * x / width)

    for x in (0.12, 0.42, 0.72):
        left = width * x
        draw.polygon([(left, deck(left)), (left + 54, deck(left)), (left + 48, height), (left + 6, height)], fill=(58, 62, 66))
        draw.polygon([(left + 36, deck(left)), (left + 54, deck(left)), (left + 48, height), (left + 34, height)], fill=(44, 48, 52))
    draw.polygon([(0, deck(0)), (width, deck(width)), (width, deck(width) + 64), (0, deck(0) + 86)], fill=(48, 52, 56))
    draw.polygon([(0, deck(0)), (width, deck(width)), (width, deck(width) + 12), (0, deck(0) + 16)], fill=(140, 142, 140))
    for i in range(26):
        x = width * i / 25
        draw.line((x, deck(x), x, deck(x) - 34), fill=(128, 132, 132), width=4)
    draw.line((0, deck(0) - 34, width, deck(width) - 34), fill=(150, 152, 150), width=6)
    for i in range(4):
        x = width * (0.1 + 0.26 * i)
        draw.line((x, deck(x) - 30, x, deck(x) - 170), fill=(96, 100, 102), width=6)
        draw.line((x, deck(x) - 170, x + 44, deck(x) - 178), fill=(96, 100, 102), width=6)
    cars = [((i + rng.uniform(0, 0.6)) / 5, 1, 0.055, rng.choice(_CAR_COLOURS)) for i in range(5)]

    def move(draw: ImageDraw.ImageDraw, second: float) -> None:
        for start, way, speed, body in cars:
            x = ((start + way * second * speed) % 1.0) * (SIZE[0] + 120) - 60
            y = deck(x * FINE) / FINE - 2
            draw.polygon([(x - 13, y - 17), (x + 11, y - 18), (x + 17, y - 10), (x - 19, y - 9)], fill=mix(body, (110, 120, 132), 0.4))
            draw.polygon([(x - 24, y - 9), (x + 24, y - 11), (x + 24, y - 2), (x - 24, y)], fill=body)
            for wheel in (-14, 14):
                draw.ellipse((x + wheel - 4, y - 5, x + wheel + 4, y + 3), fill=(22, 24, 27))
            draw.rectangle((x + way * 23 - 1, y - 8, x + way * 23 + 1, y - 5), fill=(222, 208, 160))
        # The rail stands before the cars.
        draw.line((0, deck(0) / FINE - 7, SIZE[0], deck(width) / FINE - 7), fill=(138, 140, 138), width=2)
        for i in range(16):
            y = 0.72 + 0.017 * i
            x = (0.13 * i + second * 0.02 * (1 + i / 10)) % 1.1 - 0.05
            draw.line((x * SIZE[0], y * SIZE[1], (x + 0.03 + 0.003 * i) * SIZE[0], y * SIZE[1]), fill=(92, 100, 104))

    return Scene(finish(image, rng), move)


def riverside(seed: int) -> Scene:
    """A bend of the river with houses on the far bank and rain falling."""
    rng = Random(f"river:{seed}")
    image = gradient(_BIG, (74, 82, 92), (108, 114, 118))
    draw = ImageDraw.Draw(image)
    width, height = _BIG
    horizon = height * 48 // 100
    skyline(draw, rng, width, horizon, (height // 16, height // 6), (64, 68, 74), (160, 148, 112))
    hills(draw, rng, width, horizon + 16, height // 13, (54, 64, 56))
    blend_below(image, horizon + 14, (76, 80, 76), (44, 50, 52))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, height * 0.72), (width * 0.30, height * 0.80), (width * 0.46, height), (0, height)], fill=(48, 54, 44))
    draw.line((0, height * 0.70, width * 0.32, height * 0.79), fill=(104, 106, 102), width=7)
    drops = [(rng.random(), rng.random(), rng.uniform(0.8, 1.3)) for _ in range(60)]
    ripples = [(rng.random(), rng.uniform(0.56, 0.98), rng.uniform(0, 6.3)) for _ in range(26)]

    def move(draw: ImageDraw.ImageDraw, second: float) -> None:
        for x, y, phase in ripples:
            at = (x + second * 0.03 * (0.3 + y)) % 1.1 - 0.05
            if y > 0.72 and at < 0.44:
                continue
            tone = mix((70, 76, 76), (128, 134, 132), 0.5 + 0.5 * math.sin(second + phase))
            draw.line((at * SIZE[0], y * SIZE[1], (at + 0.02 + 0.05 * (y - 0.5)) * SIZE[0], y * SIZE[1]), fill=tone)
        for x, y, speed in drops:
            dy = (y + second * speed) % 1.0
            draw.line((x * SIZE[0], dy * SIZE[1], x * SIZE[0] - 3, dy * SIZE[1] + 13), fill=(122, 130, 136))

    return Scene(finish(image, rng), move)


SCENES: dict[str, Callable[[int], Scene]] = {
    "water_gate": water_gate,
    "junction": junction,
    "market": market,
    "bridge": bridge,
    "riverside": riverside,
}
