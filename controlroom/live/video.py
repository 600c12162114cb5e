"""Camera pictures for the wall: one decoder process a stream, watched from here, killed when it hangs, started again.

Lives on the GUI thread and never waits there. What a decoder hands over is read from shared memory (``slot``); only the
comparison of one number is paid while nothing has changed.
"""

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import msgspec
import structlog
from PySide6.QtCore import QObject, QTimer
from PySide6.QtCore import Slot as qt_slot
from PySide6.QtGui import QImage

from controlroom.live.credentials import CameraCredentials, LoginRefused
from controlroom.live.decoding import start_decoder, tell
from controlroom.live.slot import Slot, Task, new_slot_file
from feeds.messages.camera import Camera

START_S = 15.0
"""A decoder that has no picture by then is killed."""
SILENCE_S = 10.0
"""A decoder whose newest picture is older is killed."""
BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
HEALTHY_S = 30.0
"""A decoder that ran this long starts the back-off anew."""
HIDDEN_S = 3.0
"""A picture nobody asked for during this time is hidden: key pictures only."""
IDLE_S = 60.0
"""Not asked for during this time: the decoder ends until somebody asks."""
KEPT_S = 15 * 60.0
"""A last picture older than this is no longer shown for a camera that is gone."""
CLOSE_S = 2.0
"""Killed decoders are waited for at most so long when the wall ends."""
_WATCH_MS = 250
_LINES_AT_ONCE = 8192

