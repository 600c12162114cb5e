"""Which frames wait for which picture: those that are gone are forgotten, and so is what was asked for longest ago."""

from collections import OrderedDict

from widgets.frame import PanelFrame

MOST_PICTURES = 256
"""Pictures waited for at once; more than the media client itself keeps wanting. Who still lacks one asks again when it paints."""


class PictureWaiters:
    """Frames that painted without a picture, by its content hash. Of the GUI thread."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, dict[int, PanelFrame]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def watch(self, frame: PanelFrame) -> None:
        """Forgets the frame when Qt destroys it; once per frame, before its first ``wait``."""
        number, waiting = id(frame), self._waiting
        frame.destroyed.connect(lambda: _forget(waiting, number))

    def wait(self, content_hash: str, frame: PanelFrame) -> None:
        self._waiting.setdefault(content_hash, {})[id(frame)] = frame
        self._waiting.move_to_end(content_hash)
        while len(self._waiting) > MOST_PICTURES:
            self._waiting.popitem(last=False)

    def came(self, content_hash: str) -> None:
        """Lets everybody who waits for the picture paint again."""
        for frame in self._waiting.pop(content_hash, {}).values():
            if frame.panel is not None:
                frame.panel.update()


def _forget(waiting: OrderedDict[str, dict[int, PanelFrame]], number: int) -> None:
    for content_hash in list(waiting):
        waiting[content_hash].pop(number, None)
        if not waiting[content_hash]:
            del waiting[content_hash]
