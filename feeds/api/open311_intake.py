"""What a citizen's form says, checked and made a draft of a report. Pure; knows no request, store or key. A form: every value by name."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from feeds.api.errors import ApiError
from feeds.api.form_parts import MOST_FILES, one_of
from feeds.api.open311_attributes import clean, read_attributes
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.desk import Person
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft

MOST = {
    "description": 4_000, "address_string": 500, "address_id": 200, "first_name": 100, "last_name": 100, "phone": 64, "email": 254,
    "device_id": 200, "account_id": 200, "media_url": 2_000, "service_code": 64, "api_key": 200, "lat": 40, "long": 40,
    "jurisdiction_id": 200,
}  # fmt: skip
"""Characters of each field; 4,000 are the standard's own."""

MOST_KEY = 200

_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,3})?", re.ASCII)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A form as far as it is a report: everything but who hands it in."""

    category: str
    description: str
    position: Position | None
    address: str | None
    person: Person | None
    media_urls: tuple[str, ...]
    attributes: dict[str, Any] | None
    account_id: str | None

    def draft(self, source: str, retry_key: str | None, pictures: Sequence[str] = ()) -> Draft:
        # A picture that is to be fetched is part of what is said, as one that came along.
        linked = [hashlib.sha256(url.encode()).hexdigest() for url in self.media_urls]
        return Draft(
            source=source, channel=Channel.LAKSA, category=self.category, description=self.description, position=self.position,
            address=self.address, person=self.person, retry_key=retry_key, attributes=self.attributes, pictures=(*pictures, *linked),
        )  # fmt: skip


def read_report(fields: Mapping[str, Sequence[str]], city: City, geography: CityGeography) -> Said:
    """Raises ``ApiError`` 400 that names the field and says what is wrong with it."""
    code = field(fields, "service_code")
    if code is None:
        raise ApiError(400, "no_service_code", "service_code is missing; /open311/v2/services lists them", field="service_code")
    category = next((one for one in city.categories if one.code == code), None)
    if category is None:
        raise ApiError(
            400, "unknown_service_code", "service_code is none of this city; /open311/v2/services lists them", field="service_code"
        )
    position = read_position(fields, geography)
    address, address_id = field(fields, "address_string"), field(fields, "address_id")
    if position is None and address is None and address_id is None:
        raise ApiError(400, "no_place", "the report says no place: give lat and long, address_string or address_id")
    attributes = read_attributes(fields, category, ZoneInfo(city.time_zone))
    if address_id is not None:
        attributes["address_id"] = address_id
    person = Person(**{name: field(fields, name) for name in Person.__struct_fields__})
    return Said(
        category=category.code,
        description=field(fields, "description") or "",
        position=position,
        address=address,
        person=person if person != Person() else None,
        # Whatever is wrong with it never refuses a report: the fetch says so in a note.
        media_urls=media_urls(fields),
        attributes=attributes or None,
        account_id=person.account_id,
    )


def field(fields: Mapping[str, Sequence[str]], name: str) -> str | None:
    """A field's text within its bound, without control characters; ``None`` when it is missing or blank."""
    return _bounded(clean(one_of(name, fields.get(name, ()))), name) or None


def media_urls(fields: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Where pictures are to be fetched, each once. Raises ``ApiError``."""
    found = tuple(dict.fromkeys(url for url in (_bounded(clean(one), "media_url") for one in fields.get("media_url", ())) if url))
    if len(found) > MOST_FILES:
        raise ApiError(400, "too_many_files", f"a report takes at most {MOST_FILES} pictures by media_url", field="media_url")
    return found


def _bounded(text: str, name: str) -> str:
    if len(text) > MOST[name]:
        raise ApiError(400, "too_long", f"{name} has {len(text):,} characters; at most {MOST[name]:,} are taken", field=name)
    return text


def read_retry_key(header: str | None) -> str | None:
    """The sender's own name for this request. Raises ``ApiError``."""
    if header is None or not header.strip():
        return None
    key = header.strip()
    if len(key) > MOST_KEY or not key.isascii() or not key.isprintable():
        raise ApiError(400, "bad_idempotency_key", f"Idempotency-Key must be 1 to {MOST_KEY} printable ASCII characters")
    return key


def read_position(fields: Mapping[str, Sequence[str]], geography: CityGeography) -> Position | None:
    """Raises ``ApiError`` for half a position, no numbers, no place on Earth, 0, 0, and axes exchanged."""
    lat_text, lon_text = field(fields, "lat"), field(fields, "long")
    if lat_text is None and lon_text is None:
        return None
    if lat_text is None or lon_text is None:
        raise ApiError(400, "half_position", "lat and long go together: one is missing", field="lat" if lat_text is None else "long")
    lat, lon = _degrees(lat_text, "lat"), _degrees(lon_text, "long")
    if lat == 0 and lon == 0:
        raise ApiError(400, "zero_position", "lat and long are both 0: the phone knew no place; leave them out, give an address")
    is_on_earth = abs(lat) <= 90 and abs(lon) <= 180
    if not is_on_earth or geography.is_far_outside(lon, lat):
        # Exchanged: what is called lat would be a longitude.
        if abs(lon) <= 90 and abs(lat) <= 180 and not geography.is_far_outside(lat, lon):
            raise ApiError(400, "swapped_position", "lat and long are exchanged: the other way round they lie in the city", field="lat")
        if not is_on_earth:
            raise ApiError(400, "bad_position", "lat must be -90 to 90 and long -180 to 180", field="lat" if abs(lat) > 90 else "long")
    return Position(lon=lon, lat=lat)


def _degrees(text: str, name: str) -> float:
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ApiError(400, "bad_number", f"{name} is no decimal number; write degrees with a point, as in -6.178", field=name)
    return number
