"""What a citizen's form says, checked and made a draft of a report. Pure; knows no request, store or key."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from feeds.api.errors import ApiError
from feeds.geography import CityGeography
from feeds.messages.city import City
from feeds.messages.header import Position
from feeds.messages.report import Channel
from feeds.reports.drafts import Draft, Person

MOST = {
    "description": 4_000, "address_string": 500, "address_id": 200, "first_name": 100, "last_name": 100, "phone": 64, "email": 254,
    "device_id": 200, "account_id": 200, "media_url": 2_000, "service_code": 64, "api_key": 200, "lat": 40, "long": 40,
}  # fmt: skip
"""Characters of each field; 4,000 are the standard's own."""

MOST_ATTRIBUTES = 50
MOST_ATTRIBUTE = 1_000
MOST_KEY = 200

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{0,20})?([eE][+-]?\d{1,3})?", re.ASCII)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](\[\])?")


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A form as far as it is a report: everything but who hands it in."""

    category: str
    description: str
    position: Position | None
    address: str | None
    person: Person | None
    media_url: str | None
    attributes: dict[str, Any] | None
    account_id: str | None

    def draft(self, source: str, retry_key: str | None, pictures: Sequence[str] = ()) -> Draft:
        return Draft(
            source=source, channel=Channel.LAKSA, category=self.category, description=self.description, position=self.position,
            address=self.address, person=self.person, retry_key=retry_key, attributes=self.attributes, pictures=tuple(pictures),
        )  # fmt: skip


def read_report(fields: Mapping[str, str], city: City, geography: CityGeography) -> Said:
    """Raises ``ApiError`` 400 that names the field and says what is wrong with it."""
    category = field(fields, "service_code")
    if category is None:
        raise ApiError(400, "no_service_code", "service_code is missing; /open311/v2/services lists them", field="service_code")
    if all(category != one.code for one in city.categories):
        raise ApiError(
            400, "unknown_service_code", "service_code is none of this city; /open311/v2/services lists them", field="service_code"
        )
    position = read_position(fields, geography)
    address, address_id = field(fields, "address_string"), field(fields, "address_id")
    if position is None and address is None and address_id is None:
        raise ApiError(400, "no_place", "the report says no place: give lat and long, address_string or address_id")
    attributes = _attributes(fields)
    if address_id is not None:
        attributes["address_id"] = address_id
    person = Person(**{name: field(fields, name) for name in Person.__struct_fields__})
    return Said(
        category=category,
        description=field(fields, "description") or "",
        position=position,
        address=address,
        person=person if person != Person() else None,
        # Whatever is wrong with it never refuses a report: the fetch says so in a note.
        media_url=field(fields, "media_url"),
        attributes=attributes or None,
        account_id=person.account_id,
    )


def field(fields: Mapping[str, str], name: str) -> str | None:
    """A field's text within its bound, without control characters; ``None`` when it is missing or blank."""
    text = clean(fields.get(name, ""))
    if len(text) > MOST[name]:
        raise ApiError(400, "too_long", f"{name} has {len(text):,} characters; at most {MOST[name]:,} are taken", field=name)
    return text or None


def clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def read_retry_key(header: str | None) -> str | None:
    """The sender's own name for this request. Raises ``ApiError``."""
    if header is None or not header.strip():
        return None
    key = header.strip()
    if len(key) > MOST_KEY or not key.isascii() or not key.isprintable():
        raise ApiError(400, "bad_idempotency_key", f"Idempotency-Key must be 1 to {MOST_KEY} printable ASCII characters")
    return key


def read_position(fields: Mapping[str, str], geography: CityGeography) -> Position | None:
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


def _attributes(fields: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in fields.items():
        matched = _ATTRIBUTE.fullmatch(name)
        if matched is None:
            continue
        text = clean(value)
        if len(text) > MOST_ATTRIBUTE:
            raise ApiError(400, "too_long", f"an attribute has more than {MOST_ATTRIBUTE:,} characters", field="attribute")
        found[clean(matched[1])] = text
    if len(found) > MOST_ATTRIBUTES:
        raise ApiError(400, "too_many_attributes", f"at most {MOST_ATTRIBUTES} attributes are taken", field="attribute")
    return found
