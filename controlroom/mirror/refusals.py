"""What is said of a request that is not answered: a status, a stable code and a sentence. Nothing of the server's insides."""

from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from controlroom.mirror.identity import DoorsAway, NotLetIn

_SAID = {
    400: ("bad_request", "this request cannot be understood"),
    401: ("not_signed_in", "nobody is signed in, or the session has ended"),
    403: ("not_allowed", "this is not for whoever asks"),
    404: ("unknown", "there is nothing here"),
    408: ("too_slow", "this request did not come in time"),
    405: ("method", "this is asked for in another way"),
    413: ("too_large", "this request is too large"),
    415: ("unsupported_type", "send this as application/json"),
    429: ("too_many_requests", "this was asked for too often; wait"),
    502: ("doors_away", "the doors of the room do not answer; try again"),
    503: ("not_now", "this is not to be had now; try again"),
}

_log = structlog.get_logger("controlroom.mirror")


class Problem(msgspec.Struct, frozen=True):
    code: str
    description: str


class Refusal(Exception):
    """``code``: of its own where the status alone says too little."""

    def __init__(self, status: int, code: str = "", *, retry_after_s: int | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


async def refuse_options(request: Request[Any, Any, Any]) -> None:
    """Before each handler: Litestar has one for OPTIONS at every path, that tells anybody what may be asked there."""
    if request.method == "OPTIONS":
        raise Refusal(405)


def refused(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to whatever a handler raised."""
    match error:
        case Refusal():
            status, code = error.status, error.code
        case NotLetIn():
            status, code = (error.status if error.status in (401, 403, 404) else 403), ""
        case DoorsAway():
            status, code = 502, ""
        case HTTPException():
            status, code = (error.status_code if error.status_code in _SAID else 400), ""
        case _:
            _log.error("uncaught error", where="mirror", exc_info=(type(error), error, error.__traceback__))
            return Response(Problem("internal", "an unforeseen error; it is in the log of this service"), status_code=500)
    usual, words = _SAID[status]
    wait_s = error.retry_after_s if isinstance(error, Refusal) else None
    headers = {} if wait_s is None else {"Retry-After": str(wait_s)}
    return Response(Problem(code or usual, words), status_code=status, headers=headers)
