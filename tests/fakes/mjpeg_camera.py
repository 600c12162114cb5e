"""A camera that serves multipart JPEG over real HTTP on loopback and misbehaves on request, one way a path."""

import contextlib
import io
import socket
import threading
from collections.abc import Callable

from PIL import Image

BOUNDARY = b"batas"
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY + b"\r\n\r\n"


def jpeg(colour: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> bytes:
    """A plain picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def part(picture: bytes) -> bytes:
    head = b"--" + BOUNDARY + b"\r\nContent-Type: image/jpeg\r\nContent-Length: " + str(len(picture)).encode() + b"\r\n\r\n"
    return head + picture + b"\r\n"


class MjpegCamera:
    """Serves until ``stop``; ``start`` again takes the same port. ``colour`` is that of the pictures sent from now on."""

    def __init__(self, every_s: float = 0.05) -> None:
        self.colour: tuple[int, int, int] = (200, 30, 30)
        self.size: tuple[int, int] = (640, 360)
        self.port = 0
        self.connections = 0
        self.requests: list[bytes] = []
        self._every_s = every_s
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._ways: dict[bytes, Callable[[socket.socket], None]] = {
            b"/live": self._live,
            b"/silent": self._wait,
            b"/stall": self._stall,
            b"/three": self._three,
            b"/garbage": self._garbage,
            b"/huge": self._huge,
            b"/login": self._live,
        }

    def url(self, path: str = "/live") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def start(self) -> None:
        self._ended.clear()
        server = socket.create_server(("127.0.0.1", self.port))
        self.port = server.getsockname()[1]
        self._sockets = [server]
        self._threads = [threading.Thread(target=self._accept, args=(server,), name="fake camera")]
        self._threads[0].start()

    def stop(self) -> None:
        """Cuts every connection, as a camera that loses power does."""
        self._ended.set()
        with self._lock:
            for one in self._sockets:
                with contextlib.suppress(OSError):  # never connected, or already gone
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self, server: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                client, _ = server.accept()
            except OSError:
                return
            with self._lock:
                if self._ended.is_set():
                    client.close()
                    return
                self.connections += 1
                self._sockets.append(client)
                thread = threading.Thread(target=self._serve, args=(client,), name="fake camera client")
                self._threads.append(thread)
            thread.start()

    def _serve(self, client: socket.socket) -> None:
        try:
            request = b""
            while b"\r\n\r\n" not in request:
                got = client.recv(4096)
                if not got:
                    return
                request += got
            self.requests.append(request)
            path = request.split(b" ")[1]
            if path == b"/login" and b"Authorization: Basic a2FtZXJhOnBAc3M6d29yZA==" not in request:
                client.sendall(b'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="kamera"\r\n\r\n')
            elif path not in self._ways:
                client.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")
            else:
                self._ways[path](client)
        except OSError:
            pass  # the decoder was killed: nothing more to say to it
        finally:
            client.close()

    def _wait(self, client: socket.socket) -> None:
        self._ended.wait()

    def _live(self, client: socket.socket) -> None:
        client.sendall(HEAD)
        while not self._ended.wait(self._every_s):
            client.sendall(part(jpeg(self.colour, self.size)))

    def _three(self, client: socket.socket) -> None:
        client.sendall(HEAD)
        for _ in range(3):
            client.sendall(part(jpeg(self.colour, self.size)))
            self._ended.wait(0.2)

    def _stall(self, client: socket.socket) -> None:
        self._three(client)
        self._ended.wait()

    def _garbage(self, client: socket.socket) -> None:
        client.sendall(HEAD)
        while not self._ended.wait(self._every_s):
            client.sendall(part(b"\xff\xd8" + bytes(range(256)) * 40))

    def _huge(self, client: socket.socket) -> None:
        """A JPEG whose header claims 60,000 x 60,000 pixels."""
        picture = bytearray(jpeg(self.colour, (64, 64)))
        at = picture.index(b"\xff\xc0")
        picture[at + 5 : at + 9] = (60_000).to_bytes(2, "big") * 2
        client.sendall(HEAD)
        while not self._ended.wait(self._every_s):
            client.sendall(part(bytes(picture)))
