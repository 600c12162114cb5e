"""`controlroom serve` with the push key of its environment: the doors tell its public half, and in a simulated city that nobody is rung."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from controlroom.settings import PREFIX
from feeds.city import load_city
from feeds.identity import devices, sessions, users
from feeds.identity.keys import Scope, add_key
from feeds.identity.push_keys import generated, read_key
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database, sqlite_url
from feeds.store.opening import opened
from tests.fakes.phone import DeviceKey

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "assets" / "cities" / "tangerang"
ADMIN = Actor(id="test", role=Role.ADMIN)
MAYOR = Actor(id="wali", role=Role.MAYOR)


def let_in(database: Database) -> dict[str, str]:
    """The headers with which the mirror hands on what an invited phone asks."""
    now = datetime.now(UTC)
    city = load_city(CITY)
    database.write(lambda it: users.add_user(
        it, city, login="wali", name="Wali", role=Role.MAYOR, agency=None, password="x", now=now, by=ADMIN,
    ))  # fmt: skip
    device = database.write(lambda it: devices.add(it, MAYOR, DeviceKey().spki, "HP", now))
    token = database.write(lambda it: sessions.begin(it, "wali", "x", now, device=device))
    key = database.write(lambda it: add_key(it, "cermin", (Scope.MIRROR,), now, ADMIN))[1]
    return {"Cookie": f"live_room={token}", "X-Mirror-Key": key}


@pytest.mark.parametrize("namespace", ["live", "sim"])
def test_the_doors_tell_the_public_half_of_the_key_and_never_the_other(namespace: str, tmp_path: Path) -> None:
    key = generated()
    url = sqlite_url(tmp_path / "reports.sqlite")
    with opened(url) as database:
        asked = let_in(database)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environment |= {f"{PREFIX}PUSH_KEY": key, f"{PREFIX}PUSH_CONTACT": "mailto:a@b.example", "LIVE_ROOM_DATABASE_URL": url}
    words = ("serve", "--namespace", namespace, "--port", "0", "--announce", "--pictures", str(tmp_path / "pictures"), "--city", str(CITY))
    log = tmp_path / "log"
    with log.open("w") as said, subprocess.Popen(
        [sys.executable, "-m", "controlroom", *words], env=environment, stdout=subprocess.PIPE, stderr=said, text=True
    ) as served:  # fmt: skip
        try:
            assert served.stdout is not None
            line = next(line for line in served.stdout if line.startswith("Doors: "))
            address = line.split()[1].removesuffix("/schema")
            answer = httpx.get(f"{address}/session/push", headers=asked, trust_env=False, timeout=20)
            served.send_signal(signal.SIGTERM)
            assert served.wait(20) == 0
        finally:
            served.kill()
    if namespace == "live":
        assert answer.json() == {"public_key": read_key(key, "mailto:a@b.example").public, "is_on": False}
    else:
        assert (answer.status_code, answer.json()["code"]) == (404, "simulated")
    assert key not in answer.text + log.read_text()
