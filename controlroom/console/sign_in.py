"""Who sits here? Login and password, in front of everything else; again after a session has ended, with all that was typed left below."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from controlroom.console.desk_api import SIGN_IN_MS, DeskApi, Trouble
from controlroom.console.kit.chips import SimulatedChip
from controlroom.console.kit.sheet import give_role
from controlroom.console.kit.words import words
from controlroom.console.look import DeskLook
from controlroom.console.overlay import Overlay
from feeds.messages.desk import WhoAmI

COMES_IN = "see_queue"
"""The permission without which there is nothing to do here."""
FEWEST_LETTERS = 12

_ROLE_WORDS = {
    "admin": "Akun admin mengurus pengguna dan sistem, dan tidak membaca laporan warga. Masuklah dengan akun operator.",
    "collector": "Akun ini milik program pengirim laporan. Masuklah dengan akun operator.",
    "field": "Akun petugas lapangan dipakai di ponsel. Masuklah dengan akun operator.",
}
_OTHER_ROLE = "Akun ini tidak boleh membuka antrean laporan. Mintalah peran operator kepada admin."
_TROUBLE_WORDS = {
    "wrong_credentials": "Login atau sandi salah, atau sudah terlalu sering salah. Coba lagi, atau tunggu 15 menit.",
    "too_many_requests": "Terlalu banyak percobaan dari alamat ini. Tunggu sebentar, lalu coba lagi.",
    "unreached": "Pintu tidak menjawab. Periksa jaringan dan alamat di bawah; yang Anda ketik tetap ada.",
    "too_slow": "Pintu belum menjawab dalam {seconds} detik, mungkin sedang sangat sibuk. Coba lagi; yang Anda ketik tetap ada.",
    "other_version": "Konsol dan pintu berbeda versi. Beri tahu pengelola sistem.",
    "weak_password": "Sandi baru ditolak: paling sedikit 12 huruf, bukan login Anda, bukan sandi lama, bukan huruf yang diulang-ulang.",
    "wrong_password": "Sandi lama salah. Masuklah lagi dari awal.",
}


class PasswordField(QLineEdit):
    """Says whether Caps Lock seems to be on: Qt cannot ask the keyboard, a letter typed tells."""

    caps_seen = Signal(bool)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName(name)
        self.setMaxLength(1_000)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        letter = event.text()
        if event.key() == Qt.Key.Key_CapsLock:
            self.caps_seen.emit(False)
        elif len(letter) == 1 and letter.isalpha() and letter.lower() != letter.upper():
            is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_seen.emit(letter.isupper() != is_shifted)
        super().keyPressEvent(event)


class SignIn(Overlay):
    """``came_in(who)`` when somebody has signed in who may work here."""

    came_in = Signal(object)
    language_asked = Signal()

    def __init__(self, over: QWidget, look: DeskLook, api: DeskApi, tr: Callable[[str], str], room: str, *, note: str = "") -> None:
        """``note``: SIMULASI, where nothing is real."""
        super().__init__(over, look, may_be_left=False, is_opaque=True)
        self._api = api
        self._tr = tr
        self._is_asking = False
        self._is_early = False
        self._old_password = ""
        self.sheet.setFixedWidth(460)
        self.title = words(room, "title", wraps=True)
        self.why = words(role="second", wraps=True)
        self.login = QLineEdit()
        self.login.setAccessibleName(tr("Login"))
        self.login.setMaxLength(64)
        self.password = PasswordField(tr("Sandi"))
        self.fresh = PasswordField(tr("Sandi baru"))
        self.again = PasswordField(tr("Ulangi sandi baru"))
        self.caps = words(tr("Caps Lock menyala"), "hint")
        self.said = words(role="problem", wraps=True)
        self.enter = QPushButton(tr("Masuk ke konsol"))
        give_role(self.enter, "primary")
        self.language = QPushButton(tr("English"))
        give_role(self.language, "quiet")
        self._lay_out(note)
        for field in (self.login, self.password, self.fresh, self.again):
            field.returnPressed.connect(self._next)
        for field in (self.password, self.fresh, self.again):
            field.caps_seen.connect(self.caps.setVisible)
        self.enter.clicked.connect(self._submit)
        self.language.clicked.connect(self.language_asked)
        self._show_fresh(False)
        self.caps.hide()
        self.said.hide()

    def _lay_out(self, note: str) -> None:
        tr = self._tr
        column = QVBoxLayout(self.sheet)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        if note:
            head.addWidget(SimulatedChip(self._look, note))
        column.addLayout(head)
        column.addWidget(self.why)
        self._form = form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.addRow(words(tr("Login"), "second"), self.login)
        form.addRow(words(tr("Sandi"), "second"), self.password)
        form.addRow(words(tr("Sandi baru, paling sedikit 12 huruf"), "second"), self.fresh)
        form.addRow(words(tr("Ulangi sandi baru"), "second"), self.again)
        column.addLayout(form)
        column.addWidget(self.caps)
        column.addWidget(self.said)
        column.addWidget(self.enter)
        foot = QHBoxLayout()
        foot.addWidget(words(tr("Pintu: {address}").format(address=self._api.address), "second", wraps=True), 1)
        foot.addWidget(self.language)
        column.addLayout(foot)

    def ask(self, login: str = "", why: str = "", *, is_early: bool = False) -> None:
        """``why``: a sentence above the fields, when there is more to say than that one signs in here.

        ``is_early``: the session before has not ended yet. One may type; the doors are asked after ``go_on``.
        """
        self._is_early = is_early
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.login.setText(login)
        self._begin_again()
        self.open(self.password if login else self.login)

    @property
    def is_asking(self) -> bool:
        """The doors have been asked and have not answered, or will be in a moment: nothing that is typed now would count."""
        return self._is_asking or self._is_early

    def go_on(self) -> None:
        """The session before has ended: whoever has pressed Enter meanwhile goes in."""
        is_wanted = self._is_early and self._is_asking
        self._is_early = False
        if is_wanted:
            self._set_asking(False)
            self._submit()

    def refuse(self, sentence: str, *, keeps_password: bool = False) -> None:
        """Says why nobody came in; what was typed stays, but for a password that was looked at."""
        self._set_asking(False)
        self.said.setText(sentence)
        self.said.setAccessibleName(sentence)
        self.said.show()
        if not keeps_password:
            self.password.clear()
        if self._is_fresh():
            self.fresh.setFocus()
        else:
            (self.password if self.login.text() else self.login).setFocus()

    def _begin_again(self) -> None:
        self._old_password = ""
        for field in (self.password, self.fresh, self.again):
            field.clear()
        self._show_fresh(False)
        self._set_asking(False)
        self.said.hide()
        self.caps.hide()

    def _is_fresh(self) -> bool:
        return not self.fresh.isHidden()

    def _show_fresh(self, is_fresh: bool) -> None:
        """The fields of a new password in place of those of signing in."""
        for field in (self.fresh, self.again):
            self._form.setRowVisible(field, is_fresh)
        for field in (self.login, self.password):
            self._form.setRowVisible(field, not is_fresh)
        self._name_enter()

    def _set_asking(self, is_asking: bool) -> None:
        """While the doors are asked nothing is typed, and the keyboard stays where it is."""
        self._is_asking = is_asking
        for field in (self.login, self.password, self.fresh, self.again):
            field.setReadOnly(is_asking)
        for button in (self.enter, self.language):
            button.setEnabled(not is_asking)
        self._name_enter()

    def _name_enter(self) -> None:
        if self._is_asking:
            self.enter.setText(self._tr("Memeriksa..."))
        else:
            self.enter.setText(self._tr("Simpan sandi dan masuk") if self._is_fresh() else self._tr("Masuk ke konsol"))

    def _next(self) -> None:
        """Enter goes to the field that is still empty, and then in."""
        fields = (self.fresh, self.again) if self._is_fresh() else (self.login, self.password)
        empty = next((field for field in fields if not field.text()), None)
        if empty is not None:
            empty.setFocus()
        else:
            self._submit()

    def _submit(self) -> None:
        if self._is_asking:
            return
        if self._is_fresh():
            self._change_password()
            return
        login, password = self.login.text().strip(), self.password.text()
        if not login or not password:
            self.refuse(self._tr("Isi login dan sandi."))
            return
        self.said.hide()
        self._set_asking(True)
        if not self._is_early:
            self._api.sign_in(login, password, lambda who: self._signed_in(who, password), self._failed)

    def _signed_in(self, who: WhoAmI, password: str) -> None:
        self._set_asking(False)
        if who.must_change_password:
            self._old_password = password
            self.why.setText(self._tr("Sandi ini diberikan orang lain. Buatlah sandi Anda sendiri sebelum mulai."))
            self.why.show()
            self._show_fresh(True)
            self.fresh.setFocus()
        elif COMES_IN not in who.permissions:
            sentence = self._tr(_ROLE_WORDS[who.role]) if who.role in _ROLE_WORDS else self._tr(_OTHER_ROLE)
            self._set_asking(True)
            self._api.sign_out(lambda: self.refuse(sentence))
        else:
            self._begin_again()
            self.hide()
            self.came_in.emit(who)

    def _change_password(self) -> None:
        fresh = self.fresh.text()
        if len(fresh) < FEWEST_LETTERS:
            self.refuse(self._tr("Sandi baru terlalu pendek: paling sedikit 12 huruf, misalnya empat kata."))
            return
        if fresh != self.again.text():
            self.refuse(self._tr("Kedua sandi baru tidak sama."))
            return
        self.said.hide()
        self._set_asking(True)
        body = {"old": self._old_password, "password": fresh}

        def changed(_: None) -> None:
            # The change has ended every session, this one too.
            self._api.forget()
            self._old_password = ""
            self._api.sign_in(self.login.text().strip(), fresh, lambda who: self._signed_in(who, fresh), not_in)

        def not_in(trouble: Trouble) -> None:
            # The new password holds all the same: one more Enter tries it.
            self._begin_again()
            self.password.setText(fresh)
            self._failed(trouble)

        self._api.send("POST", "/session/password", body, type(None), changed, self._failed, silence_ms=SIGN_IN_MS)

    def _failed(self, trouble: Trouble) -> None:
        if trouble.code == "wrong_password" or (trouble.status == 401 and self._is_fresh()):
            self._begin_again()
        if trouble.code in _TROUBLE_WORDS:
            sentence = self._tr(_TROUBLE_WORDS[trouble.code]).replace("{seconds}", str(SIGN_IN_MS // 1000))
            self.refuse(sentence, keeps_password=trouble.status == 0)
        else:
            self.refuse(self._tr("Pintu menolak: {text}").format(text=trouble.text))
