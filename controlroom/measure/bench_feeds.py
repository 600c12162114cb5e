"""``bench feeds``: how long collectors take for large documents, how much memory, and what fifty quiet ones cost."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from controlroom.measure.documents import georeport_requests, ocds_package
from controlroom.measure.idle import idle_share
from controlroom.measure.parts import CITY
from controlroom.measure.reading import Taken
from controlroom.measure.result import CannotMeasure, Figure, Progress, Result, at_most, beside, exactly, result
from feeds.bus.embedded import EmbeddedRedis

REQUESTS = 10_000
PACKAGE_BYTES = 32 * 1024 * 1024
SOURCES = 50
IDLE_S, IDLE_LONG_S = 20.0, 60.0
READ_TIMEOUT_S = 120.0

REQUESTS_S = 3.0
PACKAGE_S = 6.0
PACKAGE_MB = 400.0
IDLE_PERCENT = 3.0
BLOCKED_MS = 100.0
"""The heartbeat goes out each second and three missed ones are OFFLINE: a reader may never hold the loop for a tenth of that."""


def measure_feeds(long: bool, progress: Progress) -> Result:
    """Each document is read and published by a process of its own, on an embedded Redis."""
    with tempfile.TemporaryDirectory(prefix="live-room-bench-") as folder, EmbeddedRedis(namespace="live") as redis:
        url = redis.url_for("back")
        progress(f"{REQUESTS:,} requests as JSON", 0.05)
        options: dict[str, Any] = {"endpoint": "http://127.0.0.1:9", "window": "all"}
        figures = judge_requests("JSON", _take(folder, url, "open311", georeport_requests(REQUESTS), options))
        progress(f"{REQUESTS:,} requests as XML", 0.2)
        figures += judge_requests("XML", _take(folder, url, "open311", georeport_requests(REQUESTS, as_xml=True), options))
        progress("32 MB of OCDS", 0.35)
        package = ocds_package(PACKAGE_BYTES)
        figures += judge_package(_take(folder, url, "ocds", package, {"urls": ["http://127.0.0.1:9"]}))
        progress(f"{SOURCES} sources at rest", 0.6)
        figures += judge_idle(idle_share(SOURCES, IDLE_LONG_S if long else IDLE_S))
    return result("feeds", figures)


def judge_requests(form: str, taken: Taken) -> list[Figure]:
    what = f"{REQUESTS:,} Open311 requests as {form}"
    return [
        at_most(f"{what}: parsed and published", taken.seconds, "s", REQUESTS_S),
        exactly(f"{what}: reports that did not reach the bus", REQUESTS - taken.published, "reports", 0),
        at_most(f"{what}: event loop held at most", taken.blocked_ms, "ms", 10 * BLOCKED_MS),
        *([beside(f"{what}: json.loads of the same bytes", taken.floor_s, "s")] if taken.floor_s else []),
    ]


def judge_package(taken: Taken) -> list[Figure]:
    what = f"{PACKAGE_BYTES // 2**20} MB OCDS package"
    return [
        at_most(f"{what}: read to a figure on the bus", taken.seconds, "s", PACKAGE_S),
        at_most(f"{what}: peak memory of the process", taken.peak_mb, "MB", PACKAGE_MB),
        exactly(f"{what}: figures published", taken.published, "figures", 1),
        at_most(f"{what}: event loop held at most", taken.blocked_ms, "ms", BLOCKED_MS),
        beside(f"{what}: releases read", taken.read, "releases"),
        beside(f"{what}: json.loads of the same bytes", taken.floor_s, "s"),
    ]


def judge_idle(percent: float | None) -> list[Figure]:
    return [at_most(f"{SOURCES} sources at rest, of one core", percent, "%", IDLE_PERCENT)]


def _take(folder: str, url: str, collector: str, body: bytes, options: dict[str, Any]) -> Taken:
    file = Path(folder) / f"{collector}.document"
    file.write_bytes(body)
    words = [sys.executable, "-m", "controlroom.measure.reading", collector, str(file), "--city", str(CITY)]
    words += ["--options", msgspec.json.encode(options).decode()]
    environment = {**os.environ, "LIVE_ROOM_BUS_URL": url}
    try:
        done = subprocess.run(words, env=environment, capture_output=True, timeout=READ_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise CannotMeasure(f"{collector} was not done within {READ_TIMEOUT_S:g} s") from error
    if done.returncode != 0:
        raise CannotMeasure(f"{collector} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Taken)
