"""The simulated city's connected applications: 130 in seven groups, a few of them old, down or in maintenance. Names no real system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from types import MappingProxyType

from feeds.messages.application import Application, ApplicationState, ProbeFault

COUNT = 130
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Layanan publik": ("pajak", "parkir", "pasar", "permakaman"),
        "Kependudukan": ("KTP", "akta", "pindah datang", "kartu anak"),
        "Kesehatan": ("puskesmas", "rumah sakit", "ambulans", "imunisasi"),
        "Pendidikan": ("sekolah", "beasiswa", "perpustakaan", "guru"),
        "Perizinan": ("bangunan", "usaha", "reklame", "lingkungan"),
        "Pemerintahan": ("anggaran", "aset", "kepegawaian", "surat"),
        "Informasi": ("cuaca", "lalu lintas", "harga pangan", "berita"),
    }
)
KINDS = ("Layanan", "Antrean", "Data", "Arsip", "Pantau")
SPAN_S = 1_800
_SPANS_A_DAY = 48
_PUBLIC_SHARE = 0.64
"""111 of 174 applications of Kota Tangerang are public (domain.md, section 1)."""

_STALE, _DOWN, _RESTING = 5, 2, 2
_OLD = "its newest data is older than 1 d"
_REASONS = ("gave no answer within 10 s", "answered HTTP 502", "answered HTTP 503", "certificate refused: it has ended")
_FAULTS: Mapping[str, tuple[ProbeFault, float | None]] = MappingProxyType(
    {
        _REASONS[0]: (ProbeFault.TIME_OUT, 10.0),
        _REASONS[1]: (ProbeFault.HTTP_STATUS, 502.0),
        _REASONS[2]: (ProbeFault.HTTP_STATUS, 503.0),
        _REASONS[3]: (ProbeFault.CERTIFICATE_ENDED, None),
        _OLD: (ProbeFault.DATA_OLD, 86_400.0),
    }
)
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """One application as the city would list it."""

    id: str
    name: str
    group: str
    is_public: bool


def sites(seed: int) -> tuple[Site, ...]:
    """All applications, the same for one seed; the groups differ by at most one."""
    random = Random(f"applications of {seed}")
    names = [[(group, f"{kind} {subject}") for kind in KINDS for subject in subjects] for group, subjects in GROUPS.items()]
    chosen = [group[turn] for turn in range(len(KINDS) * 4) for group in names][:COUNT]
    return tuple(Site(f"SIM-APP-{n:03d}", name, group, random.random() < _PUBLIC_SHARE) for n, (group, name) in enumerate(chosen, 1))


class Landscape:
    """All applications over time; the same seed tells the same story."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sites = sites(seed)
        self._spans: dict[int, Mapping[int, ApplicationState]] = {}

    def at(self, now: datetime, *, failed: Mapping[str, datetime] = MappingProxyType({})) -> list[Application]:
        """Each as its probe would find it at ``now`` (aware). ``failed``: groups that are down together, since when: one host for all."""
        return [self._application(site, number, now, failed.get(site.group)) for number, site in enumerate(self._sites)]

    def _application(self, site: Site, number: int, now: datetime, failed_at: datetime | None) -> Application:
        span, own = int(now.timestamp()) // SPAN_S, Random(f"{self._seed} {site.id}")
        certificate_days, tells_data, typical_ms = (
            (own.randrange(90) - (now - _EPOCH).days) % 90 + 1,
            own.random() < 0.3,
            own.uniform(60, 420),
        )
        days = [self._state(number, one) for one in range(span, span - _SPANS_A_DAY, -1)]
        state = days[0]
        lasted = next((count for count, before in enumerate(days) if before is not state), _SPANS_A_DAY)
        since = datetime.fromtimestamp((span - lasted + 1) * SPAN_S, UTC)
        reason = _REASONS[own.randrange(len(_REASONS))] if state is ApplicationState.DOWN else None
        data_at = now - timedelta(minutes=own.randrange(1, 50)) if tells_data else None
        if state is ApplicationState.STALE:
            data_at, reason = since - timedelta(days=1, minutes=own.randrange(600)), _OLD
        if failed_at is not None:
            state, since, reason = ApplicationState.DOWN, failed_at, _REASONS[0]
        fault, figure = _FAULTS[reason] if reason is not None else (None, None)
        answers = state in (ApplicationState.UP, ApplicationState.STALE)
        return Application(
            id=site.id,
            name=site.name,
            group=site.group,
            is_public=site.is_public,
            state=state,
            checked_at=now,
            since=since,
            latency_ms=round(typical_ms * Random(f"{self._seed} {site.id} {span}").uniform(0.8, 1.3), 1) if answers else None,
            uptime_percent=_uptime(days),
            data_at=data_at if answers else None,
            certificate_days=certificate_days if reason != _REASONS[-1] else -1,
            reason=reason,
            fault=fault,
            figure=figure,
        )

    def _state(self, number: int, span: int) -> ApplicationState:
        if span not in self._spans:
            while len(self._spans) > 2 * _SPANS_A_DAY:
                del self._spans[next(iter(self._spans))]
            self._spans[span] = _odd_ones(span, self._seed)
        return self._spans[span].get(number, ApplicationState.UP)


def _odd_ones(span: int, seed: int) -> Mapping[int, ApplicationState]:
    """Who is not simply up in a half hour; each trouble lasts two to four of them."""
    found: dict[int, ApplicationState] = {}
    kinds = (ApplicationState.STALE,) * _STALE + (ApplicationState.DOWN,) * _DOWN + (ApplicationState.MAINTENANCE,) * _RESTING
    for place, state in enumerate(kinds):
        lasts = 2 + place % 3
        found[Random(f"{seed} {place} {(span + place) // lasts}").randrange(COUNT)] = state
    return found


def _uptime(states: Sequence[ApplicationState]) -> float | None:
    counted = [state for state in states if state is not ApplicationState.MAINTENANCE]
    good = sum(state is not ApplicationState.DOWN for state in counted)
    return round(100 * good / len(counted), 2) if counted else None
