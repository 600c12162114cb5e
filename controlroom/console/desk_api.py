"""Asks the desk's doors over HTTP from the GUI thread, without ever blocking it: Qt's own network, one address, no redirections.

Knows no page. Answers are the contract's structs; what goes wrong is a ``Trouble`` with a sentence for the person at the desk.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import structlog
from PySide6.QtCore import QByteArray, QObject, QTimer, QUrl, QUrlQuery, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkCookieJar, QNetworkProxy, QNetworkReply, QNetworkRequest

from feeds.messages.desk import Problem, WhoAmI

AnswerT = TypeVar("AnswerT")

SILENCE_MS = 10_000
"""A request of which nothing came or went for so long is given up; the doors are then taken for unreached."""
SIGN_IN_MS = 30_000
"""Signing in may take so long: a password is proved by work that is heavy on purpose, and doors that are busy do a few at a time."""
WHOLE_MS = 60_000
"""No request takes longer, however it drips."""
MOST_BYTES = 16_000_000
"""Of one answer; a larger one is cut off and is trouble."""
PULSE_MS = 2_000
"""So often the doors are asked whether they are there, whatever else they are asked."""
PULSE_SILENCE_MS = 3_500
"""From that question on so long they may be silent to everything before they are said to be gone: less than work is given."""
LOOK_MS = 2_000
"""While the doors are out of reach they are asked so often whether they are back."""

_GIVEN_UP = "given_up"
_UNWANTED, _TOO_SLOW, _TOO_LARGE = "unwanted", "too slow", "too large"

_log = structlog.get_logger("controlroom.console")


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request failed. ``status`` 0: no answer came, so nobody knows whether it was carried out; ``code`` ``unreached``, or
    ``too_slow`` for one that was given up. ``older_session``: it was sent before somebody signed in anew, and says nothing of them.

    ``code``, ``field``, ``allowed``, ``revision``: as the doors said (``feeds.messages.desk.Problem``).
    """

    status: int
    code: str
    text: str
    field: str | None = None
    allowed: tuple[str, ...] = ()
    revision: int | None = None


class _Asked(msgspec.Struct, eq=False, kw_only=True):
    """Who waits for a reply. ``session``: that it belongs to, ``None`` for one that asks for a session. ``give_back``: see ``send``.

    ``is_hushed``: whoever asked is gone.
    """

    kind: Any
    done: Callable[[Any], None]
    failed: Callable[[Trouble], None]
    session: int | None
    is_change: bool
    give_back: str | None = None
    is_hushed: bool = False


