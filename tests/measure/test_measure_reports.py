"""Every goal of ``bench reports`` and of the drills of reports can be missed: its input is sabotaged here, and the goal must not hold."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from controlroom.measure import bench_reports, drill_reports, drill_story, postgres, private_links
from controlroom.measure.account import Account
from controlroom.measure.citizens import Answer, photos
from controlroom.measure.reporting import quiet_city
from controlroom.measure.result import Figure, result
from feeds.city import load_city
from feeds.messages.report import ReportState


def holds(figures: list[Figure]) -> bool:
    return result("test", figures).holds


def failing(figures: list[Figure]) -> list[str]:
    return [figure.name for figure in figures if not figure.holds]


def answers(count: int, took_ms: float = 20.0, *, refused: int = 0, cut: int = 0) -> list[Answer]:
    return [
        Answer(
            number=n, status=201 if n >= refused else 400, due_at=1_000 + n / 50, took_ms=took_ms, report=f"L{n}" if n >= refused else None,
            broken=int(n < cut), cut=int(n < cut), has_photo=n % 10 == 0, has_media_url=n % 3 == 0, link=f"http://localhost/s/{n}",
        )
        for n in range(count)
    ]  # fmt: skip


def hub(sent: list[Answer], after_ms: float = 100.0, *, lost: int = 0, slow: int = 0) -> list[Figure]:
    taken = [one for one in sent if one.report is not None]
    arrived = {str(one.report): one.due_at + (after_ms if n >= slow else 900.0) / 1000 for n, one in enumerate(taken) if n >= lost}
    return bench_reports.judge_hub(sent, arrived, 20)


def test_reports_late_lost_or_refused_on_their_way_to_the_wall_are_seen() -> None:
    assert holds(hub(answers(1_000)))
    assert holds(hub(answers(1_000), slow=40))
    for wrong, named in (
        (hub(answers(1_000), slow=60), "p95"),
        (hub(answers(1_000), lost=1), "never on the hub"),
        (hub(answers(1_000, refused=1)), "refused"),
        (hub([]), "p95"),
    ):
        assert any(named in name for name in failing(wrong)), failing(wrong)


def test_slow_or_refusing_intake_is_seen() -> None:
    assert holds(bench_reports.judge_text(answers(4_000), 20))
    assert holds(bench_reports.judge_photos(answers(60, took_ms=1_400), 20))
    assert not holds(bench_reports.judge_text(answers(4_000, took_ms=201), 20))
    assert not holds(bench_reports.judge_text([*answers(3_940), *answers(60, took_ms=300)], 20))
    assert not holds(bench_reports.judge_text(answers(4_000, refused=1), 20))
    assert not holds(bench_reports.judge_text(answers(3_999), 20))
    assert not holds(bench_reports.judge_photos(answers(60, took_ms=1_501), 20))
    assert not holds(bench_reports.judge_photos(answers(60, refused=1), 20))
    assert not holds(bench_reports.judge_photos([], 20))


def test_another_database_is_told_beside_and_decides_nothing() -> None:
    assert all(figure.goal is None for figure in bench_reports.beside_them("PostgreSQL", answers(10, took_ms=9_000), []))


def test_a_slow_page_a_thin_page_and_an_empty_queue_are_seen() -> None:
    full = bench_reports.QUEUE_REPORTS
    assert holds(bench_reports.judge_queue([20.0] * 79 + [99.0], [50] * 80, full))
    assert not holds(bench_reports.judge_queue([20.0] * 79 + [101.0], [50] * 80, full))
    assert not holds(bench_reports.judge_queue([20.0] * 80, [50] * 79 + [49], full))
    assert not holds(bench_reports.judge_queue([20.0] * 80, [50] * 80, full - 1))
    assert not holds(bench_reports.judge_queue([], [], full))


WHOLE = Account(
    acknowledged=1_200, lost=0, twice=0, broken_logs=0, pictures_lost=0, fetched=320, noted=80, unfetched=0, given_up=20, not_on_bus=0, strange=0,
    laid_out=0, intake=1_200, received=1_200, ties_out=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"acknowledged": 99, "intake": 99, "received": 99}, "reports acknowledged"),
        ({"lost": 1}, "not in the store"),
        ({"twice": 1}, "twice"),
        ({"intake": 1_201, "received": 1_201}, "beyond those acknowledged"),
        ({"broken_logs": 1}, "broken log"),
        ({"pictures_lost": 1}, "pictures without"),
        ({"unfetched": 1}, "neither its picture nor a note"),
        ({"fetched": 0}, "pictures fetched"),
        ({"noted": 0}, "a note instead"),
        ({"not_on_bus": 1}, "not the same on the bus"),
        ({"strange": 1}, "not in the store"),
        ({"laid_out": 1}, "untold"),
        ({"received": 1_199}, "received"),
        ({"received": None}, "received"),
        ({"ties_out": False}, "tie out"),
    ],
)
def test_whatever_was_lost_doubled_or_kept_from_the_bus_is_seen(wrong: dict[str, int], named: str) -> None:
    sent = answers(1_200)
    assert holds(drill_reports.judge_kept(WHOLE, sent))
    figures = drill_reports.judge_kept(msgspec.structs.replace(WHOLE, **wrong), sent)
    assert [name for name in failing(figures) if named in name] == failing(figures) != []


def test_a_request_never_acknowledged_and_a_load_without_pictures_are_seen() -> None:
    assert failing(drill_reports.judge_kept(WHOLE, answers(1_200, refused=1))) == ["requests never acknowledged"]
    bare = [msgspec.structs.replace(one, has_photo=False) for one in answers(1_200)]
    assert failing(drill_reports.judge_kept(WHOLE, bare)) == ["acknowledged with a picture"]
    bare = [msgspec.structs.replace(one, has_media_url=False) for one in answers(1_200)]
    assert failing(drill_reports.judge_kept(WHOLE, bare)) == ["acknowledged with a media_url"]


def test_kills_that_met_no_request_have_tested_nothing() -> None:
    assert holds(drill_reports.judge_kills(20, answers(100, cut=10)))
    assert not holds(drill_reports.judge_kills(20, answers(100, cut=9)))
    assert not holds(drill_reports.judge_kills(19, answers(100, cut=10)))


NEW, FORWARDED = ReportState.NEW, ReportState.FORWARDED
LIVED = {"a": NEW, "b": FORWARDED}
TOLD = {("a", NEW): 1, ("b", NEW): 1, ("b", FORWARDED): 1}


@pytest.mark.parametrize(
    "wrong",
    [{("a", NEW): 0}, {("b", NEW): 2}, {("b", FORWARDED): 0}, {("b", FORWARDED): 2}, {("a", FORWARDED): 1}, {("c", NEW): 1}],
    ids=["untold", "twice", "untold step", "step twice", "step of none", "of nobody"],
)
def test_news_untold_or_told_twice_are_seen(wrong: dict[tuple[str, ReportState], int]) -> None:
    assert holds(drill_reports.judge_told(TOLD, LIVED))
    assert not holds(drill_reports.judge_told(TOLD | wrong, LIVED))
    assert not holds(drill_reports.judge_told({}, {}))


def linked(page: Mapping[str, object], wrong: Mapping[str, object]) -> list[Figure]:
    """The judgement of private links; ``page`` and ``wrong``: what is otherwise in the last page, and in the last answer to a retry."""
    sent = answers(400)
    again = [msgspec.structs.replace(one, status=200) for one in sent[: private_links.SENT_AGAIN]]
    again[-1] = msgspec.structs.replace(again[-1], **wrong)
    right = private_links.Opened(status=200, is_right=True, tells=False)
    pages = [right] * (private_links.OPENED - 1) + [msgspec.structs.replace(right, **page)]
    return private_links.judge_links(sent, again, pages)


def test_reports_without_a_link_and_links_that_open_nothing_or_too_much_are_seen() -> None:
    assert holds(linked({}, {}))
    for wrong in ({"status": 201}, {"link": None}, {"report": "another"}, {"report": None}):
        assert [name[:14] for name in failing(linked({}, wrong))] == ["sent once more"], wrong
    for page, named in (
        ({"status": 404}, "private links opened"),
        ({"is_right": False}, "private links opened"),
        ({"tells": True}, "of these"),
    ):
        assert [name.startswith(named) for name in failing(linked(page, {}))] == [True], page
    sent = answers(400)
    unlinked = private_links.judge_links([msgspec.structs.replace(sent[0], link=None), *sent[1:]], [], [])
    assert failing(unlinked)[0] == "acknowledged without a private link"
    assert len(failing(private_links.judge_links([], [], []))) >= 2


def test_links_are_opened_of_retries_and_of_first_answers() -> None:
    sent = [msgspec.structs.replace(one, status=200) if n % 50 == 7 else one for n, one in enumerate(answers(400))]
    again = sent[: private_links.SENT_AGAIN]
    chosen = private_links.sample(sent, again)
    assert len({one.number for one in chosen}) == len(chosen) == private_links.OPENED
    assert chosen[: len(again)] == again
    assert {one.status for one in chosen[len(again) :]} == {200, 201}


def test_doors_that_notice_the_missing_redis_are_seen() -> None:
    assert holds(drill_reports.judge_down(answers(300), 15))
    assert not holds(drill_reports.judge_down(answers(300, refused=1), 15))
    assert not holds(drill_reports.judge_down(answers(300, cut=1), 15))
    assert not holds(drill_reports.judge_down(answers(200), 15))


LIFE = [("red", ReportState.NEW), ("red", ReportState.NEW), ("red", ReportState.FORWARDED), ("yellow", ReportState.WORKING),
        ("yellow", ReportState.WORKING), ("green", ReportState.DONE), ("green", ReportState.DONE)]  # fmt: skip


def lived(changed: int | None = None, **wrong: object) -> list[drill_story.Told]:
    told = [
        drill_story.Told(step=f"step {n}", wanted=colour, colour=colour, pixels=900, after_s=0.2, state=state, due_state=state)
        for n, (colour, state) in enumerate(LIFE)
    ]
    return [msgspec.structs.replace(one, **wrong) if n == changed else one for n, one in enumerate(told)]


def judged(told: list[drill_story.Told], spread_px: int | None = 50, *, is_evidence: bool = True, pictures: int = 7) -> list[Figure]:
    return drill_story.judge_story(told, spread_px, is_evidence=is_evidence, pictures=pictures, folder="there")


def test_a_story_told_in_the_wrong_colours_is_seen() -> None:
    assert holds(judged(lived()))
    for step in range(len(LIFE)):
        for wrong in ({"colour": None, "pixels": 0}, {"colour": "sim"}, {"pixels": 39}, {"state": None}, {"state": ReportState.DECLINED}):
            assert not holds(judged(lived(step, **wrong))), (step, wrong)
    assert not holds(judged([one for one in lived() if one.colour != "yellow"], pictures=5))
    assert not holds(judged([*lived(), *lived()], pictures=14))
    assert not holds(judged(lived(), spread_px=111))
    assert not holds(judged(lived(), spread_px=None))
    assert not holds(judged(lived(), is_evidence=False))
    assert not holds(judged(lived(), pictures=6))
    assert not holds(judged([], pictures=0))


def picture(marks: dict[int, tuple[int, int, int]], width: int, height: int) -> bytes:
    pixels = bytearray(b"\x42\x30\x20\x00" * (width * height))
    for at, (red, green, blue) in marks.items():
        pixels[4 * at : 4 * at + 3] = bytes((blue, green, red))
    return bytes(pixels)


def test_a_mark_is_found_where_pixels_turned_and_a_legend_is_none() -> None:
    colours = drill_story.palette_colours()
    red, green = colours["red"][0], colours["green"][0]
    width, height = 200, 120
    legend = {row * width + column: red for row in range(100, 110) for column in range(5, 15)}
    mark = {row * width + column: red for row in range(40, 52) for column in range(80, 94)}
    land = (1_000, 500, width, height)
    before, after = picture(legend, width, height), picture(legend | mark, width, height)
    assert drill_story.appeared(before, before, land, colours["red"]) is None
    found = drill_story.appeared(before, after, land, colours["red"])
    assert found is not None
    (x, y), spread_px = found
    assert 1_080 <= x < 1_094
    assert 540 <= y < 552
    assert spread_px == 13
    assert drill_story.colour_of(after, colours) == ("red", 268)
    assert drill_story.colour_of(picture({7: green}, width, height), colours) == ("green", 1)
    assert drill_story.colour_of(picture({}, width, height), colours) == (None, 0)


def test_every_photo_is_another_and_large_enough() -> None:
    drawn = photos(4, at_least=60_000)
    assert len(set(drawn)) == 4
    assert min(map(len, drawn)) >= 60_000


def test_a_city_of_the_bench_asks_nobody_and_knows_all_its_categories(tmp_path: Path, root: Path) -> None:
    real = load_city(root / "assets" / "cities" / "tangerang")
    quiet = load_city(quiet_city(tmp_path / "city"))
    assert real.sources
    assert not quiet.sources
    assert (quiet.categories, quiet.reports) == (real.categories, real.reports)


@pytest.mark.parametrize(
    ("installed", "found"),
    [({"9.6": ("postgres", "initdb"), "15": ("postgres", "initdb"), "17": ("initdb",)}, "15"), ({"15": ("postgres",)}, None), ({}, None)],
    ids=["the newest that is whole", "without initdb", "none"],
)
def test_a_postgres_is_found_with_its_initdb_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: dict[str, tuple[str, ...]], found: str | None
) -> None:
    for version, programs in installed.items():
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for program in programs:
            (folder / program).touch()
    monkeypatch.setattr(postgres, "_INSTALLED", tmp_path)
    monkeypatch.setattr(postgres, "_has_user", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert postgres.find_programs() == (tmp_path / found / "bin" if found else None)
