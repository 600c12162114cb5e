"""Why a step on a report cannot be carried out, as values the doors turn into answers. Pure."""

from feeds.reports.records import Record


class Unknown(LookupError):
    """No such report (or none this actor may see)."""


class Refused(ValueError):
    """A request that cannot be carried out; ``field`` names what is wrong with it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class KeyUsed(RuntimeError):
    """A request under a key that was another request's."""

    def __init__(self, what: str = "report") -> None:
        super().__init__(f"Idempotency-Key: was used for another {what}; send this one under a key of its own")


class StaleRevision(RuntimeError):
    """The report has moved on; ``now`` is what it is."""

    def __init__(self, now: Record, seen: int) -> None:
        super().__init__(f"report {now.id} is at revision {now.revision}, not {seen}: look at it again")
        self.now = now


class Claimed(RuntimeError):
    """Somebody else has the report open to work on it."""

    def __init__(self, record: Record) -> None:
        until = record.claimed_until.isoformat() if record.claimed_until is not None else "?"
        super().__init__(f"report {record.id} is claimed by {record.claimed_by} until {until}")
