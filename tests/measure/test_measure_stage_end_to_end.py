"""Two real doors on one store: takes at one moment have one winner, and a decision that is taken out of the store is missed."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete

from controlroom.measure.double_take import Desks, judge_kills, judge_pairs, judge_written, pairs_of_takes, two_desks, under_kills, written
from controlroom.measure.result import Figure, result
from feeds.store.schema import AUDIT
from feeds.store.wall_schema import WALL_DECISIONS

pytestmark = pytest.mark.timeout(240)

WALL = "Dinding uji"
PAIRS = 6


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[Desks]:
    with two_desks(tmp_path, None, WALL) as made:
        yield made


def failing(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in result("test", figures).figures if not figure.holds]


def test_of_two_takes_at_one_moment_one_is_carried_out_also_when_a_door_dies(desks: Desks) -> None:
    numbers = count(1)
    raced = pairs_of_takes(desks, PAIRS, numbers, lambda _: None)
    tries = under_kills(desks, 1, numbers, lambda _: None)
    won = [one for pair in raced for one in pair.won] + [one for one in tries if one.is_carried_out]
    found = written(desks)
    figures = judge_pairs("x", raced, PAIRS) + judge_written("x", won, found) + judge_kills("x", 1, tries)
    assert [name for name in failing(figures) if "under kills" not in name and "cut off" not in name] == []

    def take_out(revision: int) -> None:
        desks.first.database.write(lambda it: it.execute(delete(WALL_DECISIONS).where(WALL_DECISIONS.c.revision == revision)))

    lost = max(won, key=lambda one: one.revision)
    take_out(raced[0].won[0].revision)
    assert any("do not stand as they were answered" in name for name in failing(judge_written("x", won, written(desks))))
    unlisted = msgspec.structs.replace(found, audit=[line for line in found.audit if line.revision != lost.revision])
    assert failing(judge_written("x", won, unlisted)) == ["x: decisions without exactly one line in the audit"]
    desks.first.database.write(lambda it: it.execute(delete(AUDIT)))
    assert any("audit" in name for name in failing(judge_written("x", won, written(desks))))
