"""The life of reports in the store: taken in, changed step by step, each with its event and its line in the outbox in one transaction.

Every public method is a unit of work for ``feeds.store.database``: it takes the connection first. Knows no bus, door or session.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import astuple
from sqlalchemy import Connection, bindparam, func, select, update

from feeds.geography import CityGeography
from feeds.messages.actions import (
    Accept,
    AnyAction,
    Decline,
    Finish,
    Forward,
    HandBack,
    Invalidate,
    Merge,
    PassPicture,
    Reopen,
    Triage,
)
from feeds.messages.city import City
from feeds.messages.desk import Person, Receipt
from feeds.messages.header import Position
from feeds.messages.report import OPEN_STATES, PINLESS_STATES, ReportState
from feeds.reports.bursts import gather
from feeds.reports.clocks import schedule
from feeds.reports.drafts import Draft, digest_of, same_digest
from feeds.reports.records import Record, columns_of, record_of, wall_report
from feeds.reports.refusals import Claimed, Refused, StaleRevision, Unknown
from feeds.reports.retries import new_link, sent_before
from feeds.reports.roles import Actor, Forbidden, Permission, Role, is_own_agency_only, may
from feeds.reports.routing import same_kind, suggested_agency
from feeds.reports.shown_pictures import finished, passed, veiled
from feeds.reports.states import NEEDS_REASON, MissingRequirement, next_state
from feeds.store.bulk import insert_rows
from feeds.store.schema import EVENTS, INTAKE, OUTBOX, PERSONS, REPORTS, USERS

Clock = Callable[[], datetime]

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Nothing that is read or heard as something else."""

_OF_INTAKE = ("report", "source", "received_at", "retry_key", "digest")
_OF_EVENTS = ("report", "revision", "kind", "at", "role", "actor", "before", "after", "reason", "body")

# Made once: putting a statement together costs more than SQLite needs to carry it out. Two processes never write at the same time
# (feeds.store.engines), so what was looked at still holds when it is written.
_REPORT = select(REPORTS).where(REPORTS.c.id == bindparam("report"))
_REPORT_TO_CHANGE = _REPORT.with_for_update()
_CHANGE_REPORT = update(REPORTS).where(REPORTS.c.id == bindparam("which"))
_INTAKE_OF = select(INTAKE.c.number).where(INTAKE.c.report == bindparam("report"))
_MERGED = select(REPORTS.c.id).where(REPORTS.c.parent == bindparam("parent")).order_by(REPORTS.c.id).limit(5)
_CHILD = REPORTS.alias()
_COUNT_MERGED = _CHANGE_REPORT.values(merged=select(func.count()).where(_CHILD.c.parent == bindparam("which")).scalar_subquery())
_FIELD_OFFICER = select(USERS.c.login).where(
    USERS.c.login == bindparam("login"), USERS.c.role == Role.FIELD, USERS.c.agency == bindparam("agency"), USERS.c.is_active
)

CLAIM_ENDS_WITH = frozenset({"forward", "hand_back", "finish", "decline", "merge", "invalidate"})
"""Kinds of step that close a report or give it into other hands."""

PERMISSIONS: Mapping[str, Permission] = {
    "triage": Permission.TRIAGE,
    "forward": Permission.FORWARD,
    "hand_back": Permission.ACCEPT,
    "accept": Permission.ACCEPT,
    "progress": Permission.PROGRESS,
    "finish": Permission.FINISH,
    "answer": Permission.ANSWER,
    "decline": Permission.DECLINE,
    "merge": Permission.MERGE,
    "invalidate": Permission.INVALIDATE,
    "reopen": Permission.REOPEN,
    "note": Permission.NOTE,
    "pass_picture": Permission.PASS_PICTURE,
}
"""What each kind of action asks for."""


