"""Which process a hanging page's may be: only Chromium's, and only one that descends from this one."""

import ctypes
import os
import subprocess
import sys

from widgets.kit.web import is_our_renderer

NAME = b"QtWebEngineProc"
SLEEPER = "import ctypes, sys, time; ctypes.CDLL(None).prctl(15, sys.argv[1].encode()); print('here', flush=True); time.sleep(60)"


def test_only_a_renderer_of_our_own_is_ended() -> None:
    assert not is_our_renderer(os.getpid())
    assert not is_our_renderer(1)
    assert not is_our_renderer(0)
    assert not is_our_renderer(2**22 + 1)
    for name, is_ours in (("QtWebEngineProc", True), ("sleeper", False)):
        with subprocess.Popen([sys.executable, "-c", SLEEPER, name], stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            child.stdout.readline()
            assert is_our_renderer(child.pid) == is_ours
            child.kill()


def test_a_renderer_of_somebody_else_is_not_ours() -> None:
    """One whose parent is not below us: this process under Chromium's name, seen from a child."""
    told = "from widgets.kit.web import is_our_renderer; import os; print(is_our_renderer(os.getppid()))"
    libc = ctypes.CDLL(None)
    before = ctypes.create_string_buffer(16)
    libc.prctl(16, before)
    libc.prctl(15, NAME)
    try:
        done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    finally:
        libc.prctl(15, before)
    assert done.stdout.strip() == "False"
