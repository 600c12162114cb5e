"""What a bench or drill says: figures, each with its goal beside it. Knows nothing of how they were measured."""

import os
import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. ``value`` ``None``: it could not be measured, and then its goal does not hold.

    ``goal``: as text with its comparison, ``None`` for a figure that is only printed beside the others.
    """

    name: str
    value: float | None
    unit: str
    goal: str | None = None
    holds: bool = True


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One run of a bench or drill; ``when`` is aware UTC."""

    name: str
    machine: str
    when: datetime
    figures: tuple[Figure, ...]
    holds: bool


class Progress(Protocol):
    def __call__(self, what: str, share: float, /) -> None:
        """``what`` is being done now; ``share`` of the whole is behind us (0..1)."""


Measure = Callable[[bool, Progress], Result]
"""``measure(long, progress)``: ``long`` asks for the whole measurement instead of the quick profile."""


class CannotMeasure(RuntimeError):
    """The measurement could not be made (a part did not start or answer); the text says which and where its log is."""


def at_most(name: str, value: float | None, unit: str, goal: float) -> Figure:
    """A figure that holds when it is ``goal`` or less."""
    return Figure(name=name, value=_rounded(value), unit=unit, goal=f"<= {goal:g}", holds=value is not None and value <= goal)


def below(name: str, value: float | None, unit: str, goal: float) -> Figure:
    """A figure that holds when it is less than ``goal``."""
    return Figure(name=name, value=_rounded(value), unit=unit, goal=f"< {goal:g}", holds=value is not None and value < goal)


def at_least(name: str, value: float | None, unit: str, goal: float) -> Figure:
    """A figure that holds when it is ``goal`` or more."""
    return Figure(name=name, value=_rounded(value), unit=unit, goal=f">= {goal:g}", holds=value is not None and value >= goal)


def exactly(name: str, value: float | None, unit: str, goal: float) -> Figure:
    """A figure that holds when it is ``goal`` and nothing else."""
    return Figure(name=name, value=_rounded(value), unit=unit, goal=f"= {goal:g}", holds=value == goal)


def is_true(name: str, value: bool) -> Figure:
    """A statement that must be true: 1 when it is."""
    return exactly(name, 1.0 if value else 0.0, "yes", 1)


def beside(name: str, value: float | None, unit: str) -> Figure:
    """A figure with no goal, printed for comparison."""
    return Figure(name=name, value=_rounded(value), unit=unit)


def result(name: str, figures: Sequence[Figure]) -> Result:
    """All figures of a run; it holds when each does. A run without a figure that has a goal proves nothing and does not hold."""
    holds = all(figure.holds for figure in figures) and any(figure.goal is not None for figure in figures)
    return Result(name=name, machine=machine(), when=datetime.now(UTC), figures=tuple(figures), holds=holds)


def machine() -> str:
    """The machine in a line, without its name: processor, cores, system, Python."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{_processor()}, {cores} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
            return next(named, platform.machine())
    except OSError:
        return platform.processor() or platform.machine()


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 3)
