"""What a thief tries at a mirror, one thing after another, and what each got. Holds a victim's cookie, and never the victim's key."""

import asyncio
import resource
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import msgspec
import websockets
from sqlalchemy import Connection, update
from websockets.asyncio.client import ClientConnection

from controlroom.measure.child import Child
from controlroom.measure.memory import rss_mb
from controlroom.measure.mirror_device import ANSWER_S, LIVE, Device, asked, enter, redemption
from controlroom.measure.mirror_drill_figures import HALF_OPEN, HALF_OPEN_GONE_S, Flooded, Tried
from controlroom.measure.mirror_live import Holding, Opener, Refused, Row, Said, connected, frames, hello, welcomed
from controlroom.measure.mirror_room import MirrorRoom
from controlroom.measure.spoken import Watched
from feeds.identity import invitations
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.device_schema import INVITATIONS

CANARY = ("BENCH-", "root:", '"received"')
"""Reports of the feeder are called so; a file of the system begins so; the totals say so."""

FIRST_FRAME_S = 10.0
PATHS = (
    "/../../etc/passwd", "/assets/../../../../etc/passwd", "/assets/..%2f..%2f..%2fetc/passwd",
    "/assets/%2e%2e/%2e%2e/pyproject.toml",
    "//etc/passwd", "/assets/%00", "/assets/....//....//etc/passwd", "/view/city/..%2f..%2fcity.toml", "/view/city/../city.toml",
    "/view/picture/..%2f..%2f..%2fetc%2fpasswd", "/assets/C:%5cwindows%5cwin.ini", "/icons/..\\..\\city.toml", "/desk/reports",
    "/open311/v2/requests.json", "/schema", "/metrics", "/session/password", "/users", "/audit", "/media/x", "/session/standing",
    "/session/views",
    "/view/report/x?X-Live=x",
)  # fmt: skip
ODD_SPEECH: Mapping[str, str | bytes] = {
    "no JSON": "{",
    "a list": "[]",
    "null": "null",
    "a number": "1e999",
    "many brackets": "[" * 1_900,
    "too long": '{"kind":"' + "x" * 3_000 + '"}',
    "megabytes": "x" * 3_000_000,
    "bytes": b"\x00\xff" * 10,
    "an unknown kind": '{"kind":"give"}',
    "drawn before hello": '{"kind":"drawn","rev":1}',
    "again before hello": '{"kind":"again"}',
    "a proof of a wrong type": '{"kind":"hello","proof":7}',
    "an empty proof": '{"kind":"hello","proof":""}',
    "a proof that is no base64": '{"kind":"hello","proof":"%%%"}',
    "no proof": '{"kind":"hello","proof":null}',
}
Got = tuple[str, int, bool, bool]
"""Which of its kind, the answer, whether it was refused, whether something was shown."""

Found = Iterator[Got]
_ADMIN = Actor(id="bench", role=Role.ADMIN)


