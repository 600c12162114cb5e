"""Feeds over TLS with a private CA, as a city's own Redis has it; without that CA they say why they cannot publish."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from controlroom.cli import app
from feeds.bus.connection import parse_address
from feeds.bus.embedded import EmbeddedRedis
from feeds.city import load_city
from feeds.messages.system import CANARY, HEARTBEAT
from feeds.runtime.run import run_feeds
from tests.bus.conftest import until
from tests.bus.test_bus_doors import certificates, tls_port, tls_server
from tests.fakes.bus_listener import ended, listening

__all__ = ["certificates", "tls_port", "tls_server"]


def test_feeds_publish_over_tls_with_the_citys_own_ca(root: Path, tls_server: EmbeddedRedis, tls_port: int, certificates: Path) -> None:
    city = msgspec.structs.replace(load_city(root / "tests" / "cities" / "koeln"), sources=())
    url = f"rediss://back:{parse_address(tls_server.url_for('back')).password}@localhost:{tls_port}"

    async def scenario() -> None:
        async with listening(tls_server.url_for("front"), "live", CANARY, HEARTBEAT) as wall:
            with capture_logs() as log:
                distrusted = asyncio.create_task(run_feeds(city, url, "live"))
                await until(lambda: "bus.cannot_publish" in [line["event"] for line in log], "said")
                await ended(distrusted)
            assert any("certificate" in str(line.get("reason")).lower() for line in log)
            feeds = asyncio.create_task(run_feeds(city, url, "live", ca_file=certificates / "ca.crt"))
            try:
                await wall.until(lambda: wall.bodies(CANARY) and wall.bodies(HEARTBEAT))
            finally:
                await ended(feeds)

    asyncio.run(scenario())


def test_the_verb_hands_the_ca_of_the_settings_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given: dict[str, Any] = {}

    async def run(*_: Any, **options: Any) -> None:
        given.update(options)

    monkeypatch.setattr("feeds.runtime.run.run_feeds", run)
    done = CliRunner().invoke(app, ["feeds", "run"], env={"CONTROLROOM_REDIS_CA": str(tmp_path / "ca.crt")})
    assert done.exit_code == 0, done.output
    assert given["ca_file"] == tmp_path / "ca.crt"
