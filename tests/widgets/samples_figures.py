"""Figures, cameras, officers and incidents as messages: an ordinary state and one at its extremes."""

from datetime import timedelta

from feeds.messages.camera import CAMERA
from feeds.messages.field import OFFICER, Officer
from feeds.messages.header import Position
from feeds.messages.indicator import (
    FINANCE,
    PROCUREMENT,
    PROGRESS,
    AgencyFigure,
    CriticalContract,
    Curve,
    Finance,
    Light,
    Procurement,
    Progress,
    Ratio,
    StageCount,
)
from feeds.messages.report import INCIDENT, Incident
from tests.widgets.samples import LONG, MARKUP
from tests.widgets.staging import NOW, OneSlot, district

TODAY = NOW.date()
STAGES = {"rencana": 642, "pengumuman": 588, "penawaran": 521, "evaluasi": 463, "penetapan": 418, "kontrak": 397}


def publish_figures(slot: OneSlot) -> None:
    planned, actual = (
        Curve(step="month", values=tuple(8.0 * n for n in range(1, 13))),
        Curve(step="month", values=(5.0, 12.0, 20.0, None, None, 71.4)),
    )
    slot.publish(FINANCE, ("finance", Finance(
        year=2026, as_of=TODAY, source="SIPD", absorption=Ratio(value=71.4, numerator=3_940_000_000_000, denominator=5_520_000_000_000),
        target=79.2, target_version="1", deviation=-7.8, light=Light.YELLOW, planned=planned, actual=actual,
        agencies=(AgencyFigure(agency="dpupr", deviation=-12.4, light=Light.RED), AgencyFigure(agency="dinkes", deviation=-2.0, light=Light.GREEN)),
    )))  # fmt: skip
    slot.publish(PROGRESS, ("progress", Progress(
        year=2026, week=46, weeks=52, as_of=TODAY, source="E-Monev", progress=Ratio(value=58.2, numerator=1, denominator=2), planned_value=67.9,
        target_version="1", deviation=-9.7, light=Light.YELLOW, planned=Curve(step="week", values=tuple(float(n * 2) for n in range(52))),
        actual=Curve(step="week", values=(*(float(n) for n in range(20)), *([None] * 8), *(float(n) for n in range(28, 46)))),
        critical=(CriticalContract(id="c1", name="Drainase Poris", agency="dpupr", deviation=-14.2),), contracts=42,
    )))  # fmt: skip
    slot.publish(PROCUREMENT, ("procurement", Procurement(
        year=2026, as_of=NOW, source="SiRUP", announced=Ratio(value=96.8, numerator=2_410_000_000_000, denominator=2_490_000_000_000),
        stages=tuple(StageCount(stage=stage, packages=count) for stage, count in STAGES.items()), late_packages=17,
    )))  # fmt: skip
    slot.publish(CAMERA, *((camera.id, camera) for camera in slot.city.cameras))
    slot.publish(
        OFFICER, ("17", Officer(number="17", agency="dpupr", is_on_task=True, seen_at=NOW, position=Position(106.6, -6.2), position_at=NOW))
    )
    slot.publish(INCIDENT, ("i1", Incident(
        id="i1", title="Genangan Periuk", category="genangan", since=NOW - timedelta(minutes=35), position=Position(106.6, -6.17),
        districts=(district("Periuk"),), new=3, forwarded=2, working=7, done=0,
    )))  # fmt: skip
    for title, topic in (("SIPD", FINANCE), ("E-Monev", PROGRESS), ("SiRUP", PROCUREMENT), ("CCTV", CAMERA), ("SIGAP", OFFICER)):
        slot.source(title, topic)


def publish_odd_figures(slot: OneSlot) -> None:
    """No denominators, no targets, empty curves, long names, values out of every range."""
    nothing = Ratio(value=None, numerator=None, denominator=0)
    slot.publish(FINANCE, ("finance", Finance(
        year=2026, as_of=TODAY, source=LONG, absorption=nothing, target=None, target_version="", deviation=None, light=Light.GREY,
        planned=Curve(step="month", values=()), actual=Curve(step="month", values=(None,) * 12), excluded_rows=999_999,
        agencies=tuple(AgencyFigure(agency=name, deviation=value, light=Light.RED) for name, value in ((LONG, -199.9), (MARKUP, None), ("dlh", 0.0))),
    )))  # fmt: skip
    slot.publish(PROGRESS, ("progress", Progress(
        year=2026, week=53, weeks=53, as_of=TODAY, source=MARKUP, progress=Ratio(value=1234.5, numerator=10**18, denominator=1), planned_value=None,
        target_version="", deviation=-199.9, light=Light.RED, planned=Curve(step="week", values=(None, 250.0)),
        actual=Curve(step="week", values=(-20.0, None, 400.0)), contracts=0,
        critical=tuple(CriticalContract(id=str(n), name=LONG, agency=MARKUP, deviation=-100.0 - n) for n in range(9)),
    )))  # fmt: skip
    slot.publish(PROCUREMENT, ("procurement", Procurement(
        year=2026, as_of=NOW, source=LONG, announced=nothing, late_packages=99_999, excluded_rows=5,
        stages=(StageCount(stage=LONG, packages=10**9), StageCount(stage="kontrak", packages=0)),
    )))  # fmt: skip
    slot.publish(CAMERA, *((camera.id, camera) for camera in slot.city.cameras[:1]))
    slot.source(LONG, FINANCE, PROGRESS, PROCUREMENT, CAMERA, checked_at=None)
