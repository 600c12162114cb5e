"""A process of a bench that answers JSON lines: started, asked, frozen, ended. Knows nothing of what it says."""

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from controlroom.measure.result import CannotMeasure
from controlroom.measure.spoken import Ask

AnswerT = TypeVar("AnswerT")


class Child:
    """A process of ours that answers JSON lines. It ends when its standard input does, whatever becomes of us."""

    def __init__(self, name: str, words: Sequence[str], environment: Mapping[str, str], log: Path, *, ready_within_s: float = 60.0) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                list(words), env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True
            )
        self._rest = b""
        self._frozen = False
        self._ready_within_s = ready_within_s

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def first(self, kind: type[AnswerT]) -> AnswerT:
        """The line it says when it is ready; raises ``CannotMeasure``."""
        return self._read(kind, self._ready_within_s)

    def ask(self, kind: type[AnswerT], verb: str, *, within_s: float = 20.0, **arguments: Any) -> AnswerT:
        """Raises ``CannotMeasure`` when it does not answer in time or has ended."""
        self.tell(verb, **arguments)
        return self._read(kind, within_s)

    def tell(self, verb: str, **arguments: Any) -> None:
        """As ``ask``, with the answer left for ``hear``."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(msgspec.json.encode(Ask(verb=verb, **arguments)) + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._gone() from error

    def hear(self, kind: type[AnswerT], within_s: float) -> AnswerT:
        """The answer to a former ``tell``."""
        return self._read(kind, within_s)

    def freeze(self) -> None:
        self._frozen = True
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        self._frozen = False
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """As a crash would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Asks it to end, then insists; closes the pipes."""
        if self._frozen:
            self.thaw()
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _read(self, kind: type[AnswerT], within_s: float) -> AnswerT:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        end = time.monotonic() + within_s
        while b"\n" not in self._rest:
            ready, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise CannotMeasure(f"{self.name} has not answered within {within_s:g} s: see {self.log}\n{self.last_words()}")
            more = os.read(pipe, 1 << 20)
            if not more:
                raise self._gone()
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return msgspec.json.decode(line, type=kind)

    def _gone(self) -> CannotMeasure:
        return CannotMeasure(f"{self.name} has ended with code {self._process.poll()}: see {self.log}\n{self.last_words()}")

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
