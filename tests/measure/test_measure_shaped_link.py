"""A shaped link hands on every byte, lets it take as long as its rate and delay say, and takes no more than its queue holds."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from controlroom.measure.shaped_link import LEAST_AHEAD, Lane, Shape, ShapedLink

SLOW = Shape(bit_s=300_000, delay_s=0.15)


def test_what_is_sent_arrives_at_the_rate_and_then_after_the_delay() -> None:
    lane = Lane(SLOW)
    # 1,500 bytes at 300 kbit/s are 40 ms.
    assert lane.arrives_at(10.0, 1_500) == pytest.approx(10.04 + 0.15)
    assert lane.arrives_at(10.0, 1_500) == pytest.approx(10.08 + 0.15), "the second waits for the first"
    assert lane.arrives_at(20.0, 1_500) == pytest.approx(20.04 + 0.15), "time at rest is not saved up"
    assert lane.octets == 4_500


def test_a_link_takes_as_much_ahead_as_its_queue_holds() -> None:
    lane, sent = Lane(SLOW), 0
    while lane.room_in(5.0) == 0:
        lane.arrives_at(5.0, 500)
        sent += 500
    queue = 300_000 / 8 * 0.25
    assert queue < sent <= queue + 500
    assert lane.room_in(5.0) == pytest.approx((sent - queue) * 8 / 300_000)
    assert lane.room_in(6.0) == 0


def test_a_very_slow_link_still_takes_some_packets() -> None:
    lane = Lane(Shape(bit_s=8))
    lane.arrives_at(0.0, LEAST_AHEAD)
    assert lane.room_in(0.0) == 0
    lane.arrives_at(0.0, 1)
    assert lane.room_in(0.0) == pytest.approx(1.0)


def test_a_link_without_a_rate_never_makes_wait() -> None:
    lane = Lane(Shape(delay_s=0.1))
    assert lane.arrives_at(1.0, 10_000_000) == pytest.approx(1.1)
    assert lane.room_in(1.0) == 0


@contextmanager
def an_echo() -> Iterator[int]:
    """Sends back what it hears and ends when the other side has said all; one connection after another."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plug, _ = listener.accept()
            except OSError:
                return
            with plug:
                try:
                    while heard := plug.recv(65_536):
                        plug.sendall(heard)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def said(port: int, words: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as plug:
        plug.sendall(words)
        plug.shutdown(socket.SHUT_WR)
        heard = b""
        while more := plug.recv(65_536):
            heard += more
        return heard


def taken_until_full(plug: socket.socket) -> int:
    sent = 0
    try:
        while True:
            sent += plug.send(b"x" * 4_096)
    except TimeoutError:
        return sent


def is_over(plug: socket.socket) -> bool:
    """An end is as good as a reset."""
    try:
        return plug.recv(4) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("shape", [Shape(), Shape(bit_s=4_000_000, delay_s=0.01)], ids=["free", "narrow"])
def test_every_byte_passes_both_ways_and_is_counted(shape: Shape) -> None:
    words = bytes(range(256)) * 300
    with an_echo() as port, ShapedLink(port, shape) as link:
        assert said(link.port, words) == words
        assert said(link.port, b"once more") == b"once more"
        assert (link.up, link.down) == (len(words) + 9, len(words) + 9)


def test_a_sender_feels_the_rate() -> None:
    with an_echo() as port, ShapedLink(port, Shape(bit_s=8_000)) as link:
        with socket.create_connection(("127.0.0.1", link.port), timeout=20) as plug:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
            plug.settimeout(0.3)
            sent = taken_until_full(plug)
        assert sent < 400_000, "what the kernel's buffers and the queue hold, and no more"
        assert link.up < 60_000


def test_a_cut_ends_connections_and_takes_new_ones() -> None:
    with an_echo() as port, ShapedLink(port) as link:
        with socket.create_connection(("127.0.0.1", link.port), timeout=20) as plug:
            plug.sendall(b"here")
            assert plug.recv(4) == b"here"
            link.cut()
            assert is_over(plug)
        assert said(link.port, b"again") == b"again"


def test_a_stalled_link_hands_on_nothing_until_it_goes_on() -> None:
    with an_echo() as port, ShapedLink(port) as link, socket.create_connection(("127.0.0.1", link.port), timeout=0.3) as plug:
        plug.sendall(b"first")
        assert plug.recv(5) == b"first"
        link.stall(True)
        plug.sendall(b"second")
        with pytest.raises(TimeoutError):
            plug.recv(6)
        link.stall(False)
        plug.settimeout(20)
        assert plug.recv(6) == b"second"
