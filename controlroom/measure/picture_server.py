"""Somebody else's server, on loopback, that the reports of a drill point to for their pictures."""

import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class PictureServer:
    """``with PictureServer(pictures) as there: there.url(7)``. Two of ten addresses lead to no picture: one is gone, one is private."""

    def __init__(self, pictures: Sequence[bytes]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                number = self.path.strip("/").removesuffix(".jpg")
                body = pictures[int(number) % len(pictures)] if number.isdigit() else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "image/jpeg")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="picture-server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, number: int) -> str:
        """What the report of that number, of those that point to a picture, says as its ``media_url``."""
        here = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {8: f"{here}/gone", 9: f"http://10.0.0.1/{number}.jpg"}.get(number % 10, f"{here}/{number}.jpg")
