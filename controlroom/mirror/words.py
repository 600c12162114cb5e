"""The words that frames begin with: a preset dictionary (RFC 1951) both sides know beforehand, so that small frames compress, too."""

import zlib
from pathlib import Path

WORDS = (Path(__file__).with_name("words.txt")).read_bytes()
"""Another text is another language: a page built with the former one cannot read a frame."""

_RAW = -zlib.MAX_WBITS


def packed(text: bytes, *, level: int = 6) -> bytes:
    """Raw deflate with the dictionary."""
    press = zlib.compressobj(level, zlib.DEFLATED, _RAW, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY, WORDS)
    return press.compress(text) + press.flush()


def unpacked(frame: bytes, most: int = 64 * 2**20) -> bytes:
    """What ``packed`` was given; raises ``ValueError`` for what is no such frame, or one of more than ``most`` bytes."""
    press = zlib.decompressobj(_RAW, WORDS)
    try:
        text = press.decompress(frame, most)
    except zlib.error as error:
        raise ValueError("the frame is not packed with these words") from error
    if not press.eof:
        raise ValueError("the frame is cut off, or too large")
    return text
