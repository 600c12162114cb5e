"""Why nothing was decided about a wall, as values the doors turn into answers. Pure."""

from collections.abc import Sequence


class BadLayout(ValueError):
    """No wall can show it."""

    def __init__(self, faults: Sequence[str], most: int = 5) -> None:
        more = f"; and {len(faults) - most} more" if len(faults) > most else ""
        super().__init__("; ".join(faults[:most]) + more)


class StaleWall(RuntimeError):
    """Something else was taken since; ``revision`` is what stands."""

    def __init__(self, revision: int, text: str) -> None:
        super().__init__(text)
        self.revision = revision


class Held(RuntimeError):
    """Somebody else may change this part of the wall for a while."""


class NotHeld(RuntimeError):
    """A part that would change is not this actor's to change."""


class NothingBefore(RuntimeError):
    """There is nothing to go back to."""


class UnknownPreset(LookupError):
    pass


class StalePreset(RuntimeError):
    """The preset has changed since; ``revision`` is what stands, 0 for none."""

    def __init__(self, key: str, revision: int, seen: int) -> None:
        now = f"is at revision {revision}" if revision else "is not there"
        super().__init__(f"preset {key} {now}, not at {seen}: look at it again")
        self.revision = revision


class ReadOnlyPreset(RuntimeError):
    """It came with the program or the city's folder."""


class UnknownHandover(LookupError):
    pass


class Accepted(RuntimeError):
    """Somebody else has taken the shift over."""
