"""How a process ends: work is cancelled by a signal, cleans up, and its own errors come out."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from feeds.runtime.until_told import until_told

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cancels_and_clean_up_is_waited_for(number: signal.Signals) -> None:
    done: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            done.append("clean")

    asyncio.run(until_told(work()))
    assert done == ["clean"]


def test_work_that_ends_or_fails_by_itself_is_heard() -> None:
    async def fail() -> None:
        raise ValueError("why")

    asyncio.run(until_told(asyncio.sleep(0)))
    with pytest.raises(ValueError, match="why"):
        asyncio.run(until_told(fail()))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_recorded_endpoint_ends_though_a_client_holds_its_connection(shared_data: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.open311_endpoint", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split(" (")[0].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as held:
            held.sendall(b"GET /services.json HTTP/1.1\r\nHost: x\r\n\r\n")
            assert held.recv(12) == b"HTTP/1.1 200"
            process.send_signal(number)
            assert process.wait(timeout=5) == 0
    finally:
        process.kill()
        process.communicate()
