"""What stands between the mirror's page and the window: who may be asked, what is shown when nobody answers, and when it is tried again."""

from collections.abc import Callable

import structlog
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from controlroom.mirror_window.address import MirrorAddress

FIRST_WAIT_S, LONGEST_WAIT_S = 2, 30
_MOST_LOGGED = 100

_log = structlog.get_logger("controlroom.mirror_window")


class MirrorHost(QObject):
    """Loads the page, and loads it again by itself, ever more seldom, while it cannot be reached."""

    load_wanted = Signal(str)
    reload_wanted = Signal()
    card_wanted = Signal(str, str)
    """Title and text in the page's place; empty ones: the page itself."""
    asked = Signal(int, str)

    shown = Signal()
    """The page stands."""
    missed = Signal(str)
    """It could not be loaded, and why."""

    def __init__(self, address: MirrorAddress, tr: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._address = address
        self._tr = tr
        self._is_first = True
        self._wait_s = FIRST_WAIT_S
        self._left_s = 0
        self._certificate = ""
        self._refused: set[str] = set()
        self._waiting: dict[int, Callable[[str], None]] = {}
        self._asked_count = 0
        self._tick = QTimer(self)
        self._tick.setInterval(1_000)
        self._tick.timeout.connect(self._count_down)

    def start(self) -> None:
        """Loads what was given: an invitation's link until it has been shown once, from then on the mirror's page."""
        self._certificate = ""
        self.load_wanted.emit(self._address.first if self._is_first else self._address.home)

    def refuse(self, url: str) -> None:
        """Somebody asked for what is not the mirror's: said once for each host, never with its path, which may hold a token."""
        place = url.split("?", 1)[0].split("#", 1)[0]
        place = "/".join(place.split("/", 3)[:3])
        if place not in self._refused and len(self._refused) < _MOST_LOGGED:
            self._refused.add(place)
            _log.warning("refused: not of the mirror", origin=place)

    def ask(self, script: str, answer: Callable[[str], None]) -> None:
        """Runs a script in the page and hands its result over as text."""
        self._asked_count += 1
        self._waiting[self._asked_count] = answer
        self.asked.emit(self._asked_count, script)

    @Slot(str, result=bool)
    def may_go(self, url: str) -> bool:
        is_allowed = self._address.allows(url) or url == "about:blank"
        if not is_allowed:
            self.refuse(url)
        return is_allowed

    @Slot()
    def take_loaded(self) -> None:
        self._is_first = False
        self._wait_s = FIRST_WAIT_S
        if self._tick.isActive():
            _log.info("mirror is reached again")
        self._tick.stop()
        self.card_wanted.emit("", "")
        self.shown.emit()

    @Slot(str)
    def take_certificate(self, reason: str) -> None:
        self._certificate = reason

    @Slot(str)
    def take_failure(self, reason: str) -> None:
        """Says so in the page's place, and tries again."""
        if not self._tick.isActive():
            _log.warning("mirror is not reached", reason=self._certificate or reason)
        self._left_s, self._wait_s = self._wait_s, min(LONGEST_WAIT_S, 2 * self._wait_s)
        self._say()
        self._tick.start()
        self.missed.emit(self._certificate or reason)

    @Slot(int, str)
    def take_answer(self, number: int, answer: str) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting(answer)

    def _count_down(self) -> None:
        self._left_s -= 1
        if self._left_s > 0:
            self._say()
        elif self._left_s == 0:
            self.start()

    def _say(self) -> None:
        tr = self._tr
        host = self._address.host
        if self._certificate:
            title = tr("Sertifikat {host} tidak dipercaya").format(host=host)
            remedy = tr("Tidak ada yang dibuka. Minta Diskominfo memeriksa sertifikat cermin ini.")
        else:
            title = tr("Cermin di {host} tidak dapat dihubungi").format(host=host)
            remedy = tr("Periksa jaringan komputer ini.")
        again = tr("Dicoba lagi dalam {seconds} detik.").format(seconds=max(1, self._left_s))
        self.card_wanted.emit(title, f"{remedy}\n{again}")