_log = structlog.get_logger("controlroom.live.video")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a decoder may take; seconds."""

    start_s: float = START_S
    silence_s: float = SILENCE_S
    back_off_s: tuple[float, ...] = BACK_OFF_S
    healthy_s: float = HEALTHY_S
    hidden_s: float = HIDDEN_S
    idle_s: float = IDLE_S


class _Report(msgspec.Struct, frozen=True):
    """One line of a decoder."""

    error: str
    detail: str = ""


class CameraFeed:
    """One camera at one size: what it shows now, and the decoder behind it. Made by ``VideoWall.feed``."""

    def __init__(
        self,
        camera: Camera,
        size: tuple[int, int],
        clock: Callable[[], datetime],
        url: Callable[[Camera], str],
        limits: Limits,
        wake: Callable[["CameraFeed"], None],
    ) -> None:
        self.camera = camera
        self._size = size
        self._clock = clock
        self._url = url
        self._limits = limits
        self._wake = wake
        self.is_watched = False
        self._is_retired = False
        self._image: QImage | None = None
        self._spare: QImage | None = None
        self._taken_ns = 0
        self._read = 0
        self._seen = 0
        self._slot: Slot | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._dying: list[subprocess.Popen[bytes]] = []
        self._unread = b""
        self._started_at = 0.0
        self._newest_at: float | None = None
        self._asked_at = time.monotonic()
        self._start_at = 0.0
        self._failures = 0
        self._is_key_only = False
        self._reason: str | None = None
        self._said: str | None = None

    def frame(self) -> QImage | None:
        """The newest picture; the same object as long as there is no newer one.

        It owns its memory, which is filled again two pictures later: who wants to keep it longer copies it.
        """
        self._asked_at = time.monotonic()
        if not self.is_watched and not self._is_retired:
            self._wake(self)
        if self._slot is not None and self._slot.newest() != self._read:
            self._take()
        age = self.age_s()
        if age is not None and age > KEPT_S:
            self._image = None
        return self._image

    def taken_at(self) -> datetime | None:
        age = self.age_s()
        return None if age is None else self._clock() - timedelta(seconds=age)

    def age_s(self) -> float | None:
        """Seconds since the picture of ``frame`` was taken, by the machine's monotonic clock: no clock step makes it young."""
        return None if self._image is None else max(0.0, (time.monotonic_ns() - self._taken_ns) / 1e9)

    def is_down(self) -> bool:
        """There is no picture to show, and it was tried."""
        return self._image is None and self._failures > 0

    def reason(self) -> str | None:
        """Why there is none now: login, auth, missing, refused, unreachable, no_video, bad_stream, ended, hangs, broken."""
        return self._reason

    @property
    def process_id(self) -> int | None:
        return None if self._process is None else self._process.pid

    @property
    def is_hidden(self) -> bool:
        """Nobody asks for its pictures: the decoder keeps to key pictures."""
        return self._is_key_only

    def watch(self) -> None:
        """One look at the decoder: start, kill, restart, slow down. Never waits."""
        now = time.monotonic()
        self._dying = [process for process in self._dying if process.poll() is None]
        is_idle = self._is_idle(now)
        if self._process is None:
            if not is_idle and now >= self._start_at:
                try:
                    self._start(now)
                except LoginRefused as refusal:
                    if self._reason != "login":
                        remedy = "if the camera moved, add its address to `at` in the file of camera_credentials and start the wall again"
                        _log.error("camera login refused", camera=self.camera.id, problem=str(refusal), remedy=remedy)
                    self._fail("login", now)
                except OSError as problem:
                    # No memory, descriptors or processes left: the other cameras go on and this one is tried again.
                    _log.warning("decoder cannot start", camera=self.camera.id, problem=problem.strerror)
                    self._fail("broken", now)
            return
        if is_idle:
            self.end()
            return
        self._hear()
        if self._slot is not None and self._slot.newest() != self._seen:
            self._seen, self._newest_at = self._slot.newest(), now
        if self._said is not None or self._process.poll() is not None:
            self._hear()
            self._fail(self._said or "broken", now)
        elif self._is_hanging(now):
            self._fail("hangs", now)
        else:
            self._choose_pictures(now)

    def is_over(self) -> bool:
        """Nothing runs, and nothing shall until somebody asks: it need not be watched."""
        return self._process is None and not self._dying and self._is_idle(time.monotonic())

    def retire(self) -> None:
        """Ends the decoder for good; who still asks sees the last picture grow old."""
        self._is_retired = True
        self.end()

    def wait(self, until: float) -> bool:
        """Whether the kernel has taken the killed decoders away by ``until`` (monotonic seconds)."""
        for process in self._dying:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.0, until - time.monotonic()))
        self._dying = [process for process in self._dying if process.poll() is None]
        return not self._dying

    def _is_idle(self, now: float) -> bool:
        return self._is_retired or now - self._asked_at > self._limits.idle_s

    def _take(self) -> None:
        """Copies the newest picture out of the shared memory into an image that owns it."""
        slot = self._slot
        facts = slot.facts() if slot is not None else None
        if slot is None or facts is None or facts.taken_ns > time.monotonic_ns():
            return
        image = self._spare
        if image is None or image.width() != facts.width or image.height() != facts.height:
            image = QImage(facts.width, facts.height, QImage.Format.Format_RGB32)
        if image.isNull() or not slot.copy_into(facts, memoryview(image.bits())):
            return
        self._spare = self._image
        self._image, self._taken_ns, self._read = image, facts.taken_ns, facts.number
        if self._reason is not None or self._failures == 0:
            _log.info("camera is here", camera=self.camera.id, kind=self.camera.kind.value)
            self._failures = max(1, self._failures)
        self._reason = None

    def _start(self, now: float) -> None:
        width, height = self._size
        url = self._url(self.camera)
        file = new_slot_file(width, height)
        try:
            self._slot = Slot(file, width, height)
            task = Task(url=url, kind=self.camera.kind.value, slot=file, width=width, height=height, parent=os.getpid())
            process = start_decoder(task)
        finally:
            os.close(file)
        self._process, self._read, self._unread, self._said = process, 0, b"", None
        self._seen, self._started_at, self._newest_at, self._is_key_only = 0, now, None, False
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)

    def _tell(self, line: bytes) -> None:
        if self._process is not None:
            tell(self._process, line)

    def _hear(self) -> None:
        """Reads what the decoder said, without waiting."""
        process = self._process
        if process is None or process.stdout is None:
            return
        self._unread += process.stdout.read(_LINES_AT_ONCE) or b""
        *lines, self._unread = self._unread.split(b"\n")
        self._unread = self._unread[-_LINES_AT_ONCE:]
        for line in lines:
            try:
                report = msgspec.json.decode(line, type=_Report)
            except msgspec.MsgspecError:
                continue
            self._said = report.error

    def _is_hanging(self, now: float) -> bool:
        if self._newest_at is None:
            return now - self._started_at > self._limits.start_s
        return now - self._newest_at > self._limits.silence_s

    def _choose_pictures(self, now: float) -> None:
        is_hidden = now - self._asked_at > self._limits.hidden_s
        if is_hidden != self._is_key_only:
            self._is_key_only = is_hidden
            self._tell(b"key" if is_hidden else b"all")

    def _fail(self, reason: str, now: float) -> None:
        """Ends this decoder and says when the next begins; said once per reason."""
        if now - self._started_at > self._limits.healthy_s and self._newest_at is not None:
            self._failures = 0
        waits = self._limits.back_off_s
        self._start_at = now + waits[min(self._failures, len(waits) - 1)]
        if reason != self._reason or self._failures == 0:
            _log.warning("camera gives no picture", camera=self.camera.id, kind=self.camera.kind.value, reason=reason)
        self._failures += 1
        self._reason = reason
        self.end()

    def end(self) -> None:
        """Kills the decoder and gives the memory back, without waiting."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            self._dying.append(process)
        slot, self._slot = self._slot, None
        if slot is not None:
            slot.close()


class VideoWall(QObject):
    """All camera feeds of the wall. ``credentials``: logins, each for the places it may be sent to."""

    def __init__(self, *, clock: Callable[[], datetime], credentials: CameraCredentials, limits: Limits | None = None) -> None:
        super().__init__()
        self._clock = clock
        self._credentials = credentials
        self._limits = limits or Limits()
        # A feed lives as long as a panel holds it or its decoder runs: the last picture of a camera that is gone goes with its tile.
        self._feeds: WeakValueDictionary[tuple[str, tuple[int, int]], CameraFeed] = WeakValueDictionary()
        self._watched: list[CameraFeed] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._watch)

    def feed(self, camera: Camera, size: tuple[int, int]) -> CameraFeed:
        """The feed of a camera decoded at most at ``size`` (width, height; device pixels); the same one for the same question.

        The decoder runs only while somebody asks for frames. A private camera is refused with ``ValueError``.
        """
        if camera.is_private:
            raise ValueError(f"camera {camera.id} is private: it may not be shown on a wall")
        key = (camera.id, (max(2, size[0]), max(2, size[1])))
        known = self._feeds.get(key)
        if known is not None and known.camera == camera:
            return known
        if known is not None:
            known.retire()
        made = CameraFeed(camera, key[1], self._clock, self._address, self._limits, self._begin_watching)
        self._feeds[key] = made
        self._begin_watching(made)
        return made

    def close(self) -> None:
        """Kills every decoder, then waits a little for the kernel to take them away; one that it keeps dies with this process."""
        self._timer.stop()
        for feed in self._watched:
            feed.retire()
        until = time.monotonic() + CLOSE_S
        left = [feed.camera.id for feed in self._watched if not feed.wait(until)]
        if left:
            _log.warning("decoders were killed and have not gone yet", cameras=left)
        self._watched.clear()

    def _begin_watching(self, feed: CameraFeed) -> None:
        feed.is_watched = True
        self._watched.append(feed)
        if not self._timer.isActive():
            self._timer.start(_WATCH_MS)
        QTimer.singleShot(0, self, self._watch)

    @qt_slot()
    def _watch(self) -> None:
        for feed in list(self._watched):
            feed.watch()
            if feed.is_over():
                feed.is_watched = False
                self._watched.remove(feed)

    def _address(self, camera: Camera) -> str:
        """The camera's address with its login, for the decoder's stdin only; raises ``LoginRefused``."""
        return self._credentials.address(camera.url, camera.credential)
