"""A PostgreSQL of a bench's own on loopback, in a folder of its own, ended by its pid. Knows nothing of what is kept in it."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from controlroom.measure.result import CannotMeasure

USER = "postgres"
START_S = 30.0
_INSTALLED = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """The folder of initdb and postgres, the newest of Debian's, else on PATH; ``None`` when there is none that could be run here."""
    if os.geteuid() == 0 and not _has_user():
        return None
    versions = sorted(_INSTALLED.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("postgres")
    folder = Path(found).resolve().parent if found else None
    return folder if folder is not None and (folder / "initdb").exists() else None


class PrivatePostgres:
    """``with PrivatePostgres(programs, port) as server: Database(server.url)``. It syncs to disk as in life."""

    def __init__(self, programs: Path, port: int) -> None:
        self._programs = programs
        self._port = port
        self._password = secrets.token_urlsafe(24)
        # It refuses to run as root.
        self._user = USER if os.geteuid() == 0 else None
        self._groups: list[int] | None = [] if self._user is not None else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """With its password: never log it."""
        return f"postgresql+psycopg://{USER}:{self._password}@127.0.0.1:{self._port}/{USER}"

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="live-room-postgres-"))
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    def _start(self) -> None:
        password, cluster, log = self._folder / "password", self._folder / "cluster", self._folder / "log"
        password.write_text(self._password)
        if self._user is not None:
            for path in (self._folder, password):
                shutil.chown(path, USER, USER)
        words = (
            *(str(self._programs / "initdb"), "-D", str(cluster), "-U", USER, "-A", "scram-sha-256"),
            *(f"--pwfile={password}", "-E", "UTF8", "--locale=C"),
        )
        made = subprocess.run(
            words, cwd=self._folder, capture_output=True, timeout=60, check=False,
            user=self._user, group=self._user, extra_groups=self._groups,
        )  # fmt: skip
        password.unlink()
        if made.returncode != 0:
            raise CannotMeasure(f"initdb made no cluster:\n{made.stderr.decode(errors='replace')[-1000:]}")
        run = (str(self._programs / "postgres"), "-D", str(cluster), "-p", str(self._port), "-h", "127.0.0.1", "-k", str(self._folder))
        with log.open("wb") as out:
            process = subprocess.Popen(
                run, cwd=self._folder, stdout=out, stderr=out, start_new_session=True, user=self._user, group=self._user,
                extra_groups=self._groups,
            )  # fmt: skip
        self._process = process
        engine = create_engine(self.url)
        end = time.monotonic() + START_S
        while True:
            try:
                engine.connect().close()
                break
            except OperationalError as error:
                if time.monotonic() > end or process.poll() is not None:
                    raise CannotMeasure(f"PostgreSQL does not start:\n{log.read_text(errors='replace')[-1000:]}") from error
                time.sleep(0.1)
        engine.dispose()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            # Its word for: end now, whoever is connected.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def _has_user() -> bool:
    with suppress(KeyError):
        return bool(pwd.getpwnam(USER))
    return False
