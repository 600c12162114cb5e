"""Only clean code is given back, and the program goes on as before."""

import hashlib
import sys

import pytest

from controlroom.wall.startup_code import clean_code_ranges, give_back_startup_code

SMAPS = """10000000-11000000 r-xp 00000000 00:01 1   /lib/libclean.so.1
Rss: 64 kB
Private_Dirty:         0 kB
11000000-12000000 r--p 00000000 00:01 1   /lib/libclean.so.1
Private_Dirty:         0 kB
12000000-13000000 r--p 00000000 00:01 1   /lib/libclean.so.1
Private_Dirty:         4 kB
7f00-7f10 r-xp 00000000 00:01 1   /lib/libsmall.so.1
Private_Dirty:         0 kB
20000000-21000000 r-xp 00000000 00:01 1   /lib/librelocated.so.1
Private_Dirty:         4 kB
30000000-31000000 r-xp 00000000 00:00 0
Private_Dirty:         0 kB
40000000-41000000 rw-p 00000000 00:01 1   /lib/libclean.so.1
Private_Dirty:         0 kB
"""


def test_only_unwritten_pages_of_giant_libraries_qualify() -> None:
    assert clean_code_ranges(SMAPS) == [(0x10000000, 0x11000000), (0x11000000, 0x12000000)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_program_goes_on_and_less_is_resident() -> None:
    before = hashlib.sha256(b"wall").hexdigest()
    assert give_back_startup_code(giant_bytes=2**20) > 0
    assert hashlib.sha256(b"wall").hexdigest() == before
