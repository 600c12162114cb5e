"""Who looks at the mirror now: how many there may be, what each has been sent, and which of them may ask for more. No I/O."""

import asyncio
import hmac
import secrets
from collections import Counter, deque
from datetime import datetime

from controlroom.mirror.addresses import house_of
from controlroom.mirror.identity import Who
from controlroom.mirror.options import MirrorOptions
from controlroom.mirror.relayed import AGENCY, CITY
from controlroom.mirror.socket import Ending

MOST_UNANSWERED = 2
"""Frames sent and not yet drawn; what happens meanwhile is joined into the next."""

BEHIND_S = 3.0
"""A frame that is not drawn for so long: the link of this viewer has no room for anything else."""

SAME_LOOK_S = 600.0
"""Looked at again within this time of the last, it is the same look: an open sheet asks anew at every change."""

_MOST_LOOKS = 500

_CITY_ROLES = frozenset({"mayor", "lead", "operator"})


def scope_of(who: Who) -> str | None:
    """What somebody may see; ``None``: nothing."""
    if who.must_change_password or who.device_key is None:
        return None
    if who.role in _CITY_ROLES:
        return CITY
    return f"{AGENCY}{who.agency}" if who.role == "head" and who.agency else None


class Viewer:
    """One live socket that was let in. ``token``: the word of this socket; ``cookie``: the session's own. ``cameras``: those whose
    stills he waits for."""

    def __init__(self, cookie: str, address: str, who: Who, scope: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self.cookie = cookie
        self.address = address
        self.who = who
        self.scope = scope
        self.ends_at: datetime = who.ends_at
        self.known = 0
        self.beginnings = 0
        self.news = asyncio.Event()
        self.ending: Ending | None = None
        self.cameras: set[str] = set()
        self._newest = 0
        self._unanswered: deque[tuple[int, float]] = deque()
        self._looks: dict[str, float] = {}

    @property
    def is_ready(self) -> bool:
        """Whether another frame may go out to him."""
        return len(self._unanswered) < MOST_UNANSWERED

    @property
    def has_drawn_all(self) -> bool:
        return not self._unanswered

    def is_behind(self, now_s: float) -> bool:
        """Whether what he was sent is still on its way to him."""
        return bool(self._unanswered) and now_s - self._unanswered[0][1] > BEHIND_S

    def sent(self, revision: int, now_s: float) -> None:
        self.known = self._newest = revision
        self._unanswered.append((revision, now_s))

    def drawn(self, revision: int) -> bool:
        """Whether he can have drawn that."""
        if revision > self._newest:
            return False
        while self._unanswered and self._unanswered[0][0] <= revision:
            self._unanswered.popleft()
        self.news.set()
        return True

    def forgot(self) -> None:
        """His page begins anew; what is being made for him meanwhile does not follow what it has."""
        self.known = 0
        self.beginnings += 1
        self._unanswered.clear()
        self.news.set()

    def is_looking_at(self, thing: str, now_s: float) -> bool:
        """Whether he has looked at it a moment ago; then he still does."""
        looked_s = self._looks.get(thing)
        return looked_s is not None and now_s - looked_s < SAME_LOOK_S

    def looked_at(self, thing: str, now_s: float) -> None:
        self._looks.pop(thing, None)
        self._looks[thing] = now_s
        if len(self._looks) > _MOST_LOOKS:
            del self._looks[next(iter(self._looks))]

    def end(self, ending: Ending) -> None:
        """He is told and closed as soon as his socket takes it."""
        if self.ending is None:
            self.ending = ending
            self.news.set()


class Viewers:
    """All of them, and the strangers who have not said yet who they are."""

    def __init__(self, options: MirrorOptions) -> None:
        self._options = options
        self._viewers: dict[str, Viewer] = {}
        self._houses: Counter[str] = Counter()
        self._strangers: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._viewers)

    @property
    def strangers(self) -> int:
        return self._strangers.total()

    def all(self) -> list[Viewer]:
        return list(self._viewers.values())

    def may_knock(self, address: str) -> bool:
        """Whether there is room for one more who has not said who he is."""
        is_room = self._strangers.total() < self._options.most_half_open
        return is_room and self._strangers[house_of(address)] < self._options.most_half_open_of_an_address

    def knock(self, address: str) -> None:
        self._strangers[house_of(address)] += 1

    def enter_or_leave(self, address: str) -> None:
        """A stranger is none any more."""
        _less(self._strangers, house_of(address))

    def is_full(self, address: str) -> bool:
        return len(self._viewers) >= self._options.most_viewers or self._houses[house_of(address)] >= self._options.most_of_an_address

    def add(self, viewer: Viewer) -> None:
        self._viewers[viewer.token] = viewer
        self._houses[house_of(viewer.address)] += 1

    def remove(self, viewer: Viewer) -> None:
        if self._viewers.pop(viewer.token, None) is not None:
            _less(self._houses, house_of(viewer.address))

    def who_asks(self, token: str, cookie: str) -> Viewer | None:
        """The viewer whose socket and session both words are of, as long as he looks."""
        viewer = self._viewers.get(token)
        is_his = viewer is not None and hmac.compare_digest(viewer.cookie.encode(), cookie.encode())
        return viewer if is_his and viewer is not None and viewer.ending is None else None

    def tell_news(self) -> None:
        for viewer in self._viewers.values():
            viewer.news.set()

    def end_all(self, ending: Ending) -> None:
        for viewer in self._viewers.values():
            viewer.end(ending)


def _less(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if counts[name] <= 0:
        del counts[name]
