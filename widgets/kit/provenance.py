"""As of when and from whom a topic's values are, read from the collectors' own reports of health."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from feeds.messages.header import Message, Topic
from feeds.messages.system import SOURCE, Source

Latest = Callable[[Topic[Any]], Mapping[str, Message[Any]]]


def sources_of(latest: Latest, topic: Topic[Any]) -> list[Source]:
    """The collectors that feed ``topic``, by title."""
    bodies = (message.body for message in latest(SOURCE).values())
    return sorted((body for body in bodies if isinstance(body, Source) and topic.name in body.topics), key=lambda source: source.title)


def checked_at(latest: Latest, topic: Topic[Any]) -> datetime | None:
    """The last successful check of the stalest source of ``topic``; ``None`` when nobody has said."""
    moments = [source.checked_at for source in sources_of(latest, topic)]
    return min((moment for moment in moments if moment is not None), default=None)


def titles(latest: Latest, topic: Topic[Any]) -> str:
    """``BMKG, SIGAP``; empty when nobody has said."""
    return ", ".join(source.title for source in sources_of(latest, topic))
