"""``bench feeds``: how long collectors take for large documents, how much memory, and what fifty quiet ones cost."""

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from controlroom.measure.child import Child
from controlroom.measure.documents import YEAR, georeport_requests, ocds_package
from controlroom.measure.idle import EVERY_S, idle_share
from controlroom.measure.parts import CITY
from controlroom.measure.reading import Taken
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, at_most, beside, exactly, result
from controlroom.measure.serving import Served
from feeds.bus.embedded import EmbeddedRedis

NAMESPACE = "live"
REQUESTS = 10_000
PAGE = 1_000
"""What GeoReport v2 servers give at most."""

PACKAGE_BYTES = 32 * 1024 * 1024
SOURCES = 50
IDLE_S, IDLE_LONG_S = EVERY_S, 3 * EVERY_S
READ_TIMEOUT_S = 120.0

REQUESTS_S = 3.0
PACKAGE_S = 6.0
PACKAGE_MB = 400.0
IDLE_PERCENT = 3.0
BLOCKED_MS = 100.0
"""The heartbeat goes out each second and three missed ones are OFFLINE: a reader may never hold the loop for a tenth of that."""


def measure_feeds(long: bool, progress: Progress) -> Result:
    """Each round is run by a process of its own against a server of its own, and published on an embedded Redis."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="live-room-bench-")))
        redis = stack.enter_context(EmbeddedRedis(namespace=NAMESPACE))
        server = Child("server", (sys.executable, "-m", "controlroom.measure.serving", str(folder)), os.environ, folder / "server.log")
        stack.callback(server.stop)
        base, bus = server.first(Served).url, redis.url_for("back")
        figures: list[Figure] = []
        for share, form in ((0.05, "json"), (0.25, "xml")):
            progress(f"{REQUESTS:,} requests as {form.upper()}", share)
            for page in range(REQUESTS // PAGE):
                rows = georeport_requests(PAGE, as_xml=form == "xml", first=page * PAGE)
                (folder / f"requests.{form}.{page + 1}").write_bytes(rows)
            options = {"endpoint": base, "format": form, "window": "all", "page_size": PAGE, "since": f"{YEAR}-01-01T00:00:00Z"}
            figures += judge_requests(form.upper(), _take(bus, "open311", options))
        progress("32 MB of OCDS", 0.45)
        package = ocds_package(PACKAGE_BYTES)
        (folder / "package.json.1").write_bytes(package)
        figures += judge_package(_take(bus, "ocds", {"urls": [f"{base}/package.json"]}), _floor_s(package))
        progress(f"{SOURCES} sources at rest", 0.6)
        figures += judge_idle(idle_share(SOURCES, IDLE_LONG_S if long else IDLE_S))
    return result("feeds", figures)


def judge_requests(form: str, taken: Taken) -> list[Figure]:
    what = f"{REQUESTS:,} Open311 requests as {form}"
    return [
        at_most(f"{what}: asked, parsed and published", taken.seconds, "s", REQUESTS_S),
        exactly(f"{what}: reports that do not stand in Redis", REQUESTS - taken.standing, "reports", 0),
        at_most(f"{what}: event loop held at most", taken.blocked_ms, "ms", BLOCKED_MS),
    ]


def judge_package(taken: Taken, floor_s: float) -> list[Figure]:
    """``floor_s``: what json.loads of the standard library takes for the same bytes."""
    what = f"{PACKAGE_BYTES // 2**20} MB OCDS package"
    return [
        at_most(f"{what}: read to a figure on the bus", taken.seconds, "s", PACKAGE_S),
        at_most(f"{what}: peak memory of the process", taken.peak_mb, "MB", PACKAGE_MB),
        exactly(f"{what}: figures that stand in Redis", taken.standing, "figures", 1),
        at_most(f"{what}: event loop held at most", taken.blocked_ms, "ms", BLOCKED_MS),
        beside(f"{what}: releases read", taken.read, "releases"),
        beside(f"{what}: json.loads of the same bytes", floor_s, "s"),
    ]


def judge_idle(percent: float | None) -> list[Figure]:
    return [at_most(f"{SOURCES} sources at rest, of one core", percent, "%", IDLE_PERCENT)]


def _take(bus: str, collector: str, options: dict[str, Any]) -> Taken:
    words = [sys.executable, "-m", "controlroom.measure.reading", collector, "--city", str(CITY)]
    words += ["--options", msgspec.json.encode(options).decode()]
    try:
        done = subprocess.run(words, env={**os.environ, "LIVE_ROOM_BUS_URL": bus}, capture_output=True, timeout=READ_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotMeasure(f"{collector} was not done within {READ_TIMEOUT_S:g} s") from error
    if done.returncode != 0:
        raise CannotMeasure(f"{collector} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Taken)


def _floor_s(body: bytes) -> float:
    began = time.perf_counter()
    json.loads(body)
    return time.perf_counter() - began
