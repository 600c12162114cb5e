"""A constant number of reports that keep changing, and officers that keep moving: the load of a bench. Publishes nothing."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from feeds.messages.city import City
from feeds.messages.field import Officer
from feeds.messages.header import Position
from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.sim.places import Places

_LIFE = (ReportState.NEW, ReportState.FORWARDED, ReportState.WORKING, ReportState.DONE)


class ReportLoad:
    """``first`` makes reports; ``changed`` takes them round their life again and again, so that their number stays."""

    def __init__(self, city: City, rng: Random, now: datetime) -> None:
        self._city = city
        self._rng = rng
        self._places = Places(city)
        self._now = now
        self._reports: list[Report] = []
        self._next = 0

    def first(self, count: int) -> list[Report]:
        """``count`` reports of today, and no others from now on."""
        self._reports = [self._report(number) for number in range(count)]
        self._next = 0
        return list(self._reports)

    def held(self) -> Sequence[Report]:
        return tuple(self._reports)

    def changed(self, count: int, now: datetime) -> list[Report]:
        """The next ``count`` reports, each one state further."""
        found: list[Report] = []
        for _ in range(count if self._reports else 0):
            report = self._reports[self._next]
            state = _LIFE[(_LIFE.index(report.state) + 1) % len(_LIFE)]
            changed = replace(report, state=state, changed_at=now)
            self._reports[self._next] = changed
            self._next = (self._next + 1) % len(self._reports)
            found.append(changed)
        return found

    def one_more(self, now: datetime) -> Report:
        """A report that has just come in."""
        report = replace(self._report(len(self._reports)), state=ReportState.NEW, received_at=now, changed_at=now)
        self._reports.append(report)
        return report

    def _report(self, number: int) -> Report:
        site = self._places.anywhere(self._rng)
        category = self._rng.choice(self._city.categories)
        received_at = self._now - timedelta(seconds=self._rng.uniform(0, 6 * 3600))
        return Report(
            id=f"BENCH-{number:06d}",
            state=_LIFE[number % len(_LIFE)],
            category=category.code,
            category_name=category.names.get(self._city.language),
            channel=self._rng.choice(list(Channel)),
            priority=Priority.NORMAL,
            received_at=received_at,
            changed_at=received_at,
            position=site.position,
            district=site.district,
            place=site.place,
            agency=category.agency,
            text="Air menggenang sejak pagi, kendaraan roda dua tidak dapat lewat.",
        )


def moving_officers(city: City, count: int, rng: Random, now: Callable[[], datetime]) -> Iterator[list[Officer]]:
    """Everybody's new position at each step: circles of some 300 m, so that every point moves every time."""
    places = Places(city)
    homes = [places.anywhere(rng).position for _ in range(count)]
    agency = city.agencies[0].code if city.agencies else "bench"
    step = 0
    while True:
        step += 1
        at = now()
        yield [
            Officer(
                number=f"BENCH-{index:03d}", agency=agency, is_on_task=True, seen_at=at, position=_around(home, step, index), position_at=at
            )
            for index, home in enumerate(homes)
        ]


def _around(home: Position, step: int, index: int) -> Position:
    angle = 0.35 * step + index
    return Position(home.lon + 0.003 * math.cos(angle), home.lat + 0.003 * math.sin(angle))
