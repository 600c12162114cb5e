"""Documents of a given size for the benches, invented but shaped like the real ones. Seeded: the same size is the same document."""

import json
from datetime import UTC, date, datetime, timedelta
from random import Random
from xml.sax.saxutils import escape

_BUYERS = (
    "Dinas Pekerjaan Umum dan Penataan Ruang", "Dinas Pendidikan", "Dinas Kesehatan", "Dinas Perhubungan", "Dinas Lingkungan Hidup",
    "Kecamatan Cipondoh", "Kecamatan Karawaci", "Dinas Komunikasi dan Informatika",
)  # fmt: skip
_WORKS = ("Rehabilitasi Drainase", "Peningkatan Jalan", "Pengadaan Alat Kesehatan", "Jasa Konsultansi Perencanaan", "Belanja Bahan Bakar")
_UNITS = ("Buah", "Meter", "Paket", "Orang/Bulan", "Liter", "m3")
_STEPS = ("Pengumuman", "Unduh Dokumen", "Penjelasan", "Upload Penawaran", "Pembukaan", "Evaluasi", "Penetapan", "Sanggah", "Kontrak")
YEAR = 2026


def ocds_package(size: int, *, seed: int = 1) -> bytes:
    """An OCDS 1.1 release package of at least ``size`` bytes: one year of a city's packages at every stage, with their usual flaws."""
    rng = Random(seed)
    head = {
        "version": "1.1",
        "uri": "urn:example:package",
        "publishedDate": f"{YEAR}-11-21T18:00:00+07:00",
        "publisher": {"name": "Kota contoh"},
    }
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(json.dumps(_release(len(parts) + 1, rng), ensure_ascii=False))
        length += len(parts[-1]) + 1
    return f'{json.dumps(head)[:-1]}, "releases": [{",".join(parts)}]}}'.encode()


def _release(number: int, rng: Random) -> dict[str, object]:
    stage = rng.choices(range(5), (15, 10, 10, 15, 50))[0]
    begun = date(YEAR, 1, 5) + timedelta(days=rng.randrange(270))
    budget = rng.randrange(50, 9_000) * 1_000_000
    estimate = round(budget * rng.uniform(0.95, 1.0))
    buyer = rng.randrange(len(_BUYERS))
    organisation = {"id": f"1.01.{buyer:02}", "name": _BUYERS[buyer]}
    title = f"{rng.choice(_WORKS)} Paket {number}"
    release: dict[str, object] = {
        "ocid": f"ocds-contoh-{number:07}",
        "id": f"{number}-{stage}",
        "date": _at(begun + timedelta(days=10 * stage), rng),
        "tag": ["planning", "tender", "tender", "award", "contract"][: stage + 1],
        "initiationType": "tender",
        "language": "id",
        "buyer": organisation,
        "parties": [{**organisation, "roles": ["buyer", "procuringEntity"], "identifier": {"scheme": "ID-OPD", "id": organisation["id"]}}],
        "planning": {"budget": {"id": str(48_000_000 + number), "amount": _money(budget), "description": "APBD", "project": title}},
        "tender": _tender(number, stage, title, begun, estimate, rng),
    }
    value = round(estimate * rng.uniform(0.82, 0.99)) * (10 if rng.random() < 0.002 else 1)
    award = {"id": f"{number}-a", "title": title, "date": _at(begun + timedelta(days=30), rng), "value": _money(min(value, estimate))}
    if stage >= 3:
        release["awards"] = [{**award, "status": "active" if stage > 3 or rng.random() < 0.8 else "pending", "suppliers": [_supplier(rng)]}]
    if stage >= 4:
        signed = "-0001-11-30T00:00:00+00:00" if rng.random() < 0.03 else _at(begun + timedelta(days=40), rng)
        contract = {"id": number, "awardID": award["id"], "status": "active", "value": _money(value), "dateSigned": signed}
        release["contracts"] = [{**contract, "title": title, "items": [_item(place, rng) for place in range(rng.randrange(2, 9))]}]
    return release


def _tender(number: int, stage: int, title: str, begun: date, estimate: int, rng: Random) -> dict[str, object]:
    return {
        "id": number,
        "title": title,
        "status": ("planned", "active", "active", "complete", "complete")[stage],
        "procurementMethod": rng.choice(("open", "direct", "limited")),
        "mainProcurementCategory": rng.choice(("works", "goods", "services", None)),
        "value": _money(estimate),
        "tenderPeriod": {"startDate": _at(begun, rng), "endDate": _at(begun + timedelta(days=14), rng)},
        "numberOfTenderers": rng.randrange(1, 30) if stage > 1 else 0,
        "milestones": [
            {"id": f"{number}-{place}", "title": step, "dueDate": _at(begun + timedelta(days=3 * place), rng), "status": "scheduled"}
            for place, step in enumerate(_STEPS[: rng.randrange(3, len(_STEPS))])
        ],
    }


def _item(place: int, rng: Random) -> dict[str, object]:
    return {
        "id": place,
        "description": f"Uraian pekerjaan {place}",
        "quantity": rng.randrange(1, 500),
        "unit": {"name": rng.choice(_UNITS)},
    }


def _supplier(rng: Random) -> dict[str, object]:
    number = rng.randrange(4_000)
    return {"id": f"ID-{number:05}", "name": f"Penyedia {number}"}


def _money(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "IDR"}


def _at(day: date, rng: Random) -> str:
    return f"{day.isoformat()}T{rng.randrange(24):02}:{rng.randrange(60):02}:00+07:00"


def georeport_requests(count: int, *, as_xml: bool = False, first: int = 0) -> bytes:
    """``count`` requests of a GeoReport v2 server in Kota Tangerang, open and closed, as one list, numbered from ``first``."""
    rng = Random(first)
    begun = datetime(YEAR, 1, 1, tzinfo=UTC)
    rows = [_request(number, begun + timedelta(minutes=7 * number), rng) for number in range(first, first + count)]
    if not as_xml:
        return json.dumps(rows, ensure_ascii=False).encode()
    requests = "".join(
        f"<request>{''.join(f'<{key}>{escape(str(value))}</{key}>' for key, value in row.items())}</request>" for row in rows
    )
    return f'<?xml version="1.0" encoding="utf-8"?><service_requests>{requests}</service_requests>'.encode()


def _request(number: int, at: datetime, rng: Random) -> dict[str, object]:
    return {
        "service_request_id": f"R-{number}",
        "status": "open" if rng.random() < 0.3 else "closed",
        "status_notes": "",
        "service_name": rng.choice(_WORKS),
        "service_code": f"{rng.randrange(20):03}",
        "description": "Lubang di jalan, sudah lama & cukup dalam.\r\nMohon segera diperbaiki.",
        "requested_datetime": at.isoformat(),
        "updated_datetime": (at + timedelta(hours=rng.randrange(72))).isoformat(),
        "address": f"Jalan Contoh {number}, Kota Tangerang",
        "lat": round(rng.uniform(-6.22, -6.13), 6),
        "long": round(rng.uniform(106.6, 106.7), 6),
        "media_url": "",
    }
