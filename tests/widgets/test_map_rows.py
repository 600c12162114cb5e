"""Rows of the map are those of the table that the mirror's page is held to, too (tests/web/mirror/map_rows.test.ts)."""

import json
from datetime import datetime
from typing import Any

import msgspec
import pytest

from feeds.messages.camera import Camera
from feeds.messages.field import Officer
from feeds.messages.hazard import Hazard
from feeds.messages.report import Incident, Report, Totals
from tests.conftest import ROOT
from widgets.kit.map_state import camera_row, hazard_row, incident_row, legend_of, officer_row, report_row
from widgets.kit.numerals import Numerals

TABLE: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / "map_rows.json").read_text(encoding="utf-8"))
NOW = datetime.fromisoformat(TABLE["now"])
TEXT = Numerals("id", "Asia/Jakarta")
# The mirror is never told where a camera's picture comes from.
UNTOLD = {"kind": "mjpeg", "url": "http://127.0.0.1/"}


def words(text: str) -> str:
    return text


def row_of(kind: str, case: dict[str, Any]) -> Any:
    body = case["body"]
    match kind:
        case "report":
            return report_row(msgspec.convert(body, Report))
        case "incident":
            return incident_row(msgspec.convert(body, Incident), TEXT, words, NOW)
        case "officer":
            return officer_row(msgspec.convert(body, Officer), NOW, is_old=case["is_old"])
        case "camera":
            return camera_row(msgspec.convert(body | UNTOLD, Camera), is_old=case["is_old"])
        case _:
            return hazard_row(msgspec.convert(body, Hazard), tuple(TABLE["bbox"]), TEXT, words, NOW)


CASES = [(kind, case) for kind in ("report", "incident", "officer", "camera", "hazard") for case in TABLE[kind]]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_a_row_is_the_one_of_the_table(kind: str, case: dict[str, Any]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(row_of(kind, case))) == case["row"]


@pytest.mark.parametrize("case", TABLE["legend"])
def test_the_legend_is_the_one_of_the_table(case: dict[str, Any]) -> None:
    totals = None if case["totals"] is None else msgspec.convert(case["totals"], Totals)
    assert legend_of(totals, case["cameras"], case["officers"], TEXT, words) == case["legend"]
