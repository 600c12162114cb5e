"""Who is rung in an emergency: only devices that asked, only for what their owner may see, only while they may look."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from feeds.identity import devices, push, sessions
from feeds.identity.devices import encoded
from feeds.identity.push import PushProblem, Subscription
from feeds.identity.sessions import BOUND_IDLE, Session
from feeds.reports.roles import Actor, Role
from feeds.store.database import Database
from feeds.store.device_schema import PUSH_SUBSCRIPTIONS
from feeds.store.schema import AUDIT, USERS
from tests.fakes.phone import DeviceKey

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
BY = Actor(id="test", role=Role.ADMIN)
POINT = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
SECRET = bytes(range(16))
SERVICE = "https://updates.push.example.com/wpush/v2/abc"


def told(device: str, endpoint: str = SERVICE) -> Subscription:
    return push.read(device, endpoint, encoded(POINT), encoded(SECRET))


def phone(connection: Connection, login: str, role: Role, agency: str | None = None) -> Session:
    """Of a new user, signed in and rung at an endpoint that bears the login."""
    values = {
        "login": login,
        "name": login,
        "role": str(role),
        "agency": agency,
        "is_active": True,
        "created_at": NOW,
        "must_change": False,
    }
    connection.execute(USERS.insert().values(values))
    device = devices.add(connection, Actor(id=login, role=role, agency=agency), DeviceKey().spki, "HP", NOW)
    found = sessions.find(connection, sessions.begin(connection, login, "x", NOW, device=device), NOW)
    assert found is not None
    push.subscribe(connection, found, told(device, f"{SERVICE}/{login}"), NOW)
    return found


def rung(database: Database, agency: str | None = None, now: datetime = NOW) -> list[str]:
    return sorted(one.endpoint.rpartition("/")[2] for one in database.write(lambda it: push.listening(it, agency, now)))


def kept(database: Database) -> int:
    return database.read(lambda it: it.execute(select(func.count()).select_from(PUSH_SUBSCRIPTIONS)).scalar_one())


def test_what_a_browser_tells_is_read() -> None:
    assert told("d") == Subscription(device="d", endpoint=SERVICE, p256dh=POINT, auth=SECRET)
    assert push.read("d", SERVICE, encoded(POINT) + "=", encoded(SECRET) + "==") == told("d")


@pytest.mark.parametrize(
    "endpoint",
    [
        "", "http://push.example.com/a", "https://localhost/a", "https://printer/a", "https://printer.local/a", "https://a.internal./a",
        "https://127.0.0.1/a", "https://10.0.0.1/a", "https://[::1]/a", "https://[fe80::1%25eth0]/a", "https://127.1/a", "https://0x7f.0x1/a",
        "https://8.8.8.8/a", "https://u:p@push.example.com/a", "https://push.example.com:6379/a", "https://push.example.com:x/a",
        "https://push.example.com/" + "a" * 1_000, "https://push.example.com/a b", "https://pus\u0301h.example.com/a", "https://[/a",
    ],
)  # fmt: skip
def test_only_a_named_host_of_the_open_internet_is_rung(endpoint: str) -> None:
    with pytest.raises(PushProblem, match="endpoint"):
        told("d", endpoint)


@pytest.mark.parametrize(
    "point",
    ["", "!", encoded(POINT[:-1]), encoded(POINT + b"\0"), encoded(b"\4" + bytes(64)), encoded(bytes(65))],
    # The key is another in each process of a run; the names of tests must not be.
    ids=["nothing", "no letter", "too short", "too long", "off the curve", "zeros"],
)
def test_only_a_point_of_the_curve_is_a_key(point: str) -> None:
    with pytest.raises(PushProblem, match="p256dh"):
        push.read("d", SERVICE, point, encoded(SECRET))


@given(st.text(max_size=40), st.text(max_size=100), st.text(max_size=40))
def test_whatever_is_sent_is_read_or_refused(endpoint: str, point: str, secret: str) -> None:
    for one in (endpoint, "https://" + endpoint):
        with pytest.raises(PushProblem):
            push.read("d", one, point, secret)


def test_heads_are_rung_for_their_own_agency_alone(database: Database) -> None:
    for login, role, agency in (
        ("wali", Role.MAYOR, None), ("lina", Role.LEAD, None), ("dlh", Role.HEAD, "DLH"), ("pupr", Role.HEAD, "PUPR"),
    ):  # fmt: skip
        database.write(lambda it, a=login, b=role, c=agency: phone(it, a, b, c))
    assert rung(database, "DLH") == ["dlh"]
    assert rung(database, None) == ["lina", "wali"]


def shut(connection: Connection, _: Session) -> None:
    connection.execute(update(USERS).values(is_active=False))


ENDS: list[Callable[[Connection, Session], object]] = [
    lambda it, one: devices.remove(it, one.device or "", NOW, BY),
    lambda it, one: sessions.end(it, one.digest),
    shut,
]


@pytest.mark.parametrize("end", ENDS, ids=["device removed", "session ended", "user shut out"])
def test_who_may_not_look_any_more_is_forgotten(database: Database, end: Callable[[Connection, Session], object]) -> None:
    session = database.write(lambda it: phone(it, "wali", Role.MAYOR))
    assert rung(database) == ["wali"]
    database.write(lambda it: end(it, session))
    assert rung(database) == [] and kept(database) == 0


def test_a_device_that_nobody_uses_is_forgotten(database: Database) -> None:
    database.write(lambda it: phone(it, "wali", Role.MAYOR))
    assert rung(database, now=NOW + BOUND_IDLE - timedelta(seconds=1)) == ["wali"]
    assert rung(database, now=NOW + BOUND_IDLE) == [] and kept(database) == 0


def test_a_device_is_rung_at_one_place_until_its_owner_or_the_service_ends_it(database: Database) -> None:
    session = database.write(lambda it: phone(it, "wali", Role.MAYOR))
    device = session.device or ""
    database.write(lambda it: push.subscribe(it, session, told(device, SERVICE + "/baru"), NOW))
    assert rung(database) == ["baru"] and database.read(lambda it: push.is_subscribed(it, session))
    database.write(lambda it: push.forget(it, SERVICE + "/baru"))
    assert rung(database) == []
    database.write(lambda it: push.subscribe(it, session, told(device), NOW))
    for _ in range(2):
        database.write(lambda it: push.unsubscribe(it, session, NOW))
    assert not database.read(lambda it: push.is_subscribed(it, session))
    deeds = database.read(lambda it: it.execute(select(AUDIT.c.action).where(AUDIT.c.action.startswith("push"))).scalars().all())
    assert sorted(deeds) == ["push_off", "push_on", "push_on", "push_on"]


def test_nobody_rings_another_device_or_a_desk(database: Database) -> None:
    session = database.write(lambda it: phone(it, "wali", Role.MAYOR))
    desk = sessions.Session(
        digest="d", actor=session.actor, name="", csrf_digest="", seen_at=NOW, ends_at=NOW, must_change=False, device=None
    )
    for one in (session, desk):
        with pytest.raises(PushProblem):
            database.write(lambda it, who=one: push.subscribe(it, who, told("0" * 16), NOW))
