"""Drills of who decides what a wall shows: two takes at one moment, and a wall that is killed with what was taken for it."""

from collections.abc import Callable
from itertools import count

from controlroom.measure.double_take import (
    Desks,
    Written,
    judge_kills,
    judge_pairs,
    judge_shown,
    judge_written,
    pairs_of_takes,
    two_desks,
    under_kills,
    written,
)
from controlroom.measure.parts import Parts
from controlroom.measure.postgres import PrivatePostgres, find_programs
from controlroom.measure.reporting import NAMESPACE, free_port
from controlroom.measure.result import Figure, Progress, Result, result
from controlroom.measure.wall_kill import KillStage, Life, judge_behind, judge_left, judge_life, slowest

PAIRS, PAIRS_LONG = 48, 240
KILLS, KILLS_LONG = 4, 16
SHOWN_WITHIN_S = 10.0


def double_take(long: bool, progress: Progress) -> Result:
    """On SQLite with a real wall that follows, and on PostgreSQL where it is installed."""
    pairs, kills = (PAIRS_LONG, KILLS_LONG) if long else (PAIRS, KILLS)
    with Parts(namespace=NAMESPACE) as parts:
        progress("starting two doors, feeds and a wall", 0.02)
        with two_desks(parts.folder / "sqlite", None, parts.description.name) as desks:
            desks.first.start_teller(parts.redis.url_for("back"))
            parts.start_wall(wait_painted=False)
            figures, found = _on_one_store("SQLite", desks, pairs, kills, lambda share: progress("takes on SQLite", 0.2 + 0.5 * share))
            shown = parts.wait(lambda: parts.state().revision == found.desk.revision or None, SHOWN_WITHIN_S)
            figures += judge_shown(found.desk.revision if shown else parts.state().revision, found)
        programs = find_programs()
        if programs is not None:
            progress("starting PostgreSQL", 0.7)
            with (
                PrivatePostgres(programs, free_port()) as server,
                two_desks(parts.folder / "postgres", server.url, parts.description.name) as desks,
            ):
                figures += _on_one_store(
                    "PostgreSQL", desks, pairs // 2, kills, lambda share: progress("takes on PostgreSQL", 0.8 + 0.2 * share)
                )[0]
    return result("double-take", figures)


def _on_one_store(store: str, desks: Desks, pairs: int, kills: int, told: Callable[[float], None]) -> tuple[list[Figure], Written]:
    numbers = count(1)
    raced = pairs_of_takes(desks, pairs, numbers, lambda done: told(0.5 * done / pairs))
    tries = under_kills(desks, kills, numbers, lambda done: told(0.5 + 0.5 * done / kills))
    found = written(desks)
    won = [one for pair in raced for one in pair.won] + [one for one in tries if one.is_carried_out]
    figures = judge_pairs(store, raced, pairs) + judge_kills(store, kills, tries) + judge_written(store, won, found)
    return figures, found


def wall_kill(long: bool, progress: Progress) -> Result:
    """``kill -9`` of a supervised wall: all well, after a flush, without doors, without Redis, behind the curtain; and of its parent."""
    figures: list[Figure] = []
    lives: list[Life] = []
    progress("starting city, doors and a supervised wall", 0.02)
    with KillStage() as stage:

        def killed(name: str, share: float) -> None:
            progress(f"kill: {name}", share)
            lives.append(stage.life_after_kill())
            figures.extend(judge_life(name, lives[-1]))

        killed("Redis alive", 0.2)
        _well_again(stage)
        stage.flush()
        killed("Redis flushed", 0.35)
        _well_again(stage)
        stage.room.kill_doors()
        killed("doors gone", 0.5)
        stage.room.open_doors()
        _well_again(stage)
        stage.draw_curtain()
        figures += judge_behind("behind the curtain", stage.life_behind_curtain())
        stage.begin_anew()
        stage.wait_curtained()
        stage.parts.redis.kill()
        figures += judge_behind("behind the curtain, Redis gone", stage.life_behind_curtain())
        progress("Redis is back", 0.75)
        stage.parts.redis.start()
        stage.open_curtain()
        stage.parts.redis.kill()
        killed("Redis gone", 0.85)
        progress("kill: supervisor", 0.95)
        figures += judge_left(stage.left_without_supervisor())
    return result("wall-kill", [*figures, slowest(lives)])


def _well_again(stage: KillStage) -> None:
    stage.begin_anew()
    stage.wait_taken()
