"""Codes and ids that others give, cut to the length the store keeps: the same always becomes the same, and what differed still differs."""

import hashlib

CODE_LENGTH = 64
"""What every column of ids and codes holds (feeds.store.schema)."""

_DIGEST = 8


def short_code(text: str, length: int = CODE_LENGTH) -> str:
    """``text``, or its beginning and a digest of all of it where it is longer than ``length`` characters."""
    if len(text) <= length:
        return text
    return f"{text[: length - _DIGEST - 1]}~{hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]}"
