"""What the desk's doors take and tell beside the queue (``feeds.messages.queue``): one report, its steps, a call typed in, who is there."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from feeds.messages.actions import AnyAction, Code, Words
from feeds.messages.header import Position
from feeds.messages.queue import Clock, QueueRow, Standing
from feeds.messages.report import Channel, Priority, ReportState

MOST_STEPS = 200
"""Of one request."""

_Name = Annotated[str, msgspec.Meta(max_length=200)]


class Alike(msgspec.Struct, frozen=True, kw_only=True):
    """A report this one may repeat. ``similarity``: of the words, 0 to 100."""

    id: str
    state: ReportState
    category: str
    received_at: datetime
    distance_m: float
    similarity: float
    words: str


class Instruction(msgspec.Struct, frozen=True, kw_only=True):
    """``owner``: an agency's code or a user's login. ``due_on``: a day of the city."""

    number: int
    report: str
    text: str
    by: str
    owner: str
    due_on: date
    at: datetime
    done_at: datetime | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    email: str | None = None
    device_id: str | None = None
    account_id: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """``link`` opens the public status page; it is told only to who sent the report.

    A retry by key gets a new one, in whose stead the former opens nothing; one by its content alone gets none: anybody may say the same.
    """

    report: str
    is_new: bool
    link: str | None = None


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event. ``body``: what the step carried; empty for those who do not see citizens' words."""

    revision: int
    kind: str
    at: datetime
    role: str
    actor: str
    before: str | None
    after: str
    reason: str | None
    body: dict[str, Any]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment; its file is asked for by ``hash``. ``role``: before, after, other."""

    hash: str
    role: str
    mime: str
    width: int | None
    height: int | None
    poster: str | None
    taken_at: datetime | None
    received_at: datetime
    is_passed: bool


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """``steps``: what this actor may do now. ``merged``: ids of the reports merged into this one. The person is asked for apart."""

    report: QueueRow
    description: str
    address: str | None
    attributes: dict[str, Any] | None
    source: str
    source_ref: str | None
    exemption: str | None
    evidence_ok: bool | None
    evidence_distance_m: float | None
    clocks: dict[Clock, Standing]
    history: list[Happening]
    pictures: list[Picture]
    suggested_agency: str | None
    duplicates: tuple[Alike, ...]
    merged: list[str]
    steps: list[str]
    can_claim: bool
    can_see_person: bool
    instructions: list[Instruction]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """``code`` is stable and for programs; ``description`` is for people. ``allowed``, ``revision``: where they help to go on."""

    code: str
    description: str
    field: str | None = None
    allowed: tuple[str, ...] | None = None
    revision: int | None = None


class OneOfMany(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Code
    revision: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    action: AnyAction


class ManySteps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    steps: Annotated[list[OneOfMany], msgspec.Meta(min_length=1, max_length=MOST_STEPS)]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one step of many: the report as it is now, or why not, with the status it would have had alone."""

    id: str
    status: int
    report: QueueRow | None = None
    problem: Problem | None = None


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to begin with, by language code. ``open``: what nobody but its writer can fill in; it is not sent with that in it."""

    name: str
    texts: dict[str, str]
    open: tuple[str, ...]


class Caller(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who reported, as far as they said."""

    first_name: _Name | None = None
    last_name: _Name | None = None
    phone: _Name | None = None
    email: _Name | None = None


class TypedIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call or message as an operator writes it down. Where is said by ``position`` or ``address``, or not yet known.

    ``priority``: without one, a call to 112 is an emergency and anything else normal.
    """

    channel: Channel
    category: Code
    words: Words
    position: Position | None = None
    address: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    person: Caller | None = None
    priority: Priority | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``owner``: an agency's code or a user's login. ``due_on``: a day of the city, today or later."""

    text: Words
    owner: Code
    due_on: date


class WhoAmI(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in person, to themselves. ``csrf`` goes into the header ``X-CSRF-Token`` of every change.

    ``must_change_password``: until then every other door is shut. ``device``: the invited device the session is bound to, and
    ``device_key`` its public key (SPKI, base64url without padding).
    """

    login: str
    name: str
    role: str
    agency: str | None
    permissions: list[str]
    csrf: str
    ends_at: datetime
    must_change_password: bool
    device: str | None = None
    device_key: str | None = None


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    at: datetime
    actor: str
    role: str
    action: str
    object: str
    body: dict[str, Any]


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; ``before`` asks for the next page and is null on the last."""

    rows: list[AuditRow]
    before: int | None
