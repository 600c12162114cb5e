"""The doors keep what their OpenAPI document says, whatever is sent to them: no failure of the service, no status or shape it does not name."""

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from litestar import Litestar, Response, get
from litestar.openapi import OpenAPIConfig
from litestar.testing import TestClient
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from sqlalchemy import Connection, insert

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import answer
from feeds.api.sessions import CSRF_HEADER, cookie_name
from feeds.identity import invitations, passwords, sessions, users
from feeds.identity.keys import Scope, actor_of_key, add_key
from feeds.identity.sessions import ID_LETTERS
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft, digest_of
from feeds.reports.roles import Actor, Role
from feeds.store.schema import INSTRUCTIONS, PASSKEYS
from tests.fakes.attachments import a_file
from tests.fakes.desk_house import CITY, HERE
from tests.fakes.signed_in import PASSWORD
from tests.fakes.stores import a_store
from tests.fakes.walls import MAP, a_handover, a_preset, two_takes

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
ADMIN = Actor(id="root", role=Role.ADMIN)
LEAD = Actor(id="rina", role=Role.LEAD)
CHECKS: list[Any] = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BOUNDED = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
)
NEVER_WELL = {
    "POST /desk/reports/{report}/media": "takes a file, which its document does not call binary; tests/api/test_attaching.py sends many",
    "POST /session/passkeys": "registers a device, and none is here; tests/api/test_passkeys.py has one",
    "POST /session/passkey": "a device signs in, and none is here; tests/api/test_passkeys.py has one",
    "POST /session/invitation": "an invited device proves its key, and none is here; tests/api/test_invited.py has one",
    "POST /session/device": "an invited device proves its key, and none is here; tests/api/test_invited.py has one",
    "POST /session/views": "a viewer's session is bound to a device, and none is here; tests/api/test_bound_sessions.py has one",
    "GET /session/push": "an invited device alone is rung, and none is here; tests/api/test_pushing.py has one",
    "POST /session/push": "an invited device alone is rung, and none is here; tests/api/test_pushing.py has one",
    "DELETE /session/push": "an invited device alone is rung, and none is here; tests/api/test_pushing.py has one",
}
"""Doors that nobody gets a 2xx from here, each with its reason."""

KEPT = passwords.hashed("nobody", PASSWORD)
GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


