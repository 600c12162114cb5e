"""A whole mirror for a test: a real Redis, real doors over HTTP on a store of their own, the mirror behind uvicorn, and phones in front."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from controlroom.mirror.app import Bus, Mirror, build_mirror
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.socket import SUBPROTOCOL
from controlroom.mirror.state import HEARD
from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.run import Sockets, listen, serve
from feeds.bus.connection import connect as to_redis
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.outgoing import Outgoing
from feeds.bus.publisher import BusPublisher
from feeds.city import load_city
from feeds.identity import guests
from feeds.identity.keys import Scope, add_key
from feeds.messages.header import Quality, Topic
from feeds.messages.system import HEARTBEAT
from feeds.reports.roles import Actor, Role
from tests.fakes.kept_apps import KeptApps
from tests.fakes.mirror_page import Page
from tests.fakes.phone import DeviceKey
from tests.fakes.stores import a_store

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
ADMIN = Actor(id="test", role=Role.ADMIN)
MEDIA_KEY = "kunci-gambar"
PATIENCE_S = 15.0
PAGES = {
    "mirror.html": "<!doctype html><title>Cermin</title>",
    "map.html": "<!doctype html><title>Peta</title>",
    "build.json": '{"build":"abcabcabcabc"}',
    "sw.js": "self.x = 1;",
    "assets/app-1234.js": "export const x = 1;" * 20,
}

_APPS = KeptApps(build_app)


class Ended(Exception):
    """The mirror closed a socket: what it said last (``bye``), and its code."""

    def __init__(self, why: str, code: int) -> None:
        super().__init__(f"{why} {code}")
        self.why, self.code = why, code


class Live:
    """A socket of a page; ``page`` holds what it was sent."""

    def __init__(self, socket: ClientConnection, device: DeviceKey) -> None:
        self.socket = socket
        self.device = device
        self.page = Page()
        self.frames: list[dict[str, Any]] = []
        self.nonce = ""
        self.welcome: dict[str, Any] = {}
        self._why = ""

    async def hear(self) -> Any:
        """A text as JSON, or the bytes of a frame; raises ``Ended``."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                said = await self.socket.recv()
        except ConnectionClosed:
            raise Ended(self._why, self.socket.close_code or 0) from None
        if isinstance(said, bytes):
            return said
        told = msgspec.json.decode(said)
        if told.get("kind") == "bye":
            self._why = told["why"]
            return await self.hear()
        return told

    async def say(self, **message: Any) -> None:
        with suppress(ConnectionClosed):
            await self.socket.send(msgspec.json.encode(message).decode())

    async def challenged(self) -> str:
        told = await self.hear()
        assert told["kind"] == "challenge"
        self.nonce = told["nonce"]
        return self.nonce

    async def prove(self, *, have: Any = None, proof: str | None = "own") -> None:
        """Up to the hello."""
        nonce = await self.challenged()
        signed = self.device.sign(f"live-room live\n{nonce}") if proof == "own" else proof
        await self.say(kind="hello", proof=signed, have=have, build="b", language="id")

    async def greet(self, *, have: Any = None, proof: str | None = "own") -> dict[str, Any]:
        """Up to the welcome."""
        await self.prove(have=have, proof=proof)
        self.welcome = await self.hear()
        assert self.welcome["kind"] == "welcome"
        return self.welcome

    async def frame(self, *, answers: bool = True) -> dict[str, Any]:
        """The next frame, taken by the page; beats are passed over."""
        while not isinstance(said := await self.hear(), bytes):
            assert said["kind"] == "beat"
        frame = self.page.take_bytes(said)
        self.frames.append(frame)
        if answers:
            await self.say(kind="drawn", rev=frame["to"])
        return frame

    async def whole(self) -> Page:
        """The next snapshot, all parts of it."""
        while True:
            frame = await self.frame()
            if frame["from"] == 0 and frame.get("part", 0) == frame.get("of", 0):
                return self.page

    async def until(self, holds: Any) -> Page:
        """Frames until the page is as wanted; the frames that came are in ``frames``."""
        while not holds(self.page):
            await self.frame()
        return self.page

    async def ended(self) -> Ended:
        """How it ends, whatever comes before; frames are left unanswered."""
        while True:
            try:
                await self.hear()
            except Ended as end:
                return end

    async def close(self) -> None:
        await self.socket.close()


