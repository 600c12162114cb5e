"""What a service request update's OPEN means, beside a plain Open311 "open"."""

from datetime import UTC, datetime

import pytest

from feeds.collectors.open311 import COLLECTOR
from feeds.messages.report import ReportState
from feeds.readers.service_requests import newest_updates, read_requests
from tests.fakes.collector_context import context

NOW = datetime(2023, 12, 12, tzinfo=UTC)
REQUEST = {
    "service_request_id": "A-1", "status": "open", "service_code": "7", "service_name": "Wilder Müll", "lat": 50.9, "long": 6.97,
    "requested_datetime": "2023-12-11T09:00:00+01:00", "updated_datetime": "2023-12-11T10:00:00+01:00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"status": "OPEN"}, ReportState.FORWARDED),
        ({"status": "FOR_TRIAGE"}, ReportState.NEW),
        ({"status": "open"}, ReportState.NEW),
        ({"status": "Open", "extended_status": "OPEN"}, ReportState.FORWARDED),
        ({"status": "open", "extended_status": "IN_PROGRESS"}, ReportState.WORKING),
    ],
)
def test_only_an_extended_open_means_forwarded(said: dict[str, str], state: ReportState) -> None:
    made = context(COLLECTOR, {"endpoint": "https://x"}, city="koeln", now=NOW)
    newest = newest_updates([said | {"service_request_id": "A-1", "updated_datetime": "2023-12-11T11:00:00+01:00"}], made)
    (report,) = read_requests([REQUEST], made, {}, newest)
    assert report is not None and report.state is state