class House:
    """One city; ``who``: signed in with cookie and token, a program with its key, or nobody. ``well``: doors that were answered with 2xx."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.app = build_app(doors)
        self.schema = _document(self.app)
        self.well: set[str] = set()
        self.answered: dict[str, set[int]] = {}
        self._count = itertools.count(1)
        self.key = self.write(lambda it: add_key(it, "laksa", tuple(Scope), NOW, ADMIN))[1]
        for role in (Role.LEAD, Role.ADMIN):
            self.user(f"the-{role}", role)
        prepared = doors.pictures.prepare(a_file())
        doors.pictures.lay(prepared)
        self.photo = prepared.hash
        report = self.report()
        self.write(lambda it: doors.pictures.keep(it, report, prepared, "before", NOW))

    def write(self, unit: Callable[[Connection], Any]) -> Any:
        return self.doors.database.write(unit)

    def user(self, login: str, role: Role) -> str:
        self.write(lambda it: users.add_user(
            it, CITY, login=login, name="A", role=role, agency=None, password=KEPT, now=NOW, by=ADMIN,
        ))  # fmt: skip
        return login

    def report(self) -> str:
        """A new one, as nobody has touched it; of a category whose pictures go on the wall."""
        words, place = f"lubang {next(self._count)}", Position(106.63, -6.17)
        draft = Draft(source="laksa", channel=Channel.LAKSA, category="jalan_berlubang", description=words, position=place)
        return self.write(lambda it: self.doors.reports.take_in(it, draft, LEAD)).report

    def session(self, who: str) -> str:
        return self.write(lambda it: sessions.begin(it, f"the-{who}", "test", NOW, ""))

    def headers(self, who: str) -> dict[str, str]:
        """A new session each time: a door may have ended the last."""
        if who == "nobody":
            return {}
        if who == "program":
            return {"Authorization": f"Bearer {self.key}"}
        token = self.session(who)
        return {"Cookie": f"{cookie_name(self.doors.options)}={token}", CSRF_HEADER: sessions.csrf_of(token)}

    def real(self, operation: Any) -> Any:
        """A case of values that are known here."""
        known: dict[str, Callable[[], Any]] = {
            "report": self.report, "request_id": self.report, "token_id": self.report, "content_hash": lambda: self.photo,
            "code": lambda: "jalan_berlubang", "login": lambda: self.user(f"u{next(self._count)}", Role.OPERATOR),
            "session_id": lambda: digest_of(self.session("lead"))[:ID_LETTERS], "passkey": self._passkey,
            "number": self._handover if "/handovers" in operation.label else self._instruction, "wall": self._wall, "key": self._preset,
        }  # fmt: skip
        body = self._bodies().get(operation.label.removesuffix(".json"))
        more = {} if body is None else {"body": body(), "media_type": next(iter(operation.body)).media_type}
        path = {one.name: known[one.name]() for one in operation.path_parameters}
        # Of the wall that has just been made; anything else is at its first.
        wanted = {"If-Match": '"2"' if "wall" in path else '"1"', "X-Mirror-Key": self.key}
        headers = {one.name: wanted[one.name] for one in operation.headers if one.name in wanted}
        return operation.Case(path_parameters=path, headers=headers, **more)

    def _bodies(self) -> dict[str, Callable[[], Any]]:
        """What each door that takes something takes."""
        note, number, key = {"do": "note", "text": "sudah dilihat"}, next(self._count), self.key
        return {
            "POST /session": lambda: {"login": self.user(f"s{number}", Role.OPERATOR), "password": PASSWORD},
            "POST /session/password": lambda: {"old": PASSWORD, "password": f"kata sandi nomor {number}"},
            "POST /session/invitation/options": lambda: {"token": self._invitation()},
            "POST /session/device/options": lambda: {"device": "0" * 16},
            "POST /session/standing": lambda: {"tokens": [self.session("lead")]},
            "POST /session/views": lambda: {"what": "live"},
            "POST /users": lambda: {"login": f"n{number}", "name": "N", "role": "operator"},
            "PATCH /users/{login}": lambda: {"name": "Nama lain"},
            "POST /desk/reports": lambda: {"channel": "call_centre", "category": "banjir", "words": f"air {number}", "position": HERE},
            "POST /desk/reports/{report}/steps": lambda: note,
            "POST /desk/steps": lambda: {"steps": [{"id": self.report(), "revision": 1, "action": note}]},
            "POST /desk/reports/{report}/instructions": lambda: {"text": "tambal", "owner": "dpupr", "due_on": "2026-11-30"},
            "POST /desk/walls/{wall}/take": lambda: {"layout": MAP},
            "POST /desk/walls/{wall}/undo": dict,
            "POST /desk/walls/{wall}/curtain": lambda: {"is_drawn": True},
            "POST /desk/walls/{wall}/lease": lambda: {"region": None},
            "PUT /desk/presets/{key}": lambda: {"layout": MAP},
            "POST /desk/handovers": lambda: {"notes": "pompa rusak"},
            "POST /open311/v2/requests": lambda: {
                "api_key": key, "service_code": "banjir", "lat": "-6.17", "long": "106.63", "description": f"air naik {number}",
            },
            "POST /open311/v2/servicerequestupdates": lambda: {
                "api_key": key, "service_request_id": self.theirs(), "update_id": str(number), "status": "OPEN", "description": "masih ada",
                "updated_datetime": NOW.isoformat(),
            },
        }  # fmt: skip

    def theirs(self) -> str:
        """A report that the program itself handed in."""
        actor = self.doors.database.read(lambda it: actor_of_key(it, self.key, Scope.SUBMIT, NOW))
        assert actor is not None
        draft = Draft(source=f"open311.{actor.id}", channel=Channel.OPEN311, category="banjir", description=f"air {next(self._count)}")
        return self.write(lambda it: self.doors.reports.take_in(it, draft, actor)).report

    def _instruction(self) -> int:
        report = self.report()
        row = {"report": report, "text": "tambal", "by": "wali", "owner": "the-lead", "due_on": "2026-11-30", "at": NOW}
        return self.write(lambda it: it.execute(insert(INSTRUCTIONS).values(row).returning(INSTRUCTIONS.c.number)).scalar_one())

    def _wall(self) -> str:
        name = f"lobby {next(self._count)}"
        two_takes(self.doors, name, Actor(id="the-lead", role=Role.LEAD))
        return name

    def _preset(self) -> str:
        key = f"lobi-{next(self._count)}"
        a_preset(self.doors, key)
        return key

    def _invitation(self) -> str:
        return self.write(lambda it: invitations.make(it, "the-lead", NOW, ADMIN))[1]

    def _handover(self) -> int:
        return a_handover(self.doors)

    def _passkey(self) -> str:
        name = f"key{next(self._count)}"
        row = {"id": name, "login": "the-lead", "public_key": b"x", "sign_count": 0, "label": "kunci", "created_at": NOW}
        self.write(lambda it: it.execute(insert(PASSKEYS).values(row)))
        return name


def _document(app: Litestar) -> Any:
    return schemathesis.openapi.from_dict(app.openapi_schema.to_schema())


def _sent(case: Any, client: TestClient[Any], headers: dict[str, str]) -> httpx.Response:
    """Asked within this process; schemathesis' own way leaves an event loop behind."""
    client.cookies.clear()
    asked: Any = requests.Request(**case.as_transport_kwargs(base_url=str(client.base_url))).prepare()
    return client.request(asked.method or "GET", asked.url or "", content=asked.body or b"", headers=dict(asked.headers) | headers)


