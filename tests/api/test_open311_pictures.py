"""Pictures of the Open311 door go the way of every door's: one place to wait, no more read than may be kept."""

import asyncio
from io import BytesIO

import pytest

from feeds.api.doors import PIECE_BYTES
from feeds.api.errors import ApiError
from feeds.api.media_url import MediaFetcher
from feeds.api.open311_pictures import ReportPictures
from feeds.reports.pictures import MOST_BYTES
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import a_town


class Endless(BytesIO):
    """A file without end that remembers how much of it was read."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None and 0 < size <= PIECE_BYTES
        self.given += size
        return b"x" * size


def test_they_lie_on_the_same_shelf_as_all_others() -> None:
    async def main() -> None:
        async with a_town() as town:
            (prepared,) = await ReportPictures(town.doors, MediaFetcher()).prepare([BytesIO(a_file())])
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
