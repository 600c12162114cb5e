"""Balancers and monitors are told whether the store answers, and nothing else."""

import asyncio
import tempfile
from pathlib import Path

import httpx
import pytest

from feeds.api.app import build_app
from feeds.api.doors import ApiOptions, Doors
from feeds.store.database import StoreError
from tests.fakes.desk_house import CITY, THURSDAY
from tests.fakes.stores import a_store


def away(_unit: object) -> None:
    raise StoreError("the disk is gone")


def test_health_is_what_the_store_says(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(folder: Path) -> None:
        with a_store() as database:
            transport = httpx.ASGITransport(app=build_app(Doors(CITY, database, ApiOptions(pictures=folder), lambda: THURSDAY)))  # pyright: ignore[reportArgumentType]
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver.local") as anybody:
                said = await anybody.get("/health")
                assert (said.status_code, said.json()) == (200, {"store": "answers"})
                assert said.headers["cache-control"] == "no-store"
                monkeypatch.setattr(database, "read", away)
                said = await anybody.get("/health")
                assert (said.status_code, said.json()) == (503, {"store": "away"})

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))
