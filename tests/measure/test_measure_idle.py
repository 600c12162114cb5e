"""What sources cost at rest is measured on sources that answer, and is seen when they are busy."""

import pytest

from controlroom.measure import idle
from controlroom.measure.idle import idle_share
from controlroom.measure.result import CannotMeasure


def test_a_few_sources_at_rest_cost_little_and_busy_ones_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "EVERY_S", 5.0)
    monkeypatch.setattr(idle, "CALM_S", 1.0)
    at_rest = idle_share(6, 4.0)
    monkeypatch.setattr(idle, "EVERY_S", 0.05)
    busy = idle_share(6, 2.0)
    assert at_rest is not None and busy is not None
    assert 0 < at_rest < 30
    assert busy > 3 * at_rest


def test_sources_that_never_answer_well_are_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "SETTLED_WITHIN_S", 0.0)
    assert idle_share(3, 1.0) is None


def test_sources_that_cannot_run_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "EVERY_S", 0.001)
    with pytest.raises(CannotMeasure, match="the sources have ended with code 1"):
        idle_share(3, 1.0)
