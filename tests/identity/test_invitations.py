"""Invitations: good once, for a quarter of an hour, for whoever may see the mirror; whatever else is brought gets the same answer."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from feeds.city import load_city
from feeds.identity import audit, devices, guests, invitations, passwords, sessions, users
from feeds.identity.guests import Wish
from feeds.identity.invitations import InvitationEnded, InvitationProblem
from feeds.identity.users import UserChange, UserProblem
from feeds.reports.roles import Actor, Role
from feeds.store.device_schema import INVITATIONS
from tests.fakes.phone import DeviceKey
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
BY = Actor(id="test", role=Role.ADMIN)


def add(connection: Connection, login: str = "sari", role: Role = Role.MAYOR, agency: str | None = None) -> None:
    users.add_user(connection, CITY, login=login, name=login.title(), role=role, agency=agency, password=None, now=NOW, by=BY)


def in_store(unit: Callable[[Connection], Any]) -> Any:
    with a_store() as store:
        store.write(add)
        return store.write(unit)


def lets_in(connection: Connection, token: str, now: datetime = NOW) -> bool:
    try:
        invitations.look(connection, token, now)
    except InvitationEnded:
        return False
    return True


def test_it_lets_in_once_and_looking_uses_nothing_up() -> None:
    def unit(connection: Connection) -> None:
        made, token = invitations.make(connection, "sari", NOW, BY)
        assert made.ends_at == NOW + timedelta(minutes=15) and made.made_by == "test"
        for _ in range(3):
            guest = invitations.look(connection, token, NOW)
        assert (guest.actor.id, guest.name, guest.actor.role) == ("sari", "Sari", Role.MAYOR)
        assert invitations.use_up(connection, token, NOW + timedelta(minutes=14)) == guest
        with pytest.raises(InvitationEnded):
            invitations.use_up(connection, token, NOW + timedelta(minutes=14))
        assert not lets_in(connection, token)
        (listed,) = invitations.list_invitations(connection)
        assert listed.id == made.id and listed.state(NOW) == "used" and listed.used_at == NOW + timedelta(minutes=14)

    in_store(unit)


def test_it_ends_by_time_and_a_clock_that_was_set_back_does_not_make_it_last() -> None:
    def unit(connection: Connection) -> None:
        _, token = invitations.make(connection, "sari", NOW, BY)
        for minutes, is_good in (
            (0, True),
            (14.99, True),
            (15, False),
            (16, False),
            (60 * 24 * 365, False),
            (-1, True),
            (-3, False),
            (-60 * 24, False),
        ):
            assert lets_in(connection, token, NOW + timedelta(minutes=minutes)) is is_good, minutes

    in_store(unit)


def test_whoever_brings_a_wrong_token_or_one_that_is_withdrawn_is_not_let_in() -> None:
    def unit(connection: Connection) -> None:
        made, token = invitations.make(connection, "sari", NOW, BY)
        for wrong in ("", token[:-1], token + "A", token.swapcase(), made.id, "' OR '1'='1", "\0", "é", "x" * 128):
            assert not lets_in(connection, wrong)
        assert invitations.withdraw(connection, made.id, NOW, BY).withdrawn_at == NOW
        assert invitations.withdraw(connection, made.id, NOW + timedelta(minutes=1), BY).withdrawn_at == NOW
        assert not lets_in(connection, token)
        _, other = invitations.make(connection, "sari", NOW, BY)
        invitations.use_up(connection, other, NOW)
        for unknown, said in (("0" * 16, "no invitation"), ("", "no invitation"), ("%", "no invitation")):
            with pytest.raises(InvitationProblem, match=said):
                invitations.withdraw(connection, unknown, NOW, BY)
        used = next(one for one in invitations.list_invitations(connection) if one.used_at is not None)
        with pytest.raises(InvitationProblem, match="users devices sari"):
            invitations.withdraw(connection, used.id, NOW, BY)

    in_store(unit)


def test_whoever_may_not_see_the_mirror_is_not_invited_nor_let_in() -> None:
    def unit(connection: Connection) -> None:
        for login, role, agency, is_invited in (
            ("lina", Role.LEAD, None, True), ("rina", Role.OPERATOR, None, True), ("kepala", Role.HEAD, "dlh", True),
            ("opd", Role.OPD, "dlh", False), ("joko", Role.FIELD, "dlh", False), ("root", Role.ADMIN, None, False),
            ("prog", Role.COLLECTOR, None, False),
        ):  # fmt: skip
            add(connection, login, role, agency)
            if is_invited:
                assert lets_in(connection, invitations.make(connection, login, NOW, BY)[1])
            else:
                with pytest.raises(InvitationProblem, match="mayor"):
                    invitations.make(connection, login, NOW, BY)
        with pytest.raises(InvitationProblem, match="no user"):
            invitations.make(connection, "nobody", NOW, BY)
        _, token = invitations.make(connection, "lina", NOW, BY)
        for change, is_in in (
            (UserChange(role=Role.COLLECTOR), False),
            (UserChange(role=Role.LEAD), True),
            (UserChange(is_active=False), False),
        ):
            users.change_user(connection, CITY, "lina", change, now=NOW, by=BY)
            assert lets_in(connection, token) is is_in
        with pytest.raises(InvitationProblem, match="shut out"):
            invitations.make(connection, "lina", NOW, BY)

    in_store(unit)


def test_of_two_at_one_moment_one_is_let_in() -> None:
    with a_store() as store:
        store.write(add)
        _, token = store.write(lambda it: invitations.make(it, "sari", NOW, BY))
        start, outcomes = threading.Barrier(8), list[str]()

        def redeem() -> None:
            start.wait(10)
            try:
                store.write(lambda it: invitations.use_up(it, token, NOW))
                outcomes.append("in")
            except InvitationEnded:
                outcomes.append("out")

        threads = [threading.Thread(target=redeem) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(outcomes) == ["in"] + ["out"] * 7


def test_what_undoes_the_transaction_leaves_the_invitation_good() -> None:
    with a_store() as store:
        store.write(add)
        _, token = store.write(lambda it: invitations.make(it, "sari", NOW, BY))

        def breaks(connection: Connection) -> None:
            invitations.use_up(connection, token, NOW)
            raise RuntimeError("the device's answer does not hold")

        with pytest.raises(RuntimeError):
            store.write(breaks)
        assert store.write(lambda it: lets_in(it, token))


def test_no_row_and_no_line_of_the_log_carries_the_token() -> None:
    def unit(connection: Connection) -> None:
        _, token = invitations.make(connection, "sari", NOW, BY)
        invitations.note_refusal(connection, token + "x", "192.0.2.1", NOW)
        invitations.use_up(connection, token, NOW)
        invitations.note_refusal(connection, token, "192.0.2.1", NOW)
        rows = audit.page(connection).rows
        assert [(row.actor, row.action) for row in rows] == [
            ("sari", "redeem_failed"),
            ("?", "redeem_failed"),
            ("test", "invite"),
            ("test", "add_user"),
        ]
        assert rows[0].body["why"] == "used"
        kept = str([*connection.execute(select(INVITATIONS)), *rows, *invitations.list_invitations(connection)])
        assert "sari" in kept and token not in kept

    in_store(unit)


def test_what_was_over_long_ago_is_no_longer_listed() -> None:
    def unit(connection: Connection) -> None:
        invitations.make(connection, "sari", NOW, BY)
        later = NOW + timedelta(days=91)
        made, _ = invitations.make(connection, "sari", later, BY)
        assert [one.id for one in invitations.list_invitations(connection)] == [made.id]

    in_store(unit)


def test_whoever_is_taken_in_hand_or_signed_out_everywhere_needs_another_invitation() -> None:
    def unit(connection: Connection) -> None:
        sari, kept = Actor(id="sari", role=Role.MAYOR), passwords.hashed("sari", "empat kata yang panjang")
        for end, withdraws in (
            (lambda: users.set_password(connection, "sari", kept, now=NOW, by=BY, is_handed=True), True),
            (lambda: users.end_sessions(connection, "sari", now=NOW, by=BY), False),
        ):
            key = DeviceKey()
            device = devices.add(connection, sari, key.spki, "HP", NOW)
            token = sessions.begin(connection, "sari", "x", NOW, device=device)
            _, invitation = invitations.make(connection, "sari", NOW, BY)
            end()
            assert sessions.find(connection, token, NOW) is None
            assert devices.sign_in(connection, device, key.sign("kata"), "kata", "192.0.2.1", NOW) is None
            assert lets_in(connection, invitation) is not withdraws

    in_store(unit)


def test_a_guest_is_made_or_found_and_never_mistaken_for_another() -> None:
    def unit(connection: Connection) -> None:
        def invite(**wish: Any) -> guests.Card:
            return guests.invite(connection, CITY, Wish(**wish), NOW, BY)

        card = invite(name="Dr. Rini Wulandari, S.H.", role=Role.HEAD, agency="dlh")
        assert (card.user.login, card.user.agency, card.user.must_change) == ("dr-rini-wulandari-s-h", "dlh", False)
        assert users.kept_password(connection, card.user.login) == (card.user.login, None), "nobody signs in with a password"
        assert invite(name="Dr. Rini Wulandari, S.H.", role=Role.HEAD, agency="dlh").user == card.user
        assert invite(login="Sari").user.login == "sari"
        assert guests.login_from("Ahmad 'Ó' Ñ") == "ahmad-o-n" and guests.login_from("李") == ""
        before = len(users.list_users(connection))
        for wish, code in (
            ({"name": "Baru"}, "unknown_user"), ({"login": "baru"}, "unknown_user"), ({"name": "李", "role": Role.MAYOR}, "bad_login"),
            ({"name": "sari", "role": Role.MAYOR}, "login_taken"), ({"login": "sari", "role": Role.LEAD}, "login_taken"),
            ({"name": "Kepala", "role": Role.HEAD}, "no_agency"), ({"name": "Kepala", "role": Role.HEAD, "agency": "atlantis"}, "unknown_agency"),
        ):  # fmt: skip
            with pytest.raises(UserProblem) as caught:
                invite(**wish)
            assert caught.value.code == code, wish
        assert len(users.list_users(connection)) == before

    in_store(unit)


def test_whoever_cannot_be_invited_is_not_made_either() -> None:
    with a_store() as store:
        store.write(add)
        with pytest.raises(InvitationProblem, match="does not see the mirror"):
            store.write(lambda it: guests.invite(it, CITY, Wish(name="Petugas", role=Role.OPD, agency="dlh"), NOW, BY))
        assert [one.login for one in store.read(users.list_users)] == ["sari"]
