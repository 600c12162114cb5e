"""Starts the process that decodes a camera, with nothing of ours within its reach. Knows no Qt."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

import controlroom
from controlroom.live.priority import lower
from controlroom.live.slot import Task

_INHERITED = frozenset({
    "PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "HOME", "LANG",
    "LANGUAGE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
})  # fmt: skip
"""All a decoder needs of our environment; it reads what strangers send, so the keys of bus and media are not within its reach."""


def start_decoder(task: Task) -> "subprocess.Popen[bytes]":
    """A decoder that has been told its task and inherits its slot; ``controlroom.live.decoder`` says what it answers."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "controlroom.live.decoder"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(task.slot,),
        env=_environment(),
        bufsize=0,
    )
    # From its first instruction: four interpreters that start beside the map's page would hold it up.
    lower(process.pid)
    tell(process, msgspec.json.encode(task))
    return process


def tell(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    """A line to a decoder; one that has just ended is found out by whoever watches it."""
    if process.stdin is None:
        return
    try:
        process.stdin.write(line + b"\n")
    except BrokenPipeError:
        return


def _environment() -> dict[str, str]:
    """What a decoder inherits: no secret, no proxies (cameras are on the city's own network), our source on its path."""
    root = str(Path(controlroom.__path__[0]).parent)
    kept = {name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith("LC_")}
    paths = [root, *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)}
