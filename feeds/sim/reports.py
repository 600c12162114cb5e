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
        self._centres: dict[Hotspot, Position] = {}
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
        titles = {f"INS-{self._hotspot_key(h)}": h.title for surge in self._surges for h in surge.hotspots}
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
        """The next ordinary arrival: a Poisson process with the hour's rate, silent while a surge pauses it."""
        peak = max(kinds.HOURLY)
        story_s = after_s
        while True:
            story_s += self._rng.expovariate(peak / 3600)
            is_paused = any(s.pauses_base and s.start_s <= story_s < s.start_s + s.duration_s for s in self._surges)
            if not is_paused and self._rng.random() < kinds.HOURLY[self._timeline.hour_of_day(story_s)] / peak:
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
            incident=f"INS-{self._hotspot_key(hotspot)}" if hotspot else None,
            text=kinds.text(rng, category.code),
            photo_before=self._photograph(category.code, rng.randrange(4), "before") if has_photo else None,
            photo_before_at=at if has_photo else None,
        )

    def _category(self, rng: Random, surge: Surge | None, hotspot: Hotspot | None) -> Category:
        if hotspot is not None and hotspot.category in self._by_code:
            return self._by_code[hotspot.category]
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
            site = self._places.near(rng, self._centre(hotspot), hotspot.spread_m)
        elif rng.random() < _OUTSIDE_SHARE:
            return self._places.outside(rng)
        else:
            site = self._places.anywhere(rng)
        recent.append(site)
        del recent[:-30]
        return site

    def _centre(self, hotspot: Hotspot) -> Position:
        if hotspot not in self._centres:
            code = next((d.code for d in self._city.districts if d.name == hotspot.district), "")
            self._centres[hotspot] = self._places.in_district(Random(f"{self._seed}:{hotspot.title}"), code).position
        return self._centres[hotspot]

    def _hotspot_key(self, hotspot: Hotspot) -> str:
        return hotspot.title.lower().replace(" ", "-")


def _pick_hotspot(rng: Random, hotspots: tuple[Hotspot, ...]) -> Hotspot | None:
    fate = rng.random()
    for hotspot in hotspots:
        if fate < hotspot.share:
            return hotspot
        fate -= hotspot.share
    return None
