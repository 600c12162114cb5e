"""The server of stills over real sockets: whom it lets in, what a slow, deaf, lost or talking client does to others, and how it ends."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from controlroom.wall.stills_door import MOST_SOCKETS
from controlroom.wall.stills_server import MOST_CLIENTS, is_loopback
from tests.fakes.stills import AT, KEY, Deaf, Serving, layout, listening, next_layout, next_still, still, until


def refused(url: str, headers: list[tuple[str, str]] | None = None) -> int:
    with pytest.raises(InvalidStatus) as refusal, connect(url, additional_headers=headers or [], proxy=None):
        pass
    return refusal.value.response.status_code


RIGHT = ("Authorization", f"Bearer {KEY}")


def test_nobody_comes_in_without_the_key_and_it_is_in_no_log() -> None:
    with capture_logs() as log, Serving() as there:
        there.server.tell(layout())
        assert refused(there.url) == 401
        assert refused(there.url, [("Authorization", "Bearer not-the-key-at-all")]) == 401
        assert refused(there.url, [("Authorization", f"Bearer {KEY[:-1]}")]) == 401
        assert refused(there.url, [("Authorization", f"Basic {KEY}")]) == 401
        assert refused(there.url, [("Authorization", KEY)]) == 401
        assert refused(there.url, [RIGHT, ("Authorization", "Bearer another")]) == 401
        assert refused(f"{there.url}/?key={KEY}") == 404
        assert refused(f"{there.url}/?key={KEY}", [RIGHT]) == 404
        assert refused(there.url, [RIGHT, ("Origin", "http://127.0.0.1")]) == 403
        assert there.counts == [], "none of them was ever of the audience"
        with listening(there.url) as connection:
            assert next_layout(connection).wall == "uji"
    assert KEY not in str(log)
    assert [line["event"] for line in log] == ["stills are served"]


def test_a_client_hears_the_layout_then_all_stills_of_it_then_what_is_new() -> None:
    with Serving() as there:
        there.server.tell(layout())
        there.server.put(1, 1, still(1, b"satu"))
        there.server.put(1, 2, still(2, b"dua"))
        there.server.put(1, 1, still(1, b"satu lagi"))
        with listening(there.url) as connection:
            assert next_layout(connection) == layout()
            assert {(head.slot, picture) for head, picture in (next_still(connection), next_still(connection))} == {
                (1, b"satu lagi"),
                (2, b"dua"),
            }
            there.server.put(1, 3, still(3, b"tiga"))
            head, picture = next_still(connection)
            assert (head.slot, head.painted_at, picture) == (3, AT, b"tiga")
            later = structs.replace(layout(), at=AT + timedelta(seconds=1))
            there.server.tell(later)
            assert next_layout(connection) == later, "the beat"
    assert there.counts == [1, 0]


def test_stills_of_a_layout_that_no_longer_stands_are_not_sent() -> None:
    with Serving() as there:
        there.server.tell(layout(1))
        there.server.put(1, 1, still(1, b"lama"))
        there.server.tell(layout(2, is_curtained=True, slots=0))
        there.server.put(1, 2, still(2, b"terlambat"))
        with listening(there.url) as connection:
            assert next_layout(connection).is_curtained
            there.server.put(2, 0, still(0, b"tirai", generation=2))
            assert next_still(connection)[1] == b"tirai"


def test_a_client_that_comes_when_nobody_drew_yet_waits_for_the_layout() -> None:
    with Serving() as there:
        there.server.tell(layout())
        there.server.put(1, 1, still(1, b"lama"))
        there.server.forget()
        with listening(there.url) as connection:
            until(lambda: there.audience == 1, "it is counted: that is what wakes the wall")
            there.server.tell(layout(2))
            there.server.put(2, 1, still(1, b"baru", generation=2))
            assert next_layout(connection).generation == 2
            assert next_still(connection)[1] == b"baru"


def test_a_slow_client_gets_fewer_stills_and_holds_up_nobody() -> None:
    big = bytes(200_000)
    with Serving() as there, Deaf(there.port) as deaf, listening(there.url) as quick:
        until(lambda: there.audience == 2, "both are in")
        there.server.tell(layout())
        for number in range(200):
            there.server.put(1, 1, still(1, number.to_bytes(2) + big))
            while next_still(quick)[1][:2] != number.to_bytes(2):
                pass
        waiting = [list(client._stills) for client in there.server._clients]
        assert sorted(waiting) == [[], [1]], "the deaf one is owed one still, the quick one none"
        buffers = [client._connection.transport.get_write_buffer_size() for client in there.server._clients]
        assert max(buffers) < 2 * len(big), "and the server holds no more than one for it"
        # It begins to read: a few old ones that were on their way, then at once the newest.
        heard = bytearray()
        while not heard.endswith((199).to_bytes(2) + big):
            heard += deaf.socket.recv(1 << 20)
        assert len(heard) < 100 * len(big)


def test_a_client_that_answers_no_ping_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.wall.stills_door.PING_S", 0.1)
    with Serving() as there, Deaf(there.port):
        until(lambda: there.counts == [1, 0], "it was let go")


def test_a_client_that_is_cut_off_in_the_middle_of_a_still_is_forgotten() -> None:
    with Serving() as there, listening(there.url) as other:
        there.server.tell(layout())
        for _ in range(5):
            with Deaf(there.port) as lost:
                until(lambda: there.audience == 2, "it is in")
                there.server.put(1, 1, still(1, bytes(3_000_000)))
                lost.socket.recv(1000)
                # Linger nought: the kernel sends RST, not FIN.
                lost.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            until(lambda: there.audience == 1, "it is forgotten")
        there.server.put(1, 2, still(2, b"masih"))
        while next_still(other)[1] != b"masih":
            pass


def test_there_is_room_for_so_many_and_no_more() -> None:
    with Serving() as there, ExitStack() as stack:
        for _ in range(MOST_CLIENTS):
            stack.enter_context(listening(there.url))
        until(lambda: there.audience == MOST_CLIENTS, "all are in")
        assert refused(there.url, [RIGHT]) == 503
        assert refused(there.url) == 401, "and nobody without a key learns that it is full"


def test_strangers_who_say_nothing_take_no_more_than_so_many_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    # Longer than this test: nobody is shown out for his silence.
    monkeypatch.setattr("controlroom.wall.stills_door.PING_S", 100)
    with Serving() as there, listening(there.url) as polite, ExitStack() as stack:
        until(lambda: there.audience == 1, "it is in")
        for _ in range(MOST_SOCKETS - 1):
            stack.enter_context(socket.create_connection(("127.0.0.1", there.port)))
        one_more = stack.enter_context(socket.create_connection(("127.0.0.1", there.port), timeout=20))
        with suppress(ConnectionResetError):
            assert one_more.recv(1) == b"", "it was shown out"
        there.server.tell(layout())
        assert next_layout(polite) == layout()


@pytest.mark.parametrize("words", ["halo", "x" * 65, b"\0" * 10_000])
def test_a_client_that_says_anything_is_shown_out(words: str | bytes) -> None:
    with Serving() as there, listening(there.url) as polite:
        with listening(there.url) as loud:
            loud.send(words)
            with pytest.raises(ConnectionClosed):
                loud.recv(timeout=10)
        there.server.tell(layout())
        assert next_layout(polite) == layout()


def test_the_end_does_not_wait_for_those_who_listen() -> None:
    with ExitStack() as stack:
        with Serving() as there:
            there.server.tell(layout())
            stack.enter_context(Deaf(there.port))
            connection = stack.enter_context(listening(there.url))
            until(lambda: there.audience == 2, "both are in")
            there.server.put(1, 1, still(1, bytes(3_000_000)))
        with pytest.raises(ConnectionClosed):
            next(head for head, _ in iter(lambda: next_still(connection), None) if head.slot == 99)
    assert there.audience == 0


def test_a_port_that_is_taken_is_said_once_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controlroom.wall.stills_server.AGAIN_S", 0.02)
    with capture_logs() as log, socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with Serving(port=port) as there:
            until(lambda: bool(log), "it is said")
            assert there.server.port is None
            other.close()
            assert there.port == port
            with listening(there.url):
                until(lambda: there.audience == 1, "it serves")
    assert [line["event"] for line in log] == ["stills cannot be served", "stills are served"]


def test_only_this_machine_is_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "10.0.0.4", "::", "wall.example", "127.0.0.1.example")] == [False] * 5


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=400), is_in=st.booleans())
def test_whatever_comes_in_the_others_are_served(steady: Serving, noise: bytes, is_in: bool) -> None:
    """Random bytes before the handshake and, behind a good one, as frames."""
    if is_in:
        with Deaf(steady.port) as stranger:
            stranger.socket.sendall(noise)
    else:
        with socket.create_connection(("127.0.0.1", steady.port)) as stranger:
            stranger.sendall(noise)
    steady.server.tell(layout())
    with listening(steady.url) as polite:
        assert next_layout(polite) == layout()


@pytest.fixture(scope="module")
def steady() -> Iterator[Serving]:
    with Serving() as there:
        yield there
