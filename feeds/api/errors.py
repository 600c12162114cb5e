"""What went wrong, as every door says it: a status, a stable code and a sentence. Never a stack trace, never what was sent."""

import errno
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.refusal_log import refusal_log_of
from feeds.messages.desk import Problem
from feeds.reports.refusals import Claimed, KeyUsed, Refused, StaleRevision, Unknown
from feeds.reports.roles import Forbidden
from feeds.reports.states import IllegalTransition, MissingRequirement
from feeds.store.database import StoreError
from feeds.walls import refusals as walls


class ApiError(Exception):
    """A door's own refusal."""

    def __init__(self, status: int, code: str, description: str, *, field: str | None = None, retry_after_s: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.retry_after_s = retry_after_s
        self.problem = Problem(code=code, description=description, field=field)


def problem_of(error: Exception) -> tuple[int, Problem]:
    """Status and problem of what a unit of work or a door raised; anything unforeseen is 500 and says nothing of itself."""
    match error:
        case ApiError():
            return error.status, error.problem
        case Unknown():
            return 404, Problem(code="unknown_report", description=str(error))
        case Forbidden():
            return 403, Problem(code="forbidden", description=str(error))
        case StaleRevision():
            return 409, Problem(code="stale_revision", description=str(error), revision=error.now.revision)
        case KeyUsed():
            return 409, Problem(code="key_used", description=str(error))
        case Claimed():
            return 409, Problem(code="claimed", description=str(error))
        case IllegalTransition():
            return 409, Problem(code="illegal_transition", description=str(error), allowed=tuple(str(one) for one in error.allowed))
        case MissingRequirement():
            return 422, Problem(code="missing_requirement", description=str(error))
        case Refused():
            return 400, Problem(code="bad_value", description=str(error), field=error.field)
        case walls.BadLayout():
            return 400, Problem(code="bad_layout", description=str(error), field="layout")
        case walls.StaleWall() | walls.StalePreset():
            return 409, Problem(code="stale_revision", description=str(error), revision=error.revision)
        case _ if type(error) in _OF_WALLS:
            status, code = _OF_WALLS[type(error)]
            return status, Problem(code=code, description=str(error))
        case HTTPException():
            return error.status_code, Problem(code=_CODES.get(error.status_code, "bad_request"), description=_words(error))
        case RecursionError():
            return 400, Problem(code="bad_request", description="the request is nested too deeply")
        case UnicodeDecodeError():
            return 400, Problem(code="bad_request", description="the request is not valid UTF-8")
        case OSError() if error.errno in _NO_ROOM:
            return 503, Problem(code="no_room", description="there is no room on the disk of this service; nothing was written; try again")
        case StoreError() | SQLAlchemyError():
            return 503, Problem(code="store_away", description="the store does not answer; nothing was written; try again")
        case _:
            return 500, Problem(code="internal", description="an unforeseen error; it is in the log of this service")


_OF_WALLS: Mapping[type[Exception], tuple[int, str]] = {
    walls.Held: (409, "held"),
    walls.NotHeld: (409, "not_held"),
    walls.NothingBefore: (409, "nothing_before"),
    walls.ReadOnlyPreset: (409, "read_only"),
    walls.UnknownPreset: (404, "unknown_preset"),
    walls.UnknownHandover: (404, "unknown_handover"),
    walls.Accepted: (409, "accepted"),
}

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

_CODES = {400: "bad_request", 401: "not_signed_in", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large",
          415: "unsupported_type", 429: "too_many_requests"}  # fmt: skip


def _words(error: HTTPException) -> str:
    """Litestar's detail for what a request did wrong; a validation error's own words name fields and never repeat what was sent."""
    extra: Any = error.extra
    if isinstance(extra, list) and extra:
        parts = [f"{one.get('key', 'body')}: {one.get('message', 'is wrong')}" for one in extra if isinstance(one, dict)]  # pyright: ignore
        return "; ".join(parts)[:500] or "the request is not valid"
    return "the request is not valid" if error.status_code == 400 else error.detail.partition(" for http")[0]


async def refuse_options(request: Request[Any, Any, Any]) -> None:
    """Before each handler: Litestar has one for OPTIONS at every path, that tells anybody what may be asked there."""
    if request.method == "OPTIONS":
        raise MethodNotAllowedException


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Litestar's exception handler for every door that speaks JSON."""
    status, problem = problem_of(error)
    refusal_log_of(request).tell(request, status, problem.code, error)
    wait_s = error.retry_after_s if isinstance(error, ApiError) else None
    headers = {"Retry-After": str(wait_s)} if wait_s is not None else None
    return Response(problem, status_code=status, media_type="application/json", headers=headers)
