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

TRANSFER_MS = 10_000
MOST_BYTES = 16_000_000
LOOK_MS = 2_000
"""While the doors are out of reach they are asked so often whether they are back."""

_log = structlog.get_logger("controlroom.console")


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request failed. ``status`` 0: no answer came, so nobody knows whether it was carried out.

    ``code``, ``field``, ``allowed``, ``revision``: as the doors said (``feeds.messages.desk.Problem``).
    """

    status: int
    code: str
    text: str
    field: str | None = None
    allowed: tuple[str, ...] = ()
    revision: int | None = None


class DeskApi(QObject):
    """One desk's connection to ``base_url``. Every callback comes on the GUI thread, and none after ``close``."""

    reached = Signal(bool)
    """The doors answer again, or no longer do."""
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
        self._replies: set[QNetworkReply] = set()
        self._look = QTimer(self)
        self._look.timeout.connect(self._ask_whether_back)
        self._is_closed = False

    @property
    def address(self) -> str:
        return self._base.toString()

    def may(self, permission: str) -> bool:
        return self.who is not None and permission in self.who.permissions

    def sign_in(self, login: str, password: str, done: Callable[[WhoAmI], None], failed: Callable[[Trouble], None]) -> None:
        def signed_in(who: WhoAmI) -> None:
            self.who = who
            done(who)

        self.send("POST", "/session", {"login": login, "password": password}, WhoAmI, signed_in, failed)

    def sign_out(self, done: Callable[[], None]) -> None:
        def gone() -> None:
            self.who = None
            self._network.setCookieJar(QNetworkCookieJar(self._network))
            done()

        self.send("DELETE", "/session", None, type(None), lambda _: gone(), lambda _: gone())

    def get(
        self,
        path: str,
        kind: type[AnswerT],
        done: Callable[[AnswerT], None],
        failed: Callable[[Trouble], None],
        *,
        query: Mapping[str, str | int | Sequence[str] | None] | None = None,
    ) -> QNetworkReply:
        """The reply may be aborted; its callbacks then stay silent. A list in ``query`` stands there once for each value."""
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
    ) -> QNetworkReply:
        """``revision`` goes into ``If-Match``, ``key`` into ``Idempotency-Key``. ``body`` is written as JSON, ``None`` sends none."""
        headers = {"If-Match": f'"{revision}"'} if revision is not None else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        return self._start(method, self._url(path, None), body, kind, done, failed, headers)

    def fetch(self, path: str, done: Callable[[bytes], None], failed: Callable[[Trouble], None]) -> QNetworkReply:
        """The bytes of a picture."""
        return self._start("GET", self._url(path, None), None, bytes, done, failed, {})

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
    ) -> QNetworkReply:
        request = QNetworkRequest(url)
        request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
        request.setAttribute(QNetworkRequest.Attribute.CacheSaveControlAttribute, False)
        request.setTransferTimeout(TRANSFER_MS)
        for name, value in headers.items():
            request.setRawHeader(name.encode(), value.encode())
        if self.who is not None and method != "GET":
            request.setRawHeader(b"X-CSRF-Token", self.who.csrf.encode())
        content = QByteArray()
        if body is not None:
            request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
            content = QByteArray(msgspec.json.encode(body))
        reply = self._network.sendCustomRequest(request, method.encode(), content)
        self._replies.add(reply)
        reply.finished.connect(lambda: self._finished(reply, kind, done, failed))
        return reply

    def _finished(
        self, reply: QNetworkReply, kind: type[AnswerT], done: Callable[[AnswerT], None], failed: Callable[[Trouble], None]
    ) -> None:
        self._replies.discard(reply)
        reply.deleteLater()
        if self._is_closed or reply.property("given_up"):
            return
        status = int(reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) or 0)
        content = bytes(reply.readAll().data())
        if status == 0:
            self._set_reached(False)
            failed(Trouble(status=0, code="unreached", text=reply.errorString()))
            return
        self._set_reached(True)
        if 200 <= status < 300:
            try:
                answer: Any = content if kind is bytes else msgspec.json.decode(content or b"null", type=kind)
            except msgspec.MsgspecError as error:
                _log.error("the doors answered in words of another version", path=reply.url().path(), problem=str(error))
                failed(Trouble(status=status, code="other_version", text=str(error)))
                return
            done(answer)
            return
        trouble = _trouble(status, content)
        if status == 401 and self.who is not None:
            self.who = None
            self.signed_out.emit()
        failed(trouble)

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

    def _ask_whether_back(self) -> None:
        self.get("/health", dict[str, Any], lambda _: None, lambda _: None)


def give_up(reply: QNetworkReply) -> None:
    """Ends a request whose answer nobody waits for any more: neither callback is called."""
    reply.setProperty("given_up", True)
    reply.abort()


def _trouble(status: int, content: bytes) -> Trouble:
    try:
        problem = msgspec.json.decode(content, type=Problem)
    except msgspec.MsgspecError:
        return Trouble(status=status, code="http", text=f"HTTP {status}")
    return Trouble(
        status=status,
        code=problem.code,
        text=problem.description,
        field=problem.field,
        allowed=problem.allowed or (),
        revision=problem.revision,
    )