class ReportService:
    """``clock`` gives aware UTC times."""

    def __init__(self, city: City, geography: CityGeography, clock: Clock) -> None:
        self._city = city
        self._zone = ZoneInfo(city.time_zone)
        self._geography = geography
        self._clock = clock
        self._categories = {category.code: category for category in city.categories}
        self._agencies = {agency.code for agency in city.agencies}

    def take_in(self, connection: Connection, draft: Draft, actor: Actor) -> Receipt:
        """Writes a new report, once: the same request sent again gets the same report. Raises ``Refused``, ``KeyUsed``, ``Forbidden``."""
        if not may(actor, Permission.SUBMIT):
            raise Forbidden(actor, Permission.SUBMIT)
        category = self._categories.get(draft.category)
        if category is None:
            raise Refused("service_code", "is no category of this city")
        now = self._clock()
        digest = same_digest(draft)
        if (sent := sent_before(connection, draft, digest, now)) is not None:
            return sent
        report, link = self._new_id(connection, now), new_link()
        insert_rows(connection, INTAKE, _OF_INTAKE, [(report, draft.source, now, draft.retry_key, digest)])
        record = self._placed(
            Record(
                id=report,
                revision=1,
                state=ReportState.NEW,
                category=category.code,
                category_name=category.names.get(self._city.language),
                channel=draft.channel,
                priority=draft.priority,
                source=draft.source,
                source_ref=draft.source_ref,
                received_at=now,
                changed_at=now,
                clocks_since=now,
                description=draft.description,
                address=draft.address,
                attributes=draft.attributes,
                link_digest=digest_of(link),
            ),
            draft.position,
        )
        record, of_one_burst = gather(connection, self._city, self._searchable(self._timed(record)))
        insert_rows(connection, REPORTS, Record.__struct_fields__, [astuple(record)])
        if draft.person is not None:
            insert_rows(connection, PERSONS, ("report", *Person.__struct_fields__), [(report, *astuple(draft.person))])
        self._log(connection, record, None, "received", actor, "", {})
        tell(connection, of_one_burst, self._city)
        return Receipt(report=report, is_new=True, link=link)

    def get(self, connection: Connection, report: str, *, for_change: bool = False) -> Record:
        """Raises ``Unknown``."""
        row = connection.execute(_REPORT_TO_CHANGE if for_change else _REPORT, {"report": report}).mappings().first()
        if row is None:
            raise Unknown(f"there is no report {report}")
        return record_of(row)

    def act(self, connection: Connection, report: str, action: AnyAction, actor: Actor, *, revision: int | None = None) -> Record:
        """Carries out one step on the revision its actor has seen (``None``: whatever stands).

        Raises ``Unknown``, ``Forbidden``, ``StaleRevision``, ``Claimed``, ``IllegalTransition``, ``MissingRequirement``, ``Refused``.
        """
        before = self.get(connection, report, for_change=True)
        kind = str(action.__struct_config__.tag)
        self._allow(before, PERMISSIONS[kind], actor)
        if isinstance(action, Triage) and action.priority is not None:
            self._allow(before, Permission.PRIORITISE, actor)
        if isinstance(action, Finish) and action.photo is None and action.exemption is not None and not may(actor, Permission.EXEMPT):
            raise Forbidden(actor, Permission.EXEMPT)
        if revision is not None and revision != before.revision:
            raise StaleRevision(before, revision)
        now = self._clock()
        if is_anothers(before, actor, now):
            raise Claimed(before)
        if kind in NEEDS_REASON and not action.reason.strip():
            raise MissingRequirement(f"report {report}: {kind} needs a reason")
        after_state = next_state(report, before.state, kind)
        changed = self._changed(connection, before, action, actor)
        after = msgspec.structs.replace(changed, state=after_state, revision=before.revision + 1, changed_at=now)
        after = self._searchable(self._stopped(after, kind, now))
        connection.execute(_CHANGE_REPORT, columns_of(after) | {"which": report})
        body = msgspec.to_builtins(action)
        self._log(connection, after, before.state, kind, actor, action.reason, body)
        for parent in {before.parent, after.parent} - {None} if before.parent != after.parent else ():
            connection.execute(_COUNT_MERGED, {"which": parent})
            tell(connection, (self.get(connection, str(parent)),), self._city)
        return after

    def claim(self, connection: Connection, report: str, actor: Actor, *, is_release: bool = False) -> Record:
        """Takes a report for some minutes, or lets go of it; a lead may take it over. Raises ``Unknown``, ``Forbidden``, ``Claimed``."""
        before = self.get(connection, report, for_change=True)
        self._allow(before, Permission.CLAIM, actor)
        now = self._clock()
        if is_anothers(before, actor, now) and not may(actor, Permission.TAKE_OVER):
            raise Claimed(before)
        by = None if is_release else actor.id
        until = None if is_release else now + timedelta(minutes=self._city.reports.claim_min)
        connection.execute(update(REPORTS).where(REPORTS.c.id == report).values(claimed_by=by, claimed_until=until))
        return msgspec.structs.replace(before, claimed_by=by, claimed_until=until)

    def _allow(self, record: Record, permission: Permission, actor: Actor) -> None:
        if not may(actor, permission, agency=record.agency, officer=record.officer):
            if not may(actor, Permission.SEE_QUEUE, agency=record.agency, officer=record.officer):
                raise Unknown(f"there is no report {record.id}")
            raise Forbidden(actor, permission)

    def _changed(self, connection: Connection, record: Record, action: AnyAction, actor: Actor) -> Record:
        """What the action changes beside state and clocks."""
        replace = msgspec.structs.replace
        match action:
            case Triage():
                return self._triaged(connection, record, action)
            case Forward():
                return self._forwarded(connection, record, action, actor)
            case HandBack():
                return replace(record, agency=None, officer=None)
            case Accept():
                if record.agency is None:
                    agency = suggested_agency(self._city, record.category, self._clock())
                    if agency is None:
                        raise MissingRequirement(f"report {record.id}: working needs an assignee; forward it first")
                    return replace(record, agency=agency)
                return record
            case Finish():
                is_photo_allowed = self._is_photo_allowed(record)
                return finished(
                    connection, record, action, is_photo_allowed=is_photo_allowed, within_m=self._city.reports.evidence_within_m
                )
            case Decline():
                if not action.answer.strip():
                    raise MissingRequirement(f"report {record.id}: a declined report needs an answer to its citizen")
                return record
            case Merge():
                parent = self.get(connection, action.parent)
                if parent.id == record.id or parent.state in PINLESS_STATES:
                    raise Refused("parent", "is this report itself, merged into another, or invalid")
                self._refuse_with_children(connection, record)
                return replace(record, parent=parent.id)
            case Invalidate():
                self._refuse_with_children(connection, record)
                return record
            case Reopen():
                return self._begun_again(record)
            case PassPicture():
                return passed(connection, record, action)
            case _:
                return record

    def _forwarded(self, connection: Connection, record: Record, action: Forward, actor: Actor) -> Record:
        if action.agency not in self._agencies:
            raise Refused("agency", "is no agency of this city")
        if is_own_agency_only(actor.role, Permission.FORWARD) and action.agency != actor.agency:
            raise Forbidden(actor, Permission.FORWARD, "to another agency; hand the report back to the room")
        wanted = {"login": action.officer, "agency": action.agency}
        if action.officer is not None and connection.execute(_FIELD_OFFICER, wanted).first() is None:
            raise Refused("officer", "is no active field officer of that agency")
        record = msgspec.structs.replace(record, agency=action.agency, officer=action.officer)
        if record.accepted_at is None:
            return record
        return self._timed(msgspec.structs.replace(record, accepted_at=None, handed_on_at=self._clock()))

    @staticmethod
    def _refuse_with_children(connection: Connection, record: Record) -> None:
        """What others count on stays a report of its own."""
        if children := connection.execute(_MERGED, {"parent": record.id}).scalars().all():
            raise Refused("report", f"others are merged into it, as {', '.join(children)}; reopen them first")

    def _begun_again(self, record: Record) -> Record:
        """A reopened report: what closed it is gone, and its clocks run from now."""
        anew = msgspec.structs.replace(
            record,
            clocks_since=self._clock(),
            handed_on_at=None,
            parent=None,
            photo_after=None,
            photo_after_at=None,
            evidence_ok=None,
            evidence_distance_m=None,
            exemption=None,
            responded_at=None,
            accepted_at=None,
            finished_at=None,
        )
        return self._timed(anew)

    def _triaged(self, connection: Connection, record: Record, action: Triage) -> Record:
        before = record
        if action.category is not None:
            category = self._categories.get(action.category)
            if category is None:
                raise Refused("category", "is no category of this city")
            record = msgspec.structs.replace(record, category=category.code, category_name=category.names.get(self._city.language))
            if self._is_photo_allowed(before) and not category.is_photo_allowed:
                record = veiled(connection, record)
        if action.priority is not None:
            record = msgspec.structs.replace(record, priority=action.priority)
        if action.position is not None:
            record = self._placed(record, action.position)
        if action.place is not None:
            record = msgspec.structs.replace(record, place=action.place or None)
        if action.text is not None:
            record = msgspec.structs.replace(record, text=action.text or None)
        is_timed_anew = (record.category, record.priority) != (before.category, before.priority) and record.state in OPEN_STATES
        return self._gathered_anew(connection, before, self._timed(record) if is_timed_anew else record)

    def _gathered_anew(self, connection: Connection, before: Record, record: Record) -> Record:
        """Of another place or kind it may be of another incident. Reports led elsewhere keep the incidents that are said there."""
        is_another = record.position != before.position or record.category not in same_kind(self._city, before.category)
        if not is_another or record.link_digest is None or record.state in PINLESS_STATES:
            return record
        record, of_one_burst = gather(connection, self._city, msgspec.structs.replace(record, incident=None, revision=before.revision + 1))
        tell(connection, of_one_burst, self._city)
        return record

    def _is_photo_allowed(self, record: Record) -> bool:
        category = self._categories.get(record.category)
        return category is not None and category.is_photo_allowed

    def _placed(self, record: Record, position: Position | None) -> Record:
        if position is None:
            return record
        lon, lat = position.lon, position.lat
        if not (-180 <= lon <= 180 and -90 <= lat <= 90) or lon == lat == 0:
            raise Refused("position", "is no place: longitude -180 to 180, latitude -90 to 90, not 0, 0")
        if self._is_swapped(lon, lat):
            raise Refused("position", "lies in this city only with longitude and latitude the other way round")
        district = self._geography.district_at(lon, lat)
        is_outside = district is None and self._geography.is_far_outside(lon, lat)
        return msgspec.structs.replace(record, lon=lon, lat=lat, district=district, is_outside=is_outside)

    def _is_swapped(self, lon: float, lat: float) -> bool:
        west, south, east, north = self._city.bbox
        return west <= lat <= east and south <= lon <= north and not (west <= lon <= east and south <= lat <= north)

    def _timed(self, record: Record) -> Record:
        due = schedule(self._city, record.category, record.priority, record.clocks_since)
        if record.handed_on_at is not None:
            anew = schedule(self._city, record.category, record.priority, record.handed_on_at)
            # Never later than the completion: the clocks end in their order (feeds.store.schema: due_at).
            accept_by, accept_risk_at = min(anew.accept_by, due.finish_by), min(anew.accept_risk_at, due.finish_risk_at)
            due = due._replace(accept_by=accept_by, accept_risk_at=accept_risk_at)
        return msgspec.structs.replace(record, **due._asdict())

    @staticmethod
    def _stopped(record: Record, kind: str, now: datetime) -> Record:
        """The clocks that this step stops."""
        replace = msgspec.structs.replace
        if kind in ("answer", "decline", "finish", "forward", "accept") and record.responded_at is None:
            record = replace(record, responded_at=now)
        if kind == "accept" and record.accepted_at is None:
            record = replace(record, accepted_at=now)
        if record.state not in OPEN_STATES and record.finished_at is None:
            record = replace(record, finished_at=now)
        return replace(record, claimed_by=None, claimed_until=None) if kind in CLAIM_ENDS_WITH else record

    @staticmethod
    def _searchable(record: Record) -> Record:
        words = (record.id, record.category_name, record.category, record.place, record.address, record.text, record.description)
        return msgspec.structs.replace(record, search=" ".join(word for word in words if word).casefold())

    def _log(
        self, connection: Connection, record: Record, before: ReportState | None, kind: str, actor: Actor, reason: str, body: Any
    ) -> None:
        written = (
            record.id, record.revision, kind, record.changed_at, actor.role, actor.id, before, record.state, reason or None, body,
        )  # fmt: skip
        insert_rows(connection, EVENTS, _OF_EVENTS, [written])
        tell(connection, (record,), self._city)

    def _new_id(self, connection: Connection, now: datetime) -> str:
        while True:
            found = f"L{now.astimezone(self._zone):%y%m%d}-" + "".join(secrets.choice(_LETTERS) for _ in range(5))
            if connection.execute(_INTAKE_OF, {"report": found}).first() is None:
                return found


def is_anothers(record: Record, actor: Actor, now: datetime) -> bool:
    """Whether somebody else has claimed it."""
    return record.claimed_by not in (None, actor.id) and record.claimed_until is not None and record.claimed_until > now


def tell(connection: Connection, records: Sequence[Record], city: City) -> None:
    """Lays out what the bus is to be told of these reports now."""
    encode = msgspec.json.encode
    lines = ((one.id, encode(wall_report(one, city)) if one.is_shown else None) for one in records)
    insert_rows(connection, OUTBOX, ("report", "body"), lines)
