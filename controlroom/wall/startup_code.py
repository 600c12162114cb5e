"""Gives back the pages of program code that only the start needed: Chromium's and Mesa's initialisation, some 140 MB.

Such pages are clean copies of library files; whatever is used again is read back from the page cache by itself. Only the giants
are touched: a small library is used all over, and would come back piece by piece for minutes as if something leaked.
"""

import ctypes
import os
import re
import sys
from pathlib import Path

GIANT_BYTES = 10 * 2**20

_MADV_DONTNEED = 4
_MAPPING = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$")


def clean_code_ranges(smaps: str, giant_bytes: int = GIANT_BYTES) -> list[tuple[int, int]]:
    """Start and end addresses of giant mappings of libraries, code or constants, with no page that was ever written."""
    found: list[tuple[int, int]] = []
    candidate: tuple[int, int] | None = None
    for line in smaps.splitlines():
        mapping = _MAPPING.match(line)
        if mapping is not None:
            start, end = int(mapping[1], 16), int(mapping[2], 16)
            is_giant = mapping[3] in ("r-xp", "r--p") and ".so" in mapping[4] and end - start >= giant_bytes
            candidate = (start, end) if is_giant else None
        elif candidate is not None and line.startswith("Private_Dirty:") and line.split()[1] == "0":
            found.append(candidate)
    return found


def give_back_startup_code(giant_bytes: int = GIANT_BYTES) -> int:
    """Returns how many bytes less are resident afterwards; 0 where the system is not Linux."""
    if sys.platform != "linux":
        return 0
    before = _resident_bytes()
    libc = ctypes.CDLL(None, use_errno=True)
    for start, end in clean_code_ranges(Path("/proc/self/smaps").read_text(encoding="utf-8"), giant_bytes):
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)
    return max(0, before - _resident_bytes())


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
