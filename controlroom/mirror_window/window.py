"""The mirror on a desktop: one window with the mirror's page, which keeps its device's key and its sign-in from one day to the next."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QScreen
from PySide6.QtQuick import QQuickView
from PySide6.QtWebEngineCore import QWebEngineUrlRequestInfo, QWebEngineUrlRequestInterceptor
from PySide6.QtWebEngineQuick import QQuickWebEngineProfile

from controlroom.mirror_window.address import MirrorAddress
from controlroom.mirror_window.host import MirrorHost
from controlroom.settings import ASSETS

WAY_OUT_S = 3.0
"""Ctrl+Alt+Q pressed twice within this time closes the window."""
CACHE_BYTES = 64 * 2**20

_log = structlog.get_logger("controlroom.mirror_window")


def data_folder() -> Path:
    """``$XDG_DATA_HOME/live-room/mirror``."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "live-room" / "mirror"


def private_folder(folder: Path) -> Path:
    """Makes the folder, for this user alone; raises ``PermissionError`` when it is another's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder}: belongs to somebody else; give another with XDG_DATA_HOME")
    folder.chmod(0o700)
    return folder


class OnlyTheMirror(QWebEngineUrlRequestInterceptor):
    """Blocks every request that is not for the mirror's own origin, whatever the page's policy says."""

    def __init__(self, address: MirrorAddress, host: MirrorHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._address = address
        self._host = host

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        url = info.requestUrl().toString()
        if not self._address.allows(url):
            self._host.refuse(url)
            info.block(True)


class MirrorWindow(QQuickView):
    """``folder``: where the profile lives. Close it with Ctrl+Alt+Q pressed twice; F11 and Esc change between window and full screen."""

    def __init__(self, address: MirrorAddress, folder: Path, tr: Callable[[str], str]) -> None:
        super().__init__()
        self.host = MirrorHost(address, tr, self)
        self._way_out_asked_at = -1e9
        self._guard = OnlyTheMirror(address, self.host, self)
        storage = private_folder(folder / address.key)
        # A child of the view, so that Chromium's page ends before its profile does.
        self._profile = QQuickWebEngineProfile(f"mirror-{address.key}", self)
        self._profile.setPersistentStoragePath(str(storage / "profile"))
        self._profile.setCachePath(str(storage / "cache"))
        self._profile.setHttpCacheMaximumSize(CACHE_BYTES)
        self._profile.setPersistentCookiesPolicy(QQuickWebEngineProfile.PersistentCookiesPolicy.ForcePersistentCookies)
        self._profile.setPersistentPermissionsPolicy(QQuickWebEngineProfile.PersistentPermissionsPolicy.AskEveryTime)
        self._profile.setUrlRequestInterceptor(self._guard)
        self._profile.downloadRequested.connect(self._on_download)
        self.setTitle(address.host)
        self.setResizeMode(QQuickView.ResizeMode.SizeRootObjectToView)
        self.setInitialProperties({"host": self.host, "profile": self._profile})
        self.setSource(QUrl.fromLocalFile(str(ASSETS / "web" / "qml" / "mirror.qml")))
        for error in self.errors():
            _log.error("window is broken", problem=error.toString())

    @Slot(object)
    def _on_download(self, download: QObject) -> None:
        """Nothing of the mirror is laid on the disk."""
        cancel = getattr(download, "cancel", None)
        if cancel is not None:
            cancel()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys, key = event.modifiers(), event.key()
        is_out = key == Qt.Key.Key_Q and keys & Qt.KeyboardModifier.ControlModifier and keys & Qt.KeyboardModifier.AltModifier
        if is_out:
            self._ask_way_out()
        elif key == Qt.Key.Key_F11:
            self.toggle_full_screen()
        else:
            super().keyPressEvent(event)
            if key == Qt.Key.Key_Escape and not event.isAccepted() and self._is_full_screen():
                self.showNormal()

    def _ask_way_out(self) -> None:
        now = time.monotonic()
        if now - self._way_out_asked_at <= WAY_OUT_S:
            self.close()
        self._way_out_asked_at = now

    def _is_full_screen(self) -> bool:
        return bool(self.windowStates() & Qt.WindowState.WindowFullScreen)

    def toggle_full_screen(self) -> None:
        if self._is_full_screen():
            self.showNormal()
        else:
            self.showFullScreen()


def screen_of(number: int | None) -> QScreen | None:
    """The screen of that number, from 1; the first when none is asked for; ``None`` when there is no such screen."""
    screens = QGuiApplication.screens()
    if number is None:
        return QGuiApplication.primaryScreen()
    return screens[number - 1] if 1 <= number <= len(screens) else None
