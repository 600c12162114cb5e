"""How attachments are kept: one file by its hash, a row and an event, and nothing of what no row names."""

import hashlib
import os
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.actions import PassPicture
from feeds.messages.header import Position
from feeds.messages.report import Channel, Report, ReportState
from feeds.reports.drafts import Draft
from feeds.reports.pictures import MOST_OF_ONE, PictureRole, Pictures, Prepared, sweep
from feeds.reports.refusals import Refused, Unknown
from feeds.reports.roles import Actor, Role
from feeds.reports.service import ReportService
from feeds.reports.states import Step, state_of
from feeds.store.database import Database
from feeds.store.schema import EVENTS, MEDIA, OUTBOX, REPORTS
from tests.fakes.attachments import a_file, a_scene, a_video
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)  # 12.00 WIB
CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
HERE = Position(106.63, -6.17)
CITIZEN = Actor(id="laksa", role=Role.CITIZEN)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(tmp_path / "pictures", CITY, lambda: NOW)


@pytest.fixture
def store() -> Generator[Database]:
    with a_store() as database:
        yield database


def a_report(store: Database, category: str = "jalan_berlubang", words: str = "berlubang") -> str:
    service = ReportService(CITY, CityGeography(CITY), lambda: NOW)
    draft = Draft(source="laksa", channel=Channel.LAKSA, category=category, description=words, position=HERE)
    return store.write(lambda connection: service.take_in(connection, draft, CITIZEN)).report


def keep(store: Database, pictures: Pictures, report: str, prepared: Prepared, role: PictureRole = "before") -> str:
    return store.write(lambda connection: pictures.keep(connection, report, prepared, role, NOW + timedelta(minutes=1)))


# How it is kept


def test_kept_it_lies_under_its_hash_for_us_alone_and_is_an_event(store: Database, pictures: Pictures) -> None:
    report = a_report(store)
    prepared = pictures.prepare(a_file())
    assert keep(store, pictures, report, prepared) == prepared.hash
    path = pictures.path(prepared.hash)
    assert path.read_bytes() == prepared.content
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parts[-3:] == (prepared.hash[:2], prepared.hash[2:4], prepared.hash)
    with store.reading() as connection:
        record = connection.execute(select(REPORTS)).one()
        events = connection.execute(select(EVENTS).order_by(EVENTS.c.number)).all()
        told = connection.execute(select(OUTBOX.c.body).order_by(OUTBOX.c.number.desc())).scalars().first()
    assert (record.revision, record.photo_before, record.photo_before_at) == (2, prepared.hash, NOW + timedelta(minutes=1))
    assert [(one.revision, one.kind) for one in events] == [(1, "received"), (2, "attached")]
    assert events[1].body["photo"] == prepared.hash
    assert state_of(msgspec.convert([{"before": one.before, "after": one.after} for one in events], list[Step])) is ReportState.NEW
    assert told is not None
    assert msgspec.json.decode(told, type=Report).photo_before == prepared.hash


def test_only_the_first_of_an_allowed_category_goes_to_the_wall_by_itself(store: Database, pictures: Pictures) -> None:
    allowed, asked = a_report(store), a_report(store, "banjir")
    first, second = pictures.prepare(a_file(a_scene(1))), pictures.prepare(a_file(a_scene(2)))
    keep(store, pictures, allowed, first)
    keep(store, pictures, allowed, second)
    keep(store, pictures, asked, first)
    with store.reading() as connection:
        shown = dict(connection.execute(select(REPORTS.c.id, REPORTS.c.photo_before)).tuples().all())
        passed = [tuple(row) for row in connection.execute(select(MEDIA.c.report, MEDIA.c.hash).where(MEDIA.c.is_passed))]
    assert shown == {allowed: first.hash, asked: None}
    assert passed == [(allowed, first.hash)]


