"""Real doors, store, feeds and Redis under the citizens and the desk of the drills: what is taken from store, disk or bus is missed."""

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from controlroom.measure.account import Account, OnBus, Stored, account, is_told, on_bus, stored
from controlroom.measure.citizens import Answer, Citizens, Post, Writer, photos
from controlroom.measure.desk_work import FEWEST_STEPS, DeskWork, Work, judge_desk
from controlroom.measure.drill_reports import judge_kept
from controlroom.measure.people import Somebody
from controlroom.measure.picture_server import PictureServer
from controlroom.measure.private_links import Opened, opened
from controlroom.measure.reporting import NAMESPACE, Reporting
from controlroom.measure.result import CannotMeasure, Figure, result
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.actions import Note, Reopen
from feeds.messages.report import ReportState
from feeds.reports.roles import Role

SENT = 120
AGENCY = "dpupr"

Taken = tuple[list[Answer], Stored, OnBus, Work]


@pytest.fixture(scope="module")
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace=NAMESPACE) as server:
        yield server


@pytest.fixture(scope="module")
def room(redis: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    with Reporting(tmp_path_factory.mktemp("room"), asks_loopback=True) as made:
        made.open_doors()
        made.start_teller(redis.url_for("back"))
        yield made


@pytest.fixture(scope="module")
def taken(room: Reporting, redis: EmbeddedRedis) -> Iterator[Taken]:
    """A load through the doors and a desk at work, one kill under way, and what stands afterwards."""
    writer = Writer(room.city, 5)
    illustrated = writer.with_photo(photos(2))

    async def load(elsewhere: PictureServer, desk: DeskWork) -> tuple[list[Answer], Work]:
        def make(number: int) -> Post:
            post = illustrated(number) if number % 10 == 0 else writer.text(number)
            url = {"media_url": elsewhere.url(number // 3)} if number % 3 == 0 else {}
            return msgspec.structs.replace(post, fields=post.fields | url)

        citizens = Citizens(room.base, room.key, is_patient=True, told=desk.promise)
        working = asyncio.create_task(asyncio.to_thread(desk.run))
        sending = asyncio.create_task(citizens.send(make, per_s=40, seconds=SENT / 40))
        await asyncio.sleep(SENT / 80)
        await asyncio.to_thread(room.kill_doors)
        room.start_doors()
        await asyncio.to_thread(room.wait_open)
        answers = await sending
        while desk.count < FEWEST_STEPS and not working.done():
            await asyncio.sleep(0.05)
        desk.stop()
        return answers, await working

    with PictureServer(photos(3, width=320, height=240)) as elsewhere, Somebody(room, "operatoruji", Role.OPERATOR) as operator:
        answers, work = asyncio.run(load(elsewhere, DeskWork([operator], AGENCY)))
        for _ in range(120):
            store, bus = room.database.read(stored), on_bus(redis.url_for("admin"), NAMESPACE)
            if is_told(store, bus, room.city):
                yield answers, store, bus, work
                return
            time.sleep(0.25)
    pytest.fail("the bus never said what the store says")


def judged(room: Reporting, answers: list[Answer], store: Stored, bus: OnBus, pictures: Path | None = None) -> tuple[bool, Account]:
    found = account(answers, store, bus, room.city, pictures or room.pictures)
    return result("test", judge_kept(found, answers)).holds, found


def failing(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures if not figure.holds]


def test_after_a_kill_under_load_everything_acknowledged_is_there_once(room: Reporting, taken: Taken) -> None:
    holds, found = judged(room, *taken[:3])
    assert found.acknowledged == SENT
    assert holds, found


def test_what_is_gone_from_store_disk_or_bus_is_missed(room: Reporting, taken: Taken, tmp_path: Path) -> None:
    answers, store, bus, _ = taken
    first, second = store.records[:2]
    without_first = {key: report for key, report in bus.reports.items() if key != first.id}
    lost = msgspec.structs.replace(store, records=store.records[1:], intake=store.intake - 1)
    holds, found = judged(room, answers, lost, OnBus(without_first, bus.totals))
    assert (holds, found.lost) == (False, 1)
    holds, found = judged(room, answers, store, OnBus(without_first, bus.totals))
    assert (holds, found.not_on_bus) == (False, 1)
    holds, found = judged(room, answers, store, OnBus(bus.reports | {first.id: bus.reports[second.id]}, bus.totals))
    assert (holds, found.not_on_bus) == (False, 1)
    holds, found = judged(room, answers, store, OnBus(bus.reports | {"stranger": bus.reports[second.id]}, bus.totals))
    assert (holds, found.strange) == (False, 1)
    holds, found = judged(room, answers, store, bus, tmp_path)
    assert (holds, found.pictures_lost) == (False, len(store.media))
    assert len(store.media) > SENT // 10
    twice = msgspec.structs.replace(store, records=[*store.records, store.records[0]])
    holds, found = judged(room, answers, twice, bus)
    assert (holds, found.twice) == (False, 1)


def test_a_log_with_a_hole_or_another_state_than_its_report_is_missed(room: Reporting, taken: Taken) -> None:
    answers, store, bus, _ = taken
    one, other, third = [str(answer.report) for answer in answers[1:4]]
    steps = store.steps | {one: [], other: store.steps[other] * 2}
    records = [msgspec.structs.replace(record, state=ReportState.DONE) if record.id == third else record for record in store.records]
    holds, found = judged(room, answers, msgspec.structs.replace(store, records=records, steps=steps), bus)
    assert (holds, found.broken_logs) == (False, 3)


def test_a_picture_pointed_to_is_there_or_a_note_says_why_not_once(room: Reporting, taken: Taken) -> None:
    answers, store, bus, _ = taken
    fetched = next(str(one.report) for one in answers if one.has_media_url and not one.has_photo and str(one.report) in store.media)
    noted = next(report for report, count in store.unfetched.items() if count)
    replace = msgspec.structs.replace
    for wrong in (
        replace(store, media={key: names for key, names in store.media.items() if key != fetched}),
        replace(store, media=store.media | {fetched: store.media[fetched] * 2}),
        replace(store, unfetched=store.unfetched | {fetched: 1}),
        replace(store, unfetched=store.unfetched | {noted: 0}),
        replace(store, unfetched=store.unfetched | {noted: 2}),
    ):
        holds, found = judged(room, answers, wrong, bus)
        assert (holds, found.unfetched) == (False, 1)
    assert not is_told(replace(store, owed=1), bus, room.city)


def test_desk_steps_lost_doubled_invented_or_kept_from_the_bus_are_seen(taken: Taken) -> None:
    _, store, bus, work = taken
    cut = "of these, cut off under way and sent again"
    replace = msgspec.structs.replace
    assert work.steps
    assert set(failing(judge_desk(work, store, bus))) <= {cut}, "one kill need not meet a step"
    work = replace(work, steps=[replace(work.steps[0], cut=1), *work.steps[1:]])
    assert failing(judge_desk(work, store, bus)) == []
    one = work.steps[0]
    key = (one.report, "triage", one.by, one.action.reason)
    off_log, off_bus = "desk steps not in the log exactly once", "desk steps the bus does not show"
    for wrong, named in (
        ({"acts": {other: count for other, count in store.acts.items() if other != key}}, off_log),
        ({"acts": store.acts | {key: 2}}, off_log),
        ({"acts": store.acts | {(one.report, "triage", one.by, "of nobody"): 1}}, off_log),
        ({"claims": store.claims - {(one.by, one.report)}}, "claims answered, and not in the audit"),
    ):
        assert failing(judge_desk(work, replace(store, **wrong), bus)) == [named]
    before = replace(bus.reports[one.report], state=ReportState.NEW, agency=None)
    for reports in (bus.reports | {one.report: before}, bus.reports | {one.report: replace(bus.reports[one.report], text=None)}):
        assert failing(judge_desk(work, store, OnBus(reports, bus.totals))) == [off_bus]
    refused = replace(work, steps=[*work.steps, replace(one, status=422)])
    assert failing(judge_desk(refused, store, bus)) == ["desk steps refused"]
    assert "desk steps carried out" in failing(judge_desk(Work([], []), store, bus))


def sent(room: Reporting, first: int, **fields: str) -> str:
    """One more report."""
    post = Writer(room.city, first, first=first).text(0)
    made = msgspec.structs.replace(post, fields=post.fields | fields)
    return str(asyncio.run(Citizens(room.base, room.key).send(lambda n: made, per_s=1, seconds=1))[0].report)


def test_a_step_sent_again_on_the_revision_it_was_made_on_stands_once(room: Reporting) -> None:
    """As when the answer alone was cut off: the step stands, and its operator does not know it."""
    report = sent(room, 2_000_000)
    with Somebody(room, "operatorlain", Role.OPERATOR) as operator:

        class Deaf(DeskWork):
            is_deaf = True

            def _sent(self, operator: Somebody, method: str, path: str, **more: object) -> tuple[httpx.Response, int]:
                answer, cut = super()._sent(operator, method, path, **more)
                if not path.endswith("/steps") or not self.is_deaf:
                    return answer, cut
                self.is_deaf = False
                again, _ = super()._sent(operator, method, path, **more)
                return again, 1

        desk = Deaf([operator], AGENCY)
        desk.promise(report)
        threading.Timer(1.0, desk.stop).start()
        work = desk.run()
    assert [(one.status, one.cut) for one in work.steps] == [(409, 1), (200, 0)]
    store = room.database.read(stored)
    assert [count for key, count in store.acts.items() if key[2] == operator.login] == [1, 1]


def test_a_private_link_opens_the_page_of_its_report_and_another_does_not(room: Reporting, taken: Taken) -> None:
    answers, *_, work = taken
    settled = [one for one in answers if one.report in {report for _, report in work.claimed}]
    right, wrong = settled[0], msgspec.structs.replace(settled[0], link=settled[1].link)
    gone = msgspec.structs.replace(right, link=f"{room.base}/s/{'x' * 24}")
    assert opened([right, wrong, gone], tuple(work.people)) == [
        Opened(status=200, is_right=True, tells=False), Opened(status=200, is_right=False, tells=False),
        Opened(status=404, is_right=False, tells=False),
    ]  # fmt: skip
    assert opened([right], (str(right.report),))[0].tells
    assert opened([msgspec.structs.replace(right, link=None)], ())[0].status == 0


def test_the_command_itself_asks_nothing_of_this_machine(tmp_path: Path) -> None:
    """What a drill changes in its own doors is changed there alone."""
    with PictureServer(photos(1, width=320, height=240)) as elsewhere, Reporting(tmp_path) as plain:
        plain.open_doors()
        report = sent(plain, 3_000_000, media_url=elsewhere.url(0))
        until = time.monotonic() + 20
        while (store := plain.database.read(stored)).owed and time.monotonic() < until:
            time.sleep(0.1)
    assert (store.media, store.unfetched) == ({}, {report: 1})


def test_people_sign_in_take_steps_and_a_refusal_is_said(room: Reporting, taken: Taken) -> None:
    report = str(taken[0][0].report)
    with Somebody(room, "operator", Role.OPERATOR) as operator:
        operator.claim(report)
        operator.step(report, Note(text="dilihat"))
        operator.let_go(report)
        with pytest.raises(CannotMeasure, match="HTTP 409"):
            operator.step(report, Reopen(reason="belum selesai"))


def test_a_wrong_key_is_no_acknowledgement(room: Reporting) -> None:
    writer = Writer(room.city, 6, first=5_000_000)
    answers = asyncio.run(Citizens(room.base, "lr_000000000000_" + "x" * 43).send(writer.text, per_s=20, seconds=0.1))
    assert [(one.status, one.report) for one in answers] == [(403, None)] * 2
