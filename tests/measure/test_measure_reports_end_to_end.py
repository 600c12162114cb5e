"""Real doors, store, feeds and Redis under the citizens of the drills: what is taken from store, disk or bus afterwards is missed."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from controlroom.measure.account import Account, OnBus, Stored, account, is_told, on_bus, stored
from controlroom.measure.citizens import Answer, Citizens, Writer, photos
from controlroom.measure.drill_reports import judge_kept
from controlroom.measure.people import Somebody
from controlroom.measure.reporting import NAMESPACE, Reporting
from controlroom.measure.result import CannotMeasure, result
from feeds.bus.embedded import EmbeddedRedis
from feeds.messages.report import ReportState
from feeds.reports.actions import Note, Reopen
from feeds.reports.roles import Role

SENT = 120


@pytest.fixture(scope="module")
def redis() -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(namespace=NAMESPACE) as server:
        yield server


@pytest.fixture(scope="module")
def room(redis: EmbeddedRedis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reporting]:
    with Reporting(tmp_path_factory.mktemp("room")) as made:
        made.open_doors()
        made.start_teller(redis.url_for("back"))
        yield made


@pytest.fixture(scope="module")
def taken(room: Reporting, redis: EmbeddedRedis) -> tuple[list[Answer], Stored, OnBus]:
    """A load through the doors, one kill under way, and what stands afterwards."""
    writer, pictures = Writer(room.city, 5), photos(2)
    illustrated = writer.with_photo(pictures)

    async def load() -> list[Answer]:
        citizens = Citizens(room.base, room.key, is_patient=True)
        sending = asyncio.create_task(
            citizens.send(lambda n: illustrated(n) if n % 10 == 0 else writer.text(n), per_s=40, seconds=SENT / 40)
        )
        await asyncio.sleep(SENT / 80)
        await asyncio.to_thread(room.kill_doors)
        room.start_doors()
        await asyncio.to_thread(room.wait_open)
        return await sending

    answers = asyncio.run(load())
    for _ in range(120):
        store, bus = room.database.read(stored), on_bus(redis.url_for("admin"), NAMESPACE)
        if is_told(store, bus, room.city):
            return answers, store, bus
        time.sleep(0.25)
    pytest.fail("the bus never said what the store says")


def judged(room: Reporting, answers: list[Answer], store: Stored, bus: OnBus, pictures: Path | None = None) -> tuple[bool, Account]:
    found = account(answers, store, bus, room.city, pictures or room.pictures)
    return result("test", judge_kept(found, answers)).holds, found


def test_after_a_kill_under_load_everything_acknowledged_is_there_once(room: Reporting, taken: tuple[list[Answer], Stored, OnBus]) -> None:
    holds, found = judged(room, *taken)
    assert found.acknowledged == SENT
    assert holds, found


def test_what_is_gone_from_store_disk_or_bus_is_missed(room: Reporting, taken: tuple[list[Answer], Stored, OnBus], tmp_path: Path) -> None:
    answers, store, bus = taken
    first, second = store.records[:2]
    without_first = {key: report for key, report in bus.reports.items() if key != first.id}
    lost = Stored(store.records[1:], store.steps, store.media, store.intake - 1, store.laid_out)
    holds, found = judged(room, answers, lost, OnBus(without_first, bus.totals))
    assert (holds, found.lost) == (False, 1)
    holds, found = judged(room, answers, store, OnBus(without_first, bus.totals))
    assert (holds, found.not_on_bus) == (False, 1)
    holds, found = judged(room, answers, store, OnBus(bus.reports | {first.id: bus.reports[second.id]}, bus.totals))
    assert (holds, found.not_on_bus) == (False, 1)
    holds, found = judged(room, answers, store, OnBus(bus.reports | {"stranger": bus.reports[second.id]}, bus.totals))
    assert (holds, found.strange) == (False, 1)
    holds, found = judged(room, answers, store, bus, tmp_path)
    assert (holds, found.pictures_lost) == (False, SENT // 10)
    twice = Stored([*store.records, store.records[0]], store.steps, store.media, store.intake, store.laid_out)
    holds, found = judged(room, answers, twice, bus)
    assert (holds, found.twice) == (False, 1)


def test_a_log_with_a_hole_or_another_state_than_its_report_is_missed(room: Reporting, taken: tuple[list[Answer], Stored, OnBus]) -> None:
    answers, store, bus = taken
    one, other, third = [str(answer.report) for answer in answers[1:4]]
    steps = store.steps | {one: [], other: store.steps[other] * 2}
    records = [msgspec.structs.replace(record, state=ReportState.DONE) if record.id == third else record for record in store.records]
    holds, found = judged(room, answers, Stored(records, steps, store.media, store.intake, store.laid_out), bus)
    assert (holds, found.broken_logs) == (False, 3)


def test_people_sign_in_take_steps_and_a_refusal_is_said(room: Reporting, taken: tuple[list[Answer], Stored, OnBus]) -> None:
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
