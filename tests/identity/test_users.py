"""Users, their passwords and the count of tries, without any door."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from feeds.city import load_city
from feeds.identity import passwords, users
from feeds.identity.limits import TryLimit
from feeds.identity.passwords import WeakPassword
from feeds.identity.users import UserChange, UserProblem, add_user, change_user, draft_demo_accounts, make_demo_accounts
from feeds.reports.roles import Actor, Role
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
BY = Actor(id="test", role=Role.ADMIN)


def add(connection: Connection, login: str = "rina", role: Role = Role.OPERATOR, agency: str | None = None, name: str = "Rina") -> None:
    add_user(connection, CITY, login=login, name=name, role=role, agency=agency, password=None, now=NOW, by=BY)


def refused(unit: Callable[[Connection], Any]) -> str:
    with a_store() as store:
        store.write(lambda connection: add(connection, "sari", Role.ADMIN))
        with pytest.raises(UserProblem) as caught:
            store.write(unit)
    return caught.value.code


def test_users_that_cannot_be() -> None:
    for unit, code in (
        (lambda c: add(c, "Sari "), "login_taken"),
        (lambda c: add(c, "lr_1"), "bad_login"),
        (lambda c: add(c, "a"), "bad_login"),
        (lambda c: add(c, "rina\x00"), "bad_login"),
        (lambda c: add(c, name=" "), "bad_name"),
        (lambda c: add(c, name="a\x1b[31m"), "bad_name"),
        (lambda c: add(c, role=Role.CITIZEN), "bad_role"),
        (lambda c: add(c, role=Role.OPD), "no_agency"),
        (lambda c: add(c, role=Role.FIELD), "no_agency"),
        (lambda c: add(c, role=Role.HEAD, agency="atlantis"), "unknown_agency"),
        (lambda c: change_user(c, CITY, "sari", UserChange(is_active=False), now=NOW, by=BY), "last_admin"),
        (lambda c: change_user(c, CITY, "sari", UserChange(role=Role.LEAD), now=NOW, by=BY), "last_admin"),
        (lambda c: change_user(c, CITY, "nobody", UserChange(), now=NOW, by=BY), "unknown_user"),
        (lambda c: users.set_password(c, "no\x00body", "x", now=NOW, by=BY), "unknown_user"),
    ):
        assert refused(unit) == code


def test_demo_accounts_are_made_once_and_work() -> None:
    with a_store() as store:
        drafts = draft_demo_accounts(CITY)
        made = store.write(lambda connection: make_demo_accounts(connection, CITY, NOW, drafts))
        assert {role for _, role, _ in made} == set(Role) - {Role.CITIZEN, Role.COLLECTOR}
        assert store.write(lambda connection: make_demo_accounts(connection, CITY, NOW, drafts)) == []
        login, _, password = made[0]
        kept = store.read(lambda connection: users.kept_password(connection, login))[1]
        assert passwords.is_right(kept, password) and not passwords.is_right(kept, password + "x")
        assert len({one for _, _, one in made}) == len(made)


@pytest.mark.parametrize("bad", ["", "kata pendek", "x" * 12, "Rina.Wulandari.1", "y" * 1_001, "\ud800" * 12])
def test_weak_passwords_are_refused_and_not_repeated(bad: str) -> None:
    with pytest.raises(WeakPassword) as caught:
        passwords.hashed("rina.wulandari.1", bad)
    assert not bad or bad not in str(caught.value)


def test_a_password_is_one_however_it_is_typed() -> None:
    kept = passwords.hashed("rina", "café besar sekali")
    assert kept.startswith("$argon2id$") and "café" not in kept
    assert passwords.is_right(kept, "cafe\u0301 besar sekali")
    assert not passwords.is_right(kept, "cafe besar sekali")
    assert (
        not passwords.is_right(None, "café besar sekali")
        and not passwords.is_right("rubbish", "x")
        and not passwords.is_right(kept, "\ud800")
    )


def test_an_unknown_user_costs_a_whole_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: the hash is computed whether or not there is one to compare with."""
    looked: list[str] = []
    real = passwords.PasswordHasher.verify

    def verify(self: Any, kept: str, password: str) -> bool:
        looked.append(kept)
        return real(self, kept, password)

    monkeypatch.setattr(passwords.PasswordHasher, "verify", verify)
    passwords.is_right(None, "whatever it may be")
    assert len(looked) == 1 and looked[0].split("$")[:4] == passwords.hashed("x", "whatever it may be").split("$")[:4]


def test_tries_are_counted_by_address_in_bounded_memory() -> None:
    limit = TryLimit(most=3, within=timedelta(minutes=5), most_addresses=100)
    assert [limit.begin("192.0.2.1", NOW) for _ in range(4)] == [None, None, None, 301]
    assert limit.begin("192.0.2.2", NOW) is None
    assert limit.begin("::ffff:192.0.2.1", NOW) == 301
    assert limit.begin("192.0.2.1", NOW + timedelta(minutes=5)) is None
    for number in range(5):
        wait_s = limit.begin(f"2001:db8::{number}", NOW)
    assert wait_s == 301
    assert limit.begin("2001:db8:0:1::1", NOW) is None
    for number in range(10_000):
        limit.begin(f"10.0.{number // 256}.{number % 256}", NOW)
    for text in ("", "nonsense", "fe80::1%eth0", "\x00"):
        limit.begin(text, NOW)
    assert len(limit) <= 100
    right = TryLimit(most=3)
    for _ in range(10):
        assert right.begin("192.0.2.1", NOW) is None
        right.take_back("192.0.2.1")


def test_the_verbs_make_users_and_keys_and_say_each_secret_once(tmp_path: Path) -> None:
    import msgspec
    from typer.testing import CliRunner

    from controlroom.cli import app

    store = ("--database", f"sqlite:///{tmp_path / 'users.sqlite'}")

    def run(*words: str, text: str | None = None) -> Any:
        return CliRunner().invoke(app, ["users", *words, *store], input=text)

    made = msgspec.json.decode(run("add", "rina", "--role", "operator", "--json").stdout)
    assert made["login"] == "rina" and len(made["password"]) == 19
    listed = run("list").stdout
    assert "rina  operator" in listed and made["password"] not in listed
    assert "shut out" in run("disable", "rina").stdout and "shut out" in run("list").stdout
    assert "may come in" in run("disable", "rina", "--undo").stdout
    assert "password set" in run("password", "rina", "--read", text="empat kata yang panjang\n").stdout
    key = msgspec.json.decode(run("key", "add", "LAKSA", "--scope", "submit", "--days", "30", "--json").stdout)
    keys = run("key", "list").stdout
    assert key["key"]["id"] in keys and "good" in keys and key["secret"].rpartition("_")[2] not in keys
    assert run("key", "revoke", key["key"]["id"]).exit_code == 0 and "revoked" in run("key", "list").stdout
    for words, code in (
        (("add", "rina", "--role", "operator"), 1),
        (("add", "tono", "--role", "king"), 2),
        (("add", "tono", "--role", "opd"), 1),
        (("password", "nobody"), 1),
        (("key", "add", "x", "--scope", "everything"), 2),
        (("key", "revoke", "000000000000"), 1),
    ):
        done = run(*words)
        assert done.exit_code == code and done.stderr.startswith("controlroom: "), (words, done.output)
