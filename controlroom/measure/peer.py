"""The floor under every latency of the bus: a bare redis-py subscriber that hears the feeder's time stamps in the same run."""

import threading
import time
from types import TracebackType
from typing import Any, Self

import redis

from controlroom.measure.spoken import RAW_CHANNEL
from feeds.bus.connection import parse_address


class BarePeer:
    """``with BarePeer(url) as peer: ...; peer.latency_ms`` (publish to receive, each message)."""

    def __init__(self, url: str) -> None:
        address = parse_address(url)
        self._client: Any = redis.Redis(
            unix_socket_path=address.path, username=address.username, password=address.password, protocol=2, driver_info=None
        )
        self._thread = threading.Thread(target=self._listen, name="bare peer", daemon=True)
        self._is_over = threading.Event()
        self._latency_ms: list[float] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join(5)
        self._client.close()

    def take(self) -> list[float]:
        """What has been heard since the last ``take``, in milliseconds."""
        heard, self._latency_ms = self._latency_ms, []
        return heard

    def _listen(self) -> None:
        subscriber = self._client.pubsub(ignore_subscribe_messages=True)
        subscriber.subscribe(RAW_CHANNEL)
        while not self._is_over.is_set():
            message = subscriber.get_message(timeout=0.2)
            if message is not None:
                self._latency_ms.append((time.time_ns() - int(message["data"])) / 1e6)
        subscriber.close()
