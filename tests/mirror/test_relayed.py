"""Over every topic of the bus: only what is listed leaves, and less what may not."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from controlroom.mirror.relayed import CITY, RELAYED, told, topics_of
from controlroom.mirror.state import HEARD, MirrorState
from controlroom.mirror.words import packed, unpacked
from feeds.messages import TOPICS
from feeds.messages.application import APPLICATION
from feeds.messages.camera import CAMERA
from feeds.messages.field import OFFICER
from feeds.messages.header import Message, Quality, Topic
from feeds.messages.indicator import FINANCE, PROGRESS
from feeds.messages.report import REPORT, TICKER
from feeds.messages.system import QUARANTINE, SOURCE, ReasonCount, Source, SourceState
from tests.fakes.mirror_page import Page
from tests.mirror.room_messages import AT, camera, line, officer, report

LISTED = {
    "report", "totals", "incident", "ticker", "deadline", "deadline.totals", "evaluation", "officer", "presence", "camera", "hazard", "notice",
    "river", "air", "forecast", "application", "finance", "progress", "procurement", "system.source",
}  # fmt: skip
AGENCYS_OWN = {
    "report", "incident", "deadline", "officer", "presence", "camera", "hazard", "notice", "river", "air", "forecast", "finance", "progress",
}  # fmt: skip
SCRIPT = '<script>alert("x")</script>\u2028</script>&amp;\x00'


class Nobodys:
    def agency_of(self, report: str) -> str | None:
        return None

    def is_concerned(self, agency: str, incident: str) -> bool:
        return False


def example(kind: Any, text: str = "teks") -> Any:
    """A value of a type, every text of it ``text``."""
    info = msgspec.inspect.type_info(kind)
    return msgspec.convert(_example(info, text), kind)


def _example(info: Any, text: str) -> Any:
    match info:
        case msgspec.inspect.StructType():
            given = {one.encode_name: _example(one.type, text) for one in info.fields}
            return given | ({info.tag_field: info.tag} if info.tag_field else {})
        case msgspec.inspect.UnionType():
            return _example(next(one for one in info.types if not isinstance(one, msgspec.inspect.NoneType)), text)
        case msgspec.inspect.EnumType():
            return next(iter(info.cls)).value
        case msgspec.inspect.LiteralType():
            return info.values[0]
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            return 1
        case msgspec.inspect.DateTimeType():
            return AT
        case msgspec.inspect.DateType():
            return AT.date()
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            return [_example(info.item_type, text)]
        case msgspec.inspect.TupleType():
            return [_example(one, text) for one in info.item_types]
        case msgspec.inspect.DictType():
            return {}
        case msgspec.inspect.StrType():
            return text if info.pattern is None else "kunci"
        case _:
            return None


def page_of(scope: str, *said: tuple[Topic[Any], Any]) -> Page:
    """What a newcomer of a scope is shown after all this was said."""
    state = MirrorState("e", "live", now=lambda: AT, monotonic_s=lambda: 1.0)
    for topic in HEARD:
        state.snapshot(topic, [])
    for seq, (topic, body) in enumerate(said, 1):
        made = Message(
            seq=seq, epoch="b", key=f"k{seq}", source="uji", observed_at=AT, published_at=AT, quality=Quality.MEASURED, body=body
        )
        if topic in HEARD:
            state.message(topic, made)
    state.tick()
    page = Page()
    for frame in state.snapshot_parts(state.shown_to(scope), scope):
        page.take(frame)
    return page


def test_the_list_is_the_contracts() -> None:
    assert set(RELAYED) == LISTED
    assert {topic.name for topic in topics_of("agency:dpupr")} == AGENCYS_OWN
    assert not topics_of("nobody")
    assert {topic.name for topic in HEARD} - LISTED == {"wall.order", "wall.state", "system.canary", "system.heartbeat"}


@pytest.mark.parametrize("name", sorted(TOPICS))
def test_a_topic_that_is_not_listed_leaves_in_no_scope(name: str) -> None:
    topic = TOPICS[name]
    body = example(topic.body)
    for scope in (CITY, "agency:dpupr", "curtain", ""):
        is_listed = name in (LISTED if scope == CITY else AGENCYS_OWN if scope == "agency:dpupr" else ())
        assert is_listed or told(scope, topic, body, Nobodys()) is None
    page = page_of(
        CITY, *((one, example(one.body)) for one in TOPICS.values() if one.name not in ("wall.order", "wall.state", name)), (topic, body)
    )
    assert set(page.put) <= LISTED


def test_a_camera_leaves_without_its_way_and_a_private_one_not_at_all() -> None:
    known = camera("cctv-1", "http://10.9.8.7/geheim", credential="kunci-kamera", reason="timeout of 10.9.8.7")
    page = page_of(CITY, (CAMERA, known), (CAMERA, camera("cctv-2", is_private=True)))
    assert page.keys("camera") == {"k1"}
    text = str(page.put)
    for unsaid in ("10.9.8.7", "geheim", "kunci-kamera", "cctv-2"):
        assert unsaid not in text
    assert {"url", "credential", "reason"}.isdisjoint(page.body("camera", "k1"))


def test_officers_are_seen_on_a_task_and_with_a_place_alone() -> None:
    said = (officer("1"), officer("2", is_on_task=False), officer("3", position=None))
    assert page_of(CITY, *((OFFICER, one) for one in said)).keys("officer") == {"k1"}


def test_why_a_source_is_away_and_whose_program_reads_it_stay_in_the_room() -> None:
    source = Source(
        collector="rahasia", title="LAKSA", topics=("report", QUARANTINE.name), state=SourceState.DOWN, checked_at=datetime(2026, 1, 1, tzinfo=UTC),
        interval_s=30, reasons=(ReasonCount(reason="rahasia", count=3),), reason="rahasia 10.1.1.1", terms="rahasia", quarantined=3,
    )  # fmt: skip
    page = page_of(CITY, (SOURCE, source), (APPLICATION, example(APPLICATION.body, "rahasia-di-reason")))
    assert "rahasia" not in str(page.put["system.source"])
    body = page.body("system.source", "k1")
    assert (body["title"], body["topics"], body["quarantined"]) == ("LAKSA", ["report"], 3)
    assert "reason" not in page.body("application", "k2")


def test_a_report_whose_every_text_is_script_travels_as_that_very_text() -> None:
    body = example(REPORT.body, SCRIPT)
    page = page_of(CITY, (REPORT, body))
    assert page.body("report", "k1") == msgspec.json.decode(msgspec.json.encode(body))
    assert page.body("report", "k1")["text"] == SCRIPT
    text = msgspec.json.encode({"put": page.put})
    assert unpacked(packed(text)) == text


def test_figures_of_the_city_are_left_empty_for_an_agencys_head_and_none_is_made_up() -> None:
    """An empty figure is not shown; a number in its place would be a figure, too."""
    finance, progress = example(FINANCE.body), example(PROGRESS.body)
    ours = msgspec.structs.replace(finance.agencies[0], agency="dpupr")
    said = (FINANCE, msgspec.structs.replace(finance, agencies=(ours, finance.agencies[0]))), (PROGRESS, progress)
    page = page_of("agency:dpupr", *said)
    money, work = page.body("finance", "k1"), page.body("progress", "k2")
    assert [row["agency"] for row in money["agencies"]] == ["dpupr"]
    assert work["critical"] == [], "that none of its contracts is critical is worth knowing"
    for body, names in (
        (money, ("target", "deviation", "excluded_rows")),
        (work, ("planned_value", "deviation", "contracts", "excluded_rows")),
    ):
        assert {name: body[name] for name in names} == dict.fromkeys(names)
        assert (body["planned"]["values"], body["actual"]["values"], body["light"]) == ([], [], "grey")
    assert set(money["absorption"].values()) == set(work["progress"].values()) == {None}
    assert not page_of("agency:dlh", said[0]).keys("finance")
    own = msgspec.structs.replace(progress, critical=(msgspec.structs.replace(progress.critical[0], agency="dpupr"), *progress.critical))
    assert len(page_of("agency:dpupr", (PROGRESS, own)).body("progress", "k1")["critical"]) == 1


def test_a_line_that_is_gone_is_told_nobody() -> None:
    page = page_of(CITY, (TICKER, line("L-1")), (TICKER, None))
    assert [body["report"] for _, _, body in page.lines] == ["L-1"]


def test_an_agency_is_told_of_its_own_reports_alone() -> None:
    page = page_of("agency:dpupr", (REPORT, report("L-1", "dpupr")), (REPORT, report("L-2", "dlh")), (REPORT, report("L-3", None)))
    assert page.keys("report") == {"k1"}
