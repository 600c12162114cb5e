"""Options of panels as forms: every field of every panel has an input of its kind, and what is wrong never reaches the draft."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QListWidget

from controlroom.console.stage.options import FieldKind, fields_of, problem_with, without_defaults
from controlroom.wall.loader import find_panels
from tests.console.desk_server import CITY
from tests.console.test_stage_preview import seat  # noqa: F401


class Pace(StrEnum):
    SLOW = "slow"
    FAST = "fast"


class Many(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One option of every kind."""

    text: str = "a"
    whole: Annotated[int, msgspec.Meta(ge=1, le=9)] = 3
    number: float = 0.5
    yes: bool = False
    pick: Literal["x", "y"] = "x"
    pace: Pace = Pace.SLOW
    cameras: tuple[str, ...] = ()
    districts: list[str] = []
    names: list[str] = []
    layers: tuple[Literal["p", "q"], ...] = ("p",)
    maybe: str | None = None
    place: str | None = None
    deep: dict[str, int] = {}


def kinds() -> dict[str, FieldKind]:
    return {field.name: field.kind for field in fields_of(Many, CITY, "id")}


def test_every_kind_of_option_is_known() -> None:
    assert kinds() == {
        "text": FieldKind.TEXT, "whole": FieldKind.WHOLE, "number": FieldKind.NUMBER, "yes": FieldKind.YES_NO,
        "pick": FieldKind.CHOICE, "pace": FieldKind.CHOICE, "cameras": FieldKind.SEVERAL if CITY.cameras else FieldKind.LINES,
        "districts": FieldKind.SEVERAL, "names": FieldKind.LINES, "layers": FieldKind.SEVERAL, "maybe": FieldKind.TEXT,
        "place": FieldKind.CHOICE, "deep": FieldKind.OTHER,
    }  # fmt: skip


def test_the_city_offers_its_own_codes() -> None:
    fields = {field.name: field for field in fields_of(Many, CITY, "id")}
    assert [code for code, _ in fields["districts"].offered] == [district.code for district in CITY.districts]
    assert fields["whole"].low == 1 and fields["whole"].high == 9 and fields["maybe"].is_optional


@pytest.mark.parametrize(
    "options", [{"whole": 0}, {"whole": "many"}, {"pick": "z"}, {"names": [1]}, {"unknown": 1}, {"text": "x" * 100_000}]
)
def test_what_a_panel_would_not_take_is_said(options: dict[str, Any]) -> None:
    assert problem_with(Many, options)
    assert problem_with(Many, {"whole": 9, "pick": "y", "layers": ["q"]}) is None


def test_what_is_as_it_would_be_anyway_is_not_written() -> None:
    fields = fields_of(Many, CITY, "id")
    assert without_defaults({"text": "a", "layers": ["p"], "whole": 4}, fields) == {"whole": 4}


@pytest.mark.parametrize("key", sorted(find_panels().specs))
def test_every_panel_has_a_form_whose_defaults_it_takes(key: str) -> None:
    spec = find_panels().specs[key]
    fields = fields_of(spec.options, CITY, "id")
    assert FieldKind.OTHER not in {field.kind for field in fields}
    assert problem_with(spec.options, {field.name: field.default for field in fields if not field.is_required}) is None


def test_a_choice_goes_into_the_draft_at_once_and_can_be_undone(seat: Any, qtbot: Any) -> None:  # noqa: F811
    seat.editor.select(0)
    form = seat.page.right.form
    box = form.field("choropleth")
    assert isinstance(box, QCheckBox)
    box.click()
    assert seat.editor.layout.slot[0].options == {"choropleth": True}
    seat.editor.undo()
    assert seat.editor.layout.slot[0].options == {} and not box.isChecked()


def test_what_is_ticked_is_what_is_shown(seat: Any) -> None:  # noqa: F811
    seat.editor.select(0)
    shown = seat.page.right.form.field("show")
    assert isinstance(shown, QListWidget)
    shown.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert "reports" not in seat.editor.layout.slot[0].options["show"]


def test_a_wrong_number_is_said_and_left_out_of_the_draft(seat: Any) -> None:  # noqa: F811
    seat.editor.add("cameras", {})
    form = seat.page.right.form
    columns = form.field("columns")
    assert isinstance(columns, QLineEdit)
    for text in ("99", "<script>alert(1)</script>"):
        columns.setText(text)
        columns.textEdited.emit(text)
        assert form.problem.startswith("Belum dipakai")
        assert "columns" not in seat.editor.layout.slot[3].options
    columns.setText("2")
    columns.textEdited.emit("2")
    assert not form.problem and seat.editor.layout.slot[3].options == {"columns": 2}
    form.reset.click()
    assert seat.editor.layout.slot[3].options == {} and columns.text() == ""


def test_an_optional_choice_can_be_left_to_the_panel(seat: Any) -> None:  # noqa: F811
    seat.editor.add("lingkungan", {"place": CITY.districts[0].code})
    place = seat.page.right.form.field("place")
    assert isinstance(place, QComboBox) and place.currentText() == CITY.districts[0].name
    place.setCurrentIndex(0)
    assert seat.editor.layout.slot[3].options == {}
