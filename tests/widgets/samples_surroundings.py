"""Rivers, air, forecasts, applications and sources of an ordinary day, and the extremes that no slot may break under. Invented figures."""

from datetime import timedelta
from typing import Any

from feeds.messages.application import APPLICATION, Application, ApplicationState, ProbeFault
from feeds.messages.environment import (
    AIR,
    FORECAST,
    RIVER,
    AirCategory,
    AirStation,
    Fault,
    Forecast,
    ForecastStep,
    RiverGauge,
    WaterLevel,
)
from feeds.messages.hazard import HAZARD, NOTICE, HazardKind, Severity
from feeds.messages.header import Position
from feeds.messages.system import QUARANTINE, SOURCE, Quarantined, ReasonCount, Source, SourceState
from tests.widgets.samples import LONG, MARKUP, notice, storm
from tests.widgets.staging import NOW, OneSlot, at, district

GROUPS = {
    "Perizinan": 24,
    "Kependudukan": 18,
    "Kesehatan": 27,
    "Pendidikan": 21,
    "Keuangan daerah": 30,
    "Kepegawaian": 26,
    "Pengaduan dan informasi": 28,
}
"""174 applications in 7 groups."""


def gauge(key: str, **changed: Any) -> RiverGauge:
    fields: dict[str, Any] = {
        "id": key, "name": "Pintu air Periuk", "at": at("14.30"), "level_cm": 212.0, "state": WaterLevel.WATCH, "attribution": "BBWS",
        "thresholds_cm": (200.0, 250.0, 300.0), "river": "Cisadane", "change_cm_h": 12.0,
    }  # fmt: skip
    return RiverGauge(**(fields | changed))


def station(key: str, **changed: Any) -> AirStation:
    fields: dict[str, Any] = {
        "id": key, "name": "Puspemkot", "at": at("14.00"), "index": 72, "category": AirCategory.MODERATE, "attribution": "DLH",
        "dominant": "pm25", "concentrations": {"pm25": 38.4},
    }  # fmt: skip
    return AirStation(**(fields | changed))


def sky_step(hours: float, sky: str, celsius: float | None, **changed: Any) -> ForecastStep:
    fields: dict[str, Any] = {"at": at("13.00") + timedelta(hours=hours), "sky": sky, "text": {}, "temperature_c": celsius}
    return ForecastStep(**(fields | changed))


def forecast(key: str, where: str, *steps: ForecastStep, **changed: Any) -> Forecast:
    fields: dict[str, Any] = {
        "id": key, "place": where, "issued_at": at("7.00"), "steps": steps, "attribution": "BMKG", "district": district(where),
        "position": Position(106.65, -6.17),
    }  # fmt: skip
    return Forecast(**(fields | changed))


def publish_surroundings(slot: OneSlot) -> None:
    """A river on the rise, fair air, rain in the evening."""
    slot.publish(
        RIVER,
        ("a", gauge("a")),
        ("b", gauge("b", name="Bendung Pasar Baru", level_cm=148.0, state=WaterLevel.NORMAL, change_cm_h=0.0)),
        ("c", gauge("c", name="Kali Angke Ciledug", level_cm=96.0, state=WaterLevel.NORMAL, change_cm_h=-3.0, attribution="DPUPR")),
        ("d", gauge("d", name="Situ Cipondoh", level_cm=104.0, state=WaterLevel.NORMAL, fault=Fault.FLAT, change_cm_h=0.0)),
    )
    slot.publish(
        AIR,
        ("p", station("p")),
        ("q", station("q", name="Karawaci", index=58, dominant="pm10", concentrations={"pm10": 61.0})),
        ("r", station("r", name="Pasar Ciledug", at=at("9.00"), index=91)),
    )
    slot.publish(
        FORECAST,
        (
            "f1",
            forecast(
                "f1", "Tangerang", sky_step(0, "1", 31.0), sky_step(3, "3", 30.0), sky_step(6, "60", 27.0, rain_mm=4.0),
                sky_step(9, "61", 26.0, rain_mm=12.4), sky_step(12, "3", 25.0), sky_step(15, "1", 25.0), sky_step(24, "1", 31.0),
            ),
        ),
        (
            "f2",
            forecast(
                "f2", "Periuk", sky_step(0, "3", 30.0), sky_step(5, "95", 27.0, rain_mm=22.0), sky_step(8, "60", 26.0),
                position=Position(106.58, -6.15),
            ),
        ),
    )  # fmt: skip
    slot.source("BBWS", RIVER)
    slot.source("DLH", AIR)
    slot.source("BMKG prakiraan", FORECAST)


