"""How a panel hears its topics: what it failed at is not lost, it gets it again with the next batch before it counts as well."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog

from controlroom.live.hub import RECENT_EVENTS, Hub, Subscription
from controlroom.wall.loader import BuiltSlot
from feeds.messages.header import Delivery, Message, Topic

_log = structlog.get_logger("controlroom.display")


class Ear(Protocol):
    def on_messages(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None: ...


class Hearing:
    """Between the hub and one panel, which may keep a state of its own. ``latest``: all that a LATEST topic holds now.

    ``recovered`` is called when the panel has taken everything it once raised at.
    """

    def __init__(self, panel: Ear, latest: Callable[[Topic[Any]], Mapping[str, Message[Any]]], recovered: Callable[[], None]) -> None:
        self._panel = panel
        self._latest = latest
        self._recovered = recovered
        self._missed: dict[str, list[Message[Any]]] = {}

    def receive(self, topic: Topic[Any], messages: Sequence[Message[Any]]) -> None:
        """Raises what the panel raises; then all of the topic is handed to it again with the next batch."""
        is_failed = topic.name in self._missed
        if not is_failed:
            self._missed[topic.name] = list(messages)
            self._panel.on_messages(topic, messages)
        elif topic.delivery is Delivery.EVERY:
            missed = self._missed[topic.name] = [*self._missed[topic.name], *messages][-RECENT_EVENTS:]
            self._panel.on_messages(topic, missed)
        else:
            held = self._latest(topic)
            gone = {message.key: message for message in (*self._missed[topic.name], *messages) if message.body is None}
            self._missed[topic.name] = list(gone.values())
            self._panel.on_messages(topic, [*(message for key, message in gone.items() if key not in held), *held.values()])
        del self._missed[topic.name]
        if is_failed and not self._missed:
            self._recovered()


def listen(built: BuiltSlot, hub: Hub, tr: Callable[[str], str]) -> None:
    """Lets the slot's panel hear its topics, all they hold at once; what it raises is said in its slot until it takes it."""
    panel, spec = built.frame.panel, built.spec
    if panel is None or spec is None or not spec.topics or built.ear is not None:
        return

    def fault(error: BaseException) -> None:
        problem = f"{type(error).__name__}: {error}"
        if problem != built.problem:  # the same with every batch would fill the disk
            _log.error("panel failed", panel=spec.key, exc_info=(type(error), error, error.__traceback__))
        built.problem = problem
        built.frame.fail(f"{tr('Panel ini gagal')}: {built.problem}", tr("lihat log dinding"))

    def recovered() -> None:
        _log.info("panel works again", panel=spec.key)
        built.problem = None
        built.frame.recover()

    hearing = Hearing(panel, hub.latest, recovered)
    built.ear = Subscription(spec.topics, spec.max_rate_ms, hearing.receive, fault)
    hub.subscribe(built.ear)
