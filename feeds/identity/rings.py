"""Which invited devices are to be rung now: laid out with the emergency in one transaction, removed once the device was rung.

Units of work; knows no push service. Killed anywhere, whoever rings begins with what is still laid out.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from feeds.identity import push, sessions
from feeds.identity.push import Subscription
from feeds.reports.emergencies import Emergency
from feeds.store.device_schema import EMERGENCIES, PUSH_RINGS, PUSH_SUBSCRIPTIONS

RING_WITHIN = timedelta(minutes=30)
"""An emergency that is older rings nobody, nor does a push service keep a ring any longer."""

KEPT = timedelta(days=90)
MOST_WAITING = 500
"""Devices that are looked at together."""

_AT_ONCE = 500
_CITY = ""

_Seen = set[tuple[str, str]]


class Ring(msgspec.Struct, frozen=True):
    """A device to be rung. ``since``: when the newest emergency was seen for which it is."""

    subscription: Subscription
    since: datetime


def has_unseen(connection: Connection, found: Sequence[Emergency]) -> bool:
    """Whether ``lay_out`` would write anything."""
    seen = _seen(connection, found)
    return any(pair not in seen for one in found for agency in _audiences(one) for pair in _pairs(one, agency))


def lay_out(connection: Connection, found: Sequence[Emergency], now: datetime) -> int:
    """Notes those not seen before, and lays out who is rung for them; how many devices that are."""
    seen, ringing = _seen(connection, found), set[str]()
    for one in found:
        for agency in _audiences(one):
            pairs = _pairs(one, agency)
            if seen.isdisjoint(pairs) and now - one.at <= RING_WITHIN:
                ringing.add(agency)
            for subject, _ in pairs - seen:
                connection.execute(insert(EMERGENCIES).values(subject=subject, agency=agency, seen_at=now))
            seen |= pairs
    devices = {one.device for agency in sorted(ringing) for one in push.listening(connection, agency or None, now)}
    for device in sorted(devices):
        if not connection.execute(update(PUSH_RINGS).where(PUSH_RINGS.c.device == device).values(since=now)).rowcount:
            connection.execute(insert(PUSH_RINGS).values(device=device, since=now))
    connection.execute(delete(EMERGENCIES).where(EMERGENCIES.c.seen_at < now - KEPT))
    return len(devices)


def waiting(connection: Connection, now: datetime) -> list[Ring]:
    """Whom to ring now, the longest waiting first; nobody who may not look any more."""
    table, place = PUSH_RINGS.c, PUSH_SUBSCRIPTIONS.c
    query = select(table.since, PUSH_SUBSCRIPTIONS).join(PUSH_SUBSCRIPTIONS, place.device == table.device)
    query = query.where(table.since >= now - RING_WITHIN, table.device.in_(sessions.bound_devices(now)))
    return [
        Ring(Subscription(device=row.device, endpoint=row.endpoint, p256dh=row.p256dh, auth=row.auth), row.since)
        for row in connection.execute(query.order_by(table.since, table.device).limit(MOST_WAITING))
    ]


def has_late(connection: Connection, now: datetime) -> bool:
    return connection.execute(select(PUSH_RINGS.c.device).where(PUSH_RINGS.c.since < now - RING_WITHIN).limit(1)).first() is not None


def drop_late(connection: Connection, now: datetime) -> int:
    """Gives up on whom it is too late to ring; how many of them still wanted it."""
    late = PUSH_RINGS.c.since < now - RING_WITHIN
    wanted = select(func.count()).select_from(PUSH_RINGS.join(PUSH_SUBSCRIPTIONS, PUSH_SUBSCRIPTIONS.c.device == PUSH_RINGS.c.device))
    count = connection.execute(wanted.where(late)).scalar_one()
    connection.execute(delete(PUSH_RINGS).where(late))
    return count


def settle(connection: Connection, ring: Ring) -> None:
    """The device was rung, or cannot be: what was laid out for it since then stays."""
    table = PUSH_RINGS.c
    connection.execute(delete(PUSH_RINGS).where(table.device == ring.subscription.device, table.since == ring.since))


def _audiences(emergency: Emergency) -> tuple[str, ...]:
    return (_CITY,) if emergency.agency is None else (_CITY, emergency.agency)


def _pairs(emergency: Emergency, agency: str) -> _Seen:
    return {(subject, agency) for subject in emergency.subjects}


def _seen(connection: Connection, found: Sequence[Emergency]) -> _Seen:
    subjects = sorted({subject for one in found for subject in one.subjects})
    table, seen = EMERGENCIES.c, _Seen()
    for start in range(0, len(subjects), _AT_ONCE):
        query = select(table.subject, table.agency).where(table.subject.in_(subjects[start : start + _AT_ONCE]))
        seen |= {(row.subject, row.agency) for row in connection.execute(query)}
    return seen
