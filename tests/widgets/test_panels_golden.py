"""The text panels as somebody has looked at them, beside visual/wall.png, in calm and in trouble."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase, QImage

from feeds.messages.freshness import Freshness
from tests.widgets import golden, samples, samples_deadlines, samples_surroundings
from tests.widgets.staging import OneSlot, grab
from widgets.frame import PanelFrame
from widgets.panel import FrameStatus, PanelSpec
from widgets.panels import apps, at_risk, evaluation, focus, hazards, header, lingkungan, notices, presence, sources, ticker, totals

SCALE = 0.5
PLACES: dict[str, tuple[PanelSpec, int, int]] = {
    "header": (header.PANEL, 1856, 220),
    "totals": (totals.PANEL, 1856, 220),
    "ticker": (ticker.PANEL, 1856, 536),
    "focus": (focus.PANEL, 1200, 396),
    "presence": (presence.PANEL, 632, 396),
    "hazards": (hazards.PANEL, 1856, 108),
    "notices": (notices.PANEL, 1856, 72),
}
SURROUNDED: dict[str, tuple[PanelSpec, int, int, Callable[[OneSlot], None]]] = {
    "lingkungan.strip": (lingkungan.PANEL, 1856, 108, samples_surroundings.publish_surroundings),
    "lingkungan.card": (lingkungan.PANEL, 1856, 396, samples_surroundings.publish_surroundings),
    "lingkungan.column": (lingkungan.PANEL, 616, 836, samples_surroundings.publish_surroundings),
    "lingkungan.odd": (lingkungan.PANEL, 1856, 396, samples_surroundings.publish_odd_surroundings),
    "apps.detail": (apps.PANEL, 1856, 600, samples_surroundings.publish_applications),
    "apps.glance": (apps.PANEL, 632, 396, samples_surroundings.publish_applications),
    "sources.table": (sources.PANEL, 1856, 700, samples_surroundings.publish_sources),
    "sources.list": (sources.PANEL, 616, 836, samples_surroundings.publish_sources),
    "at_risk.table": (at_risk.PANEL, 1856, 500, samples_deadlines.publish_deadlines),
    "at_risk.list": (at_risk.PANEL, 632, 540, samples_deadlines.publish_deadlines),
    "at_risk.cut": (at_risk.PANEL, 1856, 500, samples_deadlines.publish_many_deadlines),
    "at_risk.cut.list": (at_risk.PANEL, 632, 540, samples_deadlines.publish_many_deadlines),
    "evaluation.table": (evaluation.PANEL, 1856, 600, samples_deadlines.publish_deadlines),
    "evaluation.card": (evaluation.PANEL, 1200, 480, samples_deadlines.publish_deadlines),
    "hazards.many": (hazards.PANEL, 1856, 660, samples_surroundings.publish_warnings),
    "hazards.narrow": (hazards.PANEL, 900, 400, samples_surroundings.publish_warnings),
}
TROUBLE = {
    "late": FrameStatus(freshness=Freshness.LATE, age_s=75.0),
    "stale": FrameStatus(freshness=Freshness.STALE, age_s=260.0),
    "offline": FrameStatus(freshness=Freshness.OFFLINE, age_s=20.0),
    "simulated": FrameStatus(freshness=Freshness.LIVE, is_simulated=True),
    "waiting": FrameStatus(freshness=Freshness.WAITING),
}


@pytest.fixture(autouse=True)
def needs_inter(qapp: object) -> None:
    if not {"Inter", "Inter Display"} <= set(QFontDatabase.families()):
        pytest.skip("the kept pictures are set in Inter: apt-get install fonts-inter")


@pytest.fixture
def is_updating(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden", default=False))


def build(place: str, publish: Callable[[OneSlot], None] = samples.publish_picture_state) -> tuple[OneSlot, PanelFrame]:
    spec, width, height = PLACES[place]
    slot = OneSlot()
    publish(slot)
    frame = slot.frame(spec, width, height, scale=SCALE)
    for ms, call in slot.ticks:
        if ms <= 1000:
            call()
    return slot, frame


@pytest.mark.parametrize("place", PLACES)
def test_calm(place: str, is_updating: bool) -> None:
    _, frame = build(place)
    golden.check(f"{place}.live", grab(frame), update=is_updating)


def build_surrounded(place: str, palette: str = "day") -> PanelFrame:
    spec, width, height, publish = SURROUNDED[place]
    slot = OneSlot(palette=palette)
    publish(slot)
    frame = slot.frame(spec, width, height, scale=SCALE)
    for ms, call in slot.ticks:
        if ms <= 1000:
            call()
    return frame


@pytest.mark.parametrize("place", SURROUNDED)
def test_surroundings(place: str, is_updating: bool) -> None:
    golden.check(f"{place}.live", grab(build_surrounded(place)), update=is_updating)


@pytest.mark.parametrize("place", ["lingkungan.card", "apps.detail", "sources.table", "at_risk.table", "evaluation.table"])
@pytest.mark.parametrize("state", ["stale", "offline", "simulated"])
def test_surroundings_in_trouble(place: str, state: str, is_updating: bool) -> None:
    frame = build_surrounded(place)
    frame.set_status(TROUBLE[state])
    golden.check(f"{place}.{state}", grab(frame), update=is_updating)


def test_one_of_three_is_dead_and_the_others_stand(is_updating: bool) -> None:
    frame = build_surrounded("lingkungan.card")
    frame.set_status(FrameStatus(freshness=Freshness.LIVE, fresh_of=(2, 3)))
    golden.check("lingkungan.card.partly", grab(frame), update=is_updating)


def test_night(is_updating: bool) -> None:
    golden.check("lingkungan.card.night", grab(build_surrounded("lingkungan.card", "night")), update=is_updating)


@pytest.mark.parametrize("state", TROUBLE)
@pytest.mark.parametrize("place", ["ticker", "presence", "hazards"])
def test_trouble(place: str, state: str, is_updating: bool) -> None:
    _, frame = build(place, (lambda slot: None) if state == "waiting" else samples.publish_picture_state)
    frame.set_status(TROUBLE[state])
    golden.check(f"{place}.{state}", grab(frame), update=is_updating)


def test_error_card(is_updating: bool) -> None:
    _, frame = build("presence")
    frame.fail("Panel tidak dapat digambar: KeyError", "Lihat log dinding; panel dicoba lagi dalam 30 detik")
    golden.check("presence.error", grab(frame), update=is_updating)


def test_extremes(is_updating: bool) -> None:
    _, frame = build("totals", samples.publish_extremes)
    golden.check("totals.extremes", grab(frame), update=is_updating)


def test_a_difference_is_seen_and_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(golden, "SHOWN", golden.ROOT / "build" / "golden-self-test")
    drawn = QImage(40, 40, QImage.Format.Format_RGB32)
    drawn.fill(0x101010)
    golden.check("self", drawn, update=True)
    golden.check("self", drawn, update=False)
    for x in range(10):
        drawn.setPixel(x, 5, 0xFFFFFF)
    with pytest.raises(AssertionError, match=r"0\.6% of the pixels differ"):
        golden.check("self", drawn, update=False)
    assert (golden.SHOWN / "self.difference.png").exists()
