"""What can be done to a report, as values: the body of a desk's request and of an event alike. Pure."""

from typing import Annotated, TypeAlias

import msgspec

from feeds.messages.header import Position
from feeds.messages.report import Priority

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class Action(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """One step. ``reason`` is for those who look back; a citizen never sees it."""

    reason: Annotated[str, msgspec.Meta(max_length=1_000)] = ""


class Triage(Action, frozen=True, kw_only=True, tag="triage"):
    """What an operator makes of a report: only what is given changes. ``text`` is passed for the wall."""

    category: Code | None = None
    priority: Priority | None = None
    position: Position | None = None
    place: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    text: Annotated[str, msgspec.Meta(max_length=280)] | None = None


class Forward(Action, frozen=True, kw_only=True, tag="forward"):
    agency: Code
    officer: Code | None = None


class HandBack(Action, frozen=True, kw_only=True, tag="hand_back"):
    """An agency gives a report back to the room's triage; needs a reason."""


class Accept(Action, frozen=True, kw_only=True, tag="accept"):
    pass


class Progress(Action, frozen=True, kw_only=True, tag="progress"):
    text: Words


class Finish(Action, frozen=True, kw_only=True, tag="finish"):
    """``photo``: the hash of an attachment of this report; or ``exemption``, recorded by a lead, says why there is none."""

    photo: Hash | None = None
    exemption: Words | None = None
    answer: Words | None = None


class Answer(Action, frozen=True, kw_only=True, tag="answer"):
    text: Words


class Decline(Action, frozen=True, kw_only=True, tag="decline"):
    """Outside the city's authority: the citizen gets an answer all the same."""

    answer: Words


class Merge(Action, frozen=True, kw_only=True, tag="merge"):
    parent: Code


class Invalidate(Action, frozen=True, kw_only=True, tag="invalidate"):
    """A prank; needs a reason."""


class Reopen(Action, frozen=True, kw_only=True, tag="reopen"):
    """Needs a reason."""


class Note(Action, frozen=True, kw_only=True, tag="note"):
    text: Words


class PassPicture(Action, frozen=True, kw_only=True, tag="pass_picture"):
    """Lets a picture of this report go to the wall, or takes it off."""

    photo: Hash
    is_passed: bool = True


AnyAction: TypeAlias = (
    Triage | Forward | HandBack | Accept | Progress | Finish | Answer | Decline | Merge | Invalidate | Reopen | Note | PassPicture
)