class Guest:
    """A browser in front of the mirror that keeps its cookie and its device's key."""

    def __init__(self, there: "MirrorRoom") -> None:
        self.there = there
        self.device = DeviceKey()
        self.cookie = ""
        self.who: dict[str, Any] = {}
        self.live: Live | None = None

    async def send(self, method: str, path: str, json: Any = None, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        sent = {"Origin": self.there.origin} | ({"Cookie": f"live_room={self.cookie}"} if self.cookie else {})
        if self.live is not None and self.live.welcome:
            sent["X-Live"] = self.live.welcome["token"]
        sent |= headers or {}
        sent = {name: value for name, value in sent.items() if value}
        async with httpx.AsyncClient(base_url=self.there.origin, trust_env=False, timeout=PATIENCE_S) as client:
            return await client.request(method, path, json=json, headers=sent, **more)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def enter(self, token: str) -> None:
        """By an invitation."""
        begun = (await self.send("POST", "/session/invitation/options", {"token": token})).json()
        device = {"public_key": self.device.public_key, "proof": self.device.sign(f"live-room device\n{begun['attempt']}")}
        asked = {"token": token, "attempt": begun["attempt"], "label": "HP", "device": device, "passkey": None}
        answer = await self.send("POST", "/session/invitation", asked)
        assert answer.status_code == 200, answer.text
        self.who, self.cookie = answer.json(), answer.cookies["live_room"]

    @asynccontextmanager
    async def looking(self, path: str = "/live", *, cookie: str | None = None, **options: Any) -> AsyncGenerator[Live]:
        """A socket that has said nothing yet."""
        shown = self.cookie if cookie is None else cookie
        headers = {"Cookie": f"live_room={shown}"} if shown else {}
        given: dict[str, Any] = {
            "origin": Origin(self.there.origin), "subprotocols": [Subprotocol(SUBPROTOCOL)], "additional_headers": headers
        } | options  # fmt: skip
        async with connect(self.there.sockets + path, proxy=None, compression=None, max_size=2**24, close_timeout=1, **given) as socket:
            live = Live(socket, self.device)
            if path == "/live":
                self.live = live
            yield live

    @asynccontextmanager
    async def live_now(self, **hello: Any) -> AsyncGenerator[Live]:
        """A socket with its first frames taken."""
        async with self.looking() as live:
            await live.greet(**hello)
            await live.frame()
            while live.page.rev == 0:
                await live.frame()
            yield live


class MirrorRoom:
    """Everything of one mirror."""

    def __init__(self, redis: EmbeddedRedis, doors: Doors, options: MirrorOptions, mirror: Mirror) -> None:
        self.redis = redis
        self.doors = doors
        self.options = options
        self.mirror = mirror
        self.house = mirror._house
        self.late = timedelta()
        self.publisher: BusPublisher
        self.serving_doors: asyncio.Task[None]

    @property
    def origin(self) -> str:
        return self.options.base_url

    @property
    def sockets(self) -> str:
        return "ws" + self.origin.removeprefix("http")

    def invite(self, login: str = "ibu-sari", role: Role = Role.MAYOR, agency: str | None = None) -> str:
        """The token of an invitation."""
        wish = guests.Wish(login=login, name=login.title(), role=role, agency=agency)
        return self.doors.database.write(lambda it: guests.invite(it, CITY, wish, self.doors.clock(), ADMIN)).token

    async def guest(self, login: str = "ibu-sari", role: Role = Role.MAYOR, agency: str | None = None) -> Guest:
        """Somebody who was invited and came."""
        guest = Guest(self)
        await guest.enter(self.invite(login, role, agency))
        return guest

    async def publish(self, topic: Topic[Any], *bodies: tuple[str, Any], quality: Quality = Quality.MEASURED) -> None:
        """Key and body; ``None``: it is gone."""
        now = datetime.now(UTC)
        await self.publisher.publish(
            topic, [Outgoing(key=key, body=body, observed_at=now, source="uji", quality=quality) for key, body in bodies]
        )

    def later(self, **time: float) -> None:
        """The doors' clock and the mirror's go on by so much."""
        self.late += timedelta(**time)


async def until(holds: Any, what: str) -> None:
    """Waits until it is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.01)
    assert holds(), what


@asynccontextmanager
async def _running(work: Any) -> AsyncGenerator[asyncio.Task[None]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def write_pages(folder: Path) -> Path:
    """A few built pages."""
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "assets" / "app-1234.js.br").write_bytes(b"brotli")
    return folder


@asynccontextmanager
async def a_mirror(
    *, topics: Sequence[Topic[Any]] | None = None, most_connections: int = 2000, **options: Any
) -> AsyncGenerator[MirrorRoom]:
    """A running one, known to its doors; ``options``: of ``MirrorOptions``."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = stack.enter_context(a_store())
        redis = stack.enter_context(EmbeddedRedis(namespace="live"))
        at_doors = stack.enter_context(closing(listen("127.0.0.1", 0)))
        at_mirror = stack.enter_context(closing(listen("127.0.0.1", 0)))
        url, mirror_url = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in (at_doors, at_mirror))
        rooms: list[MirrorRoom] = []
        clock = lambda: datetime.now(UTC) + (rooms[0].late if rooms else timedelta())  # noqa: E731
        pictures = folder / "pictures"
        pictures.mkdir()
        doors = Doors(CITY, database, ApiOptions(pictures=pictures, base_url=url, media_key=MEDIA_KEY, mirror_url=mirror_url), clock)
        key = database.write(lambda it: add_key(it, "cermin", (Scope.MIRROR,), clock(), ADMIN))[1]
        given = {"pages": write_pages(folder / "pages"), "media_url": url, "media_key": MEDIA_KEY} | options
        made = MirrorOptions(base_url=mirror_url, doors_url=url, mirror_key=key, **given)
        mirror = build_mirror(made, CITY, Bus(redis.url_for("front"), "live"), wall=None, layouts={})
        room = MirrorRoom(redis, doors, made, mirror)
        rooms.append(room)
        room.house.now = clock
        client = to_redis(redis.url_for("back"))
        stack.push_async_callback(client.aclose)
        room.publisher = BusPublisher(client, "live", "back", clock=lambda: datetime.now(UTC), heartbeat_s=0.2)
        await room.publisher.start([one for one in topics or HEARD if one is not HEARTBEAT])
        stack.push_async_callback(room.publisher.stop)
        app = stack.enter_context(_APPS.lent(doors))
        room.serving_doors = await stack.enter_async_context(_running(serve(app, at_doors)))
        bounds = Sockets(most_message_bytes=4096, most_connections=most_connections)
        await stack.enter_async_context(_running(serve(mirror, at_mirror, sockets=bounds, farewell=mirror.say_goodbye)))
        await until(lambda: not room.house.state.is_curtained, "the mirror knows whether the curtain is drawn")
        yield room


def in_a_mirror(story: Any, **options: Any) -> None:
    """Runs a story in a mirror of its own."""

    async def told() -> None:
        async with a_mirror(**options) as room:
            await story(room)

    asyncio.run(told())