def publish_odd_surroundings(slot: OneSlot) -> None:
    """Long names, markup, absurd figures, times of other centuries, no thresholds, no steps, no values."""
    slot.publish(
        RIVER,
        ("a", gauge("a", name=LONG, level_cm=1e12, state=WaterLevel.DANGER, change_cm_h=9e9, attribution=LONG)),
        (
            "b",
            gauge(
                "b", name=MARKUP, level_cm=-4.0, state=WaterLevel.UNKNOWN, thresholds_cm=(None, None, None), change_cm_h=None, river=None
            ),
        ),
        ("c", gauge("c", name="", at=NOW - timedelta(days=900), state=WaterLevel.ALERT, thresholds_cm=(None, 200.0, None), attribution="")),
        ("d", gauge("d", at=NOW.replace(year=9999), fault=Fault.IMPOSSIBLE, level_cm=-9e9)),
    )
    slot.publish(
        AIR,
        ("p", station("p", name=LONG, index=123_456, category=AirCategory.HAZARDOUS, dominant=LONG, stated_index=3, attribution=MARKUP)),
        ("q", station("q", name="", index=None, category=None, dominant=None, at=NOW.replace(year=1901))),
        ("r", station("r", index=None, category=None, fault=Fault.IMPOSSIBLE)),
    )
    slot.publish(
        FORECAST,
        (
            "f1",
            forecast(
                "f1", "Tangerang", sky_step(0, MARKUP, -88.8, text={"id": LONG}, rain_mm=9e9), sky_step(6, "", None), place=LONG, district=None,
                attribution=LONG, issued_at=NOW.replace(year=1950),
            ),
        ),
        ("f2", forecast("f2", "Benda", position=None)),
    )  # fmt: skip


def application(key: str, **changed: Any) -> Application:
    fields: dict[str, Any] = {
        "id": key, "name": f"Aplikasi {key}", "group": "Perizinan", "is_public": True, "state": ApplicationState.UP, "checked_at": NOW,
        "since": at("6.00"), "latency_ms": 180.0, "uptime_percent": 100.0, "certificate_days": 80,
    }  # fmt: skip
    return Application(**(fields | changed))


def publish_applications(slot: OneSlot) -> None:
    """174 applications: two down, four up but stale, one in maintenance, one certificate about to end."""
    odd: dict[str, dict[str, Any]] = {
        "Perizinan-3": {"name": "Izin usaha mikro", "state": ApplicationState.DOWN, "since": at("13.02"), "reason": "answered HTTP 502", "fault": ProbeFault.HTTP_STATUS, "figure": 502},
        "Kesehatan-5": {"name": "Antrean puskesmas", "state": ApplicationState.DOWN, "since": at("14.21"), "reason": "gave no answer within 10 s", "fault": ProbeFault.TIME_OUT, "figure": 10},
        "Kependudukan-2": {"name": "Akta kelahiran", "state": ApplicationState.STALE, "data_at": NOW - timedelta(days=3, hours=4)},
        "Keuangan daerah-7": {"name": "Pajak daerah", "state": ApplicationState.STALE, "data_at": NOW - timedelta(hours=26)},
        "Kepegawaian-9": {"name": "Presensi pegawai", "state": ApplicationState.STALE, "data_at": NOW - timedelta(hours=3)},
        "Pengaduan dan informasi-1": {"name": "Berita kota", "state": ApplicationState.STALE, "data_at": None, "fault": ProbeFault.DATA_TIME_MISSING},
        "Pendidikan-4": {"name": "Penerimaan siswa", "state": ApplicationState.MAINTENANCE, "since": at("12.00")},
        "Keuangan daerah-2": {"name": "Anggaran", "certificate_days": 6},
    }  # fmt: skip
    for group, count in GROUPS.items():
        keys = [f"{group}-{index}" for index in range(count)]
        slot.publish(APPLICATION, *((key, application(key, group=group, **odd.get(key, {}))) for key in keys))
    slot.source("Pemeriksa aplikasi", APPLICATION)


def publish_odd_applications(slot: OneSlot) -> None:
    slot.publish(
        APPLICATION,
        ("a", application("a", name=LONG, group=LONG, state=ApplicationState.DOWN, reason=LONG, since=NOW - timedelta(days=4000))),
        ("b", application("b", name=MARKUP, group=MARKUP, state=ApplicationState.STALE, data_at=NOW.replace(year=1901), certificate_days=-9999)),
        ("c", application("c", name="", group="", state=ApplicationState.STALE, data_at=None, uptime_percent=None, latency_ms=None)),
        ("d", application("d", state=ApplicationState.UP, certificate_days=0, since=NOW.replace(year=9999))),
        *((f"m{n}", application(f"m{n}", group=f"{LONG} {n}", state=list(ApplicationState)[n % 4], reason=MARKUP)) for n in range(40)),
    )  # fmt: skip


def source(key: str, title: str, **changed: Any) -> tuple[str, Source]:
    fields: dict[str, Any] = {
        "collector": key, "title": title, "topics": ("report",), "state": SourceState.OK, "checked_at": NOW - timedelta(seconds=12),
        "interval_s": 60.0, "accepted": 84,
    }  # fmt: skip
    return key, Source(**(fields | changed))


