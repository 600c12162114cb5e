"""The window of a desk: lets somebody in, holds the shell that person works in, and asks before anything is lost."""

from collections.abc import Callable
from datetime import datetime

import msgspec
import structlog
from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QWidget

from controlroom.console.desk_api import PULSE_MS, DeskApi
from controlroom.console.kit.sheet import dress
from controlroom.console.leaving import Leaving, Wish
from controlroom.console.look import DeskLook
from controlroom.console.notice import Notice
from controlroom.console.page import DeskContext, Page, Tone
from controlroom.console.pages import PAGES, PageSpec, title_of
from controlroom.console.remembered import RememberedFile
from controlroom.console.shell import Shell
from controlroom.console.sign_in import SignIn
from controlroom.console.standing import remember_standing, stand_again
from controlroom.live.freshness import FreshnessBook
from controlroom.live.hub import Hub
from controlroom.live.stills import StillsClient
from feeds.messages.city import City
from feeds.messages.desk import WhoAmI
from widgets.kit.numerals import Numerals

_LOOK, _LANGUAGE, _LOGIN = "window.look", "window.language", "window.login"

_log = structlog.get_logger("controlroom.console")


class DeskParts(msgspec.Struct, kw_only=True):
    """What the window is built of. ``translate(language)`` gives ``tr``; ``memory(login)`` what is remembered of somebody.

    ``language``, ``look``: asked for at the start, stronger than what is remembered; ``None``: as remembered.
    """

    api: DeskApi
    hub: Hub
    book: FreshnessBook
    city: City
    look: DeskLook
    now: Callable[[], datetime]
    namespace: str
    translate: Callable[[str], Callable[[str], str]]
    memory: Callable[[str], RememberedFile]
    notice: Notice
    report: Callable[[str, BaseException], None]
    language: str | None = None
    look_name: str | None = None
    pages: tuple[PageSpec, ...] = PAGES
    make_stills: Callable[[], StillsClient | None] = lambda: None
    stills_url: str | None = None


class FaultBell(QObject):
    """Brings an uncaught error, from whatever thread, to the window."""

    rung = Signal(str)