class Thief:
    """``room``: an open mirror. Makes the victims it steals from: a mayor, and heads of two agencies."""

    def __init__(self, room: MirrorRoom) -> None:
        self.room = room
        self.device, self.victim = room.let_in()
        self.own = Device()
        agencies = [agency.code for agency in room.doors.city.agencies]
        self.agency, self.other = agencies[0], agencies[1]
        self.head_device, self.head = room.let_in(Role.HEAD, self.agency)

    def is_honest_shown(self) -> bool:
        """The same way in with the right key shows the room: a refusal of everything proves nothing."""
        answer, shown = asyncio.run(self._live(lambda nonce: self.device.signed(LIVE + nonce)))
        return answer == 101 and shown

    def try_all(self) -> list[Tried]:
        found: list[Tried] = []
        for what, attempt in TRIES.items():
            for name, answer, refused, shown in attempt(self):
                found.append(Tried(what=f"{what}: {name}" if name else what, answer=answer, refused=refused, shown=shown))
        return found

    # The socket.

    def stolen_cookie(self) -> Found:
        signers: Mapping[str, Callable[[str], str] | None] = {
            "no proof": None,
            "another device's key": lambda nonce: self.own.signed(LIVE + nonce),
            "a proof for another nonce": lambda nonce: self.device.signed(LIVE + "x" * len(nonce)),
            "a proof for something else": lambda nonce: self.device.signed("live-room device\n" + nonce),
        }
        for name, signer in signers.items():
            yield name, *_refusal(*asyncio.run(self._live(signer)))

    def replayed_proof(self) -> Found:
        """What the victim's socket said is said again on another."""
        heard: list[str] = []

        def overheard(nonce: str) -> str:
            heard.append(self.device.signed(LIVE + nonce))
            return heard[0]

        asyncio.run(self._live(overheard))
        yield "", *_refusal(*asyncio.run(self._live(overheard)))

    def foreign_page(self) -> Found:
        for origin in ("https://evil.example", "null", self.room.base + ".evil.example"):
            yield origin, *_refusal(*asyncio.run(self._live(lambda nonce: self.device.signed(LIVE + nonce), origin=origin)))
        yield "no cookie", *_refusal(*asyncio.run(self._live(lambda nonce: self.device.signed(LIVE + nonce), cookie="")))
        yield "the wall's stills", *_refusal(*asyncio.run(self._live(None, path="/wall")))

    def odd_words(self) -> Found:
        for name, words in ODD_SPEECH.items():
            yield name, *_refusal(*asyncio.run(self._said(words)))

    # What is handed on.

    def cookie_alone(self) -> Found:
        with asked(self.room.base) as client:
            for path in ("/view/config.json", "/view/reports?agency=" + self.agency, "/view/report/BENCH-000001", "/view/camera/x"):
                for word in (None, "", "x" * 43):
                    headers = {"Cookie": self.victim.cookie} | ({} if word is None else {"X-Live": word})
                    yield f"{path}, X-Live {word!r}"[:60], *_http(client.get(path, headers=headers))

    def anothers_word(self) -> Found:
        """The thief's own socket stands; its word does not go with the victim's cookie."""
        yield from asyncio.run(self._with_word(self.head_device, self.head.cookie, self._with_victims_cookie))

    def anothers_agency(self) -> Found:
        """An agency's head asks for what is another's."""
        yield from asyncio.run(self._with_word(self.head_device, self.head.cookie, self._as_head))
        yield "frames of the live socket", *asyncio.run(self._foreign_rows())

    def cookie_at_the_doors(self) -> Found:
        paths = ("/session", "/desk/reports", "/desk/reports/x", "/session/all", "/users", "/audit", "/desk/figures")
        with httpx.Client(base_url=self.room.doors.base, timeout=ANSWER_S, trust_env=False) as client:
            for path in paths:
                yield path, *_http(client.get(path, headers={"Cookie": self.victim.cookie}))
            yield "with a made-up key", *_http(client.get("/session", headers={"Cookie": self.victim.cookie, "X-Mirror-Key": "lr_x.y"}))
            for path in ("/session/standing", "/session/views"):
                yield path, *_http(client.post(path, json={"tokens": ["x"]}, headers={"Cookie": self.victim.cookie}))

    # Ways in.

    def old_invitations(self) -> Found:
        used, ended, withdrawn = (self.room.invited()[0] for _ in range(3))
        enter(self.room.base, used, Device())
        now = datetime.now(UTC)

        def end(connection: Connection) -> None:
            past = update(INVITATIONS).where(INVITATIONS.c.digest == digest_of(ended))
            connection.execute(past.values(made_at=now - timedelta(hours=1), ends_at=now - timedelta(minutes=45)))
            invitations.withdraw(connection, digest_of(withdrawn)[: invitations.ID_LETTERS], now, _ADMIN)

        self.room.doors.database.write(end)
        tokens = {"used": used, "ended": ended, "withdrawn": withdrawn, "made up": "x" * 43, "empty": ""}
        for name, token in tokens.items():
            yield name, *_http(self._redeemed(token))

    def odd_paths(self) -> Found:
        address = urlsplit(self.room.base)
        for path in PATHS:
            yield path, *_raw(str(address.hostname), int(address.port or 80), path, self.victim.cookie)

    async def _live(
        self, signer: Callable[[str], str] | None, *, path: str = "/live", origin: str | None = None, cookie: str | None = None
    ) -> tuple[int, bool]:
        """The status and whether a frame came. 101: it was welcomed."""
        try:
            held = self.victim.cookie if cookie is None else cookie
            async with connected(self.room.base, held, path=path, origin=origin) as connection:
                nonce = await _challenge(connection)
                await connection.send(hello(None if signer is None else signer(nonce)))
                return await _until_frame(connection)
        except Refused as refused:
            return refused.code, False

    async def _said(self, words: str | bytes) -> tuple[int, bool]:
        try:
            async with connected(self.room.base, self.victim.cookie) as connection:
                await _challenge(connection)
                await connection.send(words)
                return await _until_frame(connection)
        except Refused as refused:
            return refused.code, False

    async def _with_word(self, device: Device, cookie: str, ask: Callable[[str], Found]) -> list[Got]:
        async with connected(self.room.base, cookie) as connection:
            word = (await welcomed(connection, device)).token
            return await asyncio.to_thread(lambda: list(ask(word)))

    def _with_victims_cookie(self, word: str) -> Found:
        with asked(self.room.base) as client:
            headers = {"Cookie": self.victim.cookie, "X-Live": word}
            for path in ("/view/config.json", "/view/report/BENCH-000001", f"/view/reports?agency={self.other}"):
                yield path, *_http(client.get(path, headers=headers))

    def _as_head(self, word: str) -> Found:
        foreign = self._foreign_report()
        with asked(self.room.base) as client:
            headers = {"Cookie": self.head.cookie, "X-Live": word}
            for path in (f"/view/report/{foreign}", f"/view/reports?agency={self.other}"):
                answer = client.get(path, headers=headers)
                yield path, answer.status_code, answer.status_code >= 400 or "BENCH-" not in answer.text, _shows(answer.text)

    def _foreign_report(self) -> str:
        """The id of a report of an agency that is not the head's."""
        row = asyncio.run(_first_frames(self.room.base, self.victim.cookie, self.device))
        return next(key for key, values in row["report"].items() if values[5]["agency"] not in (None, self.agency))

    async def _foreign_rows(self) -> tuple[int, bool, bool]:
        """Whether the frames of a head bear anything of another agency, or of the city as a whole."""
        held = await _first_frames(self.room.base, self.head.cookie, self.head_device)
        rows = [values[5] for topic in ("report", "deadline", "officer") for values in held.get(topic, {}).values()]
        foreign = any(row.get("agency") != self.agency for row in rows) or "totals" in held
        return 101, not foreign, foreign

    def _redeemed(self, token: str) -> httpx.Response:
        with asked(self.room.base) as client:
            options = client.post("/session/invitation/options", json={"token": token})
            if not options.is_success:
                return options
            return client.post("/session/invitation", json=redemption(token, str(options.json()["attempt"]), self.own))

    # Connections that never say what they want.

    def flood(self, meanwhile: Callable[[], list[list[float]]], honest: Child) -> Flooded:
        """Half of them say nothing at all, a quarter half a head, a quarter a handshake and no hello."""
        _raise_limit()
        before_mb = rss_mb(self.room.mirror.pid)
        address = urlsplit(self.room.base)
        with ExitStack() as stack:
            plugs: list[socket.socket] = []
            for number in range(HALF_OPEN):
                with suppress(OSError):
                    plug = stack.enter_context(socket.create_connection(("127.0.0.1", int(address.port or 80)), timeout=5))
                    plugs.append(plug)
                    plug.sendall(self._opening(number))
                    plug.setblocking(False)
            began_s = time.monotonic()
            delays = [delay for some in meanwhile() for delay in some]
            left = len(plugs)
            while time.monotonic() - began_s < HALF_OPEN_GONE_S and (left := sum(not _is_over(plug) for plug in plugs)):
                time.sleep(0.5)
            gone_s = time.monotonic() - began_s if not left else None
        after_mb = rss_mb(self.room.mirror.pid)
        growth = None if before_mb is None or after_mb is None else after_mb - before_mb
        ends = honest.ask(Watched, "numbers").ends
        return Flooded(
            made=len(plugs), left=left, gone_s=gone_s, delays_ms=delays, ends=ends, growth_mb=growth, is_running=self.room.mirror.is_running
        )

    def _opening(self, number: int) -> bytes:
        if number % 2:
            return b""
        head = (
            f"GET /live HTTP/1.1\r\nHost: {urlsplit(self.room.base).netloc}\r\nOrigin: {self.room.base}\r\nCookie: {self.victim.cookie}\r\n"
        )
        rest = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: live-room.1\r\n"
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        return (head + rest + key if number % 4 else head).encode()


