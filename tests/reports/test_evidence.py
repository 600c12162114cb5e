"""A finish photo as evidence: after the order, near the place, not used before; what fails is marked and blocks nothing."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, insert, select, text

from feeds.city import load_city
from feeds.geography import CityGeography
from feeds.messages.actions import Accept, Finish, Forward, Invalidate, PassPicture, Reopen, Triage
from feeds.messages.header import Position
from feeds.messages.report import Channel, ReportState
from feeds.reports.drafts import Draft
from feeds.reports.evidence import SAME_BITS, alike, judge
from feeds.reports.pictures import PictureRole, Pictures
from feeds.reports.records import Record, wall_report
from feeds.reports.roles import Actor, Role
from feeds.reports.service import ReportService
from feeds.store.schema import MEDIA
from tests.fakes.attachments import a_file, a_scene, a_video, an_exif
from tests.fakes.stores import a_store

pytestmark = pytest.mark.usefixtures("both_stores")

CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
HERE = Position(106.63, -6.17)
LEAD = Actor(id="lead", role=Role.LEAD)
BEGIN = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 09.00 WIB


class Room:
    """A store with its service and pictures, on a clock turned by hand."""

    def __init__(self, database, folder: Path) -> None:
        self.now = BEGIN
        self.database = database
        self.service = ReportService(CITY, CityGeography(CITY), lambda: self.now)
        self.pictures = Pictures(folder, CITY, lambda: self.now)

    def later(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def report(self, words: str = "lubang", *, position: Position | None = HERE) -> str:
        draft = Draft(
            source="laksa", channel=Channel.LAKSA, category="jalan_berlubang", description=words, position=position, address="Jl. A"
        )
        return self.database.write(lambda connection: self.service.take_in(connection, draft, LEAD)).report

    def act(self, report: str, action) -> Record:
        return self.database.write(lambda connection: self.service.act(connection, report, action, LEAD))

    def attach(self, report: str, raw: bytes, role: PictureRole = "after") -> str:
        prepared = self.pictures.prepare(raw)
        return self.database.write(lambda connection: self.pictures.keep(connection, report, prepared, role, self.now))

    def ordered(self, words: str = "lubang", *, position: Position | None = HERE) -> str:
        """A report taken in at 9.00, forwarded at 10.00, accepted at 10.30; it is 11.00."""
        self.now = BEGIN
        report = self.report(words, position=position)
        self.later(60)
        self.act(report, Forward(agency="dpupr"))
        self.later(30)
        self.act(report, Accept())
        self.later(30)
        return report

    def finished(self, report: str, raw: bytes) -> Record:
        return self.act(report, Finish(photo=self.attach(report, raw)))


@pytest.fixture
def room(tmp_path: Path) -> Generator[Room]:
    with a_store() as database:
        yield Room(database, tmp_path / "pictures")


def at(clock: str) -> str:
    return f"2026:11:23 {clock}"


def test_a_photo_of_the_place_after_the_order_is_evidence(room: Room) -> None:
    done = room.finished(room.ordered(), a_file(exif=an_exif(taken=at("10:45:00"), lon=106.6301, lat=-6.1701)))
    assert (done.state, done.evidence_ok) == (ReportState.DONE, True)
    assert done.evidence_distance_m == pytest.approx(15.7, abs=1)


def test_without_exif_the_upload_is_its_time_and_there_is_no_distance(room: Room) -> None:
    done = room.finished(room.ordered(), a_file())
    assert (done.evidence_ok, done.evidence_distance_m) == (True, None)


@pytest.mark.parametrize(
    ("taken", "is_ok"), [("09:59:59", False), ("10:00:00", True), ("10:29:00", True), ("08:00:00", False)],
    ids=["before the order", "with it", "before he accepted", "before the report"],
)  # fmt: skip
def test_taken_after_the_order(room: Room, taken: str, is_ok: bool) -> None:
    done = room.finished(room.ordered(), a_file(exif=an_exif(taken=at(taken))))
    assert (done.state, done.evidence_ok) == (ReportState.DONE, is_ok)


def test_an_order_within_the_second_of_the_photo_is_no_lie(room: Room) -> None:
    report = room.report()
    room.now = datetime(2026, 11, 23, 3, 0, 0, 700_000, tzinfo=UTC)
    room.act(report, Forward(agency="dpupr"))
    room.act(report, Accept())
    assert room.finished(report, a_file(exif=an_exif(taken=at("10:00:00")))).evidence_ok


def test_who_takes_a_report_unasked_orders_it_by_accepting(room: Room) -> None:
    report = room.report()
    room.later(60)
    room.act(report, Accept())
    room.later(60)
    assert room.finished(report, a_file(exif=an_exif(taken=at("09:30:00")))).evidence_ok is False


def test_forwarded_again_counts_from_then(room: Room) -> None:
    report = room.ordered()
    room.act(report, Forward(agency="dishub"))  # 11.00
    room.act(report, Accept())
    room.later(30)
    assert room.finished(report, a_file(exif=an_exif(taken=at("10:45:00")))).evidence_ok is False


@pytest.mark.parametrize(("north_m", "is_ok"), [(140, True), (160, False), (5_000, False)])
def test_near_the_place(room: Room, north_m: float, is_ok: bool) -> None:
    assert CITY.reports.evidence_within_m == 150
    done = room.finished(room.ordered(), a_file(exif=an_exif(lon=106.63, lat=-6.17 + north_m / 111_195)))
    assert (done.state, done.evidence_ok) == (ReportState.DONE, is_ok)
    assert done.evidence_distance_m == pytest.approx(north_m, rel=0.01)


def test_a_report_without_a_place_has_no_distance(room: Room) -> None:
    done = room.finished(room.ordered(position=None), a_file(exif=an_exif(lon=106.9, lat=-6.1)))
    assert (done.evidence_ok, done.evidence_distance_m) == (True, None)


@pytest.mark.parametrize("taken", ["2099:01:01 00:00:00", "1970:01:01 00:00:00", "2026:11:23 23:00:00"])
def test_a_time_that_cannot_be_says_nothing(room: Room, taken: str) -> None:
    """Neither for nor against: the upload is the time then, and the upload is after the order."""
    report = room.ordered()
    assert room.finished(report, a_file(exif=an_exif(taken=taken))).evidence_ok is True
    stored = room.database.read(lambda connection: connection.execute(select(MEDIA.c.taken_at)).scalar_one())
    assert stored is None


def test_a_future_time_cannot_make_an_early_upload_late(room: Room) -> None:
    report = room.report()
    room.later(30)
    # A phone four minutes ahead, and the order comes in between.
    photo = room.attach(report, a_file(exif=an_exif(taken=at("09:34:00"))))
    room.later(2)
    room.act(report, Forward(agency="dpupr"))
    room.act(report, Accept())
    assert room.act(report, Finish(photo=photo)).evidence_ok is False


def test_a_position_of_nothing_is_no_position(room: Room) -> None:
    done = room.finished(room.ordered(), a_file(exif=an_exif(lon=0, lat=0)))
    assert (done.evidence_ok, done.evidence_distance_m) == (True, None)


SCENE = a_scene(5, (1200, 900))


@pytest.mark.parametrize(
    "again",
    [a_file(SCENE), a_file(SCENE, quality=35), a_file(SCENE.resize((400, 300))), a_file(SCENE, "PNG"), a_file(SCENE, "WEBP", quality=40)],
    ids=["the same file", "saved again", "resized", "as PNG", "as WebP"],
)
def test_a_photo_that_finished_another_report_is_marked(room: Room, again: bytes) -> None:
    assert room.finished(room.ordered("satu"), a_file(SCENE)).evidence_ok is True
    done = room.finished(room.ordered("dua"), again)
    assert (done.state, done.evidence_ok) == (ReportState.DONE, False)


@pytest.mark.parametrize("again", [a_file(SCENE), a_file(SCENE.resize((500, 375)), quality=50)], ids=["the same file", "resized"])
def test_the_photo_the_report_came_with_is_no_evidence(room: Room, again: bytes) -> None:
    report = room.report()
    room.attach(report, a_file(SCENE), "before")
    room.later(60)
    room.act(report, Forward(agency="dpupr"))
    room.act(report, Accept())
    room.later(10)
    assert room.finished(report, again).evidence_ok is False


def test_the_photo_another_report_came_with_is_no_evidence(room: Room) -> None:
    room.attach(room.report("satu"), a_file(SCENE), "before")
    assert room.finished(room.ordered("dua"), a_file(SCENE, quality=60)).evidence_ok is False


def test_three_pictures_of_one_mended_hole_are_no_reuse(room: Room) -> None:
    report = room.ordered()
    room.attach(report, a_file(SCENE, quality=80))
    room.attach(report, a_file(SCENE, quality=70), "other")
    assert room.finished(report, a_file(SCENE)).evidence_ok is True


@pytest.mark.parametrize("again", [a_file(SCENE), a_file(SCENE, quality=50)], ids=["the same file", "saved again"])
def test_reopened_it_needs_another_photo(room: Room, again: bytes) -> None:
    report = room.ordered()
    assert room.finished(report, a_file(SCENE)).evidence_ok is True
    room.later(60)
    room.act(report, Reopen(reason="masih berlubang"))
    room.act(report, Accept())
    room.later(60)
    assert room.finished(report, again).evidence_ok is False


def test_reopened_and_mended_it_is_fine(room: Room) -> None:
    report = room.ordered()
    room.finished(report, a_file(SCENE))
    room.later(60)
    room.act(report, Reopen(reason="masih berlubang"))
    room.act(report, Accept())
    room.later(60)
    assert room.finished(report, a_file(a_scene(6), exif=an_exif(taken=at("12:45:00")))).evidence_ok is True


def test_what_was_photographed_before_the_reopening_is_too_old(room: Room) -> None:
    report = room.ordered()
    room.finished(report, a_file(SCENE))
    room.later(60)  # 12.00
    room.act(report, Reopen(reason="masih berlubang"))
    room.act(report, Accept())
    room.later(60)
    assert room.finished(report, a_file(a_scene(6), exif=an_exif(taken=at("11:30:00")))).evidence_ok is False


def test_a_video_used_before_is_marked_too(room: Room) -> None:
    assert room.finished(room.ordered("satu"), a_video(seed=8)).evidence_ok is True
    assert room.finished(room.ordered("dua"), a_video(seed=8)).evidence_ok is False
    assert room.finished(room.ordered("tiga"), a_video(seed=9)).evidence_ok is True


def test_done_without_a_photo_the_wall_is_told_why(room: Room) -> None:
    report = room.ordered()
    done = wall_report(room.act(report, Finish(exemption="pekerjaan di bawah tanah")), CITY)
    assert (done.state, done.is_exempt, done.evidence_ok) == (ReportState.DONE, True, None)
    assert not wall_report(room.act(report, Reopen(reason="masih berlubang")), CITY).is_exempt


def test_a_prank_takes_its_picture_off_the_wall(room: Room) -> None:
    report = room.report()
    photo = room.attach(report, a_file(SCENE), "before")
    room.act(report, PassPicture(photo=photo))
    shown = wall_report(room.act(report, Triage(text="Lubang besar")), CITY)
    assert (shown.photo_before, shown.text) == (photo, "Lubang besar")
    prank = wall_report(room.act(report, Invalidate(reason="iseng")), CITY)
    assert (prank.photo_before, prank.text) == (None, None)


def looking_like(report: str, name: str, bits: int) -> dict[str, object]:
    return {
        "report": report, "hash": name * 64, "original": name * 64, "role": "after", "mime": "image/jpeg", "bytes": 1, "received_at": BEGIN,
        "is_passed": False, "perceptual": f"{bits:016x}",
    }  # fmt: skip


def test_what_looks_alike_is_found_wherever_it_differs(room: Room) -> None:
    """Four bits of 64 at most, as a look at every picture would find it; the parts of a hash are only how it is looked for."""
    random = Random(4)
    record = room.act(room.report("satu"), Accept())
    other = room.report("dua")
    bits = random.getrandbits(64)
    room.database.write(lambda connection: connection.execute(insert(MEDIA), [looking_like(record.id, "a", bits)]).rowcount)
    query = select(MEDIA).where(MEDIA.c.report == record.id)
    for differing in [*range(9)] * 8:
        # One in each quarter of the hash first: the farthest apart that few can lie.
        places = {quarter * 16 + random.randrange(16) for quarter in range(min(differing, 4))}
        places |= set(random.sample(sorted(set(range(64)) - places), differing - len(places)))
        seen = bits
        for place in places:
            seen ^= 1 << place

        def unit(connection, seen=seen) -> bool:
            connection.execute(insert(MEDIA), [looking_like(other, "b", seen)])
            photo = connection.execute(query).mappings().one()
            is_evidence, _ = judge(connection, record, photo, within_m=150)
            connection.execute(delete(MEDIA).where(MEDIA.c.report == other))
            return is_evidence

        assert room.database.write(unit) is (differing > SAME_BITS), sorted(places)


@pytest.mark.parametrize("both_stores", ["sqlite"], indirect=True)  # PostgreSQL plans by what is in its tables, and these are empty
def test_a_finish_does_not_look_at_every_picture(room: Room) -> None:
    query = select(MEDIA.c.perceptual).where(MEDIA.c.report != "L1", alike("0123456789abcdef"))
    statement = str(query.compile(compile_kwargs={"literal_binds": True}))
    with room.database.reading() as connection:
        plan = " ".join(str(row[-1]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")))
    assert "SCAN" not in plan, plan
    assert all(f"ix_media_look_{first} " in plan for first in (1, 4, 7, 10, 13)), plan
