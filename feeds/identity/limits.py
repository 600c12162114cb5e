"""How often one address may try to sign in: a count in bounded memory. Knows no store and no clock."""

import ipaddress
from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST_TRIES = 20
WITHIN = timedelta(minutes=5)
MOST_ADDRESSES = 10_000


class TryLimit:
    """Tries of an address within a time. A try that was right is taken back: only wrong ones add up."""

    def __init__(self, most: int = MOST_TRIES, within: timedelta = WITHIN, most_addresses: int = MOST_ADDRESSES) -> None:
        self._most = most
        self._within = within
        self._most_addresses = most_addresses
        self._tries: OrderedDict[str, deque[datetime]] = OrderedDict()

    def begin(self, address: str, now: datetime) -> int | None:
        """Counts a try before it is looked at; whole seconds to wait when there were too many, else ``None``."""
        key = group_of(address)
        tries = self._tries.setdefault(key, deque(maxlen=self._most))
        self._tries.move_to_end(key)
        while len(self._tries) > self._most_addresses:
            self._tries.popitem(last=False)
        while tries and tries[0] <= now - self._within:
            tries.popleft()
        if len(tries) >= self._most:
            return int((tries[0] + self._within - now).total_seconds()) + 1
        tries.append(now)
        return None

    def take_back(self, address: str) -> None:
        """The last try was right."""
        tries = self._tries.get(group_of(address))
        if tries:
            tries.pop()

    def __len__(self) -> int:
        return len(self._tries)


def group_of(address: str) -> str:
    """An IPv6 network of one household or office (/64) counts as one; else its owner has 2**64 addresses."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "?"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