def test_once_taken_off_the_next_does_not_take_its_place(store: Database, pictures: Pictures) -> None:
    report = a_report(store)
    first = keep(store, pictures, report, pictures.prepare(a_file(a_scene(1))))
    service = ReportService(CITY, CityGeography(CITY), lambda: NOW)
    operator = Actor(id="siti", role=Role.OPERATOR)
    store.write(lambda connection: service.act(connection, report, PassPicture(photo=first, is_passed=False), operator))
    keep(store, pictures, report, pictures.prepare(a_file(a_scene(2))))
    assert store.read(lambda connection: connection.execute(select(REPORTS.c.photo_before)).scalar_one()) is None


def test_the_same_again_is_one_file_one_row_and_no_event(store: Database, pictures: Pictures) -> None:
    report, other = a_report(store), a_report(store, words="lain")
    prepared = pictures.prepare(a_file())
    keep(store, pictures, report, prepared)
    keep(store, pictures, report, prepared)
    keep(store, pictures, other, prepared)
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(MEDIA)).scalar_one() == 2
        assert connection.execute(select(func.count()).select_from(EVENTS).where(EVENTS.c.kind == "attached")).scalar_one() == 2
    assert [path.name for path in pictures.path(prepared.hash).parent.iterdir()] == [prepared.hash]


def test_a_report_that_is_not_there_leaves_no_row(store: Database, pictures: Pictures) -> None:
    with pytest.raises(Unknown):
        keep(store, pictures, "L000000-XXXXX", pictures.prepare(a_file()))
    assert store.read(lambda connection: connection.execute(select(MEDIA)).first()) is None


def test_a_report_takes_only_so_many(store: Database, pictures: Pictures) -> None:
    report = a_report(store)
    prepared = pictures.prepare(a_file())
    for number in range(MOST_OF_ONE):
        content = prepared.content + bytes([number])
        keep(store, pictures, report, msgspec.structs.replace(prepared, content=content, hash=hashlib.sha256(content).hexdigest()))
    with pytest.raises(Refused, match="attachments already"):
        keep(store, pictures, report, prepared)


def test_a_crash_between_file_and_row_leaves_no_row_and_the_file_is_swept(store: Database, pictures: Pictures, tmp_path: Path) -> None:
    report = a_report(store)
    kept, lost = pictures.prepare(a_file(a_scene(1))), pictures.prepare(a_file(a_scene(2)))
    video = pictures.prepare(a_video())
    keep(store, pictures, report, kept)
    keep(store, pictures, report, video)

    class Crash(RuntimeError):
        pass

    def unit(connection):
        pictures.keep(connection, report, lost, "before", NOW)
        raise Crash

    with pytest.raises(Crash):
        store.write(unit)
    half = pictures.path(lost.hash).with_name(lost.hash + ".0badcafe")
    half.write_bytes(b"half")
    folder = tmp_path / "pictures"
    assert store.write(lambda connection: sweep(connection, folder, timedelta(hours=1))) == 0, "it is young: its row may be on the way"
    long_ago = time.time() - 7_200
    for path in folder.glob("*/*/*"):
        os.utime(path, (long_ago, long_ago))
    pictures.lay(kept)
    assert store.write(lambda connection: sweep(connection, folder, timedelta(hours=1))) == 2
    assert not pictures.path(lost.hash).exists()
    assert not half.exists()
    assert pictures.path(kept.hash).exists()
    assert pictures.path(video.hash).exists()
    assert video.poster_hash is not None
    assert pictures.path(video.poster_hash).exists()


def test_an_old_file_laid_again_is_young(store: Database, pictures: Pictures, tmp_path: Path) -> None:
    prepared = pictures.prepare(a_file())
    pictures.lay(prepared)
    os.utime(pictures.path(prepared.hash), (0, 0))
    pictures.lay(prepared)
    assert store.write(lambda connection: sweep(connection, tmp_path / "pictures", timedelta(hours=1))) == 0


def test_nothing_else_is_a_name_on_the_shelf(pictures: Pictures) -> None:
    for name in ("../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n", ""):
        with pytest.raises(ValueError, match="not the name"):
            pictures.path(name)
