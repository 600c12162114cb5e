"""How often somebody at an address may fail to prove a device's key. Pure: times are handed in. Only what was wrong is counted."""

from collections import OrderedDict, deque

from controlroom.mirror.addresses import house_of

MOST_WRONG = 20
WITHIN_S = 300.0
MOST_ADDRESSES = 10_000


class WrongProofs:
    """Bounded: the addresses that failed longest ago are forgotten first."""

    def __init__(self) -> None:
        self._at_s: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, address: str, now_s: float) -> None:
        house = house_of(address)
        self._at_s.setdefault(house, deque(maxlen=MOST_WRONG)).append(now_s)
        self._at_s.move_to_end(house)
        while len(self._at_s) > MOST_ADDRESSES:
            self._at_s.popitem(last=False)

    def is_too_many(self, address: str, now_s: float) -> bool:
        """Whether nobody is heard from there for now."""
        wrong = self._at_s.get(house_of(address), deque())
        return len(wrong) == MOST_WRONG and now_s - wrong[0] < WITHIN_S
