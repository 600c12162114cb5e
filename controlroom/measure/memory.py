"""Resident memory of a process, read from /proc. Linux only."""

from dataclasses import dataclass
from pathlib import Path

import psutil

MB = 1024 * 1024


@dataclass(frozen=True)
class Resident:
    """Megabytes: ``rss`` counts shared pages in full, ``pss`` each by its share."""

    rss_mb: float
    pss_mb: float


def resident(pid: int) -> Resident | None:
    """What the process holds now; ``None`` when it is gone."""
    try:
        fields = _rollup(pid)
    except (OSError, ValueError):
        return None
    return Resident(fields["Rss"] / 1024, fields["Pss"] / 1024)


def rss_mb(pid: int) -> float | None:
    """Resident set in megabytes, cheap enough for every second; ``None`` when the process is gone."""
    try:
        return psutil.Process(pid).memory_info().rss / MB
    except psutil.Error:
        return None


def is_below(pid: int, ancestor: int) -> bool:
    """Whether ``pid`` is a living process that ``ancestor`` has started, directly or not."""
    try:
        return any(process.pid == ancestor for process in psutil.Process(pid).parents())
    except (psutil.Error, ValueError):
        return False


def _rollup(pid: int) -> dict[str, float]:
    """Fields of smaps_rollup in kB."""
    fields: dict[str, float] = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, rest = line.partition(":")
        fields[name] = float(rest.split()[0])
    return fields
