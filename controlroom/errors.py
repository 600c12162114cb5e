"""Every uncaught-error hook of the process leads here: one log line, and one notice for whoever looks at the wall."""

import sys
import threading
from collections.abc import Callable
from types import TracebackType

import structlog
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = structlog.get_logger("controlroom.errors")

_QUIET = (
    "propagateSizeHints",
    "This plugin does not support",
    "Release of profile requested but WebEnginePage still not deleted",
    # Without a GPU the web engine is told to draw in software, and says so five times.
    "Vulkan instance",
    "Unable to detect GPU vendor",
    "unsupported SceneGraph Backend",
    "Hardware rendering is enabled but it is not supported",
    "Rendering may fail because",
    "Sandboxing disabled by user",
)
"""Qt's lines that are known and mean nothing to an operator."""


class ErrorDesk:
    """Counts faults and tells listeners. ``last`` is what happened, for the wall's state."""

    def __init__(self) -> None:
        self.count = 0
        self.last: str | None = None
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    def report(self, where: str, error: BaseException) -> None:
        """Logs with the trace; tells listeners in one line. May be called from any thread."""
        self.count += 1
        self.last = f"{where}: {type(error).__name__}: {error}"
        _log.error("uncaught error", where=where, exc_info=(type(error), error, error.__traceback__))
        for listener in self._listeners:
            listener(self.last)

    def install(self) -> None:
        """Takes over the hooks of Python, threads and Qt."""
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        sys.unraisablehook = self._on_unraisable
        qInstallMessageHandler(self._on_qt_message)

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self.report("gui", error.with_traceback(trace))

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(f"thread {args.thread.name if args.thread else '?'}", args.exc_value)

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self.report(f"unraisable in {args.object!r}", args.exc_value)

    def _on_qt_message(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if any(quiet in message for quiet in _QUIET):
            return
        level = {QtMsgType.QtDebugMsg: "debug", QtMsgType.QtInfoMsg: "info", QtMsgType.QtWarningMsg: "warning"}.get(kind, "error")
        getattr(_log, level)("qt", category=context.category, message=message)
