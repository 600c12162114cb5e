"""Earthquakes, weather warnings and forecasts of BMKG (Indonesia's agency for meteorology, climatology and geophysics) for one city.

BMKG asks to be named wherever its data is shown, and for at most 60 requests a minute: https://data.bmkg.go.id .
"""

import zlib
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

import msgspec

from feeds.messages.city import City
from feeds.messages.environment import FORECAST, Forecast
from feeds.messages.hazard import HAZARD, Hazard
from feeds.readers.alert_feed import alerts_of_files, gather_alerts
from feeds.readers.alerts import warnings
from feeds.readers.bmkg_forecast import forecasts_of, read_forecasts
from feeds.readers.bmkg_quakes import ATTRIBUTION, QUAKE, Near, earthquakes_of, read_earthquakes
from feeds.readers.cap import Alert
from feeds.runtime.collector import CollectorContext, CollectorSpec, Document, Observed, Poll, Sample, Sink, SourceDown

MAX_BYTES = 4 * 1024 * 1024
"""XML of this size is parsed within a second, in which nothing else of this process runs."""

MAX_FORECASTS = 60
FORECAST_EVERY_S = 1_800
FORECAST_AGAIN = timedelta(minutes=5)
"""A forecast that could not be had is asked for again after this time."""

FORECAST_HOLDS = timedelta(hours=6)
"""BMKG computes twice a day: one that could not be renewed is no trouble for so long; one whose last step is over by this is not shown."""


class BmkgOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Earthquakes up to ``earthquake_radius_km`` from the city stay for ``earthquake_hours``; farther only when a tsunami is possible.

    ``forecast_codes``: the city's code of a district -> the adm4 code (a kelurahan) whose forecast stands for it.
    """

    earthquake_urls: tuple[str, ...] = ()
    nowcast_url: str | None = None
    forecast_url: str | None = None
    forecast_codes: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    earthquake_radius_km: float = 500.0
    earthquake_hours: float = 24.0


def check(options: BmkgOptions, city: City) -> str | None:
    """Why these options do not fit, or ``None``."""
    one = {"nowcast_url": options.nowcast_url, "forecast_url": options.forecast_url}
    given = {"earthquake_urls": options.earthquake_urls} | {field: (url,) for field, url in one.items() if url is not None}
    for field, urls in given.items():
        if not all(_is_web(url) for url in urls):
            return f"{field}: must be http or https"
    if not any(given.values()):
        return "earthquake_urls: neither these nor nowcast_url nor forecast_url is given, so there is nothing to ask"
    if (options.forecast_url is None) != (not options.forecast_codes):
        return "forecast_codes: go with forecast_url, district code to adm4 code"
    if len(options.forecast_codes) > MAX_FORECASTS:
        return f"forecast_codes: at most {MAX_FORECASTS}, so that a minute is enough to ask them all"
    districts = {district.code for district in city.districts}
    for code, place in options.forecast_codes.items():
        if districts and code not in districts:
            return f"forecast_codes.{code}: is not a district of {city.name}"
        if not place.strip():
            return f"forecast_codes.{code}: is empty; give an adm4 code as in 36.71.01.1001"
    return None


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def read(ctx: CollectorContext[BmkgOptions], documents: Sequence[Document]) -> Iterator[Observed]:
    """What files hold: TEWS JSON, forecast JSON, or CAP alerts and their index; alerts are judged together."""
    quakes: dict[str, Hazard] = {}
    forecasts: dict[str, Forecast] = {}
    others: list[Document] = []
    for document in documents:
        if not document.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
            others.append(document)
            continue
        try:
            content: object = msgspec.json.decode(document.body.removeprefix(b"\xef\xbb\xbf"))
            if isinstance(content, dict) and "data" in content and "Infogempa" not in content:
                forecasts |= {one.id: one for one in forecasts_of(cast(object, content), ctx, _districts(ctx))}
            elif isinstance(content, dict) and "Infogempa" in content:
                for hazard in earthquakes_of(cast(object, content), ctx, _near(ctx)):
                    quakes.setdefault(hazard.id, hazard)
            else:
                raise ValueError("holds neither Infogempa nor a forecast")
        except (msgspec.DecodeError, RecursionError):
            ctx.quarantine(None, "is not JSON", name=document.name)
        except ValueError as problem:
            ctx.quarantine(None, str(problem), name=document.name)
    alerts = alerts_of_files(others, ctx)
    yield from _observed([*quakes.values(), *warnings(alerts, ctx, attribution=ATTRIBUTION)])
    yield from _foreseen(forecasts.values())


def _near(ctx: CollectorContext[BmkgOptions]) -> Near:
    return Near(radius_km=ctx.options.earthquake_radius_km, hours=ctx.options.earthquake_hours)


def _districts(ctx: CollectorContext[BmkgOptions]) -> dict[str, str]:
    return {place: district for district, place in ctx.options.forecast_codes.items()}


def _observed(hazards: Iterable[Hazard]) -> Iterator[Observed]:
    for hazard in hazards:
        yield Observed(topic=HAZARD, key=hazard.id, body=hazard, observed_at=hazard.issued_at)


def _foreseen(forecasts: Iterable[Forecast]) -> Iterator[Observed]:
    for forecast in forecasts:
        yield Observed(topic=FORECAST, key=forecast.id, body=forecast, observed_at=forecast.issued_at)


COLLECTOR = CollectorSpec(
    key="bmkg",
    title="BMKG",
    sink=Sink.BUS,
    topics=(HAZARD, FORECAST),
    kind=Poll(every_s=60.0, timeout_s=120.0),
    options=BmkgOptions,
    check=check,
    terms="Data: BMKG (Badan Meteorologi, Klimatologi, dan Geofisika); naming BMKG is mandatory; at most 60 requests a minute.",
    requests_per_minute=60,
    max_bytes=MAX_BYTES,
    read=read,
    standard="BMKG TEWS JSON and prakiraan-cuaca JSON; RSS 2.0; OASIS CAP 1.2",
    recorded=(
        "bmkg/bmkg_autogempa.json",
        "bmkg/bmkg_gempaterkini.json",
        "bmkg/bmkg_gempadirasakan.json",
        "bmkg/bmkg_forecast_response.json",
        "cap/bmkg_cap_banten.xml",
        "cap/bmkg_cap_jateng.xml",
        "cap/bmkg_rss_active.xml",
    ),
    bad_input="tests/collectors/test_bmkg.py",
    sample=Sample(
        options={
            "earthquake_urls": ["{base}/autogempa.json"],
            "nowcast_url": "{base}/rss.xml",
            "forecast_url": "{base}/prakiraan-cuaca",
            "forecast_codes": {"36.71.01": "36.71.01.1001"},
        },
        answers={
            "/autogempa.json": '{"Infogempa": {"gempa": {"DateTime": "2026-11-22T01:00:00+00:00", "Coordinates": "-6.30,106.50", '
            '"Magnitude": "4.1", "Kedalaman": "10 km", "Wilayah": "12 km BaratDaya", "Potensi": "Tidak berpotensi tsunami"}}}',
            "/rss.xml": '<rss version="2.0"><channel><title>-</title></channel></rss>',
            "/prakiraan-cuaca": '{"data": [{"lokasi": {"adm4": "36.71.01.1001", "desa": "Sukarasa", "lat": -6.17, "lon": 106.63}, '
            '"cuaca": [[{"utc_datetime": "2026-11-22 03:00:00", "t": 31, "hu": 70, "weather": 61, "ws": 9.5, "wd": "NW", "tp": 2.4, '
            '"analysis_date": "2026-11-22T00:00:00"}]]}]}',
        },
    ),
)


async def collect(ctx: CollectorContext[BmkgOptions]) -> AsyncGenerator[Observed, None]:
    """All warnings that hold for the city, and its forecasts. Where one address fails, what it brought last stays."""
    quakes: dict[str, Hazard] = {}
    is_answered = False
    for url in ctx.options.earthquake_urls:
        try:
            body = (await ctx.http.get(url)).body
        except SourceDown as problem:
            ctx.partly_down(str(problem), keep=QUAKE)
            continue
        before = len(ctx.trouble)
        for hazard in read_earthquakes(body, ctx, _near(ctx)):
            quakes.setdefault(hazard.id, hazard)
        is_answered = is_answered or len(ctx.trouble) == before
    alerts: list[Alert] | None = None
    if ctx.options.nowcast_url is not None:
        alerts = await gather_alerts(ctx, ctx.options.nowcast_url)
    forecasts = await _forecasts(ctx) if ctx.options.forecast_url is not None else []
    if not is_answered and alerts is None and not forecasts:
        raise SourceDown("; ".join(ctx.trouble) or "nothing answered")
    for record in _observed([*quakes.values(), *warnings(alerts or [], ctx, attribution=ATTRIBUTION)]):
        yield record
    for record in _foreseen(forecasts):
        yield record


@dataclass
class _Asked:
    """What a place's forecast was last, since when, and from when on it is asked for again."""

    due_at: datetime
    since: datetime
    forecast: Forecast | None = None


