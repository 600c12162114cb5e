"""mySociety's service request updates at the Open311 door: what has become of reports, and words from outside about them.

https://github.com/open311/service-request-updates-extension: states for anybody, the room's answers for the key that handed a report in.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from sqlalchemy import Connection

from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.form_parts import closing_files, one_of, read_into
from feeds.api.georeport_words import STATE_WORDS, Step, Update, UpdateTaken, update_of
from feeds.api.open311_attributes import clean
from feeds.api.open311_callers import Caller, check_jurisdiction, source_of
from feeds.api.open311_forms import MOST_OF_A_FORM, MOST_OF_UPDATE, UpdateOperation, answers
from feeds.api.open311_intake import media_urls, read_retry_key
from feeds.api.open311_parts import Parts
from feeds.api.open311_search import Asked, shown_record, steps, updates_query
from feeds.api.open311_speech import AnyRequest, Tags, photo_url, speak
from feeds.api.texts import translator
from feeds.identity.keys import Scope
from feeds.readers.service_requests import EXTENDED_STATES
from feeds.reports.remarks import remark, remarked_before

STATUSES = frozenset({*EXTENDED_STATES, "OPEN", "CLOSED"})

_TAGS = Tags("service_request_updates", "request_update")
_KIND = "outside_update"

Here = NamedDependency[Doors]


@get(["/servicerequestupdates", "/servicerequestupdates.json"], responses=answers(list[Update], 400, 403, 404))
async def updates(request: AnyRequest, doors: Here, asked: NamedDependency[Asked], caller: NamedDependency[Caller]) -> Response[bytes]:
    """Changes of state, oldest first; to the key that handed a report in also what its citizen was answered."""
    query = updates_query(asked, doors.city, doors.clock(), caller.source, has_words=caller.sees_words)

    def unit(connection: Connection) -> list[Update]:
        return [_row(one, doors) for one in steps(connection, query)]

    return await speak(request, await doors.read(unit), _TAGS)


@post(
    ["/servicerequestupdates", "/servicerequestupdates.json"],
    responses=answers(list[UpdateTaken], 400, 403, 404, 413, 429, status=201),
    operation_class=UpdateOperation,
    request_max_body_size=MOST_OF_A_FORM,
)
async def take_update(request: AnyRequest, parts: NamedDependency[Parts]) -> Response[bytes]:
    """A word from outside about a report, with pictures or without: a note for the room, which alone changes a report's state.

    Who says it is not kept: a report has one person, and that is who sent it.
    """
    doors, pictures, keys = parts
    gate = await keys.gate(request, Scope.UPDATES)
    with closing_files() as form:
        await read_into(form, request, gate)
        actor = await gate.actor(form.values)
        check_jurisdiction(doors.city, one_of("jurisdiction_id", form.values.get("jurisdiction_id", ())))
        fields = _fields(form.values)
        urls = media_urls(form.values)
        brought = await pictures.prepare(form.files)
        if not brought.kept and not urls and not fields["description"] and not fields["status"]:
            raise ApiError(400, "empty_update", "the update says nothing: give description, status or a picture", field="description")
    key = read_retry_key(request.headers.get("Idempotency-Key")) or fields["update_id"]
    key = f"{actor.id}:{key}" if key else None
    text = " ".join(part for part in (f"[{fields['status']}]" if fields["status"] else "", fields["description"]) if part)

    def unit(connection: Connection) -> tuple[int, str, bool]:
        report = shown_record(connection, fields["service_request_id"], doors.city, source_of(actor)).id
        standing = remarked_before(connection, report, _KIND, key) if key is not None else None
        if standing is not None:
            return standing, report, False
        body: dict[str, Any] = {"do": "note", "text": text, "key": key}
        number = remark(connection, report, _KIND, body, actor, doors.clock())
        # As "other" they pass to no wall by themselves.
        pictures.keep(connection, report, brought, actor, "other", urls)
        return number, report, True

    number, report, is_new = await doors.write(unit)
    later = BackgroundTask(pictures.fetch, report) if is_new and urls else None
    return await speak(request, [UpdateTaken(update_id=str(number))], _TAGS, status=201 if is_new else 200, background=later)


def _fields(values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Raises ``ApiError`` 400."""
    names = ("service_request_id", "description", "status", "update_id")
    fields = {name: clean(one_of(name, values.get(name, ()))) for name in names}
    for name, text in fields.items():
        if len(text) > MOST_OF_UPDATE[name]:
            raise ApiError(400, "too_long", f"{name} has more than {MOST_OF_UPDATE[name]:,} characters", field=name)
    status = re.sub("[^A-Z]+", "_", fields["status"].upper())
    if status and status not in STATUSES:
        raise ApiError(400, "bad_status", f"status is none of {', '.join(sorted(STATUSES))}", field="status")
    return fields | {"status": status}


def _row(step: Step, doors: Doors) -> Update:
    tr = translator(doors.city.language)
    url = photo_url(doors.options.base_url, step.report, step.photo)
    return update_of(step, doors.city, words=tr(STATE_WORDS[step.state]), media_url=url)
