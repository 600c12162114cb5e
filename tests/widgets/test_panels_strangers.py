"""Any message the contract lets through is painted: markup, right-to-left and endless texts, figures and times beyond all bounds."""

import importlib
import pkgutil
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

import widgets.panels
from feeds.messages.header import Topic
from tests.widgets.staging import NOW, OneSlot, grab
from widgets.panel import PanelSpec

SPECS: dict[str, PanelSpec] = {
    module.name: importlib.import_module(f"widgets.panels.{module.name}").PANEL for module in pkgutil.iter_modules(widgets.panels.__path__)
}
PAINTED = [name for name, spec in SPECS.items() if not spec.is_native]
SIZES = ((616, 836), (632, 396), (960, 540), (1856, 220), (1856, 540))
SCALE = 0.25

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        (
            "", " ", "\n", "A" * 4000, "kata " * 800, "<script>alert(1)</script><b>x</b>&amp;", "\u202eterbalik\u2066",
            "\u0628\u0644\u0627\u063a \u05d3\u05d5\u05d7", "\U0001f6a8" * 40, "\u0e01\u0e38\u0e49" * 100, "a\u0300\u0301\u0302" * 200, "{x} %s %(y)s", "\x00\x07\ufffe",
        )
    ),
)  # fmt: skip
FLOATS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from((-0.0, 1e308, -1e308, 5e-324, 8254.0, -100.0, 100.0)))
INTEGERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.integers(-3, 100))
EDGES = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), NOW)
MOMENTS = st.one_of(st.sampled_from(EDGES), st.datetimes(timezones=st.just(UTC)))


def any_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the contract writes it."""
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXTS, float: FLOATS, int: INTEGERS, bool: st.booleans(), datetime: MOMENTS, date: st.dates(), type(None): st.none(),
    }  # fmt: skip
    if kind in plain:
        return plain[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return any_of(arguments[0])
    if origin in (Union, types.UnionType):
        return st.one_of(*(any_of(argument) for argument in arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return st.lists(any_of(arguments[0]), max_size=8).map(tuple)
    if origin is tuple:
        return st.tuples(*(any_of(argument) for argument in arguments))
    if origin is dict:
        return st.dictionaries(any_of(arguments[0]), any_of(arguments[1]), max_size=4)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind, include_extras=True)
    return st.builds(kind, **{field.name: any_of(hints[field.name]) for field in msgspec.structs.fields(kind)})


def through_the_door(slot: OneSlot, topic: Topic[Any], body: Any) -> Any | None:
    """The body as a reader gets it; ``None`` when the contract refuses it."""
    try:
        return topic.decoder()(msgspec.json.encode(slot.message(topic, "k", body))).body
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


@pytest.mark.parametrize("name", PAINTED)
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
@given(chosen=st.data())
def test_whatever_the_contract_lets_through_is_painted(qtbot: QtBot, name: str, chosen: st.DataObject) -> None:
    spec = SPECS[name]
    slot = OneSlot()
    for topic in spec.topics:
        bodies = chosen.draw(st.lists(any_of(topic.body), max_size=3), label=topic.name)
        known = [body for body in (through_the_door(slot, topic, body) for body in bodies) if body is not None]
        slot.publish(topic, *((f"k{number}", body) for number, body in enumerate(known)))
    width, height = chosen.draw(st.sampled_from([s for s in SIZES if s[0] >= spec.min_size[0] and s[1] >= spec.min_size[1]]), label="size")
    frame = slot.frame(spec, width, height, scale=SCALE)
    try:
        slot.tick(1.0)
        canvas = slot.record(frame)
        grab(frame)
        assert not frame.is_failed or name == "totals", "totals that do not tie out are an error on purpose"
        outside = [
            (text[:40], box.getRect())
            for text, box, _ in canvas.texts
            if box.left() < -1 or box.right() > canvas.width + 1 or box.top() < -2 or box.bottom() > canvas.height + 3
        ]
        assert not outside
    finally:
        frame.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
