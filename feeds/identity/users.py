"""People who sign in: made, changed, shut out; signing in with a password and what a wrong one does. Units of work; knows no request.

Whatever takes a right away from somebody ends their sessions in the same transaction.
"""

import re
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from feeds.identity import audit, passwords, sessions
from feeds.messages.city import City
from feeds.reports.roles import OWN_AGENCY_ONLY, Actor, Role
from feeds.store.schema import PASSKEYS, USERS

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)

_LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}", re.ASCII)
"""No underscore: ``lr_<id>`` is a key."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user as others may see them."""

    login: str
    name: str
    role: Role
    agency: str | None
    is_active: bool
    created_at: datetime
    locked_until: datetime | None = None


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
) -> User:
    """Makes a user. ``password``: what ``passwords.hashed`` keeps of it; ``None``: nobody signs in with one. Raises ``UserProblem``."""
    login = login_of(login)
    _check(city, name, role, agency)
    if connection.execute(select(USERS.c.login).where(USERS.c.login == login)).first() is not None:
        raise UserProblem("login_taken", f"{login} is there already; take another login", "login")
    user = User(login=login, name=name.strip(), role=role, agency=agency, is_active=True, created_at=now)
    connection.execute(
        insert(USERS).values(
            login=login, name=user.name, role=str(role), agency=agency, password=password, is_active=True, created_at=now, failures=0
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


def set_password(connection: Connection, login: str, kept: str, *, now: datetime, by: Actor, drops_passkeys: bool = False) -> None:
    """A new password (``passwords.hashed``): ends every session and a lock. Raises ``UserProblem``.

    ``drops_passkeys``: somebody else took the account in hand; what opened it before opens it no more.
    """
    user = get_user(connection, login)
    connection.execute(update(USERS).where(USERS.c.login == user.login).values(password=kept, failures=0, locked_until=None))
    if drops_passkeys:
        connection.execute(PASSKEYS.delete().where(PASSKEYS.c.login == user.login))
    sessions.end_all(connection, user.login)
    audit.write(connection, by, "set_password", f"user {user.login}", at=now)


def kept_password(connection: Connection, typed: str) -> tuple[str, str | None]:
    """The login as typed would be kept and what is kept of its password; ``("", None)`` when there is no such user."""
    login = typed.strip().lower()
    if _LOGIN.fullmatch(login) is None:
        return "", None
    row = connection.execute(select(USERS.c.login, USERS.c.password).where(USERS.c.login == login)).first()
    return ("", None) if row is None else (row.login, row.password)


def settle_try(
    connection: Connection, login: str, kept: str | None, *, is_right: bool, address: str, now: datetime, rehashed: str | None = None
) -> bool:
    """What a try to sign in comes to, once the password ``kept`` was looked at: true lets the user in. Counts, locks, writes the audit log.

    The lock is looked at here, in the one writer: of a hundred tries at once five are counted, not a hundred let through.
    """
    row = connection.execute(select(USERS).where(USERS.c.login == login)).first() if login else None
    if row is None:
        # What was typed may be somebody's password in the wrong field: it is not written down.
        audit.write(connection, Actor(id="?", role=Role.CITIZEN), "sign_in_failed", "unknown login", {"address": address}, at=now)
        return False
    actor = Actor(id=login, role=Role(row.role), agency=row.agency)
    is_locked = row.locked_until is not None and row.locked_until > now
    is_good = is_right and not is_locked and row.is_active and row.password == kept
    values: dict[str, Any]
    if is_good:
        values = {"failures": 0, "locked_until": None, **({"password": rehashed} if rehashed else {})}
    elif is_locked:
        values = {}
    else:
        failures = row.failures + 1
        is_last = failures >= MOST_FAILURES
        values = {"failures": 0 if is_last else failures, "locked_until": now + LOCKED_FOR if is_last else row.locked_until}
    if values:
        connection.execute(update(USERS).where(USERS.c.login == login).values(**values))
    facts = {"address": address, **({"locked": is_locked} if not is_good else {"by": "password"})}
    audit.write(connection, actor, "sign_in" if is_good else "sign_in_failed", f"user {login}", facts, at=now)
    return is_good


_ACCOUNTS: tuple[tuple[Role, str], ...] = (
    (Role.OPERATOR, "Operator"),
    (Role.LEAD, "Kepala ruang"),
    (Role.OPD, "Petugas OPD"),
    (Role.HEAD, "Kepala OPD"),
    (Role.FIELD, "Petugas lapangan"),
    (Role.MAYOR, "Wali kota"),
    (Role.ADMIN, "Admin"),
)


def make_demo_accounts(connection: Connection, city: City, now: datetime) -> list[tuple[str, Role, str]]:
    """Login, role and password of one account for each role, made once: an empty list where there is any user already.

    For the namespace ``sim`` alone; who calls this sees to it, and prints them once.
    """
    if connection.execute(select(USERS.c.login).limit(1)).first() is not None:
        return []
    made: list[tuple[str, Role, str]] = []
    by = Actor(id="demo", role=Role.ADMIN)
    for role, name in _ACCOUNTS:
        agency = (city.agencies[0].code if city.agencies else None) if role in OWN_AGENCY_ONLY else None
        if role in OWN_AGENCY_ONLY and agency is None:
            continue
        login, password = f"demo-{role}", passwords.generated()
        kept = passwords.hashed(login, password)
        add_user(connection, city, login=login, name=name, role=role, agency=agency, password=kept, now=now, by=by)
        made.append((login, role, password))
    return made


_VISIBLE = select(*(USERS.c[name] for name in User.__struct_fields__))


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
