"""Somebody is invited to the mirror: an account is found, or made without a password, and a link for one device. Units of work."""

import re
import unicodedata
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from feeds.identity import invitations, users
from feeds.identity.invitations import Invitation
from feeds.identity.users import User, UserProblem
from feeds.messages.city import City
from feeds.reports.roles import Actor, Role

_MOST_LOGIN = 63


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Who is invited. ``login``: made of the name where it is not given; what is not given may be whatever the account has."""

    login: str | None = None
    name: str | None = None
    role: Role | None = None
    agency: str | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed over. ``token``: this once."""

    invitation: Invitation
    user: User
    token: str


def invite(connection: Connection, city: City, wish: Wish, now: datetime, by: Actor) -> Card:
    """Raises ``UserProblem``, ``InvitationProblem``; then nobody is made either."""
    login = users.login_of(wish.login or login_from(wish.name or ""))
    user = _known(connection, login, wish)
    if user is None:
        if wish.role is None or wish.name is None:
            raise UserProblem("unknown_user", f"there is no {login} yet; say who it is with --role and --name", "login")
        user = users.add_user(
            connection, city, login=login, name=wish.name, role=wish.role, agency=wish.agency, password=None, now=now, by=by
        )
    invitation, token = invitations.make(connection, user.login, now, by)
    return Card(invitation=invitation, user=user, token=token)


def login_from(name: str) -> str:
    """``Dr. Sari Dewi, S.H.``: ``dr-sari-dewi-s-h``. May be none that can be a login."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MOST_LOGIN].rstrip("-")


def _known(connection: Connection, login: str, wish: Wish) -> User | None:
    """The account, if there is one and it is the one that is meant."""
    user = next((one for one in users.list_users(connection) if one.login == login), None)
    if user is None:
        return None
    for what, wanted, found in (("name", wish.name, user.name), ("role", wish.role, user.role), ("agency", wish.agency, user.agency)):
        if wanted is not None and wanted != found:
            said = f"{login} is there already, with the {what} {found or 'none'}"
            raise UserProblem("login_taken", f"{said}; give another --login, or change it: `controlroom users change`", "login")
    return user
