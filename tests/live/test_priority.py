"""The GUI goes first: drawing threads and children are lowered, the rest is left alone."""

import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from controlroom.live.priority import DRAWING_NICENESS, let_gui_first

PR_SET_NAME = 15

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="priorities of single threads are Linux' own")


class NamedThread(threading.Thread):
    """A thread the kernel knows by ``name``, standing still until told."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self.is_named = threading.Event()
        self.may_end = threading.Event()

    def run(self) -> None:
        ctypes.CDLL(None).prctl(PR_SET_NAME, self.name.encode())
        self.is_named.set()
        self.may_end.wait(30)


def test_drawing_threads_and_children_are_lowered_and_the_gui_is_not() -> None:
    drawing, other = NamedThread("llvmpipe-0"), NamedThread("bus")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    for thread in (drawing, other):
        thread.start()
        thread.is_named.wait(30)
    try:
        before = os.getpriority(os.PRIO_PROCESS, 0)
        assert let_gui_first() >= 2
        assert os.getpriority(os.PRIO_PROCESS, drawing.native_id or 0) == DRAWING_NICENESS
        assert os.getpriority(os.PRIO_PROCESS, child.pid) == DRAWING_NICENESS
        assert os.getpriority(os.PRIO_PROCESS, other.native_id or 0) == before
        assert os.getpriority(os.PRIO_PROCESS, 0) == before
        assert let_gui_first() == 0
    finally:
        for thread in (drawing, other):
            thread.may_end.set()
            thread.join(10)
        child.communicate(b"\n", timeout=30)


def test_a_machine_without_these_lists_is_left_alone(tmp_path: Path) -> None:
    assert let_gui_first(tmp_path) == 0
