"""People who sign in: made, changed, shut out. Units of work; knows no request.

Whatever takes a right away from somebody ends their sessions in the same transaction.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from feeds.identity import audit, devices, invitations, passwords, sessions, tries
from feeds.messages.city import City
from feeds.reports.roles import OWN_AGENCY_ONLY, Actor, Role
from feeds.store.schema import PASSKEYS, SIGN_IN_FAILURES, USERS

_LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}", re.ASCII)
"""No underscore: ``lr_<id>`` is a key."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as others may see them. ``locked_until``: for some addresses, or for all that are not known.

    ``must_change``: the password was handed over and opens nothing but the door where another is set.
    """

    login: str
    name: str
    role: Role
    agency: str | None
    is_active: bool
    created_at: datetime
    locked_until: datetime | None = None
    must_change: bool = False


class UserChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is given changes."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    role: Role | msgspec.UnsetType = msgspec.UNSET
    agency: str | msgspec.UnsetType | None = msgspec.UNSET
    is_active: bool | msgspec.UnsetType = msgspec.UNSET


class UserProblem(ValueError):
    """A user that cannot be made or changed so; ``code`` is stable."""

    def __init__(self, code: str, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.field = field


def login_of(typed: str) -> str:
    """The one spelling of a login; raises ``UserProblem``."""
    login = typed.strip().lower()
    if _LOGIN.fullmatch(login) is None:
        raise UserProblem("bad_login", "a login is 2 to 63 of a-z, 0-9, dot and hyphen, and begins with a letter or digit", "login")
    return login


def add_user(
    connection: Connection,
    city: City,
    *,
    login: str,
    name: str,
    role: Role,
    agency: str | None,
    password: str | None,
    now: datetime,
    by: Actor,
    is_handed: bool = False,
) -> User:
    """Makes a user. ``password``: what ``passwords.hashed`` keeps of it; ``None``: nobody signs in with one. Raises ``UserProblem``.

    ``is_handed``: somebody else knows the password; it must be changed first.
    """
    login = login_of(login)
    _check(city, name, role, agency)
    if connection.execute(select(USERS.c.login).where(USERS.c.login == login)).first() is not None:
        raise UserProblem("login_taken", f"{login} is there already; take another login", "login")
    user = User(login=login, name=name.strip(), role=role, agency=agency, is_active=True, created_at=now, must_change=is_handed)
    connection.execute(
        insert(USERS).values(
            login=login,
            name=user.name,
            role=str(role),
            agency=agency,
            password=password,
            is_active=True,
            created_at=now,
            must_change=is_handed,
        )
    )
    audit.write(connection, by, "add_user", f"user {login}", {"role": str(role), "agency": agency}, at=now)
    return user


def list_users(connection: Connection) -> list[User]:
    """Every user, by login."""
    return [_user(row) for row in connection.execute(_VISIBLE.order_by(USERS.c.login)).mappings()]


def get_user(connection: Connection, login: str) -> User:
    """Raises ``UserProblem`` for an unknown one."""
    known = login.strip().lower()
    row = connection.execute(_VISIBLE.where(USERS.c.login == known)).mappings().first() if _LOGIN.fullmatch(known) else None
    if row is None:
        raise UserProblem("unknown_user", "no user of that login; GET /users or `controlroom users list` names them", "login")
    return _user(row)


def change_user(connection: Connection, city: City, login: str, change: UserChange, *, now: datetime, by: Actor) -> User:
    """Changes what is given; another role, agency or shutting out ends the user's sessions. Raises ``UserProblem``."""
    before = get_user(connection, login)
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not msgspec.UNSET}
    after = msgspec.structs.replace(before, **given)
    _check(city, after.name, after.role, after.agency)
    loses_admin = _is_admin(before) and not _is_admin(after)
    if loses_admin and _count_admins(connection) <= 1:
        raise UserProblem("last_admin", f"{before.login} is the last admin; make another first", "role")
    if after == before:
        return before
    connection.execute(
        update(USERS)
        .where(USERS.c.login == before.login)
        .values(name=after.name.strip(), role=str(after.role), agency=after.agency, is_active=after.is_active)
    )
    if (before.role, before.agency, before.is_active) != (after.role, after.agency, after.is_active):
        sessions.end_all(connection, before.login)
    facts = {name: str(value) for name, value in given.items() if name != "name"}
    audit.write(connection, by, "change_user", f"user {before.login}", facts, at=now)
    return get_user(connection, before.login)


def set_password(connection: Connection, login: str, kept: str, *, now: datetime, by: Actor, is_handed: bool = False) -> None:
    """A new password (``passwords.hashed``): ends every session and lock. Raises ``UserProblem``.

    ``is_handed``: somebody else took the account in hand and knows the password. It must be changed first, and what opened the account
    before opens it no more.
    """
    user = get_user(connection, login)
    connection.execute(update(USERS).where(USERS.c.login == user.login).values(password=kept, must_change=is_handed))
    if is_handed:
        connection.execute(PASSKEYS.delete().where(PASSKEYS.c.login == user.login))
        tries.forget_devices(connection, user.login)
        devices.remove_all(connection, user.login, now, by)
        invitations.withdraw_all(connection, user.login, now, by)
    tries.forgive(connection, user.login)
    sessions.end_all(connection, user.login)
    audit.write(connection, by, "set_password", f"user {user.login}", at=now)


