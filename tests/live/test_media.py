"""Pictures by content hash over real HTTP on loopback, from servers that lie, hang, redirect and come back."""

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pytestqt.qtbot import QtBot
from structlog.testing import capture_logs

from controlroom.live.media import MAX_BYTES, Media, PictureError, decoded

PATIENCE_MS = 20_000
KEY = "kunci-baca"
Answer = tuple[int, dict[str, str], bytes]


def picture(colour: tuple[int, int, int], kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Store:
    """An HTTP server on loopback that answers what it was told per path and remembers who asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str | None]] = []
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                store.asked.append((self.path, self.headers.get("Authorization")))
                status, headers, body = store.answers.get(self.path, (404, {}, b"none"))
                self.send_response(status)
                for header, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(header, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    store.asked.append(("cut", None))

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def put(self, content: bytes, name: str | None = None) -> str:
        name = name or name_of(content)
        self.answers[f"/media/{name}"] = (200, {}, content)
        return name

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    yield made
    made.close()


class Changes(list[str]):
    """The hashes that ``changed`` was called with, and on which thread."""

    def __call__(self, content_hash: str) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.append(content_hash)


@pytest.fixture
def changes() -> Changes:
    return Changes()


@pytest.fixture
def make_media(qtbot: QtBot, changes: Changes) -> Iterator[Callable[[str], Media]]:
    made: list[Media] = []

    def make(url: str) -> Media:
        made.append(Media(url, KEY, changes, back_off_s=(0.1,)))
        return made[-1]

    yield make
    for media in made:
        media.close()


def test_a_picture_comes_once_with_the_key_and_is_kept(
    qtbot: QtBot, store: Store, make_media: Callable[[str], Media], changes: Changes
) -> None:
    name = store.put(picture((200, 30, 30)))
    media = make_media(store.url)
    assert media.picture(name) is None
    assert media.picture(name) is None
    qtbot.waitUntil(lambda: changes == [name], timeout=PATIENCE_MS)
    shown = media.picture(name)
    assert shown is not None
    assert (shown.width(), shown.height()) == (64, 48)
    assert abs(shown.pixelColor(5, 5).red() - 200) < 5
    assert store.asked == [(f"/media/{name}", f"Bearer {KEY}")]


def test_a_picture_that_is_not_there_yet_is_asked_for_again(
    qtbot: QtBot, store: Store, make_media: Callable[[str], Media], changes: Changes
) -> None:
    content = picture((20, 200, 30), "PNG")
    media = make_media(store.url)
    with capture_logs() as lines:
        media.picture(name_of(content))
        qtbot.waitUntil(lambda: len(store.asked) >= 3, timeout=PATIENCE_MS)
        store.put(content)
        qtbot.waitUntil(lambda: changes == [name_of(content)], timeout=PATIENCE_MS)
    assert [line["problem"] for line in lines] == ["status 404"]


@pytest.mark.parametrize("wrong", [picture((1, 2, 3)), b"", b"GIF89a", b"\xff\xd8\xff" + bytes(100)])
def test_bytes_under_a_name_not_theirs_are_never_shown(
    qtbot: QtBot, store: Store, make_media: Callable[[str], Media], changes: Changes, wrong: bytes
) -> None:
    name = store.put(wrong, name="0" * 64)
    media = make_media(store.url)
    media.picture(name)
    qtbot.waitUntil(lambda: len(store.asked) >= 2, timeout=PATIENCE_MS)
    assert media.picture(name) is None
    assert changes == []


def test_no_redirection_is_followed_and_the_key_stays_at_home(
    qtbot: QtBot, store: Store, make_media: Callable[[str], Media], changes: Changes
) -> None:
    elsewhere = Store()
    try:
        content = picture((9, 9, 9))
        name = elsewhere.put(content)
        store.answers[f"/media/{name}"] = (302, {"Location": f"{elsewhere.url}/media/{name}"}, b"")
        media = make_media(store.url)
        media.picture(name)
        qtbot.waitUntil(lambda: len(store.asked) >= 2, timeout=PATIENCE_MS)
        assert elsewhere.asked == []
        assert changes == []
    finally:
        elsewhere.close()


def test_an_endless_answer_is_cut(qtbot: QtBot, store: Store, make_media: Callable[[str], Media], changes: Changes) -> None:
    content = picture((5, 5, 5)) + bytes(4 * MAX_BYTES)
    name = store.put(content)
    media = make_media(store.url)
    media.picture(name)
    qtbot.waitUntil(lambda: ("cut", None) in store.asked, timeout=PATIENCE_MS)
    assert media.picture(name) is None
    assert changes == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "?x"])
def test_a_name_that_is_no_hash_is_never_asked_for(qtbot: QtBot, store: Store, make_media: Callable[[str], Media], name: str) -> None:
    media = make_media(store.url)
    assert media.picture(name) is None
    real = store.put(picture((3, 3, 3)))
    media.picture(real)
    qtbot.waitUntil(lambda: media.picture(real) is not None, timeout=PATIENCE_MS)
    assert [path for path, _ in store.asked] == [f"/media/{real}"]


@pytest.mark.parametrize("url", ["file:///etc", "//host", "redis://x"])
def test_an_address_that_is_none_is_refused_at_once(qapp: object, url: str) -> None:
    with pytest.raises(ValueError, match="write it like"):
        Media(url, KEY, lambda name: None)


def test_a_wall_without_a_picture_host_shows_none(qapp: object, changes: Changes) -> None:
    media = Media("", "", changes)
    assert media.picture("0" * 64) is None
    media.close()


def test_a_picture_of_too_many_pixels_is_refused() -> None:
    content = picture((0, 0, 0), "PNG", (6000, 5000))
    assert len(content) < MAX_BYTES
    with pytest.raises(PictureError, match="6000 x 5000 pixels"):
        decoded(name_of(content), content)


@pytest.mark.no_qt_log
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 60), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_damaged_pictures_are_refused_or_shown_and_nothing_worse(noise: bytes, cut: int, kind: str) -> None:
    whole = picture((100, 50, 20), kind)
    content = whole[:cut] + noise + whole[cut + len(noise) :]
    try:
        image = decoded(name_of(content), content)
    except PictureError:
        return
    assert not image.isNull()
