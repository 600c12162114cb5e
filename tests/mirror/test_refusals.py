"""What a request is told that the mirror does not answer: status and code of each reason, and nothing of what went wrong inside."""

from typing import Any, cast

import pytest
from litestar.exceptions import ClientException, HTTPException, MethodNotAllowedException, NotFoundException

from controlroom.mirror.identity import DoorsAway, NotLetIn
from controlroom.mirror.refusals import Refusal, refused

NOBODY = cast(Any, None)
INSIDE = "redis://front:rahasia@10.0.0.7"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refusal(404), 404, "unknown"),
        (Refusal(403, "not_live"), 403, "not_live"),
        (Refusal(429, retry_after_s=7), 429, "too_many_requests"),
        (Refusal(503), 503, "not_now"),
        (NotLetIn(401), 401, "not_signed_in"),
        (NotLetIn(404), 404, "unknown"),
        (NotLetIn(409), 403, "not_allowed"),
        (DoorsAway(INSIDE), 502, "doors_away"),
        (NotFoundException(), 404, "unknown"),
        (MethodNotAllowedException(), 405, "method"),
        (ClientException(INSIDE), 400, "bad_request"),
        (HTTPException(INSIDE, status_code=413), 413, "too_large"),
        (HTTPException(INSIDE, status_code=418), 400, "bad_request"),
        (RuntimeError(INSIDE), 500, "internal"),
    ],
)
def test_a_refusal_has_a_status_a_code_and_a_sentence_and_nothing_of_the_inside(error: Exception, status: int, code: str) -> None:
    answer = refused(NOBODY, error)
    assert (answer.status_code, answer.content.code) == (status, code)
    assert answer.content.description and "rahasia" not in answer.content.description
    assert answer.headers.get("Retry-After") == ("7" if status == 429 else None)