async def _challenge(connection: ClientConnection) -> str:
    said = msgspec.json.decode(await asyncio.wait_for(connection.recv(), FIRST_FRAME_S), type=Said)
    return said.nonce


async def _until_frame(connection: ClientConnection) -> tuple[int, bool]:
    """101 and ``True`` when a frame came; else how it was closed."""
    is_welcome = False
    try:
        while True:
            heard = await asyncio.wait_for(connection.recv(), FIRST_FRAME_S)
            if isinstance(heard, bytes):
                return 101, True
            is_welcome = is_welcome or msgspec.json.decode(heard, type=Said).kind == "welcome"
    except websockets.ConnectionClosed:
        return (101 if is_welcome else connection.close_code or 1006), False
    except TimeoutError:
        return 101 if is_welcome else 0, False


async def _first_frames(base: str, cookie: str, device: Device) -> Mapping[str, Mapping[str, Row]]:
    """What an honest viewer holds once its first snapshot is whole."""
    holding = Holding()
    async with connected(base, cookie) as connection:
        await welcomed(connection, device)
        async for _, _, frame in frames(connection, Opener()):
            holding.take(frame)
            if holding.rev:
                break
    return holding.topics


def _refusal(answer: int, shown: bool) -> tuple[int, bool, bool]:
    return answer, answer != 101, shown


