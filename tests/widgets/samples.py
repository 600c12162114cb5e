"""The state of the pictures in visual/, as messages; and the extremes that no slot may break under."""

from datetime import timedelta
from typing import Any

from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from feeds.messages.field import PRESENCE, Presence
from feeds.messages.hazard import HAZARD, NOTICE, Hazard, HazardKind, Notice, Severity
from feeds.messages.report import REPORT, TICKER, TOTALS, Channel, Priority, Report, ReportState, TickerLine, Totals
from tests.widgets.staging import NOW, OneSlot, at, district

LONG = "Kerusakan berat jaringan drainase lingkungan permukiman di sekitar Perumahan Pondok Makmur Kutabaru Kecamatan Pasar Kemis"
MARKUP = "<b>tebal</b><script>alert(1)</script> &amp; \u202eterbalik\u202c \u0628\u0644\u0627\u063a \U0001f6a8\x07\nbaris"


def totals(**changed: Any) -> Totals:
    counts: dict[str, Any] = {
        "since": at("0.00"), "at": NOW, "reports_epoch": "e", "reports_seq": 1, "received": 64, "new": 9, "forwarded": 7, "working": 14,
        "done": 25, "declined": 3, "duplicate": 4, "invalid": 2, "reopened": 0,
    }  # fmt: skip
    return Totals(**(counts | changed))


def report(
    key: str, state: ReportState, category: str, where: str | None, minutes: float, channel: Channel = Channel.LAKSA, **changed: Any
) -> Report:
    fields: dict[str, Any] = {
        "id": key, "state": state, "category": category, "channel": channel, "priority": Priority.NORMAL,
        "received_at": NOW - timedelta(minutes=minutes), "changed_at": NOW - timedelta(minutes=minutes / 2),
        "district": district(where) if where else None,
    }  # fmt: skip
    return Report(**(fields | changed))


def line_of(body: Report) -> TickerLine:
    return TickerLine(
        report=body.id, state=ReportState.NEW, category=body.category, channel=body.channel, priority=body.priority, at=body.received_at,
        district=body.district, place=body.place, category_name=body.category_name,
    )  # fmt: skip


def publish_reports(slot: OneSlot, *bodies: Report) -> None:
    slot.publish(REPORT, *((body.id, body) for body in bodies))
    slot.publish(TICKER, *((body.id, line_of(body)) for body in bodies))


