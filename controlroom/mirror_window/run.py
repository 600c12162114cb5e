"""Runs the mirror's window until it is closed."""

import signal
import sys
from pathlib import Path

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QApplication

from controlroom.mirror_window.address import MirrorAddress, NoSuchScreen
from controlroom.mirror_window.window import MirrorWindow, data_folder, screen_of
from controlroom.texts import translator

WINDOW = QSize(1440, 900)


def run_mirror_window(
    address: MirrorAddress, language: str, *, is_windowed: bool = False, screen: int | None = None, folder: Path | None = None
) -> int:
    """Returns the exit code. Raises ``NoSuchScreen``, and ``PermissionError`` for a profile's folder that is another's."""
    application = QApplication([sys.argv[0]])
    application.setApplicationName("live-room-mirror")
    place = screen_of(screen)
    if place is None:
        raise NoSuchScreen(f"--screen {screen}: this machine has {len(application.screens())}")
    window = MirrorWindow(address, folder or data_folder(), translator(language))
    window.setScreen(place)
    window.setGeometry(place.geometry())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: QTimer.singleShot(0, window, window.close))
    # Lets Python see signals.
    timer = QTimer(application)
    timer.timeout.connect(lambda: None)
    timer.start(250)
    if is_windowed:
        size = WINDOW.boundedTo(place.availableGeometry().size())
        window.setGeometry(place.availableGeometry())
        window.resize(size)
        window.show()
    else:
        window.showFullScreen()
    window.host.start()
    code = application.exec()
    window.deleteLater()
    application.processEvents()
    return code
