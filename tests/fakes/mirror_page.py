"""A page of the mirror as far as its data go: what it holds after the frames it was sent. A frame that does not fit is an error."""

from typing import Any

import msgspec

from controlroom.mirror.words import unpacked


class Page:
    """``rev`` is 0 before the first snapshot."""

    def __init__(self) -> None:
        self.rev = 0
        self.epoch = ""
        self.put: dict[str, dict[str, Any]] = {}
        self.lines: list[Any] = []
        self.fresh: dict[str, Any] = {}
        self.wall: Any = None
        self.bus: Any = None
        self.simulated: Any = None
        self.waiting: list[dict[str, Any]] = []
        self.gone: list[tuple[str, str]] = []
        """Every key it was ever told is gone."""

    def take_bytes(self, packed: bytes) -> dict[str, Any]:
        frame = msgspec.json.decode(unpacked(packed))
        self.take(frame)
        return frame

    def take(self, told: Any) -> None:
        """One frame, as JSON has it."""
        frame = msgspec.json.decode(msgspec.json.encode(told))
        part, parts = frame.get("part", 1), frame.get("of", 1)
        if frame["from"] == 0 and part == 1:
            self.__init__()
        else:
            assert frame["from"] in (0, self.rev), "a change of another revision"
        if frame["from"] != 0:
            # Parts of a change are taken together.
            self.waiting = [*(self.waiting if part > 1 else []), frame]
            assert len(self.waiting) == part and {one["to"] for one in self.waiting} == {frame["to"]}, "a part is missing"
            if part < parts:
                return
        for one in self.waiting or [frame]:
            self._take(one)
        self.waiting = []
        if part == parts:
            self.rev = frame["to"]

    def _take(self, frame: dict[str, Any]) -> None:
        for topic, items in frame.get("put", {}).items():
            self.put.setdefault(topic, {}).update(items)
        for topic, keys in frame.get("gone", {}).items():
            for key in keys:
                self.gone.append((topic, key))
                self.put.get(topic, {}).pop(key, None)
        self.lines = [*self.lines, *frame.get("lines", ())][-60:]
        self.fresh.update(frame.get("fresh", {}))
        self.wall = frame.get("wall", self.wall)
        self.bus = frame.get("bus", self.bus)
        self.simulated = frame.get("simulated", self.simulated)
        self.epoch = frame["epoch"]

    def keys(self, topic: str) -> set[str]:
        return set(self.put.get(topic, {}))

    def body(self, topic: str, key: str) -> Any:
        return self.put[topic][key][5]

    def held(self) -> dict[str, Any]:
        """All it can show: ages and the time of the last frame apart."""
        wall = None if self.wall is None else {name: value for name, value in self.wall.items() if name != "age_s"}
        items = {topic: keys for topic, keys in self.put.items() if keys}
        states = {name: told[0] for name, told in self.fresh.items()}
        return {"items": items, "lines": self.lines, "fresh": states, "wall": wall, "bus": self.bus, "simulated": self.simulated}
