"""Numbers, money, dates and ages as the room reads them: Indonesian by default, English by switch. Pure.

Rules: domain.md section 4 (money, percent), visual.md rule 8 (minus U+2212, decimal comma, 14.32.08), EYD (groups of three from
1.000 on, years excepted). Its twin for pages is assets/web/src/numerals.ts; both are held to tests/vectors/numerals.json.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

MISSING = "—"
MINUS = "\u2212"
_MONEY = (("T", 10**12), ("M", 10**9), ("jt", 10**6), ("rb", 10**3))
_MONTHS = {
    "id": ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
}  # fmt: skip
_DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_AGES = {"id": ("dtk", "mnt", "j", "hr", "bln", "th"), "en": ("s", "min", "h", "d", "mo", "y")}
_MOST_SHOWN = 99_999
_MOST_DAYS = 100
"""From so many days on an age is told in months and years."""


class Numerals:
    """Formats for one language and one time zone. ``None`` is always ``—``."""

    def __init__(self, language: str, time_zone: str) -> None:
        self._language = language if language in _MONTHS else "en"
        self._zone = ZoneInfo(time_zone)
        self._comma = "," if self._language == "id" else "."
        self._thousands = "." if self._language == "id" else ","

    def number(self, value: float | None, decimals: int = 0, *, sign: bool = False) -> str:
        """``−12,4``; with ``sign`` also ``+3,0``. Thousands are grouped from 1,000 on."""
        if value is None:
            return MISSING
        rounded = round(abs(value), decimals)
        text = self._grouped(f"{rounded:,.{decimals}f}")
        if rounded == 0:
            return text
        return (MINUS if value < 0 else "+" if sign else "") + text

    def bounded(self, value: float | None, decimals: int = 0, *, sign: bool = False) -> str:
        """As ``number``; what is beyond any share or deviation is told as such: ``>99.999``, ``<−99.999``."""
        if value is None or abs(value) <= _MOST_SHOWN:
            return self.number(value, decimals, sign=sign)
        return f"<{self.number(-_MOST_SHOWN)}" if value < 0 else f">{self.number(_MOST_SHOWN)}"

    def percent(self, value: float | None, decimals: int = 1) -> str:
        """``71,4 %`` with a narrow no-break space."""
        return MISSING if value is None else f"{self.bounded(value, decimals)}\u202f%"

    def rupiah(self, amount: int | None) -> str:
        """``Rp 3,94 T``, ``Rp 45,6 M``, ``Rp 7,8 jt``, ``Rp 950 rb``: three figures, rounded first, then promoted."""
        if amount is None:
            return MISSING
        size = abs(amount)
        sign = MINUS if amount < 0 else ""
        suffix, figure, decimals = "", 0.0, 0
        for index in range(len(_MONEY) - 1, -1, -1):
            suffix, unit = _MONEY[index]
            figure, decimals = _three_figures(size, unit)
            if figure < 1000 or index == 0:
                break
        if size < 1000:
            return f"{sign}Rp {size}"
        text = f"{figure:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{figure:,.0f}"
        return f"{sign}Rp {self._grouped(text)} {suffix}"

    def _grouped(self, english: str) -> str:
        """``1,234.5`` with this language's comma and points."""
        return english.replace(",", "\0").replace(".", self._comma).replace("\0", self._thousands)

    def age(self, seconds: float | None) -> str:
        """``4 dtk``, ``12 mnt``, ``2 j 41 mnt``, ``3 hr``, ``8 bln``, ``2 th 11 bln``."""
        if seconds is None:
            return MISSING
        second, minute, hour, day, month, year = _AGES[self._language]
        whole = max(0, int(seconds))
        if whole < 60:
            return f"{whole} {second}"
        if whole < 3600:
            return f"{whole // 60} {minute}"
        if whole < 86_400:
            rest = whole % 3600 // 60
            return f"{whole // 3600} {hour} {rest} {minute}" if rest else f"{whole // 3600} {hour}"
        days = whole // 86_400
        if days < _MOST_DAYS:
            return f"{days} {day}"
        years, months = divmod(int(days / 30.436875), 12)
        return " ".join(f"{count} {unit}" for count, unit in ((years, year), (months, month)) if count)

    def short_age(self, seconds: float | None) -> str:
        """The largest unit alone: ``12 mnt``, ``23 j``, ``3 hr``, ``2 th``."""
        return " ".join(self.age(seconds).split(" ")[:2])

    def fine_age(self, seconds: float | None) -> str:
        """As ``age``, with a tenth below ten seconds: ``0,4 dtk``."""
        if seconds is None or seconds >= 9.95:
            return self.age(seconds)
        return f"{self.number(max(0.0, seconds), 1)} {_AGES[self._language][0]}"

    def local(self, moment: datetime) -> datetime:
        """In the city's zone; on the first and last day of the calendar, where there is no such time, the figures stay as they are."""
        try:
            return moment.astimezone(self._zone)
        except OverflowError:
            return moment.replace(tzinfo=self._zone)

    def clock(self, moment: datetime | None) -> str:
        """``14.32.08`` local time (``14:32:08`` in English)."""
        return MISSING if moment is None else self.local(moment).strftime("%H.%M.%S" if self._language == "id" else "%H:%M:%S")

    def minute(self, moment: datetime | None) -> str:
        """``14.32`` local time."""
        return MISSING if moment is None else self.local(moment).strftime("%H.%M" if self._language == "id" else "%H:%M")

    def day(self, moment: date | None) -> str:
        """``22 Nov``."""
        if moment is None:
            return MISSING
        local = self.local(moment) if isinstance(moment, datetime) else moment
        return f"{local.day} {_MONTHS[self._language][local.month - 1][:3]}"

    def dated(self, moment: date, now: datetime) -> str:
        """``22 Nov``, in another year than that of ``now`` ``5 Des 2023``; local dates."""
        year = self.local(moment).year if isinstance(moment, datetime) else moment.year
        return self.day(moment) if year == self.local(now).year else f"{self.day(moment)} {year}"

    def when(self, moment: datetime, now: datetime) -> str:
        """The minute, with the day in front when that is not the day of ``now``: ``14.32``, ``22 Nov 14.32``."""
        is_today = self.local(moment).date() == self.local(now).date()
        return self.minute(moment) if is_today else f"{self.dated(moment, now)} {self.minute(moment)}"

    def long_day(self, moment: datetime) -> str:
        """``Senin, 23 November 2026`` local date."""
        local = self.local(moment)
        return f"{_DAYS[self._language][local.weekday()]}, {local.day} {_MONTHS[self._language][local.month - 1]} {local.year}"


def _three_figures(size: int, unit: int) -> tuple[float, int]:
    """``size`` in ``unit`` rounded to three significant figures, and how many decimals that leaves."""
    for decimals, limit in ((2, 10), (1, 100), (0, 1000)):
        scaled = (size * 10**decimals + unit // 2) // unit
        if scaled < limit * 10**decimals:
            return scaled / 10**decimals, decimals
    return float((size + unit // 2) // unit), 0
