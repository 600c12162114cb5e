"""Whether a report was sent before: by its sender's own key, else by its content. A unit of work, as in ``feeds.reports.service``."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from feeds.messages.desk import Receipt
from feeds.messages.report import OPEN_STATES
from feeds.reports.drafts import Draft, digest_of
from feeds.reports.refusals import KeyUsed
from feeds.store.schema import INTAKE, REPORTS

SAME_WITHIN = timedelta(hours=24)
"""The same content from the same person by the same door within this time is a retry, not a second report, while the first is open."""

ANONYMOUS_WITHIN = timedelta(minutes=10)
"""As ``SAME_WITHIN``, of senders who do not say who they are: two citizens may see the same flood and say so in the same words."""

# Made once: putting a statement together costs more than SQLite needs to carry it out.
_TAKEN = select(INTAKE.c.report, INTAKE.c.digest).where(INTAKE.c.source == bindparam("source"))
_BY_KEY = _TAKEN.where(INTAKE.c.retry_key == bindparam("key"))
_BY_DIGEST = _TAKEN.join(REPORTS, REPORTS.c.id == INTAKE.c.report).where(
    INTAKE.c.digest == bindparam("digest"), INTAKE.c.received_at > bindparam("since"), REPORTS.c.state.in_(OPEN_STATES)
)
_NEW_LINK = update(REPORTS).where(REPORTS.c.id == bindparam("which")).values(link_digest=bindparam("digest"))


def sent_before(connection: Connection, draft: Draft, digest: str, now: datetime) -> Receipt | None:
    """The receipt of what is sent again; ``None`` of a new report. ``digest``: of the draft. Raises ``KeyUsed``."""
    if draft.retry_key is None:
        since = now - (ANONYMOUS_WITHIN if draft.is_anonymous else SAME_WITHIN)
        row = connection.execute(_BY_DIGEST, {"source": draft.source, "digest": digest, "since": since}).first()
        return None if row is None else Receipt(report=row.report, is_new=False)
    row = connection.execute(_BY_KEY, {"source": draft.source, "key": draft.retry_key}).first()
    if row is None:
        return None
    if row.digest != digest:
        raise KeyUsed
    # Whoever sends it again has not had the first answer, and with it the link.
    link = new_link()
    connection.execute(_NEW_LINK, {"which": row.report, "digest": digest_of(link)})
    return Receipt(report=row.report, is_new=False, link=link)


def new_link() -> str:
    """What nobody guesses."""
    return secrets.token_urlsafe(18)
