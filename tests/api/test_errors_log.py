"""An unforeseen error is told in the log by where it happened, never by what it had in hand, however logs are set up."""

import asyncio

import httpx
import pytest
import structlog
from litestar import Litestar, get

from feeds.api.errors import answer


@get("/broken")
async def broken() -> int:
    words = "Siti, Jalan Melati 3"
    raise RuntimeError(f"on purpose: {words}")


def test_a_traceback_carries_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    structlog.reset_defaults()

    async def story() -> None:
        app = Litestar([broken], exception_handlers={Exception: answer}, logging_config=None, openapi_config=None)
        transport = httpx.ASGITransport(app=app)  # pyright: ignore[reportArgumentType]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as anybody:
            assert (await anybody.get("/broken")).status_code == 500

    try:
        asyncio.run(story())
    finally:
        structlog.configure(**before)
    said = capsys.readouterr()
    assert "RuntimeError" in said.out and "in broken" in said.out
    assert "Siti" not in said.out + said.err
