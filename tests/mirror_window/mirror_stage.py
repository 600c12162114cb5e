"""Opens the mirror's window on a page of its own making, in a process of its own, and prints what it saw as one JSON object.

QtWebEngine wants its flags before the application exists. Usage: mirror_stage FOLDER PORT SECONDS [--late]: with ``--late`` the page's
server comes up only after the window has missed it once.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from controlroom.platform import prepare

prepare(is_virtual=True)

from PySide6.QtCore import Qt  # noqa: E402
from PySide6.QtGui import QKeyEvent  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from controlroom.mirror_window import host  # noqa: E402
from controlroom.mirror_window.address import mirror_address  # noqa: E402
from controlroom.mirror_window.window import MirrorWindow  # noqa: E402

PAGE = """<!doctype html><title>cermin</title><script>
const seen = window.seen = { hash: location.hash, cookie: document.cookie };
document.cookie = "device=42; max-age=1000; path=/";
const asked = indexedDB.open("device", 1);
asked.onupgradeneeded = () => asked.result.createObjectStore("keys");
asked.onsuccess = () => {
  const keys = asked.result.transaction("keys", "readwrite").objectStore("keys");
  const got = keys.get("own");
  got.onsuccess = async () => {
    seen.kept = got.result !== undefined;
    const pair = got.result ?? await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
    asked.result.transaction("keys", "readwrite").objectStore("keys").put(pair, "own");
    seen.signs = (await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, new Uint8Array(3))).byteLength;
    seen.foreign = await fetch("FOREIGN", { mode: "no-cors" }).then(() => "answered", () => "refused");
    seen.own = (await fetch("/own")).status;
    seen.popup = window.open("FOREIGN") === null;
    location.href = "FOREIGN";
    setTimeout(() => { seen.done = true; }, 400);
  };
};
</script>"""


def serve(port: int, pages: dict[str, bytes], hits: list[str]) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            body = pages.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def main(folder: Path, port: int, *, is_late: bool) -> dict[str, Any]:
    foreign_hits: list[str] = []
    foreign = serve(0, {}, foreign_hits)
    page = PAGE.replace("FOREIGN", f"http://127.0.0.1:{foreign.server_address[1]}/leak?token=1").encode()
    pages = {"/": page, "/own": b"own"}
    host.FIRST_WAIT_S = 1
    application = QApplication(sys.argv[:1])
    window = MirrorWindow(mirror_address(f"http://localhost:{port}/#masuk=abc"), folder, str)
    told: dict[str, Any] = {"cards": [], "misses": 0, "shown": 0}
    window.host.card_wanted.connect(lambda title, _detail: told["cards"].append(title))

    def on_shown() -> None:
        told["shown"] += 1

    def on_missed(_reason: str) -> None:
        told["misses"] += 1
        if is_late and told["misses"] == 1:
            serve(port, pages, [])

    window.host.shown.connect(on_shown)
    window.host.missed.connect(on_missed)
    if not is_late:
        serve(port, pages, [])
    window.resize(800, 600)
    window.show()
    window.host.start()
    answers: list[dict[str, Any]] = [{}]
    deadline = time.monotonic() + 45
    while time.monotonic() < deadline and not answers[-1].get("done"):
        application.processEvents()
        if told["shown"]:
            window.host.ask("JSON.stringify(window.seen ?? {})", lambda text: answers.append(json.loads(text or "{}")))
        time.sleep(0.05)
    told["seen"] = answers[-1]
    told["title"] = window.rootObject().property("title")
    told["foreign_hits"] = foreign_hits
    told["is_visible_before"] = window.isVisible()
    for _ in range(2):
        press(application, window)
    told["is_visible_after"] = window.isVisible()
    window.deleteLater()
    for _ in range(20):
        application.processEvents()
        time.sleep(0.02)
    return told


def press(application: QApplication, window: MirrorWindow) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    application.sendEvent(window, QKeyEvent(QKeyEvent.Type.KeyPress, Qt.Key.Key_Q, both))
    application.processEvents()


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), is_late="--late" in sys.argv)))
