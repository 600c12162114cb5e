"""A GeoReport v2 server on loopback serving recorded real requests unchanged: ``python -m tests.fakes.open311_endpoint --port 8311``."""

import argparse
import hashlib
import json
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "data" / "open311" / "koeln_requests_2023.json"
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200


class Refused(Exception):
    """A query GeoReport v2 answers with an error."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code


def answer(path: str, query: Mapping[str, str], requests: Sequence[dict[str, Any]]) -> Any:
    """What the server says to one query; raises ``Refused``."""
    if path == "/services.json":
        names = {r["service_code"]: r["service_name"] for r in requests}
        return [
            {"service_code": code, "service_name": name, "description": name, "metadata": False, "type": "realtime", "group": ""}
            for code, name in sorted(names.items())
        ]
    if path.startswith("/requests/"):
        found = [r for r in requests if f"/requests/{r['service_request_id']}.json" == path]
        if not found:
            raise Refused(404, "service_request_id was not found")
        return found
    if path != "/requests.json":
        raise Refused(404, "no such resource")
    chosen = [r for r in requests if _matches(r, query)]
    chosen.sort(key=lambda r: r["requested_datetime"], reverse=True)
    size = min(_number(query, "page_size", DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)
    start = (_number(query, "page", 1) - 1) * size
    return chosen[start : start + size]


def _matches(request: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    at = datetime.fromisoformat(request["requested_datetime"])
    start, end = _date(query, "start_date"), _date(query, "end_date")
    if start and end and end - start > timedelta(days=90):
        raise Refused(400, "the window may span 90 days")
    statuses = query.get("status", "open,closed").split(",")
    codes = query.get("service_code", "").split(",")
    in_window = (start is None or at >= start) and (end is None or at <= end)
    return in_window and request["status"] in statuses and (codes == [""] or request["service_code"] in codes)


def _date(query: Mapping[str, str], name: str) -> datetime | None:
    if name not in query:
        return None
    try:
        at = datetime.fromisoformat(query[name])
    except ValueError as problem:
        raise Refused(400, f"{name} is not a date") from problem
    if at.tzinfo is None:
        raise Refused(400, f"{name} carries no zone")
    return at


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise Refused(400, f"{name} must be a positive number")
    return int(text)


class Open311Endpoint(ThreadingHTTPServer):
    """A context manager that serves ``requests``; ``requests`` may be changed while it runs, ``queries`` lists what was asked."""

    daemon_threads = False

    def __init__(self, requests: Sequence[dict[str, Any]], port: int = 0) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)
        self.requests = list(requests)
        self.queries: list[tuple[str, dict[str, str]]] = []
        self.statuses: list[int] = []
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="open311 endpoint")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> "Open311Endpoint":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        # A client that keeps its connection must not keep us.
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up early is no error of this server."""


class _Handler(BaseHTTPRequestHandler):
    server: Open311Endpoint
    protocol_version = "HTTP/1.1"
    timeout = 10

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self.server.queries.append((parts.path, query))
        try:
            status, body = 200, answer(parts.path, query, self.server.requests)
        except Refused as problem:
            status, body = problem.code, [{"code": problem.code, "description": str(problem)}]
        text = json.dumps(body, ensure_ascii=False).encode()
        tag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, text = 304, b""
        self.server.statuses.append(status)
        self.send_response(status)
        self.send_header("ETag", tag)
        if status != 304:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the tests look at ``queries``."""


def recorded() -> list[dict[str, Any]]:
    """The 50 real requests of Köln of December 2023, as the city published them."""
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the recorded Köln requests as Open311 GeoReport v2.")
    parser.add_argument("--port", type=int, default=8311)
    port = parser.parse_args().port
    told = Event()
    # Before anybody knows where it is, and may tell it to end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    with Open311Endpoint(recorded(), port) as server:
        print(f"Open311 GeoReport v2 with {len(server.requests)} recorded requests at {server.url} (Ctrl+C ends it)", flush=True)
        told.wait()


if __name__ == "__main__":
    main()
