"""What people report, by which channel, at which hour and how long it takes: the tables of an ordinary day. Data and draws only."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from feeds.messages.city import Category, City
from feeds.messages.report import Channel, Priority

ItemT = TypeVar("ItemT")

REPORTS_PER_DAY = 37.5
"""35-40 a day, domain.md section 1 (2024)."""

_HOUR_WEIGHTS = (5, 4, 3, 3, 4, 8, 20, 38, 52, 56, 54, 50, 44, 46, 50, 48, 44, 40, 36, 34, 28, 20, 13, 8)
HOURLY = tuple(REPORTS_PER_DAY * weight / sum(_HOUR_WEIGHTS) for weight in _HOUR_WEIGHTS)
"""Reports an hour, by local hour (ours: only the day's total is published)."""

CHANNELS: tuple[tuple[Channel, float], ...] = (
    (Channel.LAKSA, 46), (Channel.CALL_112, 9), (Channel.CALL_CENTRE, 12), (Channel.SMS, 6), (Channel.EMAIL, 5),
    (Channel.X, 6), (Channel.FACEBOOK, 5), (Channel.INSTAGRAM, 6), (Channel.WEBSITE, 5),
)  # fmt: skip
PHOTO_CHANNELS = frozenset({Channel.LAKSA, Channel.X, Channel.FACEBOOK, Channel.INSTAGRAM, Channel.WEBSITE})

_CATEGORY_WEIGHTS = {
    "jalan_berlubang": 15, "jalan_rusak": 8, "trotoar_rusak": 3, "jembatan_rusak": 0.5, "banjir": 1, "genangan": 5,
    "saluran_tersumbat": 8, "sampah_menumpuk": 13, "pembakaran_sampah": 4, "pohon_tumbang": 3, "pohon_rawan": 3, "taman_rusak": 2,
    "lampu_jalan": 11, "kabel_menjuntai": 4, "macet": 4, "rambu_rusak": 3, "parkir_liar": 5, "kecelakaan": 1.5,
    "gangguan_ketertiban": 4, "gangguan_keamanan": 1, "pedagang_liar": 3, "kebakaran": 0.5, "ktp": 5, "kesehatan": 2,
    "kamar_ibu_hamil": 0.5, "infrastruktur": 2, "pendidikan": 1, "pelayanan_kantor": 2, "lainnya": 2,
}  # fmt: skip
_DEFAULT_WEIGHT = 2.0

_EMERGENCIES = frozenset({"kebakaran", "kecelakaan", "kamar_ibu_hamil", "gangguan_keamanan", "banjir", "pohon_tumbang"})
_URGENT = frozenset({"pohon_tumbang", "kabel_menjuntai", "genangan", "banjir", "jembatan_rusak", "kesehatan", "rambu_rusak"})

_WORK_HOURS = {
    "jalan": 3.0, "air": 2.4, "sampah": 1.8, "pohon": 1.5, "penerangan": 2.2, "lalu_lintas": 1.1, "ketertiban": 1.2, "kebakaran": 1.5,
}  # fmt: skip
_DEFAULT_WORK_HOURS = 2.0

_TEXTS: dict[str, tuple[str, ...]] = {
    "jalan_berlubang": ("Lubang di lajur kiri, lebar sekitar 60 cm.", "Lubang tertutup air bila hujan.", "Dua lubang di tikungan."),
    "jalan_rusak": ("Aspal mengelupas sepanjang 20 meter.", "Permukaan jalan bergelombang."),
    "genangan": ("Air setinggi mata kaki, kendaraan melambat.", "Genangan 30 cm di depan pasar.", "Air belum surut sejak hujan reda."),
    "banjir": ("Air masuk halaman, tinggi 40 cm.", "Jalan tidak dapat dilewati motor."),
    "saluran_tersumbat": ("Saluran penuh lumpur dan plastik.", "Air meluap dari selokan."),
    "sampah_menumpuk": ("Tumpukan sampah menutup setengah trotoar.", "Tempat sampah penuh sejak kemarin."),
    "pohon_tumbang": ("Pohon menutup satu lajur.", "Batang pohon jatuh di bahu jalan."),
    "pohon_rawan": ("Pohon miring ke arah jalan.",),
    "lampu_jalan": ("Tiga lampu berurutan padam.", "Lampu mati sejak dua malam."),
    "kabel_menjuntai": ("Kabel menjuntai setinggi dua meter.", "Kabel melintang di trotoar."),
    "rambu_rusak": ("Lampu lalu lintas padam di simpang.", "Rambu patah di tepi jalan."),
    "macet": ("Antrean panjang menuju simpang.",),
    "parkir_liar": ("Kendaraan parkir menutup jalur sepeda.",),
    "trotoar_rusak": ("Ubin trotoar lepas.",),
}


def draw(rng: Random, weighted: Sequence[tuple[ItemT, float]]) -> ItemT:
    """One item, as likely as its weight."""
    items, weights = zip(*weighted, strict=True)
    return rng.choices(items, weights)[0]


def category_weights(city: City) -> tuple[tuple[Category, float], ...]:
    """The city's categories with an ordinary day's weights; kinds this table does not know count a little."""
    return tuple((category, _CATEGORY_WEIGHTS.get(category.code, _DEFAULT_WEIGHT)) for category in city.categories)


def priority(rng: Random, category: str, channel: Channel, *, is_incident: bool) -> Priority:
    """112 for a danger is an emergency; some kinds are urgent now and then, and always as part of an incident."""
    if channel == Channel.CALL_112 and category in _EMERGENCIES:
        return Priority.EMERGENCY
    if is_incident or (category in _URGENT and rng.random() < 0.35):
        return Priority.URGENT
    return Priority.NORMAL


def text(rng: Random, category: str) -> str | None:
    """A text an operator has passed, or none: then the wall shows the category."""
    texts = _TEXTS.get(category)
    return rng.choice(texts) if texts and rng.random() < 0.6 else None


def triage_s(rng: Random, priority: Priority) -> float:
    """Seconds until an operator has looked."""
    median = {Priority.EMERGENCY: 150.0, Priority.URGENT: 900.0, Priority.NORMAL: 2100.0}[priority]
    return _lognormal(rng, median, 0.8)


def acceptance_s(rng: Random, priority: Priority) -> float:
    """Seconds until the agency takes a forwarded report up."""
    median = {Priority.EMERGENCY: 240.0, Priority.URGENT: 1200.0, Priority.NORMAL: 2400.0}[priority]
    return _lognormal(rng, median, 0.7)


def work_s(rng: Random, group: str) -> float:
    """Seconds in the field; one in five waits for several agencies and takes four times as long (domain.md section 1)."""
    several = 4.0 if rng.random() < 0.2 else 1.0
    return _lognormal(rng, 3600 * several * _WORK_HOURS.get(group, _DEFAULT_WORK_HOURS), 0.5)


def _lognormal(rng: Random, median: float, sigma: float) -> float:
    return median * 2.718281828 ** rng.gauss(0, sigma)
