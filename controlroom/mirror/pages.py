"""The built pages: every file there is, read once, with what it may be packed in. A path is a name in a list, never a place on a disk."""

import base64
import gzip
import hashlib
import mimetypes
import re
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

_PACKED = {".br": "br", ".gz": "gzip"}
_TEXTS = frozenset({".html", ".js", ".css", ".json", ".svg", ".webmanifest", ".mjs", ".txt"})
_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".mjs": "text/javascript", ".woff2": "font/woff2"}
_FOR_EVER = "public, max-age=31536000, immutable"
"""The name holds a digest of the content."""

_ASK_AGAIN = "no-cache"
_PAGE = "mirror.html"
_LEFT_OUT = frozenset({"build.json"})

_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
"""One without a source; the build puts it there."""

_log = structlog.get_logger("controlroom.mirror")


class PageFile(NamedTuple):
    """``packed``: the content by encoding, ``identity`` among them. ``caching``: of the header Cache-Control."""

    kind: str
    etag: str
    caching: str
    packed: dict[str, bytes]

    def best(self, accepted: str) -> tuple[str, bytes]:
        """The smallest a browser takes."""
        names = {part.partition(";")[0].strip() for part in accepted.split(",")}
        encoding = next((name for name in ("br", "gzip") if name in names and name in self.packed), "identity")
        return encoding, self.packed[encoding]


class Pages:
    """``folder``: what the build of the pages made; without it there are none, and that is said once."""

    def __init__(self, folder: Path) -> None:
        self.build = _build_of(folder)
        self._files = {f"/{path.relative_to(folder).as_posix()}": path for path in sorted(folder.rglob("*")) if path.is_file()}
        self._served = {
            name: _read(name, path)
            for name, path in self._files.items()
            if path.suffix not in (*_PACKED, ".map") and path.name not in _LEFT_OUT
        }
        page = self._served.pop(f"/{_PAGE}", None)
        if page is None:
            _log.error("the pages of the mirror are not built", folder=str(folder), remedy="run make setup")
        else:
            self._served["/"] = page
        self.scripts = _scripts_in(page)
        """Digests of the scripts that stand in the page itself, as its policy has to name them."""

    def find(self, path: str) -> PageFile | None:
        return self._served.get(path)


def _read(name: str, path: Path) -> PageFile:
    content = path.read_bytes()
    packed = {"identity": content}
    for ending, encoding in _PACKED.items():
        beside = path.with_name(path.name + ending)
        if beside.is_file():
            packed[encoding] = beside.read_bytes()
    if "gzip" not in packed and path.suffix in _TEXTS:
        packed["gzip"] = gzip.compress(content, 9, mtime=0)
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if kind.startswith("text/"):
        kind += "; charset=utf-8"
    caching = _FOR_EVER if name.startswith("/assets/") else _ASK_AGAIN
    return PageFile(kind, f'"{hashlib.sha256(content).hexdigest()[:20]}"', caching, packed)


def _scripts_in(page: PageFile | None) -> list[str]:
    found = _SCRIPT.findall(page.packed["identity"]) if page is not None else []
    return [f"sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}" for script in found]


class _Build(msgspec.Struct):
    build: str


def _build_of(folder: Path) -> str:
    """What the pages call themselves; a page of another build loads itself anew."""
    try:
        return msgspec.json.decode((folder / "build.json").read_bytes(), type=_Build).build
    except (OSError, msgspec.MsgspecError):
        return ""
