"""The demo: an embedded Redis, a simulated city and the wall, each a process of its own; no display needed."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec
from rich.console import Console

from controlroom.cli.demo_desk import DemoDesk, announced
from controlroom.cli.mirror_serve import MIRROR_PORT
from controlroom.platform import has_display
from controlroom.settings import PREFIX
from controlroom.wall.layouts import read_wall
from controlroom.wall.virtual import VIRTUAL_WALL, VirtualWall
from feeds.api.run import PortTaken, listen
from feeds.bus.embedded import EmbeddedRedis
from feeds.identity.keys import Scope, add_key
from feeds.reports.roles import Actor, Role
from feeds.runtime.clock import utc_now
from feeds.store.database import sqlite_url
from feeds.store.opening import opened

REDIS_PAUSE_S = 20.0
"""So long the demo leaves a Redis dead that somebody killed, so that the wall can be seen without it."""


DOORS_PORT = 8311
"""The default of ``doors_url``."""


class DemoFailed(RuntimeError):
    """A part of the demo did not start or ended; the text says which."""


class _SimulationReady(msgspec.Struct):
    media_url: str


class DemoWish(msgspec.Struct, frozen=True, kw_only=True):
    """What kind of demo. ``speed``: ``None`` for the scenario's own pace. ``seconds``: ends by itself.

    ``wall``: a wall.toml, the 2x2 when absent.
    """

    city: Path
    scenario: str
    speed: float | None
    seed: int
    layout: str
    language: str
    palette: str
    seconds: float | None = None
    wall: Path | None = None


def run_demo(wish: DemoWish, console: Console) -> int:
    """Runs until the wall is closed, a signal comes, or the time is up; ends every part it started."""
    with ExitStack() as stack:
        redis = stack.enter_context(EmbeddedRedis(namespace="sim"))
        environment = dict(os.environ)
        arguments = ["--namespace", "sim", "--city", str(wish.city), "--layout", wish.layout, "--lang", wish.language]
        arguments += ["--palette", wish.palette]
        if not has_display():
            wall_file = wish.wall or VIRTUAL_WALL
            virtual = stack.enter_context(VirtualWall(read_wall(wall_file).monitor))
            environment = virtual.environment()
            arguments += ["--wall", str(wall_file), "--virtual"]
            _tell_virtual(console, virtual)
        elif wish.wall is not None:
            arguments += ["--wall", str(wish.wall)]
        key, stills_key = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="live-room-demo-")))
        store = sqlite_url(folder / "reports.sqlite")
        simulation = _start_simulation(wish, redis.url_for("back"), key, store)
        stack.callback(_end, simulation)
        media_url = _await_ready(simulation)
        secrets_of_wall = {
            "REDIS_URL": redis.url_for("front"), "REDIS_WALL_URL": redis.url_for("wall"), "MEDIA_URL": media_url, "MEDIA_KEY": key,
            "STILLS_KEY": stills_key,
        }  # fmt: skip
        wall = _start_wall(arguments, environment, secrets_of_wall)
        stack.callback(_end, wall)
        console.print(f"[bold]Live Room[/bold]  {wish.city.name} · {wish.scenario} · SIMULASI", soft_wrap=True)
        port, mirror_port = _free_port(DOORS_PORT), _free_port(MIRROR_PORT)
        mirror_url = f"http://127.0.0.1:{mirror_port}"
        doors = _open_doors(wish, store, folder, port, mirror_url)
        stack.callback(_end, doors)
        mirror = _open_mirror(wish, mirror_port, {
            "REDIS_URL": redis.url_for("front"), "DOORS_URL": f"http://127.0.0.1:{port}", "MIRROR_URL": mirror_url, "MEDIA_URL": media_url,
            "MEDIA_KEY": key, "MIRROR_KEY": _mirror_key(store), "STILLS_KEY": stills_key,
        })  # fmt: skip
        stack.callback(_end, mirror)
        desk = DemoDesk(
            process=os.getpid(), city=str(wish.city.resolve()), namespace="sim", redis_url=redis.url_for("front"),
            doors_url=f"http://127.0.0.1:{port}", stills_key=stills_key, database_url=store,
            mirror_url=mirror_url,
        )  # fmt: skip
        stack.enter_context(announced(desk))
        console.print("Desk of an operator:  controlroom console --demo     (in a second terminal; login demo-operator or demo-lead)")
        console.print(
            f"The mayor's mirror:  {mirror_url}     (let a browser in: controlroom invite --demo --role mayor --name ...)", soft_wrap=True
        )
        console.print("End with Ctrl+C here, or twice Ctrl+Alt+Q on the wall.")
        return _watch(redis, {"simulation": simulation, "wall": wall, "doors": doors, "mirror": mirror}, wish.seconds, console)


def _tell_virtual(console: Console, virtual: VirtualWall) -> None:
    width, height = virtual.size
    console.print(f"No display here: a virtual wall of {width} x {height} pixels runs on display {virtual.display}.", soft_wrap=True)
    console.print("Look at it:  controlroom shot wall.png        (one monitor: --screen 1; as data: --json)", soft_wrap=True)
    console.print(f"or live:     x11vnc -display {virtual.display} -localhost -viewonly     (then any VNC viewer)", soft_wrap=True)


def _free_port(usual: int) -> int:
    """Where one looks when nothing else is said, unless somebody is there already."""
    for port in (usual, 0):
        with suppress(PortTaken), listen("127.0.0.1", port) as listener:
            return int(listener.getsockname()[1])
    raise DemoFailed("no free port on this machine")


def _mirror_key(store: str) -> str:
    """By which the doors of this demo know its mirror."""
    by = Actor(id="demo", role=Role.ADMIN)
    with opened(store) as database:
        return database.write(lambda connection: add_key(connection, "demo", (Scope.MIRROR,), utc_now(), by))[1]


def _open_mirror(wish: DemoWish, port: int, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    words = ("--mirror", "--city", str(wish.city), "--namespace", "sim", "--port", str(port))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return subprocess.Popen(
        (sys.executable, "-m", "controlroom", "serve", *words),
        env={**environment, **{PREFIX + name: value for name, value in settings.items()}},
        stdin=subprocess.DEVNULL,
    )


def _open_doors(wish: DemoWish, store: str, folder: Path, port: int, mirror_url: str) -> subprocess.Popen[bytes]:
    """The doors on the simulated city's own store: a report sent to them stands on the wall beside the simulated ones."""
    words = ("--city", str(wish.city), "--namespace", "sim", "--port", str(port), "--pictures", str(folder / "pictures"), "--announce")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return subprocess.Popen(
        (sys.executable, "-m", "controlroom", "serve", *words),
        env={**environment, "LIVE_ROOM_DATABASE_URL": store, PREFIX + "MIRROR_URL": mirror_url},
        stdin=subprocess.DEVNULL,
    )


