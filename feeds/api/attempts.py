"""What the doors of signing in share: counting tries, taking a challenge back, one word for whatever is wrong."""

from datetime import datetime
from typing import Any

from litestar import Request

from feeds.api.errors import ApiError
from feeds.identity.limits import TryLimit
from feeds.identity.passkeys import Challenges, PasskeyProblem

AnyRequest = Request[Any, Any, Any]


class TooMany(ApiError):
    """Too many tries from one address."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(429, "too_many_requests", f"too many tries from this address; wait {wait_s} seconds", retry_after_s=wait_s)


def count(limit: TryLimit, address: str, now: datetime) -> None:
    """Raises ``TooMany``."""
    wait_s = limit.begin(address, now)
    if wait_s is not None:
        raise TooMany(wait_s)


def taken(challenges: Challenges, attempt: str, purpose: str, now: datetime) -> bytes:
    """The challenge of an attempt, this once. Raises ``ApiError`` 400 ``attempt_ended``."""
    try:
        return challenges.take(attempt, purpose, now)
    except PasskeyProblem as problem:
        raise ApiError(400, "attempt_ended", str(problem)) from problem


def need_json(request: AnyRequest) -> None:
    """A form of another site can post text, never JSON: nobody is signed in as somebody else behind their back."""
    if request.content_type[0] != "application/json":
        raise ApiError(415, "unsupported_type", "send this as application/json")


def wrong(what: str | None = None) -> ApiError:
    """The one answer to whatever is wrong with whoever wants to come in."""
    return ApiError(401, "wrong_credentials", what or _WRONG)


_WRONG = "login or password are wrong, or were wrong too often; try again, or after 15 minutes"
