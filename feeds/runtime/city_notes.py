"""What is not wrong with a city folder but worth a look before a room trusts it: said by ``controlroom city check``."""

from collections.abc import Iterator

from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.runtime.collector import Sink, Watch
from feeds.runtime.registry import jobs_of


def notes_of(city: City, geography: CityGeography) -> list[str]:
    """One sentence each, with what to do; empty for a folder that leaves nothing open."""
    return [*_lists(city), *_places(city, geography), *_sources(city)]


def _lists(city: City) -> Iterator[str]:
    if not city.districts:
        yield "no districts: nothing can be counted by kecamatan; add a map layer of role districts"
    if not city.agencies:
        yield "no agencies: nothing can be forwarded; add [[agencies]]"
    unrouted = [category.code for category in city.categories if category.agency is None]
    if unrouted and city.agencies:
        some = _some(unrouted)
        yield f"{len(unrouted)} of {len(city.categories)} categories name no agency ({some}): an operator will have to choose each time"
    for field, held in (("cameras", city.cameras), ("applications", city.applications), ("notices", city.notices)):
        if not held:
            yield f"no {field}: their panel will stand empty; add [[{field}]] or use a layout without it"


def _places(city: City, geography: CityGeography) -> Iterator[str]:
    away = [c.id for c in city.cameras if c.position is not None and geography.is_far_outside(c.position.lon, c.position.lat)]
    if away:
        yield f"{len(away)} cameras stand outside the outline ({_some(away)}): are lon and lat the right way round?"
    nowhere = [camera.id for camera in city.cameras if camera.position is None]
    if nowhere:
        yield f"{len(nowhere)} cameras have no position ({_some(nowhere)}): they are not on the map"
    west, south, east, north = city.bbox
    lost = [label.text for label in city.map_labels if not (west <= label.lon <= east and south <= label.lat <= north)]
    if lost:
        yield f"{len(lost)} map labels stand outside bbox ({_some(lost)}): they are never drawn"


def _sources(city: City) -> Iterator[str]:
    jobs = jobs_of(city)
    if not any(job.spec.sink is Sink.REPORTS for job in jobs):
        yield "no source brings citizen reports: map, totals and ticker will wait; add one, as open311"
    fed = {topic.name for job in jobs for topic in job.spec.fed_topics}
    if "hazard" not in fed:
        yield "no source of warnings: the strip of warnings will say that nobody feeds it; add bmkg or cap"

    for job in jobs:
        if isinstance(job.kind, Watch) and not job.kind.folder.is_dir():
            yield f"the source {job.name} watches {job.kind.folder}, which is no folder yet: nothing is read until it is there"


def _some(names: list[str], shown: int = 3) -> str:
    return ", ".join(names[:shown]) + (", ..." if len(names) > shown else "")
