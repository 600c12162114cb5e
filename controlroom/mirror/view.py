"""What one scope may see, each item with the revision it last changed at: so that a page hears what is new to it. Pure."""

from collections import deque
from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

import msgspec

MOST_LINES = 60
MOST_GONE = 5_000
"""Keys remembered as gone; who was away for longer than these last gets a snapshot."""

Place = tuple[str, str]
"""Topic and key."""


class _Item(NamedTuple):
    """``text``: as it goes into a frame, ``None`` when it is gone. ``since``: the first revision anybody may have heard of it."""

    revision: int
    since: int
    text: msgspec.Raw | None


class Change(NamedTuple):
    """What is other since a revision."""

    put: dict[str, dict[str, msgspec.Raw]]
    gone: dict[str, list[str]]
    lines: list[msgspec.Raw]


class View:
    """Revisions are handed in and never go back. ``floor``: who knows an older one knows too little for a change."""

    def __init__(self, revision: int) -> None:
        self.floor = revision
        self.revision = revision
        self._items: dict[Place, _Item] = {}
        self._lines: deque[tuple[int, msgspec.Raw]] = deque(maxlen=MOST_LINES)
        self._gone = 0

    def holds(self, topic: str, key: str) -> bool:
        item = self._items.get((topic, key))
        return item is not None and item.text is not None

    def put(self, place: Place, text: msgspec.Raw | None, revision: int) -> bool:
        """The newest of a key (``None``: not to be seen any more); whether that is a change."""
        item = self._items.get(place)
        if item is None and text is None:
            return False
        if item is not None and _same(item.text, text):
            return False
        was_gone = item is not None and item.text is None
        self._gone += (text is None) - was_gone
        # Last in the order of changes.
        self._items.pop(place, None)
        self._items[place] = _Item(revision, revision if item is None else item.since, text)
        self.revision = revision
        if self._gone > MOST_GONE:
            self._forget()
        return True

    def add_lines(self, texts: Iterable[msgspec.Raw], revision: int) -> None:
        for text in texts:
            self._lines.append((revision, text))
            self.revision = revision

    def restart(self, revision: int) -> None:
        """From now on everybody needs a snapshot."""
        self.floor = self.revision = revision

    def restart_lines(self, texts: Iterable[msgspec.Raw], revision: int) -> None:
        """Other lines than those told so far: nobody can make these of the ones he has."""
        self._lines.clear()
        self.add_lines(texts, revision)
        self.restart(revision)

    def since(self, revision: int) -> Change | None:
        """What somebody lacks who knows the view at ``revision``; ``None``: only a snapshot helps."""
        if revision < self.floor:
            return None
        put: dict[str, dict[str, msgspec.Raw]] = {}
        gone: dict[str, list[str]] = {}
        for (topic, key), item in takewhile(lambda one: one[1].revision > revision, reversed(self._items.items())):
            if item.text is not None:
                put.setdefault(topic, {})[key] = item.text
            elif item.since <= revision:
                gone.setdefault(topic, []).append(key)
        return Change(put, gone, [text for at, text in self._lines if at > revision])

    def everything(self) -> Change:
        put: dict[str, dict[str, msgspec.Raw]] = {}
        for (topic, key), item in self._items.items():
            if item.text is not None:
                put.setdefault(topic, {})[key] = item.text
        return Change(put, {}, [text for _, text in self._lines])

    def _forget(self) -> None:
        """The older half of what is gone; who may not have heard of it yet gets a snapshot."""
        for place in [place for place, item in self._items.items() if item.text is None][: MOST_GONE // 2]:
            self.floor = max(self.floor, self._items.pop(place).revision)
            self._gone -= 1


def pieces(change: Change, most_bytes: int) -> list[Change]:
    """The same in order, in pieces of about so many bytes; an item is never broken. At least one."""
    found = [Change({}, {}, [])]
    left = most_bytes

    def piece(size: int) -> Change:
        nonlocal left
        if size > left and left < most_bytes:
            found.append(Change({}, {}, []))
            left = most_bytes
        left -= size
        return found[-1]

    for topic, items in change.put.items():
        for key, text in items.items():
            piece(len(key) + len(bytes(text))).put.setdefault(topic, {})[key] = text
    for topic, keys in change.gone.items():
        for key in keys:
            piece(len(key)).gone.setdefault(topic, []).append(key)
    for text in change.lines:
        piece(len(bytes(text))).lines.append(text)
    return found


def _same(one: msgspec.Raw | None, other: msgspec.Raw | None) -> bool:
    return one is other if one is None or other is None else bytes(one) == bytes(other)
