"""Every role at every door over HTTP: a door that forgot to ask who comes is found here, and so is one that nobody wrote down."""

import itertools
from typing import Any

import httpx
from litestar.routes import HTTPRoute

from feeds.api.sessions import CSRF_HEADER
from feeds.identity import sessions, users
from feeds.messages.actions import Forward
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft
from feeds.reports.roles import Actor, Role
from tests.api.test_hostile import ADMIN, CITY, KEPT, NOW, City, in_city
from tests.fakes.desk_house import HERE
from tests.fakes.walls import MAP, a_handover, a_preset, two_takes

ROLES = ("operator", "lead", "opd", "head", "mayor", "field", "collector", "admin")
OF_AN_AGENCY = ("opd", "head", "field")

# Columns as ROLES. +: let in. -: 403. ?: 404, as if there were nothing. The report is with the agency of opd, head and field.
TABLE = """
GET    /users                              - - - - - - - +
POST   /users                              - - - - - - - +
PATCH  /users/{login}                      - - - - - - - +
POST   /users/{login}/password             - - - - - - - +
POST   /users/{login}/unlock               - - - - - - - +
GET    /desk/audit                         - + - - - - - +
GET    /desk/reports                       + + + + + + - -
POST   /desk/reports                       + + - - - - - -
GET    /desk/reports/{report}              + + + + + + - -
GET    /desk/reports/{report}/person       + + - - - - - -
POST   /desk/reports/{report}/media        + + + - - + ? ?
GET    /desk/media/{content_hash}          ? ? ? ? ? ? ? ?
POST   /desk/reports/{report}/steps        + + + - - + - -
POST   /desk/steps                         + + + + + + - -
POST   /desk/reports/{report}/claim        + + - - - - ? ?
DELETE /desk/reports/{report}/claim        + + - - - - ? ?
GET    /desk/figures                       + + + + + - - -
GET    /desk/templates                     + + + + + + - -
GET    /desk/instructions                  + + + + + + - -
POST   /desk/reports/{report}/instructions - + - + + - - -
POST   /desk/instructions/{number}/done    ? ? ? ? ? ? - -
GET    /desk/walls                         + + - - - - - -
GET    /desk/walls/{wall}                  + + - - - - - -
GET    /desk/walls/{wall}/history          + + - - - - - -
POST   /desk/walls/{wall}/take             + + - - - - - -
POST   /desk/walls/{wall}/undo             + + - - - - - -
POST   /desk/walls/{wall}/curtain          + + - - - - - -
POST   /desk/walls/{wall}/lease            + + - - - - - -
DELETE /desk/walls/{wall}/lease            + + - - - - - -
GET    /desk/presets                       + + - - - - - -
PUT    /desk/presets/{key}                 + + - - - - - -
DELETE /desk/presets/{key}                 + + - - - - - -
GET    /desk/handovers                     + + - - - - - -
GET    /desk/handovers/people              + + - - - - - -
POST   /desk/handovers                     + + - - - - - -
POST   /desk/handovers/{number}/accept     + + - - - - - -
POST   /desk/reports/{report}/viewing      + + - - - - - -
DELETE /desk/reports/{report}/viewing      + + - - - - - -
"""
NOTE = {"do": "note", "text": "sudah dilihat"}
SENT: dict[str, Any] = {
    "PATCH /users/{login}": {"name": "Nama lain"},
    "POST /desk/reports": {"channel": "call_centre", "category": "banjir", "words": "air naik", "position": HERE},
    "POST /desk/reports/{report}/steps": NOTE,
    "POST /desk/reports/{report}/instructions": {"text": "tambal", "owner": "dpupr", "due_on": "2026-11-30"},
    "POST /desk/walls/{wall}/take": {"layout": MAP},
    "POST /desk/walls/{wall}/undo": {},
    "POST /desk/walls/{wall}/curtain": {"is_drawn": True},
    "POST /desk/walls/{wall}/lease": {"region": None},
    "PUT /desk/presets/{key}": {"layout": MAP},
    "POST /desk/handovers": {"notes": "pompa rusak"},
}
_COUNT = itertools.count(1)
OPEN_TO_ALL = ("/session", "/open311/", "/media/", "/s/", "/schema", "/health")
"""Beginnings of doors that ask for no role: of oneself, of the public, or with a key."""


