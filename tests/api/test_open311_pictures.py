"""Pictures of the Open311 door go the way of every door's: one place to wait, no more read than may be kept."""

import asyncio
from io import BytesIO

import pytest

from feeds.api.errors import ApiError
from feeds.api.media_url import MediaFetcher
from feeds.api.open311_pictures import PIECE_BYTES, ReportPictures
from feeds.reports.pictures import MOST_BYTES
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import a_town


class Turns(asyncio.Semaphore):
    taken = 0

    async def acquire(self) -> bool:
        self.taken += 1
        return await super().acquire()


class Endless(BytesIO):
    """A file without end that remembers how much of it was read."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and 0 < size <= PIECE_BYTES
        self.given += size
        return b"x" * size


def test_they_wait_their_turn_with_the_others_and_lie_on_the_same_shelf() -> None:
    async def main() -> None:
        async with a_town() as town:
            town.doors.decoding = turns = Turns(1)
            (prepared,) = await ReportPictures(town.doors, MediaFetcher()).prepare([BytesIO(a_file())])
            assert turns.taken == 1
            assert town.doors.pictures.path(prepared.hash).read_bytes() == prepared.content

    asyncio.run(main())


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    async def main() -> None:
        async with a_town() as town:
            endless = Endless()
            with pytest.raises(ApiError):
                await ReportPictures(town.doors, MediaFetcher()).prepare([endless])
            assert MOST_BYTES < endless.given <= MOST_BYTES + PIECE_BYTES

    asyncio.run(main())
