"""Processor time of a process and all it has started, from /proc. Linux only."""

import psutil


class TreeTime:
    """Processor seconds that a tree of processes uses from now on; those that end meanwhile take theirs along."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._before = _times(pid)

    def used_s(self) -> float:
        """Of those that run now; one that was started meanwhile counts whole."""
        return sum(now - self._before.get(key, 0.0) for key, now in _times(self._pid).items())


def _times(pid: int) -> dict[tuple[int, float], float]:
    """By pid and start: a pid may be given again."""
    root = psutil.Process(pid)
    found: dict[tuple[int, float], float] = {}
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
            found[process.pid, process.create_time()] = times.user + times.system
        except psutil.Error:
            continue
    return found
