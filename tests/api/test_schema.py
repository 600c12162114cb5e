"""The doors keep what their OpenAPI document says, whatever is sent to them: no failure of the service, no status or shape it does not name."""

import contextlib
import tempfile
from collections.abc import Generator
from datetime import UTC, datetime
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

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.api.errors import answer
from feeds.api.sessions import CSRF_HEADER, cookie_name
from feeds.identity import sessions, users
from feeds.identity.keys import Scope, add_key
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft
from feeds.reports.roles import Actor, Role
from tests.fakes.desk_house import CITY
from tests.fakes.stores import a_store

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
GOOD, BAD = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


class House:
    """One city with a report in it; ``who``: signed in with cookie and token, a program with its key, or nobody."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors
        self.app = build_app(doors)
        self.schema = _document(self.app)
        draft = Draft(source="laksa", channel=Channel.LAKSA, category="banjir", description="air naik", position=Position(106.63, -6.17))
        self.report = doors.database.write(lambda it: doors.reports.take_in(it, draft, LEAD)).report
        self.key = doors.database.write(lambda it: add_key(it, "laksa", tuple(Scope), NOW, ADMIN))[1]
        for role in (Role.LEAD, Role.ADMIN):
            doors.database.write(lambda it, role=role: users.add_user(
                it, CITY, login=f"the-{role}", name="A", role=role, agency=None, password="-", now=NOW, by=ADMIN,
            ))  # fmt: skip

    def headers(self, who: str) -> dict[str, str]:
        """A new session each time: a door may have ended the last."""
        if who == "nobody":
            return {}
        if who == "program":
            return {"Authorization": f"Bearer {self.key}"}
        token = self.doors.database.write(lambda it: sessions.begin(it, f"the-{who}", "test", NOW, ""))
        return {"Cookie": f"{cookie_name(self.doors.options)}={token}", CSRF_HEADER: sessions.csrf_of(token)}


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


@pytest.mark.parametrize(
    ("who", "mode", "examples"), [("lead", GOOD, 6), ("lead", BAD, 1), ("admin", GOOD, 2), ("program", GOOD, 1), ("nobody", GOOD, 1)]
)
def test_every_door_keeps_to_its_document(house: House, who: str, mode: GenerationMode, examples: int) -> None:
    """``examples`` of each door, all as the document asks or none."""
    asked: set[str] = set()
    answered: set[int] = set()
    faults: list[str] = []
    with TestClient(house.app) as client:
        for found in house.schema.get_all_operations():
            operation = found.ok()

            @settings(BOUNDED, max_examples=examples)
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                if "report" in case.path_parameters and len(answered) % 2:
                    case.path_parameters["report"] = house.report
                said = _sent(case, client, house.headers(who))
                asked.add(case.operation.label)
                answered.add(said.status_code)
                case.validate_response(said, checks=CHECKS)

            try:
                with contextlib.suppress(Unsatisfiable):  # nothing is sent to some doors that could be wrong
                    ask()
            except (FailureGroup, AssertionError) as broken:
                faults.append(f"{operation.label}: {broken}" + "".join(f"\n{one}" for one in getattr(broken, "exceptions", ())))
    assert not faults, "\n\n".join(faults)
    assert len(asked) > (40 if mode is GOOD else 20)
    assert 400 in answered and (200 in answered or mode is BAD)
    assert (401 in answered) >= (who == "nobody")


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
