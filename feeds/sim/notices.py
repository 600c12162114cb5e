"""Running lines of invented, harmless city news. Tells of programmes, never of people."""

from datetime import datetime

from feeds.messages.city import City
from feeds.messages.hazard import Notice

_TEXTS = (
    "Layanan perekaman KTP keliling hari ini di kantor kecamatan, pukul 09.00 sampai 14.00",
    "Pengerukan saluran berlangsung minggu ini; mohon lalu lintas melambat di lokasi kerja",
    "Bank sampah menerima botol plastik dan kardus setiap hari kerja",
    "Pemeriksaan kesehatan gratis di puskesmas sampai akhir bulan",
    "Penanaman pohon di tepi sungai memasuki tahap kedua",
    "Keadaan darurat: hubungi 112, bebas pulsa, 24 jam",
    "Pendaftaran pelatihan kerja dibuka sampai tanggal 30",
    "Uji coba jalur sepeda diperpanjang satu bulan",
)


def notices(city: City, at: datetime) -> list[Notice]:
    """The city folder's standing lines in the city's language, else invented ones."""
    standing = [
        Notice(id=f"SIM-{line.id}", text=line.texts[city.language], at=at, attribution=line.attribution)
        for line in city.notices
        if city.language in line.texts
    ]
    if standing:
        return standing
    return [Notice(id=f"SIM-KABAR-{i}", text=text, at=at, attribution=f"{city.name} (simulasi)") for i, text in enumerate(_TEXTS, 1)]