def _shows(text: str) -> bool:
    return any(word in text for word in CANARY)


def _http(answer: httpx.Response) -> tuple[int, bool, bool]:
    return answer.status_code, answer.status_code >= 400, _shows(answer.text)


def _raw(host: str, port: int, path: str, cookie: str) -> tuple[int, bool, bool]:
    """As it is written: a client would tidy the path first. A page of the mirror itself bears nothing of the room."""
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S) as plug:
        head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        plug.sendall(head.encode())
        heard = b""
        while more := plug.recv(65_536):
            heard += more
    status = int(heard[9:12]) if heard.startswith(b"HTTP/1.1 ") else 0
    return status, status >= 400, _shows(heard.decode("utf-8", "replace"))


def _is_over(plug: socket.socket) -> bool:
    """Whether the other side has ended it; what it said before is read and dropped."""
    try:
        while plug.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _raise_limit() -> None:
    """Each connection is a file of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * HALF_OPEN + 500
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


TRIES: Mapping[str, Callable[[Thief], Found]] = {
    "stolen cookie": Thief.stolen_cookie,
    "replayed proof": Thief.replayed_proof,
    "another page or none": Thief.foreign_page,
    "odd words": Thief.odd_words,
    "cookie without a socket": Thief.cookie_alone,
    "another's word": Thief.anothers_word,
    "another's agency": Thief.anothers_agency,
    "cookie at the doors": Thief.cookie_at_the_doors,
    "old invitation": Thief.old_invitations,
    "odd path": Thief.odd_paths,
}
"""By what is tried."""
