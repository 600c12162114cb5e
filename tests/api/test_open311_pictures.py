"""Pictures of the Open311 door: bounded, never a reason to lose a citizen's words, and never lost once they were acknowledged."""

import asyncio
from io import BytesIO

import pytest
from sqlalchemy import insert

from feeds.api.doors import PIECE_BYTES
from feeds.api.media_url import MediaFetcher, Unfetched
from feeds.api.open311_pictures import MOST_TRIES, ReportPictures
from feeds.api.sweeping import catching_up
from feeds.reports.pictures import MOST_BYTES
from feeds.store.schema import FETCHES
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import Reporter, a_town


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
            (prepared,) = (await ReportPictures(town.doors, MediaFetcher()).prepare([BytesIO(a_file())])).kept
            assert town.doors.pictures.path(prepared.hash).read_bytes() == prepared.content

    asyncio.run(main())


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    async def main() -> None:
        async with a_town() as town:
            endless = Endless()
            await ReportPictures(town.doors, MediaFetcher()).prepare([endless])
            assert MOST_BYTES < endless.given <= MOST_BYTES + PIECE_BYTES

    asyncio.run(main())


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100


def notes(reporter: Reporter) -> list[str]:
    return [one["body"]["text"] for one in reporter.events() if one["kind"] == "note"]


def test_a_picture_that_cannot_be_read_costs_nobody_his_words() -> None:
    async def main() -> None:
        async with a_town() as town:
            reporter = Reporter(town)
            files = [("media", ("a.jpg", a_file(), "image/jpeg")), ("media", ("b.heic", HEIC)), ("media", ("c.jpg", a_file()[:900]))]
            answers = [await reporter.send(files=files, description="anak terjebak") for _ in range(2)]
            assert [one.status_code for one in answers] == [201, 200]
            for answer in answers:
                assert answer.json()[0]["service_notice"].endswith("Berkas 2, 3 tidak dapat dibaca dan tidak disimpan.")
            assert [one["description"] for one in reporter.rows()] == ["anak terjebak"]
            assert len(reporter.media()) == 1
            heic, cut_off = notes(reporter)
            assert heic.startswith("media 2: it is a picture of the kind HEIC") and cut_off.startswith(
                "media 3: the picture cannot be decoded"
            )
            fine = await reporter.send(files=files[:1], description="lain")
            assert fine.json()[0]["service_notice"] == "Laporan Anda telah diterima."

    asyncio.run(main())


def test_what_is_beyond_all_bounds_is_refused_with_its_report() -> None:
    async def main() -> None:
        async with a_town() as town:
            reporter = Reporter(town)
            too_large, too_many_scans = a_file() + b"\0" * 12_000_000, a_file()[:-2] + b"\xff\xda\0\2" * 70
            for code, raw in (("too_large", too_large), ("too_many_scans", too_many_scans)):
                answer = await reporter.send(files=[("media", ("a.jpg", raw))])
                assert (answer.status_code, answer.json()[0]["problem"]) == (400, code)
            assert reporter.rows() == []

    asyncio.run(main())


class Photographer(MediaFetcher):
    """Gives the same picture for whatever is asked, and remembers what that was."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.asked.append(url)
        return a_file()


async def _killed(*_: object) -> None:
    """What comes after the answer does not come."""


def test_a_picture_that_was_acknowledged_survives_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with a_town() as town:
            reporter, fetcher = Reporter(town), Photographer()
            monkeypatch.setattr(ReportPictures, "fetch", _killed)
            report = await reporter.sent(media_url="https://foto.example/a.jpg")
            assert reporter.media() == []
            async with catching_up(ReportPictures(town.doors, fetcher)), asyncio.timeout(20):
                while not reporter.media():
                    await asyncio.sleep(0.01)
            assert [(one["report"], one["role"]) for one in reporter.media()] == [(report, "before")]
            assert reporter.events()[-1]["actor"] == f"lr_{reporter.key_id}"
            assert reporter.rows(FETCHES) == []
            await ReportPictures(town.doors, fetcher).catch_up()
            assert fetcher.asked == ["https://foto.example/a.jpg"]

    asyncio.run(main())


def test_what_is_taken_up_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deadly(Photographer):
        async def fetch(self, url: str) -> bytes:
            self.asked.append(url)
            raise asyncio.CancelledError

    async def main() -> None:
        async with a_town() as town:
            reporter, fetcher = Reporter(town), Deadly()
            with monkeypatch.context() as patch:
                patch.setattr(ReportPictures, "fetch", _killed)
                await reporter.sent(media_url="https://foto.example/a.jpg")
                await reporter.sent(description="lain", media_url="https://foto.example/b.jpg")
            for _ in range(MOST_TRIES):
                with pytest.raises(asyncio.CancelledError):
                    await ReportPictures(town.doors, fetcher).catch_up()
            # What stood behind it was never tried, and has all its tries left.
            assert [row["tries"] for row in reporter.rows(FETCHES)] == [MOST_TRIES, 0]
            with pytest.raises(asyncio.CancelledError):
                await ReportPictures(town.doors, fetcher).catch_up()
            assert fetcher.asked == ["https://foto.example/a.jpg"] * MOST_TRIES + ["https://foto.example/b.jpg"]
            assert [(row["url"][-5], row["tries"]) for row in reporter.rows(FETCHES)] == [("b", 1)]
            assert notes(reporter) == ["media_url: given up after several tries"]

    asyncio.run(main())


def test_two_that_fetch_the_same_leave_one_trace() -> None:
    class Slow(Photographer):
        async def fetch(self, url: str) -> bytes:
            await asyncio.sleep(0.1)
            raise Unfetched("it is gone")

    async def main() -> None:
        async with a_town() as town:
            reporter = Reporter(town)
            report = await reporter.sent(description="lain")
            row = {"report": report, "url": "https://foto.example/b.jpg", "actor": "x", "role": "other"}
            town.database.write(lambda connection: connection.execute(insert(FETCHES), [row]))
            await asyncio.gather(*(ReportPictures(town.doors, Slow()).fetch(report) for _ in range(2)))
            assert notes(reporter) == ["media_url: it is gone"]

    asyncio.run(main())
