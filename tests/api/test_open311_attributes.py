"""What a category asks for beside the words: told in the service definition, checked when a report comes in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from feeds.messages.city import AttributeValue, Category, CategoryAttribute
from tests.fakes.open311_client import Reporter, a_town

pytestmark = pytest.mark.usefixtures("both_stores")

VALUES = (AttributeValue(key="1", names={"id": "Satu"}), AttributeValue(key="2", names={"id": "Dua"}))
ASKED = Category(
    code="ujian", group="ujian", names={"id": "Ujian"},
    attributes=(
        CategoryAttribute(code="pilih", datatype="singlevaluelist", is_required=True, names={"id": "Pilih"}, values=VALUES, order=9),
        CategoryAttribute(code="banyak", datatype="multivaluelist", names={"id": "Banyak"}, values=VALUES),
        CategoryAttribute(code="tinggi", datatype="number", names={"id": "Tinggi"}, hints={"id": "dalam cm"}),
        CategoryAttribute(code="sejak", datatype="datetime", names={"id": "Sejak"}),
        CategoryAttribute(code="ingat", is_variable=False, names={"id": "Telepon 112 bila ada yang terluka"}),
    ),
)  # fmt: skip


def asking(story: Callable[[Reporter], Awaitable[None]]) -> None:
    async def main() -> None:
        async with a_town() as town:
            town.doors.city = msgspec.structs.replace(town.doors.city, categories=(*town.doors.city.categories, ASKED))
            town.doors.reports = type(town.doors.reports)(town.doors.city, town.doors.geography, town.doors.clock)
            await story(Reporter(town))

    asyncio.run(main())


def test_the_definition_says_what_is_asked_in_both_formats() -> None:
    async def story(reporter: Reporter) -> None:
        services = {one["service_code"]: one["metadata"] for one in (await reporter.get("services")).json()}
        assert (services["ujian"], services["lampu_jalan"], services["banjir"]) == (True, True, False)
        said = (await reporter.get("services/ujian.json")).json()
        assert said["service_code"] == "ujian"
        assert [one["code"] for one in said["attributes"]] == ["banyak", "tinggi", "sejak", "ingat", "pilih"]
        assert said["attributes"][-1] == {
            "variable": True, "code": "pilih", "datatype": "singlevaluelist", "required": True, "datatype_description": None, "order": 9,
            "description": "Pilih", "values": [{"key": "1", "name": "Satu"}, {"key": "2", "name": "Dua"}],
        }  # fmt: skip
        assert [one["variable"] for one in said["attributes"]] == [True, True, True, False, True]
        root = etree.fromstring((await reporter.get("services/ujian.xml")).content)
        assert (root.tag, root.findtext("service_code")) == ("service_definition", "ujian")
        first, second = root.findall("attributes/attribute")[:2]
        assert [first.findtext(tag) for tag in ("variable", "code", "datatype", "required", "order", "description")] == [
            "true", "banyak", "multivaluelist", "false", "2", "Banyak",
        ]  # fmt: skip
        assert [(one.findtext("key"), one.findtext("name")) for one in first.findall("values/value")] == [("1", "Satu"), ("2", "Dua")]
        assert second.findtext("datatype_description") == "dalam cm"
        lamp = (await reporter.get("services/lampu_jalan")).json()["attributes"]
        assert [(one["code"], one["required"], len(one["values"])) for one in lamp] == [("keadaan", False, 4), ("nomor_tiang", False, 0)]

    asking(story)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"attribute[pilih]": ""}, "missing_attribute", "pilih"),
    ({"attribute[pilih]": "3"}, "unknown_value", "pilih"),
    ({"attribute[pilih]": ["1", "2"]}, "repeated_field", "pilih"),
    ({"attribute[banyak][]": ["1", "3"]}, "unknown_value", "banyak"),
    ({"attribute[tinggi]": "setengah"}, "bad_number", "tinggi"),
    ({"attribute[tinggi]": "0,5"}, "bad_number", "tinggi"),
    ({"attribute[sejak]": "kemarin"}, "bad_time", "sejak"),
]


def test_what_is_sent_is_checked() -> None:
    async def story(reporter: Reporter) -> None:
        form: dict[str, Any] = {"service_code": "ujian", "attribute[pilih]": "1"}
        for change, problem, name in BAD:
            answer = await reporter.send(**(form | change))
            (fault,) = answer.json()
            assert (answer.status_code, fault["problem"]) == (400, problem), change
            assert f"attribute[{name}]" in fault["description"] and "setengah" not in fault["description"]
        assert not reporter.rows()
        good = {"attribute[banyak]": "2", "attribute[tinggi]": "-0.5", "attribute[sejak]": "2026-11-26", "attribute[lain]": "apa saja"}
        report = await reporter.sent(**(form | good))
        assert reporter.row(report)["attributes"] == {
            "pilih": "1",
            "banyak": ["2"],
            "tinggi": "-0.5",
            "sejak": "2026-11-26",
            "lain": "apa saja",
        }
        lamp = await reporter.sent(service_code="lampu_jalan", **{"attribute[keadaan]": "berkedip"})
        assert reporter.row(lamp)["attributes"] == {"keadaan": "berkedip"}

    asking(story)