def unlock(connection: Connection, login: str, *, now: datetime, by: Actor) -> User:
    """Whoever was wrong too often may try again at once. Raises ``UserProblem``."""
    user = get_user(connection, login)
    tries.forgive(connection, user.login)
    audit.write(connection, by, "unlock", f"user {user.login}", at=now)
    return get_user(connection, user.login)


def end_sessions(connection: Connection, login: str, *, now: datetime, by: Actor) -> User:
    """The user is signed out everywhere; invited devices, which would come back by themselves, are removed. Raises ``UserProblem``."""
    user = get_user(connection, login)
    sessions.end_all(connection, user.login)
    devices.remove_all(connection, user.login, now, by)
    audit.write(connection, by, "end_sessions", f"user {user.login}", at=now)
    return user


def actor_of(connection: Connection, login: str) -> Actor:
    """Who the user of a login, as it is kept, acts as. Raises ``UserProblem`` for an unknown one."""
    user = get_user(connection, login)
    return Actor(id=user.login, role=user.role, agency=user.agency)


def kept_password(connection: Connection, typed: str) -> tuple[str, str | None]:
    """The login as typed would be kept and what is kept of its password; ``("", None)`` when there is no such user."""
    login = typed.strip().lower()
    if _LOGIN.fullmatch(login) is None:
        return "", None
    row = connection.execute(select(USERS.c.login, USERS.c.password).where(USERS.c.login == login)).first()
    return ("", None) if row is None else (row.login, row.password)


_ACCOUNTS: tuple[tuple[Role, str], ...] = (
    (Role.OPERATOR, "Operator"),
    (Role.LEAD, "Kepala ruang"),
    (Role.OPD, "Petugas OPD"),
    (Role.HEAD, "Kepala OPD"),
    (Role.FIELD, "Petugas lapangan"),
    (Role.MAYOR, "Wali kota"),
    (Role.ADMIN, "Admin"),
)


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account that is still to be made. ``kept``: what the store keeps of its password."""

    login: str
    name: str
    role: Role
    agency: str | None
    password: str
    kept: str


def draft_demo_accounts(city: City) -> list[DemoAccount]:
    """One for each role. Apart from the making of them: hashing takes its time, and nobody else can write while a transaction is open."""
    found: list[DemoAccount] = []
    for role, name in _ACCOUNTS:
        agency = (city.agencies[0].code if city.agencies else None) if role in OWN_AGENCY_ONLY else None
        if role in OWN_AGENCY_ONLY and agency is None:
            continue
        login, password = f"demo-{role}", passwords.generated()
        kept = passwords.hashed(login, password)
        found.append(DemoAccount(login=login, name=name, role=role, agency=agency, password=password, kept=kept))
    return found


def make_demo_accounts(connection: Connection, city: City, now: datetime, drafts: Sequence[DemoAccount]) -> list[tuple[str, Role, str]]:
    """Login, role and password of each of ``drafts``, made once: an empty list where there is any user already.

    For the namespace ``sim`` alone; who calls this sees to it, and prints them once.
    """
    if connection.execute(select(USERS.c.login).limit(1)).first() is not None:
        return []
    made: list[tuple[str, Role, str]] = []
    by = Actor(id="demo", role=Role.ADMIN)
    for one in drafts:
        add_user(connection, city, login=one.login, name=one.name, role=one.role, agency=one.agency, password=one.kept, now=now, by=by)
        made.append((one.login, one.role, one.password))
    return made


_LOCKED_UNTIL = (
    select(func.max(SIGN_IN_FAILURES.c.locked_until))
    .where(SIGN_IN_FAILURES.c.login == USERS.c.login)
    .scalar_subquery()
    .label("locked_until")
)
_VISIBLE = select(*(_LOCKED_UNTIL if name == "locked_until" else USERS.c[name] for name in User.__struct_fields__))


def _user(row: Any) -> User:
    return msgspec.convert({str(name): value for name, value in row.items()}, User, strict=False)


def _is_admin(user: User) -> bool:
    return user.role is Role.ADMIN and user.is_active


def _count_admins(connection: Connection) -> int:
    query = select(func.count()).select_from(USERS).where(USERS.c.role == str(Role.ADMIN), USERS.c.is_active)
    return connection.execute(query).scalar_one()


def _check(city: City, name: str, role: Role, agency: str | None) -> None:
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise UserProblem("bad_name", "a user needs a name of 1 to 200 printable characters", "name")
    if role is Role.CITIZEN:
        raise UserProblem("bad_role", "a citizen never signs in; choose another role", "role")
    known = [one.code for one in city.agencies]
    if agency is not None and agency not in known:
        raise UserProblem("unknown_agency", f"no such agency; the city has {', '.join(known) or 'none'}", "agency")
    if agency is None and role in OWN_AGENCY_ONLY:
        raise UserProblem(
            "no_agency", f"the role {role} works for one agency; name it: {', '.join(known) or 'the city has none'}", "agency"
        )
