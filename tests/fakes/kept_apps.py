"""Applications that are built once and lent from test to test: to build one costs more than most of what a test then asks it.

Each borrower has doors of its own behind it, and whatever the application itself keeps begins anew: tries, challenges, keys, fetches.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Litestar
from litestar.di import Provide
from litestar.types import Empty

from feeds.api.doors import Doors
from feeds.api.media_url import MediaFetcher
from feeds.api.sessions import Gate


class LentDoors(Doors):
    """Stands for the doors of who has the application now, with whatever was changed of them; between two borrowers nobody's."""

    at: Doors

    def __init__(self) -> None:
        """Has nothing of its own."""

    def __getattribute__(self, name: str) -> Any:
        own = name == "at" or name.startswith("__")
        return object.__getattribute__(self, name) if own else getattr(self.at, name)


class KeptApps:
    """``build`` makes one more where all are lent. What it builds keeps nothing but a ``Gate``, a ``MediaFetcher`` and cached providers."""

    def __init__(self, build: Callable[[Doors], Litestar]) -> None:
        self._build = build
        self._free: list[tuple[LentDoors, Litestar]] = []

    @contextmanager
    def lent(self, doors: Doors) -> Generator[Litestar]:
        """An application with ``doors`` behind it, as if it had just been built."""
        stand_in, app = self._free.pop() if self._free else (LentDoors(), None)
        stand_in.at = doors
        app = app or self._build(stand_in)
        _begin_anew(app)
        try:
            yield app
        finally:
            del stand_in.at
            self._free.append((stand_in, app))


def _begin_anew(app: Litestar) -> None:
    for provide in _providers(app):
        provide.value = Empty
        for cell in getattr(provide.dependency, "__closure__", None) or ():
            kept = cell.cell_contents
            if isinstance(kept, Gate):
                kept.__init__(kept.tries._most)
            elif isinstance(kept, MediaFetcher):
                kept.__init__()


def _providers(app: Litestar) -> Iterator[Provide]:
    found = {
        id(provide): provide
        for route in app.routes
        for door in getattr(route, "route_handlers", ())
        for provide in door.resolve_dependencies().values()
    }
    yield from found.values()
