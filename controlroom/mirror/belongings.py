"""Which report is whose, which incident it is part of, and which pictures it shows. Pure bookkeeping over the newest reports."""

from collections import Counter

from feeds.messages.report import Report


class Belongings:
    """Told every change of a report; says what else is to be looked at again because of it."""

    def __init__(self) -> None:
        self._reports: dict[str, Report] = {}
        self._concerned: dict[str, Counter[str]] = {}
        self._pictured: dict[str, set[str]] = {}

    def agency_of(self, report: str) -> str | None:
        known = self._reports.get(report)
        return None if known is None else known.agency

    def is_concerned(self, agency: str, incident: str) -> bool:
        return self._concerned.get(incident, Counter())[agency] > 0

    def showing(self, picture: str) -> frozenset[str]:
        """The reports that show a picture, by its content hash."""
        return frozenset(self._pictured.get(picture, ()))

    def take(self, key: str, report: Report | None) -> set[str]:
        """The newest of a report; the ids of incidents whose agencies may be others now."""
        former = self._reports.pop(key, None)
        if report is not None:
            self._reports[key] = report
        if former is not None:
            self._count(former, -1)
            for picture in _pictures(former):
                self._pictured[picture].discard(key)
                if not self._pictured[picture]:
                    del self._pictured[picture]
        if report is not None:
            self._count(report, 1)
            for picture in _pictures(report):
                self._pictured.setdefault(picture, set()).add(key)
        is_moved = former is None or report is None or (former.agency, former.incident) != (report.agency, report.incident)
        return {one.incident for one in (former, report) if is_moved and one is not None and one.incident is not None}

    def _count(self, report: Report, by: int) -> None:
        if report.incident is None or report.agency is None:
            return
        agencies = self._concerned.setdefault(report.incident, Counter())
        agencies[report.agency] += by
        if not agencies[report.agency]:
            del agencies[report.agency]
        if not agencies:
            del self._concerned[report.incident]


def _pictures(report: Report) -> set[str]:
    return {one for one in (report.photo_before, report.photo_after) if one is not None}