def test_every_role_at_every_door() -> None:
    async def story(city: City, browser: httpx.AsyncClient) -> None:
        rows = [(line.split()[0], line.split()[1], line.split()[2:]) for line in TABLE.strip().splitlines()]
        assert {f"{method} {path}" for method, path, _ in rows} == _doors(city)
        for role in ROLES:
            agency = "dpupr" if role in OF_AN_AGENCY else None
            _user(city, f"the-{role}", Role(role), agency)
        wrong: list[str] = []
        for method, path, marks in rows:
            said = await _ask(city, browser, method, path, None)
            wrong += [] if said == 401 else [f"nobody at {method} {path}: {said}"]
            for role, mark in zip(ROLES, marks, strict=True):
                said = await _ask(city, browser, method, path, role)
                is_so = {"+": said < 401 or said == 422, "-": said == 403, "?": said == 404}[mark]
                wrong += [] if is_so else [f"{role} at {method} {path}: wanted {mark}, got {said}"]
        assert not wrong, "\n".join(wrong)

    in_city(story)


def _doors(city: City) -> set[str]:
    """Every door of the application that asks for a role, as the table writes them."""
    found: set[str] = set()
    for route in city.app.routes:
        if isinstance(route, HTTPRoute) and not route.path_format.startswith(OPEN_TO_ALL):
            found |= {f"{method} {route.path_format}" for method in route.methods if method != "OPTIONS"}
    return found


def _user(city: City, login: str, role: Role, agency: str | None = None) -> str:
    city.doors.database.write(lambda it: users.add_user(
        it, CITY, login=login, name="A", role=role, agency=agency, password=KEPT, now=NOW, by=ADMIN,
    ))  # fmt: skip
    return login


async def _ask(city: City, browser: httpx.AsyncClient, method: str, path: str, role: str | None) -> int:
    """The status a role gets there; everything it touches is new."""
    count = next(_COUNT)
    database, headers = city.doors.database, {"If-Match": '"2"'}
    if role is not None:
        token = database.write(lambda it: sessions.begin(it, f"the-{role}", "test", NOW))
        headers |= {"Cookie": f"live_room={token}", CSRF_HEADER: sessions.csrf_of(token)}
    report = _report(city, f"lubang {method} {path} {role}") if "{report}" in path or path == "/desk/steps" else ""
    login = _user(city, f"u{count}", Role.OPERATOR) if "{login}" in path else ""
    known = {"wall": f"lobby {count}", "key": f"lobi-{count}", "number": 99}
    if "{wall}" in path:
        revision = two_takes(city.doors, known["wall"], Actor(id=f"the-{role}", role=Role.LEAD))
        headers["If-Match"] = f'"{revision}"'
    if "{key}" in path:
        headers["If-Match"] = f'"{a_preset(city.doors, known["key"])}"'
    if "/handovers/" in path:
        known["number"] = a_handover(city.doors)
    body = SENT.get(f"{method} {path}", {"login": f"n{count}", "name": "N", "role": "operator"})
    if path == "/desk/steps":
        body = {"steps": [{"id": report, "revision": 2, "action": NOTE}]}
    where = path.format(report=report, login=login, content_hash="0" * 64, **known)
    return (await browser.request(method, where, headers=headers, json=body if method in ("POST", "PATCH", "PUT") else None)).status_code


def _report(city: City, words: str) -> str:
    lead = Actor(id="the-lead", role=Role.LEAD)
    draft = Draft(
        source="laksa", channel=Channel.LAKSA, category="jalan_berlubang", description=words, position=Position(HERE["lon"], HERE["lat"])
    )

    def unit(connection: Any) -> str:
        report = city.doors.reports.take_in(connection, draft, lead).report
        city.doors.reports.act(connection, report, Forward(agency="dpupr"), lead)
        return report

    return city.doors.database.write(unit)
