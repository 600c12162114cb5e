"""The table of a report's life, read as the rules of domain.md section 2."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from feeds.messages.report import Channel, Priority, Report, ReportState
from feeds.reports.states import TRANSITIONS, IllegalTransition, MissingRequirement, check_step

AT = datetime(2026, 11, 23, tzinfo=UTC)
NEW = Report(id="a", state=ReportState.NEW, category="ktp", channel=Channel.SMS, priority=Priority.NORMAL, received_at=AT, changed_at=AT)


def in_state(state: ReportState) -> Report:
    return replace(NEW, state=state, agency="dpupr", photo_after="0" * 64)


def test_every_state_has_a_row_and_can_be_reached() -> None:
    assert TRANSITIONS.keys() == set(ReportState)
    assert frozenset().union(*TRANSITIONS.values()) == set(ReportState)


@pytest.mark.parametrize("before", list(ReportState))
@pytest.mark.parametrize("after", list(ReportState))
def test_a_step_passes_exactly_when_the_table_allows_it(before: ReportState, after: ReportState) -> None:
    if before == after or after in TRANSITIONS[before]:
        check_step(in_state(before), in_state(after))
        return
    with pytest.raises(IllegalTransition) as refusal:
        check_step(in_state(before), in_state(after))
    assert set(refusal.value.allowed) == TRANSITIONS[before]
    assert all(name in str(refusal.value) for name in TRANSITIONS[before])


def test_done_only_from_working_and_only_with_evidence() -> None:
    assert {before for before, allowed in TRANSITIONS.items() if ReportState.DONE in allowed} == {ReportState.WORKING}
    with pytest.raises(MissingRequirement, match="finish photo"):
        check_step(in_state(ReportState.WORKING), replace(in_state(ReportState.DONE), photo_after=None))


def test_forwarding_needs_an_assignee() -> None:
    with pytest.raises(MissingRequirement, match="assignee"):
        check_step(NEW, replace(NEW, state=ReportState.FORWARDED))


def test_what_is_closed_comes_back_only_as_reopened() -> None:
    for closed in (ReportState.DONE, ReportState.DECLINED, ReportState.DUPLICATE, ReportState.INVALID):
        assert TRANSITIONS[closed] == {ReportState.REOPENED}