class DeskApi(QObject):
    """One desk's connection to ``base_url``. Every callback comes on the GUI thread, and none after ``close``."""

    reached = Signal(bool)
    """The doors answer again, or no longer do."""
    signed_in = Signal()
    """Somebody has signed in, for the first time or again: what could not be asked meanwhile may be asked now."""
    signed_out = Signal()
    """The session has ended: somebody has to sign in again; what was typed stays where it is."""

    def __init__(self, base_url: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._base = QUrl(base_url.rstrip("/"))
        if self._base.scheme() not in ("http", "https") or not self._base.host():
            raise ValueError(f"address of the doors {base_url!r}: write it like https://laporan.example.go.id")
        self.who: WhoAmI | None = None
        self.is_reached = True
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._network.setCookieJar(QNetworkCookieJar(self._network))
        self._replies: dict[QNetworkReply, _Asked] = {}
        self._pulse: QNetworkReply | None = None
        self._is_heard = False
        self._look = QTimer(self)
        self._look.timeout.connect(self.ask_whether_there)
        self._is_closed = False
        self._signed_in_times = 0

    @property
    def address(self) -> str:
        return self._base.toString()

    @property
    def is_telling(self) -> bool:
        """Something that changes anything at the doors is still on its way."""
        return any(asked.is_change for asked in self._replies.values())

    def may(self, permission: str) -> bool:
        return self.who is not None and permission in self.who.permissions

    def sign_in(self, login: str, password: str, done: Callable[[WhoAmI], None], failed: Callable[[Trouble], None]) -> None:
        def let_in(who: WhoAmI) -> None:
            self.who = who
            self._signed_in_times += 1
            done(who)
            # Who may not stay, or has to choose a password first, asks nothing yet.
            if self.who is who and not who.must_change_password:
                self.signed_in.emit()

        body = {"login": login, "password": password}
        self._start("POST", self._url("/session", None), body, WhoAmI, let_in, failed, {}, is_sign_in=True, silence_ms=SIGN_IN_MS)

    def sign_out(self, done: Callable[[], None]) -> None:
        """Forgets the session here even when the doors cannot be told; there it ends by its time. ``done``: they were told, or cannot be.

        Somebody may sign in before that: the answer to this says nothing of their session.
        """
        self.send("DELETE", "/session", None, type(None), lambda _: done(), lambda _: done())
        self.forget()

    def forget(self) -> None:
        """Nobody is signed in here any more; says nothing to the doors."""
        self.who = None
        self._signed_in_times += 1
        self._network.setCookieJar(QNetworkCookieJar(self._network))

    def ask_whether_there(self) -> None:
        """Once at a time, also while something else is being asked: that is given longer before it is taken for lost."""
        if self._pulse is None:
            self._is_heard = False
            url = self._url("/health", None)
            self._pulse = self._start("GET", url, None, dict[str, Any], _nothing, _nothing, {}, silence_ms=PULSE_SILENCE_MS)

    def get(
        self,
        path: str,
        kind: type[AnswerT],
        done: Callable[[AnswerT], None],
        failed: Callable[[Trouble], None],
        *,
        query: Mapping[str, str | int | Sequence[str] | None] | None = None,
    ) -> QNetworkReply:
        """The reply may be aborted (``abort`` or ``give_up``); its callbacks then stay silent.

        A list in ``query`` stands there once for each value.
        """
        return self._start("GET", self._url(path, query), None, kind, done, failed, {})

    def send(
        self,
        method: str,
        path: str,
        body: Any,
        kind: type[AnswerT],
        done: Callable[[AnswerT], None],
        failed: Callable[[Trouble], None],
        *,
        revision: int | None = None,
        key: str | None = None,
        silence_ms: int | None = None,
        give_back: str | None = None,
    ) -> QNetworkReply:
        """``revision`` goes into ``If-Match``, ``key`` into ``Idempotency-Key``. ``body`` is written as JSON, ``None`` sends none.

        ``silence_ms``: after how long without a sign it is given up, where that is not ``SILENCE_MS``. ``give_back``: what this takes is
        deleted at that path if whoever asked is gone (``hush``) when it has been taken, and nobody has asked for the same since.
        """
        if give_back is not None:
            for asked in self._replies.values():
                if asked.give_back == give_back:
                    asked.give_back = None
        headers = {"If-Match": f'"{revision}"'} if revision is not None else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        url = self._url(path, None)
        return self._start(method, url, body, kind, done, failed, headers, silence_ms=silence_ms, give_back=give_back)

    def fetch(self, path: str, done: Callable[[bytes], None], failed: Callable[[Trouble], None]) -> QNetworkReply:
        """The bytes of a picture."""
        return self._start("GET", self._url(path, None), None, bytes, done, failed, {})

    def hush(self) -> None:
        """Whoever asked is gone: what is still on its way calls nobody. Changes go on to the doors, questions are dropped."""
        for reply, asked in list(self._replies.items()):
            if asked.is_change:
                asked.is_hushed = True
            elif reply is not self._pulse:
                give_up(reply)

    def close(self) -> None:
        self._is_closed = True
        self._look.stop()
        for reply in list(self._replies):
            reply.abort()
        self._replies.clear()

    def _url(self, path: str, query: Mapping[str, str | int | Sequence[str] | None] | None) -> QUrl:
        url = QUrl(self._base)
        url.setPath(self._base.path() + path)
        asked = QUrlQuery()
        for name, value in (query or {}).items():
            if value is None:
                continue
            for one in [str(value)] if isinstance(value, str | int) else value:
                # QUrlQuery leaves a plus as it is, and the doors would read it as a space.
                asked.addQueryItem(name, bytes(QUrl.toPercentEncoding(one).data()).decode())
        if not asked.isEmpty():
            url.setQuery(asked)
        return url

    def _start(
        self,
        method: str,
        url: QUrl,
        body: Any,
        kind: type[AnswerT],
        done: Callable[[AnswerT], None],
        failed: Callable[[Trouble], None],
        headers: Mapping[str, str],
        *,
        is_sign_in: bool = False,
        silence_ms: int | None = None,
        give_back: str | None = None,
    ) -> QNetworkReply:
        request = QNetworkRequest(url)
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setAttribute(QNetworkRequest.Attribute.CacheSaveControlAttribute, False)
        if not is_sign_in:
            # A late answer to the former session would take the cookie of the present one away.
            request.setAttribute(QNetworkRequest.Attribute.CookieSaveControlAttribute, QNetworkRequest.LoadControl.Manual)
        for name, value in headers.items():
            request.setRawHeader(name.encode(), value.encode())
        if self.who is not None and method != "GET":
            request.setRawHeader(b"X-CSRF-Token", self.who.csrf.encode())
        content = QByteArray()
        if body is not None:
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
            content = QByteArray(msgspec.json.encode(body))
        reply = self._network.sendCustomRequest(request, method.encode(), content)
        # Of no session is the asking for one: a password refused is not a session that ended.
        session = None if is_sign_in else self._signed_in_times
        asked = _Asked(kind=kind, done=done, failed=failed, session=session, is_change=method != "GET", give_back=give_back)
        self._replies[reply] = asked
        _bound(reply, SILENCE_MS if silence_ms is None else silence_ms)
        reply.readyRead.connect(self._on_heard)
        reply.finished.connect(lambda: self._finished(reply, asked))
        return reply

    def _on_heard(self) -> None:
        self._is_heard = True

    def _finished(self, reply: QNetworkReply, asked: _Asked) -> None:
        self._replies.pop(reply, None)
        is_pulse = reply is self._pulse
        if is_pulse:
            self._pulse = None
        reply.deleteLater()
        given_up = reply.property(_GIVEN_UP)
        is_aborted = reply.error() is QNetworkReply.NetworkError.OperationCanceledError
        if self._is_closed or given_up == _UNWANTED or (is_aborted and given_up is None):
            return
        status = int(reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) or 0)
        is_too_large = given_up == _TOO_LARGE or reply.bytesAvailable() > MOST_BYTES
        is_whole = reply.error() is QNetworkReply.NetworkError.NoError or status >= 300
        is_lost = not is_too_large and (status == 0 or given_up == _TOO_SLOW or not is_whole)
        if is_too_large:
            _log.error("the doors answered more than is read", path=reply.url().path(), most_bytes=MOST_BYTES)
        elif not is_lost:
            self._is_heard = True
            self._set_reached(True)
        elif not (is_pulse and given_up == _TOO_SLOW and self._is_heard):
            # A pulse may wait behind larger things: who sends those is there.
            self._set_reached(False)
        if asked.is_hushed:
            self._give_back(asked, 0 if is_lost else status)
        elif is_too_large:
            asked.failed(Trouble(status=status, code="too_large", text=f"more than {MOST_BYTES} bytes"))
        elif is_lost:
            asked.failed(Trouble(status=0, code="too_slow" if given_up == _TOO_SLOW else "unreached", text=reply.errorString()))
        elif 200 <= status < 300:
            _answered(asked, reply, status)
        else:
            self._refused(asked, _trouble(status, bytes(reply.readAll().data())))

    def _refused(self, asked: _Asked, trouble: Trouble) -> None:
        if trouble.status == 401 and asked.session is not None and self.who is not None:
            if asked.session == self._signed_in_times:
                self.who = None
                self.signed_out.emit()
            else:
                trouble = msgspec.structs.replace(trouble, code="older_session")
        asked.failed(trouble)

    def _give_back(self, asked: _Asked, status: int) -> None:
        """Unless it was refused. In the name of whoever took it, and of nobody else."""
        is_refused = 300 <= status < 500
        if asked.give_back is not None and not is_refused and self.who is not None and asked.session == self._signed_in_times:
            self.send("DELETE", asked.give_back, None, bytes, _nothing, _nothing)

    def _set_reached(self, is_reached: bool) -> None:
        if is_reached == self.is_reached:
            return
        self.is_reached = is_reached
        _log.log(20 if is_reached else 40, "the doors answer again" if is_reached else "the doors do not answer", address=self.address)
        if is_reached:
            self._look.stop()
        else:
            self._look.start(LOOK_MS)
        self.reached.emit(is_reached)