async def _forecasts(ctx: CollectorContext[BmkgOptions]) -> list[Forecast]:
    """The forecast of each place, asked for when it is due. One that cannot be had stays, and is no trouble until it is hours old.

    After a failure the others are left for the next round: a server in trouble is not asked thirteen times.
    """
    now, memory = ctx.clock(), cast(dict[str, _Asked], ctx.memory.setdefault("forecasts", {}))
    failed: str | None = None
    for code in dict.fromkeys(ctx.options.forecast_codes.values()):
        asked = memory.setdefault(code, _Asked(due_at=now, since=now))
        if asked.due_at > now or failed is not None:
            continue
        failed = await _ask(ctx, code, asked, now)
        if failed is not None:
            for other in memory.values():
                other.due_at = max(other.due_at, now + FORECAST_AGAIN)
    forecasts: list[Forecast] = []
    for code, asked in memory.items():
        if asked.forecast is not None and asked.forecast.steps[-1].at > now - FORECAST_HOLDS:
            forecasts.append(asked.forecast)
        elif asked.forecast is not None:
            ctx.partly_down("a forecast is over and no newer one is given")
        if asked.forecast is None or asked.since < now - FORECAST_HOLDS:
            ctx.partly_down(failed or "forecasts could not be renewed; asked again within minutes", keep=code)
    return forecasts


async def _ask(ctx: CollectorContext[BmkgOptions], code: str, asked: _Asked, now: datetime) -> str | None:
    """Ask for one place; why that failed, or ``None``."""
    try:
        body = (await ctx.http.get(ctx.options.forecast_url or "", params={"adm4": code})).body
        found = {one.id: one for one in read_forecasts(body, ctx, _districts(ctx))}
    except SourceDown as problem:
        return str(problem)
    except ValueError as problem:
        return f"a forecast {problem}"
    if code not in found:
        return "a forecast is not that of the place asked for"
    asked.forecast, asked.since = found[code], now
    # Not all at the same instant: the places' turns are spread over the minutes.
    asked.due_at = now + timedelta(seconds=FORECAST_EVERY_S - zlib.crc32(code.encode()) % 300)
    return None
