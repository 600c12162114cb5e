"""The private links that citizens were given, opened after the drill: does each open, and does it keep to itself who they are."""

from collections.abc import Iterable, Sequence

import httpx
import msgspec

from controlroom.measure.citizens import PERSON, Answer, words_of
from controlroom.measure.result import Figure, exactly

OPENED = 20
SENT_AGAIN = OPENED // 2
ANSWER_S = 20.0


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """``status``: 0 when nothing answered. ``is_right``: it is the page of that report. ``tells``: a name, number or word stands there."""

    status: int
    is_right: bool
    tells: bool


def opened(answers: Iterable[Answer], people: Sequence[str]) -> list[Opened]:
    """The page behind each answer's link. ``people``: those of the house whose names must not stand there."""
    with httpx.Client(timeout=ANSWER_S, trust_env=False) as client:
        return [_opened(client, answer, people) for answer in answers]


def sample(answers: Sequence[Answer], again: Sequence[Answer]) -> list[Answer]:
    """Those sent once more, whose first link opens nothing now, and others: answered to a retry first, then spread over the whole run."""
    anew = {one.number for one in again}
    others = [one for one in answers if one.link is not None and one.number not in anew]
    retried, first = [one for one in others if one.status == 200], [one for one in others if one.status != 200]
    rest = max(0, OPENED - len(again))
    chosen = retried[: rest // 2]
    left = rest - len(chosen)
    return [*again, *chosen, *first[:: max(1, len(first) // left) if left else 1][:left]]


def judge_links(answers: Sequence[Answer], again: Sequence[Answer], pages: Sequence[Opened]) -> list[Figure]:
    """``again``: the answers to requests that were acknowledged before and sent once more; ``pages``: what links of both kinds open."""
    acknowledged = {one.number: one.report for one in answers if one.report is not None}
    kept = sum(one.status == 200 and one.link is not None and one.report == acknowledged.get(one.number) for one in again)
    return [
        exactly("acknowledged without a private link", sum(one.report is not None and one.link is None for one in answers), "reports", 0),
        exactly("sent once more: answered 200 with the same report and a link", kept, "requests", SENT_AGAIN),
        exactly("private links opened: HTTP 200, the page of that report", sum(one.status == 200 and one.is_right for one in pages),
                "pages", OPENED),
        exactly("of these, with a name, a number or a citizen's words", sum(one.tells for one in pages), "pages", 0),
    ]  # fmt: skip


def _opened(client: httpx.Client, answer: Answer, people: Sequence[str]) -> Opened:
    try:
        page = client.get(answer.link or "")
    except (httpx.TransportError, httpx.UnsupportedProtocol):
        return Opened(status=0, is_right=False, tells=False)
    secrets = (*PERSON.values(), *people, words_of(answer.number))
    return Opened(
        status=page.status_code,
        is_right=answer.report is not None and answer.report in page.text,
        tells=any(secret.casefold() in page.text.casefold() for secret in secrets),
    )
