"""One line in the log for a request that failed or was refused for its key, its rate or its size.

It says nothing of what was sent, of who sent it or of a private link.
"""

import time
import traceback
from collections.abc import Callable
from typing import Any

import structlog
from litestar import Request

from feeds.api.rates import Rates

BEGUN = "begun_s"
"""Under this name the server leaves in a request's state when its head had come, on the monotonic clock."""

AT_ONCE = 3
"""Lines of failures that are alike; then one a minute, which says how many were left out."""

_OF_A_KEY = frozenset({"bad_api_key", "late_api_key", "bad_key", "bad_mirror_key", "key"})
_STATE = "refusal_log"

_log = structlog.get_logger("feeds.api")


class RefusalLog:
    """Of one application: a flood of requests writes no flood of lines."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rates = Rates(per_s=1 / 60, at_once=AT_ONCE)
        self._untold: dict[str, int] = {}

    def tell(self, request: Request[Any, Any, Any], status: int, code: str, error: Exception) -> None:
        """``code``: the problem's. Good requests, and refusals of any other kind, are not told of."""
        has_failed = status >= 500
        if not has_failed and status not in (413, 429) and code not in _OF_A_KEY:
            return
        now_s, method = self._clock(), request.scope["method"]
        # As the doors name it: a path itself may hold the private link of a status page.
        route = request.scope.get("path_template")  # pyright: ignore[reportUnknownMemberType]
        alike = f"{method} {route} {status} {code} {type(error).__name__}"
        if self._rates.take(alike, now_s) is not None:
            self._untold[alike] = self._untold.get(alike, 0) + 1
            return
        begun_s = request.scope["state"].get(BEGUN)
        told: dict[str, Any] = {
            "method": method, "route": route, "status": status, "code": code,
            "took_ms": round((now_s - begun_s) * 1_000) if begun_s is not None else None, "untold": self._untold.pop(alike, 0),
        }  # fmt: skip
        if has_failed:
            _log.error("a request failed", **told, problem=type(error).__name__, trace=trace_of(error) if status == 500 else None)
        else:
            _log.warning("a request was refused", **told)


def refusal_log_of(request: Request[Any, Any, Any]) -> RefusalLog:
    """The one of the request's application."""
    state = request.app.state
    if _STATE not in state:
        state[_STATE] = RefusalLog()
    return state[_STATE]


def trace_of(error: BaseException) -> str:
    """Where it happened, without any value: no citizen's words stand there, however logs are set up elsewhere."""
    lines = traceback.format_tb(error.__traceback__)
    return "".join((*lines, type(error).__name__))
