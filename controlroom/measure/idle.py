"""What many sources cost while nothing changes: their own process, a server that answers "unchanged", and its processor time."""

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import msgspec
import psutil
import redis as redis_client

from controlroom.measure.result import CannotMeasure
from feeds.bus.connection import parse_address
from feeds.bus.embedded import EmbeddedRedis
from feeds.bus.script import topic_keys
from feeds.city import load_city
from feeds.messages.city import SourceConfig
from feeds.messages.system import SOURCE, SourceState
from feeds.runtime.clock import utc_now
from feeds.runtime.collector import Sink
from feeds.runtime.registry import collector_names, load_collector
from feeds.runtime.run import run_feeds
from feeds.store.database import sqlite_url

CITY = Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang"
EVERY_S = 60.0
"""Each source is asked once in the window. Of their own they ask every half a minute to an hour, most every two minutes and more."""

CALM_S = 5.0

SAMPLED_AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"""The collectors' own samples are of this time: later some of them are over."""

SETTLED_WITHIN_S = 90.0
_NAMESPACE = "live"
_URL, _SOURCES = "LIVE_ROOM_BUS_URL", "LIVE_ROOM_IDLE_SOURCES"


def idle_share(sources: int, seconds: float) -> float | None:
    """Percent of one core that ``sources`` sources of every kind take in ``seconds`` in which nothing changes.

    ``None`` when they did not settle; raises ``CannotMeasure`` when their process ended.
    """
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(namespace=_NAMESPACE))
        configured = list(_sources(stack, sources))
        environment = {
            **os.environ,
            _URL: redis.url_for("back"),
            _SOURCES: msgspec.json.encode(configured).decode(),
            "NO_PROXY": "127.0.0.1",
        }
        process = stack.enter_context(_running(environment))
        # After the first answers: what a source does the first time is not what it does at rest.
        if not _is_settled(redis, process, sources):
            return None
        time.sleep(CALM_S)
        measured = psutil.Process(process.pid)
        before, begun = measured.cpu_times(), time.monotonic()
        time.sleep(seconds)
        after, took = measured.cpu_times(), time.monotonic() - begun
        return 100 * (after.user + after.system - before.user - before.system) / took


def _sources(stack: ExitStack, count: int) -> Iterator[SourceConfig]:
    """Sources of every kind that goes straight to the bus, and one of reports, each kind with a server of its own."""
    specs = [load_collector(name)[0] for name in collector_names()]
    bases = {spec.key: stack.enter_context(_unchanging(spec.sample.answers)) for spec in specs}
    options: dict[str, dict[str, Any]] = {
        spec.key: msgspec.json.decode(msgspec.json.encode(spec.sample.options).replace(b"{base}", bases[spec.key].encode()))
        for spec in specs
    }
    reports = next(spec for spec in specs if spec.sink is Sink.REPORTS)
    others = [spec for spec in specs if spec.sink is Sink.BUS]
    chosen = [reports, *(others[number % len(others)] for number in range(count - 1))]
    for number, spec in enumerate(chosen):
        yield SourceConfig(collector=spec.key, name=f"{spec.key}-{number}", options={**options[spec.key], "every_s": EVERY_S})


class _Unchanging(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: Mapping[str, str] = {}

    def do_GET(self) -> None:
        body = self.answers.get(urlsplit(self.path).path, "").encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        is_held = self.headers.get("If-None-Match") == tag
        self.send_response(304 if is_held else 200)
        self.send_header("ETag", tag)
        if not is_held:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not is_held:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextmanager
def _unchanging(answers: Mapping[str, str]) -> Generator[str]:
    handler = type("_Answers", (_Unchanging,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, name="unchanging source")
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def _running(environment: Mapping[str, str]) -> Generator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen([sys.executable, "-m", "controlroom.measure.idle"], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_settled(redis: EmbeddedRedis, process: "subprocess.Popen[bytes]", sources: int) -> bool:
    """Whether every source has answered well; raises ``CannotMeasure`` when their process has ended."""
    address, decode = parse_address(redis.url_for("front")), SOURCE.decoder()
    client: Any = redis_client.Redis(unix_socket_path=address.path, username=address.username, password=address.password, driver_info=None)
    ends_at = time.monotonic() + SETTLED_WITHIN_S
    try:
        while time.monotonic() < ends_at:
            if process.poll() is not None:
                raise CannotMeasure(f"the sources have ended with code {process.returncode}")
            held = [decode(payload).body for payload in client.hvals(topic_keys(_NAMESPACE, SOURCE.name).snap)]
            if sum(body is not None and body.state is SourceState.OK for body in held) >= sources:
                return True
            time.sleep(0.25)
    finally:
        client.close()
    return False


def main() -> None:
    """The measured process: the sources of its environment, and nothing else, until it is told to end."""
    given = msgspec.json.decode(os.environ[_SOURCES], type=tuple[SourceConfig, ...])
    city = msgspec.structs.replace(load_city(CITY), sources=given, cameras=(), notices=(), applications=())
    ahead = SAMPLED_AT - utc_now()
    with tempfile.TemporaryDirectory() as folder:
        store = sqlite_url(Path(folder) / "reports.sqlite")
        asyncio.run(run_feeds(city, os.environ[_URL], _NAMESPACE, database_url=store, clock=lambda: utc_now() + ahead))


if __name__ == "__main__":
    main()
