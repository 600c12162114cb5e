"""A process that writes units of two lines each until it is killed: ``python -m tests.store.writing_process URL NAME [COUNT]``.

Prints a line for each unit whose result it has.
"""

import sys
from concurrent.futures import Future
from datetime import UTC, datetime

from sqlalchemy import Connection, insert

from feeds.store.opening import opened
from feeds.store.schema import AUDIT

AT = datetime(2026, 11, 26, tzinfo=UTC)


def unit(connection: Connection, name: str, number: int) -> int:
    for half in ("a", "b"):
        connection.execute(
            insert(AUDIT).values(at=AT, actor=name, role="admin", action=half, object=f"{name}-{number}", body={"number": number})
        )
    return number


def main(url: str, name: str, count: int | None) -> None:
    with opened(url) as database:
        number = 0
        while count is None or number < count:
            futures: list[Future[int]] = []
            for _ in range(7):
                number += 1
                futures.append(database.submit(lambda connection, number=number: unit(connection, name, number)))
            for future in futures:
                print(future.result(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else None)
