"""Field officers of the simulated city: how many are present, and where those on a task are. Duty numbers, never names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random

from feeds.messages.city import City
from feeds.messages.field import Officer, Presence
from feeds.messages.header import Position
from feeds.messages.report import Report
from feeds.sim.places import Places, distance_m, shifted

_SHARES = {"dpupr": 90, "dlh": 70, "dishub": 52, "satpolpp": 46, "bpbd": 30}
"""Expected supervisors: about 288 of five agencies (SIGAP has about 300, domain.md section 1)."""

_PRESENT_SHARE = {"dpupr": 0.80, "dlh": 0.83, "dishub": 0.85, "satpolpp": 0.85, "bpbd": 0.60}
_DEFAULT_PRESENT_SHARE = 0.8
_ON_TASK = 24
_MOST_ON_TASK = 80
_RIDE_M_PER_S = 7.0
_AT_PLACE_M = 40.0


@dataclass
class _Task:
    agency: str
    report: str | None
    target: Position
    position: Position


class Patrol:
    """Officers on tasks, about two for each report in work; the rest of about 24 make rounds. ``speed`` lets them ride faster."""

    def __init__(self, city: City, places: Places, *, seed: int, speed: float) -> None:
        self._places = places
        self._rng = Random(f"{seed}:officers")
        self._speed = min(speed, 20.0)
        self._shorts = {agency.code: agency.short for agency in city.agencies}
        self._expected = field_agencies(city)
        self._tasks: dict[str, _Task] = {}
        self._moved_at: datetime | None = None

    def step(self, now: datetime, working: Mapping[str, Report]) -> dict[str, Officer | None]:
        """Move everybody on by the time since the last step; a number whose task is over maps to ``None``."""
        gone = [number for number, task in self._tasks.items() if task.report is not None and task.report not in working]
        for number in gone:
            del self._tasks[number]
        self._assign(working)
        ride_m = self._ride_m(now)
        for task in self._tasks.values():
            self._move(task, ride_m)
        return {number: None for number in gone if number not in self._tasks} | {
            number: _officer(number, task, now) for number, task in self._tasks.items()
        }

    def presence(self, now: datetime) -> list[Presence]:
        """Each agency's attendance; a few come and go within a day."""
        return [
            Presence(agency=agency, expected=expected, present=self._present(agency, expected, now), as_of=now)
            for agency, expected in self._expected.items()
        ]

    def _present(self, agency: str, expected: int, now: datetime) -> int:
        # A quarter of an hour's own draw: the same instant always gives the same count.
        drift = Random(f"{agency}:{int(now.timestamp() // 900)}").choice((-1, 0, 0, 0, 1))
        return max(0, min(expected, round(expected * _PRESENT_SHARE.get(agency, _DEFAULT_PRESENT_SHARE)) + drift))

    def _ride_m(self, now: datetime) -> float:
        before, self._moved_at = self._moved_at, now
        return 0.0 if before is None else (now - before).total_seconds() * _RIDE_M_PER_S * self._speed

    def _assign(self, working: Mapping[str, Report]) -> None:
        served = {task.report for task in self._tasks.values()}
        for key, report in working.items():
            if key in served or report.position is None or len(self._tasks) >= _MOST_ON_TASK:
                continue
            agency = report.agency if report.agency in self._expected else self._rng.choice(list(self._expected))
            start = self._places.near(self._rng, report.position, 900).position
            self._send(agency, _Task(agency, key, shifted(report.position, 15, 10), start))
        rounds = [number for number, task in self._tasks.items() if task.report is None]
        for number in rounds[: max(0, len(self._tasks) - _ON_TASK)]:
            self._tasks[number].target = self._tasks[number].position
        while len(self._tasks) < _ON_TASK:
            agency = self._rng.choices(list(self._expected), list(self._expected.values()))[0]
            start = self._places.anywhere(self._rng).position
            self._send(agency, _Task(agency, None, self._places.near(self._rng, start, 1200).position, start))

    def _send(self, agency: str, task: _Task) -> None:
        prefix = self._shorts.get(agency, agency).upper().replace(" ", "")
        while (number := f"{prefix}-{self._rng.randint(1, self._expected[agency]):03d}") in self._tasks:
            if sum(1 for one in self._tasks.values() if one.agency == agency) >= self._expected[agency]:
                return
        self._tasks[number] = task

    def _move(self, task: _Task, ride_m: float) -> None:
        left_m = distance_m(task.position, task.target)
        if left_m <= max(ride_m, _AT_PLACE_M):
            if task.report is None:
                task.target = self._places.near(self._rng, task.position, 1200).position
            return
        share = ride_m / left_m
        lon = task.position.lon + (task.target.lon - task.position.lon) * share
        lat = task.position.lat + (task.target.lat - task.position.lat) * share
        task.position = shifted(Position(lon, lat), self._rng.gauss(0, 1.5), self._rng.gauss(0, 1.5))


def field_agencies(city: City) -> dict[str, int]:
    """Expected supervisors by agency code; a city without the five known ones gets its first five agencies."""
    known = {agency.code: _SHARES[agency.code] for agency in city.agencies if agency.code in _SHARES}
    return known or dict(zip([agency.code for agency in city.agencies[:5]], _SHARES.values(), strict=False))


def _officer(number: str, task: _Task, now: datetime) -> Officer:
    position = Position(round(task.position.lon, 5), round(task.position.lat, 5))
    return Officer(number=number, agency=task.agency, is_on_task=True, seen_at=now, position=position, position_at=now, report=task.report)
