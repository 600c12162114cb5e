"""What operators ask of the queue: every filter of the console and of its doors, and words people search for; and a queue to ask."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import msgspec
from sqlalchemy import bindparam, update

from controlroom.console.reports.queue_query import ALL, CLAIMED, QueueQuery
from controlroom.measure.bench_reports import fill
from feeds.messages.city import City
from feeds.messages.queue import Sort, Standing
from feeds.messages.report import Channel, Priority, ReportState
from feeds.store.database import Database
from feeds.store.schema import REPORTS

CLAIMED_EACH = 500
"""Every so manieth report is claimed by somebody."""
RARE = "gang mawar"
RARE_EACH = 20_000
NOBODY_WROTE = "kuda terbang"

_SENTENCES = (
    "Lubang besar di tengah jalan depan pasar, sudah dua motor jatuh sejak kemarin malam, tolong segera ditambal sebelum ada korban lagi.",
    "Sampah menumpuk di pinggir kali dan baunya sampai ke dalam rumah; petugas kebersihan belum datang sejak hari Senin.",
    "Lampu jalan mati dari simpang sampai jembatan, gelap sekali kalau malam, anak-anak pulang mengaji takut lewat.",
    "Air naik semata kaki setelah hujan satu jam, saluran di depan sekolah tersumbat plastik dan lumpur.",
    "Pohon besar miring ke arah kabel listrik, dahan kering sering jatuh ke atap warung dan motor yang parkir.",
    "Antrean di loket sangat panjang, nomor antrean habis pukul sembilan, warga lanjut usia menunggu berdiri.",
)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """``query``: as the console asks it, ``None`` for what only the doors can be asked."""

    name: str
    parameters: Mapping[str, str | Sequence[str]]
    query: QueueQuery | None = None


def console_queries(city: City) -> dict[str, QueueQuery]:
    """Each filter of the desk alone and several together, in its orders."""
    codes = [category.code for category in city.categories]
    agencies = [agency.code for agency in city.agencies]
    districts = [district.code for district in city.districts]
    found = {f"state {state}": QueueQuery(state=state) for state in ("open", ALL, *ReportState)}
    found |= {f"sort {sort}": QueueQuery(state=ALL, sort=sort) for sort in Sort}
    found |= {f"open, sort {sort}": QueueQuery(sort=sort) for sort in Sort}
    found |= {f"channel {channel}": QueueQuery(channels=(channel,)) for channel in (Channel.LAKSA, Channel.CALL_112)}
    found |= {f"priority {priority}": QueueQuery(priorities=(priority,)) for priority in Priority}
    found |= {f"due {due}": QueueQuery(due=due) for due in Standing}
    found |= {f"claimed {claimed}": QueueQuery(claimed=claimed) for claimed in CLAIMED}
    found |= {
        "district": QueueQuery(districts=(districts[3],)),
        "category": QueueQuery(categories=(codes[2],)),
        "agency": QueueQuery(agencies=(agencies[1],)),
        "categories, all": QueueQuery(state=ALL, categories=tuple(codes[:8])),
        "search a word all use": QueueQuery(q="jalan"),
        "search a word all use, all states": QueueQuery(state=ALL, q="jalan"),
        "search a rare word": QueueQuery(q=RARE),
        "search a rare word, all states": QueueQuery(state=ALL, q=RARE),
        "search what nobody wrote, all states": QueueQuery(state=ALL, q=NOBODY_WROTE),
        "search a number, all states": QueueQuery(state=ALL, q="nomor 4711"),
        "search and district": QueueQuery(state=ALL, q="lampu", districts=(districts[0], districts[5])),
        "everything at once": QueueQuery(
            channels=(Channel.LAKSA, Channel.X), districts=tuple(districts[:6]), categories=tuple(codes[:8]), agencies=tuple(agencies[:6]),
            priorities=(Priority.NORMAL, Priority.URGENT), claimed="nobody", due=Standing.LATE, q="jalan",
        ),
    }  # fmt: skip
    return found


def questions(city: City, now: datetime, ids: Sequence[str]) -> list[Question]:
    """Those of the console, and what only the doors are asked: times, an incident, rows by their ids."""
    asked = [Question(name=name, parameters=_plain(query), query=query) for name, query in console_queries(city).items()]
    week = (now - timedelta(days=7)).isoformat()
    others: dict[str, Mapping[str, str | Sequence[str]]] = {
        "received since a week": {"since": week},
        "received before a week": {"until": week, "sort": Sort.CHANGED},
        "an incident": {"incident": "I-1"},
        "rows by their ids": {"id": list(ids)},
    }
    return asked + [Question(name=name, parameters={**parameters, "page_size": "200"}) for name, parameters in others.items()]


def _plain(query: QueueQuery) -> dict[str, str | Sequence[str]]:
    """As the console sends it: what is empty is not sent."""
    sent: dict[str, str | Sequence[str]] = {"page_size": "200"}
    for name, value in query.parameters().items():
        if value is not None and value != () and value != []:
            sent[name] = [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
    return sent


def fill_desk(store: Database, city: City, reports: int, now: datetime) -> int:
    """A year of reports with what citizens wrote, some of them claimed; how many the store counts."""
    standing = fill(store, city, reports, now)
    random = Random(3671)
    written = update(REPORTS).where(REPORTS.c.source_ref == bindparam("ref"), REPORTS.c.source == "bench").values(
        description=bindparam("said"), search=REPORTS.c.search + " " + bindparam("found"), claimed_by=bindparam("who"),
        claimed_until=bindparam("until"),
    )  # fmt: skip
    for first in range(0, reports, 5_000):
        rows: list[dict[str, object]] = []
        for number in range(first, min(reports, first + 5_000)):
            words = " ".join(random.sample(_SENTENCES, 2)) + (f" Di {RARE}." if number % RARE_EACH == 0 else "")
            is_claimed = number % CLAIMED_EACH == 0
            rows.append({
                "ref": f"Q{number:07}", "said": words, "found": words.casefold(), "who": "konsol1" if is_claimed else None,
                "until": now + timedelta(hours=2) if is_claimed else None,
            })  # fmt: skip
        store.write(lambda connection, rows=rows: connection.execute(written, rows))
    return standing