def photo(top: str, ground: str, width: int = 640, height: int = 450) -> QImage:
    """A drawn road under a sky."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    sky = QLinearGradient(0, 0, 0, height)
    sky.setColorAt(0, QColor(top))
    sky.setColorAt(1, QColor(ground))
    painter.fillRect(image.rect(), sky)
    painter.fillRect(0, height // 3, width, height, QColor(ground))
    painter.fillRect(width // 3, height // 3, width // 3, height, QColor("#45494c"))
    painter.end()
    return image


def publish_picture_state(slot: OneSlot) -> None:
    """Everything my panels show in wall.png."""
    states = ReportState
    publish_reports(
        slot,
        report("r1", states.NEW, "genangan", "Periuk", 1.2),
        report("r2", states.NEW, "pohon_tumbang", "Cipondoh", 3.1, Channel.CALL_112),
        report("r3", states.FORWARDED, "lampu_jalan", "Karang Tengah", 6, Channel.SMS),
        report("r4", states.WORKING, "saluran_tersumbat", "Karawaci", 9),
        report("r5", states.NEW, "sampah_menumpuk", "Ciledug", 12, Channel.FACEBOOK),
        report("r6", states.DONE, "kabel_menjuntai", "Larangan", 15, Channel.EMAIL),
        report(
            "r7", states.DONE, "jalan_berlubang", "Jatiuwung", 204, place="Gandasari", agency="dpupr", received_at=at("11.08"), changed_at=at("13.49"),
            photo_before="aa", photo_before_at=at("11.08"), photo_after="bb", photo_after_at=at("13.47"), evidence_ok=True, evidence_distance_m=18.2,
        ),
    )  # fmt: skip
    slot.pictures |= {"aa": photo("#98a2a8", "#6a6a60"), "bb": photo("#7d8a94", "#5d6164")}
    slot.publish(TOTALS, ("totals", totals()))
    counts = {"dpupr": (72, 90), "dlh": (58, 70), "dishub": (44, 52), "satpolpp": (39, 46), "bpbd": (18, 30)}
    slot.publish(PRESENCE, *((code, Presence(agency=code, present=p, expected=e, as_of=at("14.31"))) for code, (p, e) in counts.items()))
    slot.publish(HAZARD, ("h1", storm()))
    slot.publish(NOTICE, ("n1", notice("n1", "Layanan SIM keliling hari ini di halaman Puspemkot, 08.00 sampai 12.00")))
    slot.source("log laporan", REPORT, TICKER, TOTALS)
    slot.source("SIGAP", PRESENCE)
    slot.source("BMKG", HAZARD)
    slot.source("Kota", NOTICE)


def storm(key: str = "h1", **changed: Any) -> Hazard:
    fields: dict[str, Any] = {
        "id": key, "kind": HazardKind.WEATHER, "severity": Severity.MODERATE, "headline": "Hujan lebat dan petir", "issued_at": at("13.55"),
        "attribution": "BMKG", "expires_at": at("16.00"), "districts": (district("Periuk"), district("Neglasari"), district("Benda")),
    }  # fmt: skip
    return Hazard(**(fields | changed))


def notice(key: str, text: str, **changed: Any) -> Notice:
    return Notice(**({"id": key, "text": text, "at": NOW, "attribution": "Diskominfo"} | changed))


def publish_extremes(slot: OneSlot) -> None:
    """Long names, missing values, markup, large and impossible numbers."""
    states = ReportState
    publish_reports(
        slot,
        report(
            "x1",
            states.REOPENED,
            LONG,
            None,
            0.1,
            Channel.INSTAGRAM,
            priority=Priority.EMERGENCY,
            place=LONG,
            category_name=LONG,
            agency=LONG,
        ),
        report(
            "x2",
            states.NEW,
            "tidak_dikenal",
            None,
            59,
            Channel.CALL_CENTRE,
            category_name=MARKUP,
            place=MARKUP,
            priority=Priority.EMERGENCY,
        ),
        report("x3", states.DECLINED, "genangan", "Karang Tengah", 60 * 25 * 40, Channel.OPEN311, is_outside=True),
        report("x4", states.DUPLICATE, "genangan", None, 60 * 23.9, Channel.WEBSITE),
        report("x5", states.INVALID, "", None, -5, Channel.X),
        report("x6", states.DONE, LONG, "Larangan", 9000, photo_before="zz", evidence_ok=False, evidence_distance_m=123456.0),
    )
    slot.publish(TOTALS, ("totals", totals(received=99_999, new=12_345, forwarded=7_777, working=14_321, done=55_000, declined=3_210,
                                           duplicate=4_321, invalid=2_000, reopened=1_025, carried=1_234)))  # fmt: skip
    agencies = [LONG, "dpupr", MARKUP, "dlh", "dishub", "bpbd", "satpolpp", "perkim", "dinkes", "x9"]
    slot.publish(
        PRESENCE,
        *(
            (c, Presence(agency=c, present=(0, 120_000, 7)[i % 3], expected=(0, 90_000, 30)[i % 3], as_of=NOW))
            for i, c in enumerate(agencies)
        ),
    )
    slot.publish(
        HAZARD,
        ("h1", storm("h1", severity=Severity.EXTREME, headline=LONG, attribution=LONG, districts=(), area=LONG, is_drill=True)),
        (
            "h2",
            storm(
                "h2",
                severity=Severity.SEVERE,
                headline=MARKUP,
                kind=HazardKind.EARTHQUAKE,
                magnitude=7.8,
                depth_km=10.0,
                distance_km=1200.0,
            ),
        ),
        ("h3", storm("h3", severity=Severity.UNKNOWN, headline="", kind=HazardKind.OTHER, expires_at=None, districts=(), area=None)),
        (
            "h4",
            storm(
                "h4", severity=Severity.MINOR, kind=HazardKind.FLOOD, onset_at=NOW + timedelta(days=2), expires_at=NOW + timedelta(days=3)
            ),
        ),
    )
    slot.publish(
        NOTICE, ("n1", notice("n1", LONG * 3)), ("n2", notice("n2", MARKUP, attribution="")), ("n3", notice("n3", "", attribution=LONG))
    )