@pytest.fixture(scope="module")
def house() -> Generator[House]:
    with tempfile.TemporaryDirectory() as folder, a_store() as database:
        yield House(Doors(CITY, database, ApiOptions(pictures=Path(folder)), lambda: NOW))


def test_every_door_keeps_to_its_document_and_answers_somebody(house: House) -> None:
    faults: list[str] = []
    with TestClient(house.app) as client:
        for found in house.schema.get_all_operations():
            faults += _faults(house, client, found.ok())
    assert not faults, "\n\n".join(faults)
    assert len(house.answered) > 40 and {200, 201, 204, 400, 401, 403, 404} <= set().union(*house.answered.values())
    silent = {label: sorted(statuses) for label, statuses in house.answered.items() if label not in house.well}
    assert silent.keys() == NEVER_WELL.keys(), silent


def _check(house: House, client: TestClient[Any], case: Any, who: str) -> None:
    said = _sent(case, client, house.headers(who))
    label = case.operation.label
    house.answered.setdefault(label, set()).add(said.status_code)
    if said.is_success:
        house.well.add(label)
    case.validate_response(said, checks=CHECKS)


def _generated(house: House, client: TestClient[Any], operation: Any, mode: GenerationMode, examples: int) -> None:
    """``examples`` of one door, all as the document asks or none."""

    @settings(BOUNDED, max_examples=examples)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        _check(house, client, case, "lead")

    with contextlib.suppress(Unsatisfiable):  # nothing is sent to some doors that could be wrong
        ask()


def _faults(house: House, client: TestClient[Any], operation: Any) -> list[str]:
    """Of one door: asked as it should be by everybody, and as its document allows and forbids."""
    found: list[str] = []
    checks = [partial(lambda who: _check(house, client, house.real(operation), who), who) for who in ("lead", "admin", "program", "nobody")]
    checks += [partial(_generated, house, client, operation, mode, examples) for mode, examples in ((GOOD, 1), (BAD, 1))]
    for check in checks:
        try:
            check()
        except (FailureGroup, AssertionError) as broken:
            found.append(f"{operation.label}: {broken}" + "".join(f"\n{one}" for one in getattr(broken, "exceptions", ())))
    return found


@get("/broken")
async def broken() -> int:
    raise RuntimeError("on purpose")


@get("/undocumented", status_code=200)
async def undocumented() -> Response[int]:
    return Response(7, status_code=418)


@get("/misshapen")
async def misshapen() -> Response[int]:
    return Response("seven", media_type="application/json")  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize(("door", "problem"), [(broken, "Server error"), (undocumented, "Documented: 200"), (misshapen, "valid JSON")])
def test_a_door_that_breaks_its_document_is_found(door: Any, problem: str) -> None:
    app = Litestar(
        [door], exception_handlers={Exception: answer}, logging_config=None, openapi_config=OpenAPIConfig("t", "1", path="/schema")
    )
    case = next(_document(app).get_all_operations()).ok().Case()
    with TestClient(app) as client, pytest.raises(FailureGroup) as found:
        case.validate_response(_sent(case, client, {}), checks=CHECKS)
    assert any(problem in str(one) for one in found.value.exceptions), found.value.exceptions
