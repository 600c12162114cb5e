"""A real PostgreSQL for a test session: a private cluster in a folder of its own, gone at the end, or with the tests if they are killed.

No skip where it is missing: `make setup` installs it on Debian.
"""

import itertools
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
USER = "live_room"
# Nothing of a test outlives it, so nothing waits for the disk; autovacuum would be a process that comes and goes.
_OPTIONS = {
    "fsync": "off", "full_page_writes": "off", "autovacuum": "off", "shared_buffers": "32MB", "max_connections": "60",
    "listen_addresses": "127.0.0.1", "log_min_messages": "warning", "timezone": "Asia/Kathmandu",
}  # fmt: skip


class NoPostgres(RuntimeError):
    """There is none to start, or it did not start; the text says what to do."""


class Cluster:
    """Its databases. Trusts whoever may enter its folder; asks for ``password`` on the loopback port."""

    def __init__(self, folder: Path, port: int, password: str, pid: int) -> None:
        self.folder = folder
        self.port = port
        self.password = password
        self.pid = pid
        self._numbers = itertools.count(1)
        self._idle: list[str] = []
        self._steps: list[tuple[str, ...]] = []

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.folder}&port={self.port}"

    def tcp_url(self, database: str, password: str) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def a_database(self) -> Iterator[str]:
        """The name of an empty database of one's own."""
        name = f"t{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def a_filled_database(self, fill: Callable[[str], None]) -> Iterator[str]:
        """One that ``fill`` has made from its URL, emptied after its use and given to the next who asks: a new one takes far longer."""
        if self._idle:
            name = self._idle.pop()
        else:
            name = f"t{next(self._numbers)}"
            self.run(f"CREATE DATABASE {name} TEMPLATE template0")
            fill(self.url(name))
            self._steps = self._steps_of(name)
        try:
            yield name
        finally:
            if self._is_emptied(name):
                self._idle.append(name)
            else:
                self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def _is_emptied(self, name: str) -> bool:
        """Takes every row out of it; whoever is still connected is cut off first. False where a test has changed its step."""
        self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        if self._steps_of(name) != self._steps:
            return False
        with self._connected(name) as connection:
            # Row by row, in any order: for some hundred rows TRUNCATE takes thirty times as long.
            connection.execute("SET session_replication_role = replica")
            tables = connection.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
            connection.execute("; ".join(f"DELETE FROM {table}" for (table,) in tables if table != "alembic_version").encode())
            connection.execute("SELECT setval(quote_ident(sequencename)::regclass, 1, false) FROM pg_sequences WHERE schemaname = 'public'")
        return True

    def _steps_of(self, name: str) -> list[tuple[str, ...]]:
        with self._connected(name) as connection:
            return connection.execute("SELECT version_num FROM alembic_version").fetchall()

    def has(self, name: str) -> bool:
        with self._connected() as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None

    def run(self, statement: str) -> None:
        """One statement outside of any transaction, on the server's own database."""
        with self._connected() as connection:
            connection.execute(statement.encode())

    def _connected(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(f"host={self.folder} port={self.port} user={USER} dbname={database}", autocommit=True)


def binaries() -> Path:
    """The newest version's folder of programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path is not None:
        return Path(on_path).resolve().parent
    raise NoPostgres(
        "no PostgreSQL on this machine, and the tests of the store need one: run 'make setup' (Debian), or install initdb on PATH"
    )


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Started and waited for; call it from a thread that lives as long as the cluster shall."""
    programs = binaries()
    with tempfile.TemporaryDirectory(prefix="lr-pg-", ignore_cleanup_errors=True) as name:
        folder, as_whom, password = Path(name), _as_server_user(Path(name)), secrets.token_urlsafe(12)
        secret = folder / "password"
        secret.write_text(password)
        shutil.chown(secret, folder.owner())
        made = subprocess.run(
            [*as_whom, programs / "initdb", "-D", folder / "d", "-U", USER, "--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256",
             f"--pwfile={secret}", "--encoding=UTF8", "--locale=C.UTF-8"],
            capture_output=True, text=True, check=False, timeout=90, cwd="/",
        )  # fmt: skip
        secret.unlink()
        if made.returncode != 0:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-600:]}")
        port = _free_port()
        settings = [part for key, value in _OPTIONS.items() for part in ("-c", f"{key}={value}")]
        command = [*as_whom, programs / "postgres", "-D", folder / "d", "-k", folder, "-p", str(port), *settings]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd="/")
        try:
            cluster = Cluster(folder, port, password, server.pid)
            _wait_until_up(cluster, server)
            yield cluster
        finally:
            _stop(server)


def _as_server_user(folder: Path) -> list[str]:
    """What stands before the server's commands: it refuses to be root, and shall end with us whatever happens to us."""
    ending = ["setpriv", "--pdeathsig", "QUIT"]
    if os.geteuid() != 0:
        return ending
    try:
        user = pwd.getpwnam("postgres")
    except KeyError as problem:
        raise NoPostgres("the tests run as root and there is no user 'postgres' to run the server: run 'make setup'") from problem
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups", *ending[1:]]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(cluster: Cluster, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            cluster.has("postgres")
        except psycopg.OperationalError as problem:
            if server.poll() is not None or time.monotonic() > end:
                said = (cluster.folder / "log").read_text(errors="replace")
                raise NoPostgres(f"PostgreSQL did not start: {said.strip()[-600:]}") from problem
            time.sleep(0.02)
        else:
            return


def _stop(server: subprocess.Popen[bytes]) -> None:
    # SIGINT: connections are ended, the server goes at once (its "fast" way).
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
