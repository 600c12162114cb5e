"""The story of a day's reports: arrivals and lives in one queue of story time. Publishes nothing; gives the changes since last asked."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from msgspec.structs import replace

from feeds.messages.city import Category, City
from feeds.messages.header import Position
from feeds.messages.report import Channel, Report, ReportState
from feeds.reports.states import check_step
from feeds.sim import kinds
from feeds.sim.lives import Photographs, Step, life
from feeds.sim.places import Places, Site
from feeds.sim.scenario import Hotspot, Surge
from feeds.sim.timeline import Timeline

_WITHOUT_POSITION_SHARE = 0.04
_OUTSIDE_SHARE = 0.012
_BEFORE_PHOTO_SHARE = 0.75
_ECHO_M = 14.0
_OTHER_KINDS_SHARE = 0.03


@dataclass(frozen=True)
class _Arrival:
    surge: Surge | None
    hotspot: Hotspot | None = None


@dataclass(frozen=True)
class _Spot:
    """A hotspot as it lies in this city."""

    incident: str
    title: str
    category: Category
    centre: Position


@dataclass
class _Running:
    report: Report
    steps: Iterator[Step]
    changes: Step


class ReportStory:
    """Same city, seed, surges and timeline: same reports, whenever and however often ``advance`` is called."""

    def __init__(
        self, city: City, places: Places, timeline: Timeline, *, seed: int, surges: tuple[Surge, ...], photograph: Photographs
    ) -> None:
        self._city = city
        self._places = places
        self._timeline = timeline
        self._seed = seed
        self._surges = surges
        self._photograph = photograph
        self._weights = kinds.category_weights(city)
        self._by_code = {category.code: category for category in city.categories}
        self._agencies = tuple(agency.code for agency in city.agencies)
        self._rng = Random(f"{seed}:arrivals")
        self._queue: list[tuple[float, int, _Arrival | _Running]] = []
        self._pushed = 0
        self._count = 0
        self._recent: dict[Hotspot | None, list[Site]] = {}
        hotspots = dict.fromkeys(hotspot for surge in surges for hotspot in surge.hotspots)
        self._spots = {hotspot: self._spot(hotspot, number) for number, hotspot in enumerate(hotspots)}
        self._working: dict[str, Report] = {}
        for surge in surges:
            self._plan(surge)
        if surges or self._weights:
            self._push(self._next_base_s(0.0), _Arrival(None))

    def working(self) -> dict[str, Report]:
        """The reports being worked on now, by id (a copy)."""
        return dict(self._working)

    def incident_title(self, report: Report) -> str:
        """The name of the incident a report belongs to."""
        titles = {spot.incident: spot.title for spot in self._spots.values()}
        return titles.get(report.incident or "", report.category_name or report.category)

    def advance(self, now: datetime) -> list[Report]:
        """Everything that happened up to ``now``, in order; a report that changed twice appears twice."""
        until_s = self._timeline.story_s(now)
        changes: list[Report] = []
        while self._queue and self._queue[0][0] <= until_s:
            story_s, _, item = heapq.heappop(self._queue)
            changes.append(self._arrive(story_s, item) if isinstance(item, _Arrival) else self._step(story_s, item))
        return changes

    def _push(self, story_s: float, item: _Arrival | _Running) -> None:
        heapq.heappush(self._queue, (story_s, self._pushed, item))
        self._pushed += 1

    def _plan(self, surge: Surge) -> None:
        rng = self._rng
        hours = [kinds.HOURLY[self._timeline.hour_of_day(surge.start_s + i * 900)] for i in range(max(1, int(surge.duration_s // 900)))]
        for _ in range(surge.count):
            if surge.by_hour:
                quarter = rng.choices(range(len(hours)), hours)[0]
                story_s = surge.start_s + (quarter + rng.random()) * 900
            else:
                story_s = surge.start_s + rng.random() * surge.duration_s
            self._push(story_s, _Arrival(surge, _pick_hotspot(rng, surge.hotspots)))

    def _next_base_s(self, after_s: float) -> float:
        """The next ordinary arrival: a Poisson process with the hour's rate, silent while a surge pauses it.

        Sped up it has the day's mean rate: a night of minutes, under a clock that shows the afternoon, would look like a fault.
        """
        peak = max(kinds.HOURLY)
        mean = kinds.REPORTS_PER_DAY / 24
        story_s = after_s
        while True:
            story_s += self._rng.expovariate(peak / 3600)
            is_paused = any(s.pauses_base and s.start_s <= story_s < s.start_s + s.duration_s for s in self._surges)
            rate = kinds.HOURLY[self._timeline.hour_of_day(story_s)] if self._timeline.speed <= 1 else mean
            if not is_paused and self._rng.random() < rate / peak:
                return story_s

    def _arrive(self, story_s: float, arrival: _Arrival) -> Report:
        if arrival.surge is None:
            self._push(self._next_base_s(story_s), _Arrival(None))
        self._count += 1
        rng = Random(f"{self._seed}:{self._count}")
        report = self._draft(rng, self._timeline.stamp(story_s), arrival)
        category = self._by_code.get(report.category)
        steps = life(report, category.group if category else "", rng, self._photograph, self._agencies)
        self._schedule(story_s, _Running(report, steps, (0.0, {})))
        return report

    def _schedule(self, story_s: float, running: _Running) -> None:
        step = next(running.steps, None)
        if step is not None:
            running.changes = step
            self._push(story_s + step[0], running)

    def _step(self, story_s: float, running: _Running) -> Report:
        before = running.report
        at = self._timeline.stamp(story_s)
        after = replace(before, changed_at=at, **running.changes[1])
        if after.state == ReportState.DONE:
            # The photo is taken a little before the desk closes the report.
            after = replace(after, photo_after_at=max(before.changed_at, at - timedelta(seconds=120 / self._timeline.speed)))
        check_step(before, after)
        running.report = after
        if after.state == ReportState.WORKING:
            self._working[after.id] = after
        else:
            self._working.pop(after.id, None)
        self._schedule(story_s, running)
        return after

    def _draft(self, rng: Random, at: datetime, arrival: _Arrival) -> Report:
        surge, hotspot = arrival.surge, arrival.hotspot
        category = self._category(rng, surge, hotspot)
        is_emergency = surge is not None and rng.random() < surge.emergency_share
        channel = Channel.CALL_112 if is_emergency else kinds.draw(rng, kinds.CHANNELS)
        site = self._site(rng, surge, hotspot)
        has_position = hotspot is not None or rng.random() >= _WITHOUT_POSITION_SHARE
        has_photo = channel in kinds.PHOTO_CHANNELS and category.is_photo_allowed and rng.random() < _BEFORE_PHOTO_SHARE
        return Report(
            id=f"SIM-{self._count:05d}",
            state=ReportState.NEW,
            category=category.code,
            category_name=category.names.get(self._city.language, category.code),
            channel=channel,
            priority=kinds.priority(rng, category.code, channel, is_incident=hotspot is not None),
            received_at=at,
            changed_at=at,
            position=site.position if has_position else None,
            is_outside=site.is_outside and has_position,
            district=site.district,
            place=site.place,
            agency=category.agency,
            incident=self._spots[hotspot].incident if hotspot else None,
            text=kinds.text(rng, category.code),
            photo_before=self._photograph(category.code, rng.randrange(4), "before") if has_photo else None,
            photo_before_at=at if has_photo else None,
        )

    def _category(self, rng: Random, surge: Surge | None, hotspot: Hotspot | None) -> Category:
        if hotspot is not None:
            return self._spots[hotspot].category
        if surge is not None and surge.category_weights and rng.random() >= _OTHER_KINDS_SHARE:
            known = [(self._by_code[code], weight) for code, weight in surge.category_weights if code in self._by_code]
            if known:
                return kinds.draw(rng, known)
        return kinds.draw(rng, self._weights)

    def _site(self, rng: Random, surge: Surge | None, hotspot: Hotspot | None) -> Site:
        recent = self._recent.setdefault(hotspot, [])
        if surge is not None and recent and rng.random() < surge.echo_share:
            return self._places.near(rng, rng.choice(recent).position, _ECHO_M)
        if hotspot is not None:
            site = self._places.near(rng, self._spots[hotspot].centre, hotspot.spread_m)
        elif rng.random() < _OUTSIDE_SHARE:
            return self._places.outside(rng)
        else:
            site = self._places.anywhere(rng)
        recent.append(site)
        del recent[:-30]
        return site

    def _spot(self, hotspot: Hotspot, number: int) -> _Spot:
        """Where the scenario puts it; another city's own kinds and places stand in for those it does not have."""
        district = next((d for d in self._city.districts if d.name == hotspot.district), None)
        category = self._by_code.get(hotspot.category)
        site = self._places.in_district(Random(f"{self._seed}:{hotspot.title}"), district.code if district else "")
        title = hotspot.title
        if district is None or category is None:
            category = category or self._city.categories[number % len(self._city.categories)]
            title = f"{category.names.get(self._city.language, category.code)} {site.place or self._city.name}"
        return _Spot(f"INS-{title.lower().replace(' ', '-')}", title, category, site.position)


def _pick_hotspot(rng: Random, hotspots: tuple[Hotspot, ...]) -> Hotspot | None:
    fate = rng.random()
    for hotspot in hotspots:
        if fate < hotspot.share:
            return hotspot
        fate -= hotspot.share
    return None
