"""Whether this service can do its work: a door for balancers and monitors, which tells nobody anything else."""

import asyncio
from typing import Literal

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from feeds.api.sessions import NamedDoors
from feeds.store.database import StoreError

WITHIN_S = 5.0


class Health(msgspec.Struct, frozen=True):
    store: Literal["answers", "away"]


@get(
    "/health",
    tags=["health"],
    summary="Whether the store answers",
    responses={
        200: ResponseSpec(Health, description="The store answers", generate_examples=False),
        503: ResponseSpec(Health, description="The store does not answer", generate_examples=False),
    },
)
async def health(doors: NamedDoors) -> Response[Health]:
    """Asks the store each time; 503 when it does not answer within five seconds, whatever the reason."""
    try:
        async with asyncio.timeout(WITHIN_S):
            await doors.read(lambda connection: connection.execute(text("SELECT 1")).scalar())
    except (TimeoutError, StoreError, SQLAlchemyError, OSError):
        return Response(Health("away"), status_code=503)
    return Response(Health("answers"), status_code=200)