def publish_sources(slot: OneSlot) -> None:
    """A room with real sources: most are well, one refuses records, one is late, one is down, one has not been asked yet."""
    slot.publish(
        SOURCE,
        source("open311", "LAKSA (Open311)", accepted=1_240, outside=31, quarantined=2, without_position=4,
               reasons=(ReasonCount(reason="status is neither open nor closed", count=2),)),
        source("bmkg", "BMKG", accepted=3, outside=42, topics=("hazard",)),
        source("bmkg_forecast", "BMKG prakiraan", accepted=13, interval_s=3600.0, checked_at=NOW - timedelta(minutes=24)),
        source("petabencana", "PetaBencana", accepted=0),
        source("river", "Duga air BBWS", accepted=0, quarantined=6,
               reasons=(ReasonCount(reason="level_cm is not a number", count=5), ReasonCount(reason="time has no zone", count=1))),
        source("air", "Kualitas udara DLH", checked_at=NOW - timedelta(minutes=4), interval_s=60.0, accepted=3),
        source("apps", "Pemeriksa aplikasi", accepted=174),
        source("fiscal", "SIPD", state=SourceState.DOWN, failures=5, reason="answered HTTP 500", checked_at=NOW - timedelta(hours=3, minutes=12),
               interval_s=3600.0, accepted=48),
        source("notices", "Kabar kota", state=SourceState.WAITING, checked_at=None, accepted=0),
        source("cameras", "CCTV Dishub", accepted=4, topics=("camera",)),
    )  # fmt: skip
    slot.publish(
        QUARANTINE,
        ("open311:SR-2031", Quarantined(collector="open311", record="SR-2031", reason="status is neither open nor closed", at=at("14.31"))),
        ("river:PA-07", Quarantined(collector="river", record="PA-07", reason="level_cm is not a number", at=at("14.32"))),
    )


def publish_odd_sources(slot: OneSlot) -> None:
    slot.publish(
        SOURCE,
        source("a", LONG, state=SourceState.DOWN, reason=LONG * 2, failures=123_456, checked_at=None),
        source("b", MARKUP, accepted=10**12, outside=10**12, quarantined=10**12, reasons=(ReasonCount(reason=LONG, count=10**12),)),
        source("c", "", checked_at=NOW.replace(year=9999), interval_s=0.0),
        source("d", "D", checked_at=NOW.replace(year=1901), reasons=(ReasonCount(reason="", count=0),), quarantined=1),
        source("e", "E", state=SourceState.WAITING, checked_at=None),
        *(source(f"m{n}", f"{LONG} {n}", state=SourceState.DOWN, reason=MARKUP, failures=n) for n in range(30)),
    )
    slot.publish(QUARANTINE, ("b:1", Quarantined(collector="b", record=LONG, reason=LONG, at=NOW)))


def flooded(key: str, **changed: Any) -> tuple[str, Any]:
    """A flooded place as somebody told PetaBencana."""
    fields: dict[str, Any] = {
        "kind": HazardKind.FLOOD, "severity": Severity.MINOR, "headline": "Banjir 10–70 cm", "districts": (district("Cibodas"),),
        "attribution": "PetaBencana.id", "position": Position(106.6, -6.2), "issued_at": at("13.50"), "expires_at": NOW + timedelta(hours=5),
    }  # fmt: skip
    return key, storm(key, **(fields | changed))


def publish_warnings(slot: OneSlot) -> None:
    """A bad afternoon: two warnings, two flooded places, an earthquake and a drill."""
    wide = tuple(district(name) for name in ("Periuk", "Neglasari", "Benda", "Batuceper", "Karawaci", "Cibodas", "Jatiuwung"))
    slot.publish(
        HAZARD,
        ("w1", storm("w1", severity=Severity.SEVERE, headline="Hujan sangat lebat dan angin kencang", districts=wide, issued_at=at("14.10"))),
        ("w2", storm("w2", onset_at=at("17.00"), expires_at=at("19.00"))),
        flooded("f1", severity=Severity.MODERATE, headline="Banjir 71–150 cm", districts=(district("Periuk"),), area="Jalan Raya Prancis"),
        flooded("f2"),
        (
            "q1",
            storm(
                "q1", kind=HazardKind.EARTHQUAKE, severity=Severity.MINOR, headline="Gempa M 4,9, tidak berpotensi tsunami", districts=(),
                area="81 km barat daya Kabupaten Sukabumi", magnitude=4.9, depth_km=14.0, distance_km=157.0, issued_at=at("12.05"),
                expires_at=None,
            ),
        ),
        ("d1", storm("d1", severity=Severity.EXTREME, headline="Uji peringatan tsunami", is_drill=True, districts=(), area="Pesisir Banten")),
    )  # fmt: skip
    slot.source("BMKG", HAZARD)
    slot.source("PetaBencana", HAZARD)


def publish_two_feeds(slot: OneSlot) -> None:
    slot.publish(
        NOTICE,
        ("a", notice("a", "Layanan SIM keliling di halaman Puspemkot", at=at("6.30"))),
        ("b", notice("b", "Jadwal posyandu", at=at("6.00"))),
        ("c", notice("c", "Pelatihan kerja dibuka", attribution="Warta Kota", at=at("14.32") - timedelta(days=1))),
        ("d", notice("d", "Pasar murah", attribution="Warta Kota", at=at("9.00") - timedelta(days=9))),
    )
    slot.source("Diskominfo", NOTICE)
    slot.source("Warta Kota", NOTICE)
