"""Lets the GUI thread go first: what draws the map in software, and camera decoders, get the lower priority.

Without a GPU a map frame occupies every core for a tenth of a second (measured: blocks of the GUI thread p99 166 ms, with this 58).
Knows Linux' /proc; elsewhere, and where threads have other names, it does nothing.
"""

import os
from pathlib import Path

DRAWING_NICENESS = 10
_DRAWING = ("llvmpipe", "Chrome_InProcGp", "VizCompositor", "SwiftShader", "Thread (pooled)")
"""How Mesa's, Chromium's and Qt's drawing threads are called (the kernel keeps 15 letters)."""


def let_gui_first(proc: Path = Path("/proc")) -> int:
    """Lowers the priority of this process' drawing threads and of its child processes; returns how many it lowered now.

    Call it again now and then: threads and pages come and go. Raises nothing: a wall without it is slower, not wrong.
    """
    own = proc / "self" / "task"
    chosen = [int(task.name) for task in _entries(own) if _name(task).startswith(_DRAWING)]
    for child in _children(proc):
        chosen += [int(task.name) for task in _entries(proc / str(child) / "task")]
    return sum(lower(task) for task in chosen)


def lower(task: int) -> bool:
    """Gives one process or thread the lower priority; whether it had a higher one."""
    try:
        if os.getpriority(os.PRIO_PROCESS, task) >= DRAWING_NICENESS:
            return False
        os.setpriority(os.PRIO_PROCESS, task, DRAWING_NICENESS)
    except OSError:
        return False
    return True


def _children(proc: Path) -> list[int]:
    """Processes below this one, by the kernel's own lists."""
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        for task in _entries(proc / str(waiting.pop()) / "task"):
            try:
                children = [int(word) for word in (task / "children").read_text(encoding="ascii").split()]
            except OSError:
                continue
            found += children
            waiting += children
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _name(task: Path) -> str:
    try:
        return (task / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
