"""Figures and cameras, the night, the English wall and the storm, as somebody has looked at them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from msgspec.structs import replace
from PySide6.QtGui import QImage, QLinearGradient, QPainter

from feeds.messages.hazard import HAZARD, Severity
from feeds.messages.header import Position
from feeds.messages.indicator import FINANCE, Finance, Light
from feeds.messages.report import TOTALS, Channel, Priority, ReportState
from tests.widgets import golden, samples, samples_figures
from tests.widgets.staging import ROOT, OneSlot, grab
from tests.widgets.test_cameras_panel import Stage, stage
from tests.widgets.test_panels_golden import SCALE, TROUBLE, is_updating, needs_inter
from widgets.frame import PanelFrame
from widgets.panel import PanelSpec
from widgets.panels import cameras, fisik, focus, hazards, header, keuangan, notices, pengadaan, presence, ticker, totals

__all__ = ["is_updating", "needs_inter", "stage"]

PLACES: dict[str, tuple[PanelSpec, int, int]] = {
    "header": (header.PANEL, 1856, 220),
    "totals": (totals.PANEL, 1856, 220),
    "ticker": (ticker.PANEL, 1856, 528),
    "notices": (notices.PANEL, 1856, 76),
    "keuangan": (keuangan.PANEL, 604, 772),
    "fisik": (fisik.PANEL, 600, 772),
    "pengadaan": (pengadaan.PANEL, 604, 772),
    "focus": (focus.PANEL, 1204, 408),
    "presence": (presence.PANEL, 628, 408),
    "hazards": (hazards.PANEL, 1856, 100),
}
FIGURES = ("keuangan", "fisik", "pengadaan")
SIAGA: dict[str, tuple[PanelSpec, int, int]] = {
    "totals": (totals.PANEL, 1856, 220),
    "hazards": (hazards.PANEL, 1856, 216),
    "focus": (focus.PANEL, 1856, 388),
    "ticker": (ticker.PANEL, 1204, 532),
}
"""The sizes of layouts/siaga.toml."""


def publish_calm(slot: OneSlot) -> None:
    samples.publish_picture_state(slot)
    samples_figures.publish_figures(slot)
    key, message = next(iter(slot.latest[FINANCE.name].items()))
    finance = message.body
    assert isinstance(finance, Finance)
    first = finance.agencies[0]
    rows = (("dpupr", -12.4, Light.RED), ("dlh", -6.1, Light.YELLOW), ("dishub", 1.4, Light.GREEN), ("bpbd", 8.3, Light.GREEN))
    agencies = tuple(replace(first, agency=agency, deviation=deviation, light=light) for agency, deviation, light in rows)
    slot.publish(FINANCE, (key, replace(finance, agencies=agencies)))


def publish_storm(slot: OneSlot) -> None:
    """The afternoon the river rises: emergencies on top, a warning of the highest degree, more reports than hands."""
    publish_calm(slot)
    new, working, reopened = ReportState.NEW, ReportState.WORKING, ReportState.REOPENED
    samples.publish_reports(
        slot,
        samples.report(
            "s1", new, "genangan", "Periuk", 0.2, Channel.CALL_112, priority=Priority.EMERGENCY, position=Position(106.6, -6.17)
        ),
        samples.report("s2", reopened, "kebakaran", "Karawaci", 0.8, Channel.CALL_CENTRE, priority=Priority.EMERGENCY),
        samples.report("s3", working, "pohon_tumbang", "Benda", 2, Channel.SMS, priority=Priority.EMERGENCY),
        samples.report("s4", new, "genangan", "Jatiuwung", 2.5),
    )
    counts = {
        "received": 1_412,
        "new": 380,
        "reopened": 12,
        "forwarded": 217,
        "working": 196,
        "done": 540,
        "declined": 21,
        "duplicate": 40,
        "invalid": 6,
    }
    slot.publish(TOTALS, ("totals", samples.totals(carried=118, **counts)))
    slot.publish(HAZARD, ("h1", samples.storm("h1", severity=Severity.EXTREME, headline="Banjir, Cisadane di atas siaga satu")))
    slot.publish(HAZARD, ("h2", samples.storm("h2", severity=Severity.SEVERE)))


def english() -> Callable[[str], str]:
    """From the catalogue as it is written, compiled or not."""
    with (ROOT / "assets" / "locale" / "en" / "LC_MESSAGES" / "live_room.po").open("rb") as file:
        texts = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    return lambda text: texts[text]


def built(slot: OneSlot, place: tuple[PanelSpec, int, int], publish: Callable[[OneSlot], None]) -> PanelFrame:
    spec, width, height = place
    publish(slot)
    frame = slot.frame(spec, width, height, scale=SCALE)
    for ms, call in slot.ticks:
        if ms <= 1000:
            call()
    return frame


@pytest.mark.parametrize("place", FIGURES)
def test_figures(place: str, is_updating: bool) -> None:
    golden.check(f"{place}.live", grab(built(OneSlot(), PLACES[place], publish_calm)), update=is_updating)


@pytest.mark.parametrize("state", ["stale", "simulated", "waiting"])
@pytest.mark.parametrize("place", FIGURES)
def test_figures_in_trouble(place: str, state: str, is_updating: bool) -> None:
    frame = built(OneSlot(), PLACES[place], (lambda slot: None) if state == "waiting" else publish_calm)
    frame.set_status(TROUBLE[state])
    golden.check(f"{place}.{state}", grab(frame), update=is_updating)


@pytest.mark.parametrize("place", PLACES)
def test_night(place: str, is_updating: bool) -> None:
    golden.check(f"{place}.night", grab(built(OneSlot(palette="night"), PLACES[place], publish_calm)), update=is_updating)


@pytest.mark.parametrize("place", PLACES)
def test_english(place: str, is_updating: bool) -> None:
    golden.check(f"{place}.english", grab(built(OneSlot(language="en", tr=english()), PLACES[place], publish_calm)), update=is_updating)


@pytest.mark.parametrize("place", SIAGA)
def test_storm(place: str, is_updating: bool) -> None:
    golden.check(f"{place}.storm", grab(built(OneSlot(), SIAGA[place], publish_storm)), update=is_updating)


def view(ground: str) -> QImage:
    """A camera's picture: sky and ground, so that hatch and greying show."""
    image = QImage(431, 288, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    sky = QLinearGradient(0, 0, 0, 288)
    for at, colour in ((0.0, "#8fa6b8"), (0.55, "#c8d0d2"), (0.56, ground), (1.0, ground)):
        sky.setColorAt(at, colour)
    painter.fillRect(image.rect(), sky)
    painter.end()
    return image


@pytest.mark.parametrize("state", ["live", "mixed"])
def test_cameras(state: str, stage: Callable[..., Stage], is_updating: bool) -> None:
    """Mixed: one picture is late, one old, one camera gone."""
    one = stage(size=(1856, 460), scale=SCALE)
    for feed, ground in zip(one.feeds.values(), ("#5a6468", "#6a5a48", "#48604a", "#504a60"), strict=True):
        feed.image = view(ground)
    if state == "mixed":
        one.feeds["k1"].age, one.feeds["k2"].age = 5.0, 40.0
        one.feeds["k3"].image, one.feeds["k3"].down, one.feeds["k3"].why = None, True, "hangs"
    golden.check(f"{cameras.PANEL.key}.{state}", grab(one.show()), update=is_updating)


def test_every_kept_picture_is_looked_at_by_a_test() -> None:
    """One that no test compares any more would only look like a proof."""
    source = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*golden.py"))
    stale = [path.name for path in golden.KEPT.glob("*.png") if path.name.split(".")[0] not in source]
    assert stale == []
