"""The simulated city's cameras: which scene each shows, where it stands, and how it fails. Knows nothing of HTTP."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from feeds.messages.camera import Camera, StreamKind
from feeds.messages.city import City, District
from feeds.messages.header import Position
from feeds.sim.scenes import SCENES, Scene

FRAMES_PER_S = 5


@dataclass(frozen=True)
class CameraSite:
    """``offset``: degrees (lon, lat) from the label of ``district`` (its name)."""

    id: str
    name: str
    owner: str
    scene: str
    district: str
    offset: tuple[float, float]


SITES = (
    CameraSite("pintu-air-periuk", "Pintu air Periuk", "dpupr", "water_gate", "Periuk", (0.014, -0.006)),
    CameraSite("simpang-cikokol", "Simpang Cikokol", "dishub", "junction", "Tangerang", (-0.004, -0.022)),
    CameraSite("pasar-ciledug", "Pasar Ciledug", "indagkop", "market", "Ciledug", (0.006, -0.004)),
    CameraSite("jembatan-robinson", "Jembatan Robinson", "dishub", "bridge", "Karawaci", (0.012, 0.006)),
    CameraSite("simpang-benda", "Simpang Benda", "dishub", "junction", "Benda", (0.008, -0.010)),
    CameraSite("tepi-cisadane", "Tepi Cisadane", "dpupr", "riverside", "Neglasari", (-0.012, -0.006)),
)


def cameras(city: City, base_url: str) -> list[Camera]:
    """The cameras as messages; ``base_url``: where the simulation serves pictures."""
    owners = {agency.code for agency in city.agencies}
    return [
        Camera(
            id=site.id,
            name=site.name if any(d.name == site.district for d in city.districts) else f"{city.name} {index + 1}",
            owner=site.owner if site.owner in owners or not city.agencies else city.agencies[0].code,
            kind=StreamKind.MJPEG,
            url=f"{base_url}/camera/{site.id}.mjpg",
            position=_position(city, site, index),
        )
        for index, site in enumerate(SITES)
    ]


def _position(city: City, site: CameraSite, index: int) -> Position:
    district: District | None = next((d for d in city.districts if d.name == site.district), None)
    if district is None and city.districts:
        district = city.districts[index % len(city.districts)]
    if district is None:
        west, south, east, north = city.bbox
        return Position(round((west + east) / 2 + site.offset[0], 5), round((south + north) / 2 + site.offset[1], 5))
    return Position(round(district.label_lon + site.offset[0], 5), round(district.label_lat + site.offset[1], 5))


class Studio:
    """Draws each camera's newest frame once for all who watch it, and nothing while nobody does."""

    def __init__(self, city: City, *, seed: int, clock: Callable[[], datetime]) -> None:
        self._city = city
        self._zone = ZoneInfo(city.time_zone)
        self._clock = clock
        self._seed = seed
        self._scenes: dict[str, Scene] = {}
        self._faults: dict[str, str] = {}
        self._frames: dict[str, tuple[int, bytes]] = {}
        self._kinds = {site.id: site.scene for site in SITES}

    def has(self, camera: str) -> bool:
        """Whether there is such a camera."""
        return camera in self._kinds

    def fail(self, camera: str, kind: str | None) -> None:
        """``freeze``: streams stay open without new pictures; ``dead``: streams end and new ones are refused; ``None``: well again."""
        if kind is None:
            self._faults.pop(camera, None)
        else:
            self._faults[camera] = kind

    def is_dead(self, camera: str) -> bool:
        """Whether the camera refuses connections."""
        return self._faults.get(camera) == "dead"

    def told(self, camera: Camera, now: datetime) -> Camera:
        """The camera as a probe would find it."""
        fault = self._faults.get(camera.id)
        reason = {"dead": "cannot be reached (connection refused)", "freeze": "no picture within 5 s"}.get(fault or "")
        return msgspec.structs.replace(camera, is_up=fault is None, probed_at=now, reason=reason)

    async def frame(self, camera: str) -> tuple[int, bytes] | None:
        """The newest frame and its number, ``None`` for a frozen camera that has never been seen."""
        now = self._clock()
        number = int(now.timestamp() * FRAMES_PER_S)
        held = self._frames.get(camera)
        if camera in self._faults or (held is not None and held[0] >= number):
            return held
        scene = self._scenes.get(camera)
        if scene is None:
            # Drawing a background takes some 40 ms.
            scene = self._scenes[camera] = await asyncio.to_thread(SCENES[self._kinds[camera]], self._seed)
        text = f"{now.astimezone(self._zone):%d-%m-%Y %H.%M.%S} {self._city.clock_label(now)}".rstrip()
        held = self._frames[camera] = (number, scene.frame(now.timestamp() % 86_400, text))
        return held
