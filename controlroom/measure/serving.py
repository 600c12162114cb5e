"""A process of its own that serves a folder's files as pages: ``/requests.json?page=2`` is ``requests.json.2``; one not there is empty.

``python -m controlroom.measure.serving FOLDER``: says its address as one JSON line, ends with its standard input.
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import msgspec

_EMPTY = {".json": b"[]", ".xml": b"<service_requests/>"}


class Served(msgspec.Struct, frozen=True):
    url: str


class _Handler(BaseHTTPRequestHandler):
    folder = Path()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = parse_qs(parts.query).get("page", ["1"])[0]
        name = f"{Path(parts.path).name}.{page}"
        file = self.folder / name
        body = file.read_bytes() if file.is_file() else _EMPTY.get(Path(parts.path).suffix, b"[]")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A bench's standard error is for what went wrong."""


def main() -> None:
    _Handler.folder = Path(sys.argv[1])
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(msgspec.json.encode(Served(f"http://127.0.0.1:{server.server_address[1]}")).decode() + "\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
