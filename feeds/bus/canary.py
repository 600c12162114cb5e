"""Sends the canary every two seconds, so that the wall can show how old its own pulse is. Knows only the publisher."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from feeds.bus.publisher import BusPublisher, Outgoing
from feeds.messages.header import Quality
from feeds.messages.system import CANARY, Canary

CANARY_S = 2.0


async def sing(publisher: BusPublisher, name: str, *, quality: Quality, clock: Callable[[], datetime], every_s: float = CANARY_S) -> None:
    """Publish CANARY (key: ``name``) until cancelled; the publisher must own the topic."""
    count = 0
    while True:
        count += 1
        now = clock().astimezone(UTC)
        body = Canary(count=count, sent_at=now)
        await publisher.publish(CANARY, [Outgoing(key=name, body=body, observed_at=now, source=name, quality=quality)])
        await asyncio.sleep(every_s)