class ConsoleWindow(QMainWindow):
    """``begin`` shows it with the sign-in sheet; ``end`` lets go of everything."""

    ended = Signal()
    """Closed by the person at the desk."""

    def __init__(self, parts: DeskParts) -> None:
        super().__init__()
        self.setObjectName("desk")
        self._parts = parts
        self._desk_memory = parts.memory("")
        self._memory = self._desk_memory
        self.language = parts.language or self._desk_memory.get(_LANGUAGE, parts.city.language if parts.city.language == "en" else "id")
        self._tr = parts.translate(self.language)
        parts.look.choose(self._known_look(parts.look_name or self._desk_memory.get(_LOOK, "dark")))
        self._undress = dress(self, parts.look)
        self.setWindowTitle(self._title())
        self.setMinimumSize(1024, 640)
        self.shell: Shell | None = None
        self._who: WhoAmI | None = None
        self._may_close = False
        self._has_ended = False
        self._focus_before: QWidget | None = None
        self.fault_bell = FaultBell(self)
        self.fault_bell.rung.connect(self._on_fault, Qt.ConnectionType.QueuedConnection)
        self.leaving = Leaving(self, parts.look, parts.api)
        self.commands = self._make_commands()
        self.sign_in = self._make_sign_in()
        parts.api.signed_out.connect(self._on_session_ended)
        parts.notice.muted_changed.connect(self._on_muted)
        self._pulse = QTimer(self)
        self._pulse.timeout.connect(self._on_pulse)

    def begin(self) -> None:
        """A new desk fills its screen; later it stands as it was left."""
        if stand_again(self, self._desk_memory):
            self.show()
        else:
            room = self.screen().availableGeometry()
            self.resize(min(1440, room.width()), min(900, room.height()))
            self.showMaximized()
        self.sign_in.ask(self._desk_memory.get(_LOGIN, ""))
        self._pulse.start(PULSE_MS)

    def leave_unasked(self, act: Callable[[], None]) -> None:
        """For a console that is told to end: what is on its way gets its time, nobody is asked."""
        self.leaving.wait(self._pages(), lambda: self._depart(act))

    def end(self) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        self._pulse.stop()
        self.leaving.end()
        remember_standing(self, self._memory, self._desk_memory)
        self._close_shell()
        for memory in {id(one): one for one in (self._memory, self._desk_memory)}.values():
            memory.save()
        self._undress()
        self._may_close = True
        self.close()

    # What somebody may do anywhere

    def _make_commands(self) -> list[QAction]:
        made: list[QAction] = []

        def add(keys: str, act: Callable[[], object]) -> QAction:
            action = QAction(self)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False: act())
            self.addAction(action)
            made.append(action)
            return action

        self._page_actions = [
            add(f"Ctrl+{number}", lambda number=number: self.shell.show_number(number) if self.shell else None)
            for number in range(1, len(self._parts.pages) + 1)
        ]
        self._help = add("F1", self._open_help)
        self._list = add("Ctrl+K", self._open_commands)
        self._look_action = add("Ctrl+Shift+L", self.change_look)
        self._language_action = add("Ctrl+Shift+B", self.change_language)
        self._mute = add("Ctrl+Shift+M", self._toggle_mute)
        self._leave = add("Ctrl+Shift+K", self.sign_out)
        self._quit = add("Ctrl+Q", self.close)
        self._menu = QMenu(self)
        for action in (self._look_action, self._language_action, self._mute, self._leave, self._quit):
            self._menu.addAction(action)
        self._name_commands()
        return made

    def _name_commands(self) -> None:
        tr = self._tr
        for page, action in zip(self._parts.pages, self._page_actions, strict=True):
            action.setText(tr("Buka halaman {name}").format(name=title_of(page, tr)))
        self._help.setText(tr("Bantuan: semua perintah"))
        self._list.setText(tr("Cari perintah"))
        self._look_action.setText(tr("Ganti tampilan gelap atau terang"))
        self._language_action.setText(tr("Switch to English"))
        self._mute.setText(tr("Nyalakan bunyi darurat") if self._parts.notice.is_muted else tr("Matikan bunyi darurat"))
        self._leave.setText(tr("Keluar dari akun"))
        self._quit.setText(tr("Tutup konsol"))

    def _open_help(self) -> None:
        if self.shell is not None and self.shell.isEnabled():
            self.shell.help.open_with(self.shell.groups())

    def _open_commands(self) -> None:
        if self.shell is not None and self.shell.isEnabled():
            self.shell.commands_list.open_with(self.shell.groups())

    def change_look(self) -> None:
        look = self._parts.look
        look.choose("light" if look.name == "dark" else "dark")
        for memory in (self._memory, self._desk_memory):
            memory.set(_LOOK, look.name)

    def change_language(self) -> None:
        """The pages are built anew: what is typed in them would be lost, so that is asked first."""
        if self.sign_in.is_asking:
            # The answer is for the sheet that asked.
            return
        self._leave_pages(self._tr("Ganti bahasa?"), self._tr("Ganti bahasa"), self._take_other_language)

    def _take_other_language(self) -> None:
        self._set_language("en" if self.language == "id" else "id")
        for memory in (self._memory, self._desk_memory):
            memory.set(_LANGUAGE, self.language)

    def _set_language(self, language: str) -> None:
        self.language = language
        self._tr = self._parts.translate(language)
        self.setWindowTitle(self._title())
        self._name_commands()
        was_open = self.sign_in.isVisible()
        login, why = self.sign_in.login.text(), ""
        self.sign_in.deleteLater()
        self.sign_in.hide()
        self.sign_in = self._make_sign_in()
        if self.shell is not None:
            self._build_shell()
            if was_open:
                self.shell.setEnabled(False)
                why = self._why_again()
        if was_open:
            self.sign_in.ask(login, why)

    # Coming in and going

    def _make_sign_in(self) -> SignIn:
        parts = self._parts
        note = self._tr("SIMULASI") if self._is_simulated() else ""
        made = SignIn(self, parts.look, parts.api, self._tr, f"{parts.city.name} · {parts.city.room}", note=note)
        made.came_in.connect(self._on_came_in)
        made.language_asked.connect(self.change_language)
        return made

    @Slot(object)
    def _on_came_in(self, who: WhoAmI) -> None:
        is_same = self._who is not None and self._who.login == who.login and self.shell is not None
        self._desk_memory.set(_LOGIN, who.login)
        if is_same and self.shell is not None:
            # Same person: everything lies where it lay.
            self._who = who
            self.shell.setEnabled(True)
            self._give_focus_back()
            return
        former, lost = self._who, self.leaving.reasons(self._pages())
        self._close_shell()
        self._who = who
        self._memory = self._parts.memory(who.login)
        self._parts.notice.remember_in(self._memory)
        stand_again(self, self._memory)
        if self._parts.look_name is None:
            self._parts.look.choose(self._known_look(self._memory.get(_LOOK, self._parts.look.name)))
        language = self._memory.get(_LANGUAGE, self.language) if self._parts.language is None else self.language
        if language != self.language and language in ("id", "en"):
            self._set_language(language)
        self._build_shell()
        if former is not None and lost:
            # Nobody sends in another's name what was not sent in their own.
            said = self._tr("Ditinggalkan {name}: {what}").format(name=former.name, what="; ".join(lost))
            self._tell(said, Tone.TROUBLE)

    def _build_shell(self) -> None:
        parts = self._parts
        self._close_shell()
        ctx = DeskContext(
            api=parts.api,
            hub=parts.hub,
            city=parts.city,
            language=self.language,
            text=Numerals(self.language, parts.city.time_zone),
            tr=self._tr,
            look=parts.look,
            now=parts.now,
            tell=self._tell,
            remembered=self._memory,
            notice=parts.notice,
            make_stills=parts.make_stills,
            stills_url=parts.stills_url,
        )
        self.shell = Shell(ctx, parts.book, self.commands, parts.report, is_simulated=self._is_simulated(), pages=parts.pages)
        self.shell.bar.person.clicked.connect(self._open_menu)
        self.shell.bar.muted.clicked.connect(self._toggle_mute)
        self.setCentralWidget(self.shell)
        self.shell.show()
        self._on_muted(parts.notice.is_muted)
        if self.sign_in.isVisible():
            self.sign_in.raise_()
        else:
            self.shell.take_focus()

    def _close_shell(self) -> None:
        shell, self.shell = self.shell, None
        if shell is not None:
            shell.close_shell()
            self._parts.api.hush()
            shell.hide()
            shell.setParent(None)
            shell.deleteLater()

    def _on_session_ended(self) -> None:
        if self.shell is None or self.sign_in.isVisible():
            return
        self._focus_before = self.focusWidget()
        self.shell.setEnabled(False)
        self.sign_in.ask(self._who.login if self._who is not None else "", self._why_again())

    def _why_again(self) -> str:
        name = self._who.name if self._who is not None else ""
        return self._tr("Sesi {name} sudah berakhir. Masuk lagi untuk melanjutkan: halaman dan ketikan tetap ada.").format(name=name)

    def _give_focus_back(self) -> None:
        before, self._focus_before = self._focus_before, None
        try:
            if before is not None and before.isVisible():
                before.setFocus(Qt.FocusReason.OtherFocusReason)
            elif self.shell is not None:
                self.shell.take_focus()
        except RuntimeError:  # its C++ half has been deleted
            pass

    def sign_out(self) -> None:
        if self.shell is not None and self.shell.isEnabled():
            self._leave_pages(self._tr("Keluar dari akun?"), self._tr("Keluar juga"), self._sign_out_now)

    def _sign_out_now(self) -> None:
        """What the pages hold can be given back only while the session lives: the doors hear of that first."""
        self._close_shell()
        self._memory.save()
        self._who = None
        self.sign_in.ask("", is_early=True)
        self.leaving.depart(self._end_session)

    def _end_session(self) -> None:
        self._parts.api.sign_out(lambda: None)
        self.sign_in.go_on()

    # Telling and asking

    def _tell(self, text: str, tone: Tone, action: tuple[str, Callable[[], None]] | None = None) -> None:
        if self.shell is not None:
            self.shell.told.tell(text, tone, action)

    @Slot(str)
    def _on_fault(self, what: str) -> None:
        self._tell(
            self._tr("Kesalahan tak terduga, sudah dicatat: {what}. Bila berulang, beri tahu pengelola sistem.").format(what=what[:200]),
            Tone.TROUBLE,
        )

    def _leave_pages(self, title: str, go: str, act: Callable[[], None]) -> None:
        """At once when nothing is on its way and nothing would be lost."""
        self.leaving.ask(self._pages(), Wish(title=title, go=go, act=act), self._tr)

    def _pages(self) -> list[Page]:
        return self.shell.pages if self.shell is not None else []

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close and not self.leaving.may_go(self._pages()):
            event.ignore()
            self._leave_pages(self._tr("Tutup konsol?"), self._tr("Tutup juga"), self._close_anyway)
            return
        event.accept()
        if not self._may_close:
            self._depart(self.ended.emit)

    def _close_anyway(self) -> None:
        self._may_close = True
        self.close()
        self._depart(self.ended.emit)

    def _depart(self, act: Callable[[], None]) -> None:
        """What the pages hold is given back, and the doors hear of it, before ``act``."""
        self._may_close = True
        remember_standing(self, self._memory, self._desk_memory)
        self._close_shell()
        self.leaving.depart(act)

    def _open_menu(self) -> None:
        if self.shell is not None:
            person = self.shell.bar.person
            self._menu.popup(person.mapToGlobal(QPoint(0, person.height())))

    def _toggle_mute(self) -> None:
        self._parts.notice.mute(not self._parts.notice.is_muted)

    def _on_muted(self, is_muted: bool) -> None:
        self._name_commands()
        if self.shell is not None:
            self.shell.bar.muted.setVisible(is_muted)

    # Small things

    def _on_pulse(self) -> None:
        if self._parts.api.is_reached:
            self._parts.api.ask_whether_there()

    def _is_simulated(self) -> bool:
        return self._parts.namespace == "sim"

    def _title(self) -> str:
        city = self._parts.city
        mark = f"{self._tr('SIMULASI')} · " if self._is_simulated() else ""
        return f"{mark}{city.room} · {city.name}"

    @staticmethod
    def _known_look(name: str) -> str:
        return name if name in ("dark", "light") else "dark"
