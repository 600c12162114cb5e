"""Keys of programs: what they open, until when, and that the store cannot give them away."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from feeds.identity import audit, keys
from feeds.identity.keys import KeyProblem, Scope, actor_of_key, add_key, list_keys, revoke_key
from feeds.reports.roles import Actor, Role
from feeds.store.schema import API_KEYS
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
ADMIN = Actor(id="rina", role=Role.ADMIN)


def test_a_key_opens_its_scopes_until_it_ends_or_is_revoked() -> None:
    def life(connection: Connection) -> None:
        key, whole = add_key(connection, "LAKSA", (Scope.SUBMIT, Scope.UPDATES), NOW, ADMIN, expires_at=NOW + timedelta(days=1))
        assert actor_of_key(connection, whole, "submit", NOW) == Actor(id=f"lr_{key.id}", role=Role.COLLECTOR)
        assert actor_of_key(connection, whole, "updates", NOW) is not None
        assert actor_of_key(connection, whole, "media", NOW) is None
        assert actor_of_key(connection, whole, "submit", NOW + timedelta(days=1)) is None
        revoke_key(connection, key.id, NOW, ADMIN)
        revoke_key(connection, key.id, NOW + timedelta(hours=1), ADMIN)
        assert actor_of_key(connection, whole, "submit", NOW) is None
        assert [one.revoked_at for one in list_keys(connection)] == [NOW]
        assert [row.action for row in audit.page(connection).rows] == ["revoke_key", "add_key"]

    with a_store() as store:
        store.write(life)


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: "",
        lambda whole: whole[:-1],
        lambda whole: whole[:-1] + ("A" if whole[-1] != "A" else "B"),
        lambda whole: whole + "\n",
        lambda whole: whole.upper(),
        lambda whole: "lr_000000000000_" + whole.rpartition("_")[2].rjust(43, "A")[:43],
        lambda whole: "lr_%_' OR 1=1 --",
        lambda whole: whole + "\x00",
        lambda whole: "٣" * 60,
    ],
)
def test_anything_else_opens_nothing(change) -> None:
    def look(connection: Connection) -> None:
        _, whole = add_key(connection, "LAKSA", (Scope.SUBMIT,), NOW, ADMIN)
        assert actor_of_key(connection, whole, "submit", NOW) is not None
        assert actor_of_key(connection, change(whole), "submit", NOW) is None

    with a_store() as store:
        store.write(look)


def test_the_store_keeps_no_secret() -> None:
    def look(connection: Connection) -> tuple[str, str]:
        _, whole = add_key(connection, "LAKSA", (Scope.SUBMIT,), NOW, ADMIN)
        kept = str([*connection.execute(select(API_KEYS)).all(), *audit.page(connection).rows, *list_keys(connection)])
        return whole, kept

    with a_store() as store:
        whole, kept = store.write(look)
    assert "LAKSA" in kept and whole.split("_", 2)[2] not in kept


def test_use_is_noted_at_most_once_a_minute() -> None:
    def look(connection: Connection) -> list[datetime | None]:
        key, _ = add_key(connection, "LAKSA", (Scope.SUBMIT,), NOW, ADMIN)
        actor = Actor(id=f"lr_{key.id}", role=Role.COLLECTOR)
        found = [list_keys(connection)[0].seen_at]
        for seconds in (1, 30, 90):
            keys.mark_seen(connection, actor, NOW + timedelta(seconds=seconds))
            found.append(list_keys(connection)[0].seen_at)
        return found

    with a_store() as store:
        assert store.write(look) == [None, NOW + timedelta(seconds=1), NOW + timedelta(seconds=1), NOW + timedelta(seconds=90)]


def test_a_key_that_makes_no_sense_is_refused() -> None:
    with a_store() as store:
        with pytest.raises(KeyProblem, match="label"):
            store.write(lambda connection: add_key(connection, " ", (Scope.SUBMIT,), NOW, ADMIN))
        with pytest.raises(KeyProblem, match="scope"):
            store.write(lambda connection: add_key(connection, "x", (), NOW, ADMIN))
        with pytest.raises(KeyProblem, match="later end"):
            store.write(lambda connection: add_key(connection, "x", (Scope.SUBMIT,), NOW, ADMIN, expires_at=NOW))
        with pytest.raises(KeyProblem, match="no key"):
            store.write(lambda connection: revoke_key(connection, "nothing", NOW, ADMIN))