def give_up(reply: QNetworkReply) -> None:
    """Ends a request whose answer nobody waits for any more: neither callback is called."""
    reply.setProperty(_GIVEN_UP, _UNWANTED)
    reply.abort()


def _bound(reply: QNetworkReply, silence_ms: int) -> None:
    """Ends a reply that is silent, drips without end, or is larger than anything the doors say."""

    def end(reason: str) -> None:
        if reply.isRunning() and reply.property(_GIVEN_UP) is None:
            reply.setProperty(_GIVEN_UP, reason)
            reply.abort()

    silence, whole = QTimer(reply), QTimer(reply)
    for timer, time_ms in ((silence, silence_ms), (whole, WHOLE_MS)):
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: end(_TOO_SLOW))
        timer.start(time_ms)

    def on_more() -> None:
        # Nothing is read before the end, so all that came stands here; Qt tells of its progress ten times a second only.
        silence.start(silence_ms)
        if reply.bytesAvailable() > MOST_BYTES:
            end(_TOO_LARGE)

    reply.readyRead.connect(on_more)
    reply.uploadProgress.connect(lambda: silence.start(silence_ms))
    reply.finished.connect(silence.stop)
    reply.finished.connect(whole.stop)


def _answered(asked: _Asked, reply: QNetworkReply, status: int) -> None:
    content = bytes(reply.readAll().data())
    try:
        answer: Any = content if asked.kind is bytes else msgspec.json.decode(content or b"null", type=asked.kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        _log.error("the doors answered in words of another version", path=reply.url().path(), problem=type(error).__name__)
        asked.failed(Trouble(status=status, code="other_version", text=str(error)))
        return
    asked.done(answer)


def _nothing(_: object) -> None:
    """For what is asked without anybody waiting for the answer."""


def _trouble(status: int, content: bytes) -> Trouble:
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        # Of a proxy before the doors, or of no doors at all.
        return Trouble(status=status, code="redirect" if 300 <= status < 400 else "http", text=f"HTTP {status}")
    return Trouble(
        status=status,
        code=problem.code,
        text=problem.description,
        field=problem.field,
        allowed=problem.allowed or (),
        revision=problem.revision,
    )