def _start_simulation(wish: DemoWish, redis_url: str, key: str, store: str) -> subprocess.Popen[bytes]:
    words = ("--city", str(wish.city), "--scenario", wish.scenario, "--seed", str(wish.seed))
    words += ("--speed", str(wish.speed)) if wish.speed is not None else ()
    return subprocess.Popen(
        (sys.executable, "-m", "feeds.sim", *words),
        env={**os.environ, "LIVE_ROOM_BUS_URL": redis_url, "LIVE_ROOM_MEDIA_KEY": key, "LIVE_ROOM_DATABASE_URL": store},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


def _await_ready(simulation: subprocess.Popen[bytes]) -> str:
    assert simulation.stdout is not None
    line = simulation.stdout.readline()
    if not line:
        raise DemoFailed(f"the simulated city ended with code {simulation.wait()}: its message stands above")
    return msgspec.json.decode(line, type=_SimulationReady).media_url


def _start_wall(arguments: list[str], environment: Mapping[str, str], settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    secret = {PREFIX + name: value for name, value in settings.items()}
    return subprocess.Popen(
        (sys.executable, "-m", "controlroom", "wall", *arguments), env={**environment, **secret}, stdin=subprocess.DEVNULL
    )


def _watch(redis: EmbeddedRedis, parts: Mapping[str, subprocess.Popen[bytes]], seconds: float | None, console: Console) -> int:
    """Until the wall ends, a signal comes or the time is up. The simulation's end is the demo's failure; a Redis that died comes back."""
    ended_by: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: ended_by.append(received))
    end = None if seconds is None else time.monotonic() + seconds
    back_at: float | None = None
    while not ended_by and (end is None or time.monotonic() < end):
        code = parts["wall"].poll()
        if code is not None:
            return 0 if code == 0 else 1
        for name, said in (("simulation", "the simulated city"), ("doors", "the doors"), ("mirror", "the mirror")):
            if parts[name].poll() is not None:
                raise DemoFailed(f"{said} ended with code {parts[name].returncode}: the message stands above")
        if back_at is None and redis.has_ended():
            back_at = time.monotonic() + REDIS_PAUSE_S
            console.print(f"Redis is gone: the wall says TERPUTUS. It is started again, empty, in {REDIS_PAUSE_S:g} s.")
        elif back_at is not None and time.monotonic() >= back_at:
            back_at = None
            redis.kill()
            redis.start()
            console.print("Redis is back: the simulated city publishes what it holds, the wall repairs itself.")
        time.sleep(0.2)
    return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
