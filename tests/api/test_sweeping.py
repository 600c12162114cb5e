"""Files of no report go while the doors are open, and nothing goes on once they are shut."""

import asyncio
import os
import time

from feeds.api.sweeping import sweeping
from tests.fakes.attachments import a_file
from tests.fakes.open311_client import Reporter, a_town


def test_old_files_of_no_report_go_and_all_others_stay() -> None:
    async def main() -> None:
        async with a_town() as town:
            await Reporter(town).sent(files=[("media", ("a.jpg", a_file(), "image/jpeg"))])
            pictures = town.doors.pictures
            (kept,) = [pictures.path(one["hash"]) for one in Reporter(town).media()]
            lost, young = (pictures.path(letter * 64) for letter in "ab")
            for path in (lost, young):
                path.parent.mkdir(parents=True)
                path.write_bytes(b"x")
            hours_ago = time.time() - 7_200
            os.utime(lost, (hours_ago, hours_ago))
            os.utime(kept, (hours_ago, hours_ago))
            async with sweeping(town.doors):
                async with asyncio.timeout(20):
                    while lost.exists():
                        await asyncio.sleep(0.01)
                assert any(task.get_name() == "sweep of pictures" for task in asyncio.all_tasks())
            assert kept.exists() and young.exists()
            assert all(task.get_name() != "sweep of pictures" for task in asyncio.all_tasks())

    asyncio.run(main())


def test_it_sweeps_again() -> None:
    async def main() -> None:
        async with a_town() as town, sweeping(town.doors, every_s=0.01), asyncio.timeout(20):
            for letter in "ab":
                lost = town.doors.pictures.path(letter * 64)
                lost.parent.mkdir(parents=True)
                lost.write_bytes(b"x")
                os.utime(lost, (0, 0))
                while lost.exists():
                    await asyncio.sleep(0.01)

    asyncio.run(main())
