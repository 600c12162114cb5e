"""Who may do what: one table. Pure; knows no user, session or door."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import msgspec


class Role(StrEnum):
    OPERATOR = "operator"
    LEAD = "lead"
    OPD = "opd"
    HEAD = "head"
    MAYOR = "mayor"
    FIELD = "field"
    COLLECTOR = "collector"
    ADMIN = "admin"
    CITIZEN = "citizen"
    """Nobody who signs in: whoever comes through a public door."""


class Permission(StrEnum):
    """What a door or a step asks for."""

    SUBMIT = "submit"
    SEE_QUEUE = "see_queue"
    SEE_PERSON = "see_person"
    SEE_FIGURES = "see_figures"
    CLAIM = "claim"
    TAKE_OVER = "take_over"
    """What somebody else has claimed, or holds of a wall."""
    TRIAGE = "triage"
    FORWARD = "forward"
    ACCEPT = "accept"
    PROGRESS = "progress"
    FINISH = "finish"
    EXEMPT = "exempt"
    ANSWER = "answer"
    DECLINE = "decline"
    MERGE = "merge"
    INVALIDATE = "invalidate"
    REOPEN = "reopen"
    PRIORITISE = "prioritise"
    NOTE = "note"
    INSTRUCT = "instruct"
    PASS_PICTURE = "pass_picture"
    ARRANGE_WALL = "arrange_wall"
    """Decide what a wall shows, keep presets, hand over a shift."""
    SEE_MIRROR = "see_mirror"
    """The room's picture on a device of one's own, outside the room."""
    SEE_AUDIT = "see_audit"
    MANAGE_USERS = "manage_users"


_P = Permission
_DESK = frozenset({
    _P.SUBMIT, _P.SEE_QUEUE, _P.SEE_PERSON, _P.SEE_FIGURES, _P.CLAIM, _P.TRIAGE, _P.FORWARD, _P.ACCEPT, _P.PROGRESS, _P.FINISH, _P.ANSWER,
    _P.DECLINE, _P.MERGE, _P.INVALIDATE, _P.REOPEN, _P.PRIORITISE, _P.NOTE, _P.PASS_PICTURE, _P.ARRANGE_WALL,
    _P.SEE_MIRROR,
})  # fmt: skip

MATRIX: Mapping[Role, frozenset[Permission]] = MappingProxyType({
    Role.OPERATOR: _DESK,
    Role.LEAD: _DESK | {_P.TAKE_OVER, _P.EXEMPT, _P.INSTRUCT, _P.SEE_AUDIT},
    # These of their own agency only, but for what an agency's head watches: ``is_own_agency_only``.
    Role.OPD: frozenset({_P.SEE_QUEUE, _P.SEE_FIGURES, _P.ACCEPT, _P.PROGRESS, _P.FINISH, _P.FORWARD, _P.NOTE, _P.ANSWER}),
    Role.FIELD: frozenset({_P.SEE_QUEUE, _P.ACCEPT, _P.PROGRESS, _P.FINISH, _P.NOTE}),
    Role.HEAD: frozenset({_P.SEE_QUEUE, _P.SEE_FIGURES, _P.INSTRUCT, _P.SEE_MIRROR}),
    Role.MAYOR: frozenset({_P.SEE_QUEUE, _P.SEE_FIGURES, _P.INSTRUCT, _P.SEE_MIRROR}),
    Role.COLLECTOR: frozenset({_P.SUBMIT}),
    # Runs the system; reads no citizen's data by that.
    Role.ADMIN: frozenset({_P.MANAGE_USERS, _P.SEE_AUDIT}),
    Role.CITIZEN: frozenset({_P.SUBMIT}),
})  # fmt: skip

OWN_AGENCY_ONLY = frozenset({Role.OPD, Role.HEAD, Role.FIELD})
"""These belong to an agency and touch its reports alone (a field officer: those given to them or to nobody of it)."""

_WATCHED = frozenset({_P.SEE_QUEUE, _P.SEE_FIGURES})

AWAY = _WATCHED | {_P.SEE_MIRROR}
"""All that anybody may on a device outside the room."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever acts: a user's login, an API key's id, a source's name. ``is_away``: on an invited device outside the room."""

    id: str
    role: Role
    agency: str | None = None
    is_away: bool = False


class Forbidden(PermissionError):
    """The table does not allow it."""

    def __init__(self, actor: Actor, permission: Permission, what: str = "") -> None:
        super().__init__(f"the role {actor.role} may not {permission.replace('_', ' ')} {what}".rstrip())
        self.permission = permission


def rights(actor: Actor) -> frozenset[Permission]:
    """All that the table gives, whatever it is about; away from the room no more than looking."""
    return MATRIX[actor.role] & AWAY if actor.is_away else MATRIX[actor.role]


def is_own_agency_only(role: Role, permission: Permission) -> bool:
    """Whether the agency's own reports alone are meant. An agency's head watches the whole city's (domain.md section 1)."""
    return role in OWN_AGENCY_ONLY and not (role is Role.HEAD and permission in _WATCHED)


def may(actor: Actor, permission: Permission, *, agency: str | None = None, officer: str | None = None) -> bool:
    """Whether the table allows it; ``agency`` and ``officer``: those of the report it is about."""
    if permission not in rights(actor):
        return False
    if not is_own_agency_only(actor.role, permission):
        return True
    if actor.agency is None or agency != actor.agency:
        return False
    return actor.role is not Role.FIELD or officer in (None, actor.id)
