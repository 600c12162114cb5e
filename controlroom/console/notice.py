"""Tells an emergency to whoever looks elsewhere: a short sound and a notice of the desktop, never in a citizen's words.

Sound and desktop are optional: on a machine without them the console itself is all there is.
"""

import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog
from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

from controlroom.console.page import Remembered

SOUND_RATE = 22_050
NOTES = ((880.0, 0.14), (1174.66, 0.14), (880.0, 0.14), (1174.66, 0.28))
"""Hertz and seconds: two tones by turns, unlike any sound of a desktop."""
SHOWN_MS = 15_000
_MUTED = "notice.is_muted"

_log = structlog.get_logger("controlroom.console")


class Sound(Protocol):
    def play(self) -> None: ...


class Notice(QObject):
    """``emergency`` is heard and seen unless muted; ``muted_changed`` so that the mute can be shown."""

    muted_changed = Signal(bool)

    def __init__(
        self,
        remembered: Remembered,
        icon: QIcon,
        folder: Path,
        *,
        sound: Callable[[Path], Sound | None] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``folder``: where the sound is written when it is first needed."""
        super().__init__(parent)
        self._remembered = remembered
        self._icon = icon
        self._folder = folder
        self._make_sound = sound or device_sound
        self._sound: Sound | None = None
        self._has_looked = False
        self._tray: QSystemTrayIcon | None = None

    @property
    def is_muted(self) -> bool:
        return bool(self._remembered.get(_MUTED, False))

    def remember_in(self, remembered: Remembered) -> None:
        """Somebody else sits here now."""
        self._remembered = remembered
        self.muted_changed.emit(self.is_muted)

    def mute(self, is_muted: bool) -> None:
        if is_muted != self.is_muted:
            self._remembered.set(_MUTED, is_muted)
            self.muted_changed.emit(is_muted)

    def emergency(self, title: str, text: str) -> None:
        """``title`` and ``text``: the room's own words (category and district), shown outside the console."""
        if self.is_muted:
            return
        if not self._has_looked:
            self._has_looked = True
            self._sound = self._make_sound(self._folder)
        if self._sound is not None:
            self._sound.play()
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            if self._tray is None:
                self._tray = QSystemTrayIcon(self._icon, self)
                self._tray.show()
            self._tray.showMessage(title, text, QSystemTrayIcon.MessageIcon.Warning, SHOWN_MS)

    def close(self) -> None:
        self._sound = None
        if self._tray is not None:
            self._tray.hide()
            self._tray = None


def device_sound(folder: Path) -> Sound | None:
    """Plays the sound on this machine; ``None`` where there is nothing to hear it with."""
    # Loads FFmpeg: a desk that never hears an emergency does not wait for that.
    from PySide6.QtMultimedia import QMediaDevices, QSoundEffect

    if not QMediaDevices.audioOutputs():
        _log.warning("no sound device: emergencies are seen, not heard")
        return None
    file = folder / "emergency.wav"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_sound(file)
    except OSError as problem:
        _log.warning("the sound cannot be written: emergencies are seen, not heard", file=str(file), problem=problem.strerror)
        return None
    effect = QSoundEffect()
    effect.setSource(QUrl.fromLocalFile(str(file)))
    effect.setVolume(0.8)
    return effect


def write_sound(file: Path) -> None:
    """A WAV of ``NOTES``, each swelling and fading so that nothing clicks."""
    samples = bytearray()
    for hertz, seconds in NOTES:
        count = int(seconds * SOUND_RATE)
        for index in range(count):
            swell = min(1.0, index / 400, (count - index) / 1200)
            samples += struct.pack("<h", round(20_000 * swell * math.sin(2 * math.pi * hertz * index / SOUND_RATE)))
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SOUND_RATE)
        sound.writeframes(bytes(samples))
