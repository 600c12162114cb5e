"""The attributes of a form, ``attribute[code]`` or ``attribute[code][]``: bounded, and those that the category declares checked. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from feeds.api.errors import ApiError
from feeds.api.w3c_times import read_time
from feeds.messages.city import Category, CategoryAttribute

MOST_ATTRIBUTES = 50
MOST_ATTRIBUTE = 1_000

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?", re.ASCII)
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](\[\])?")


def clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def read_attributes(fields: Mapping[str, Sequence[str]], category: Category, zone: ZoneInfo) -> dict[str, Any]:
    """Text by code, or a list of texts where several were given; blank ones are left out.

    What the category does not declare is kept as it came. Raises ``ApiError`` 400 that names the attribute.
    """
    found: dict[str, list[str]] = {}
    listed: set[str] = set()
    for name, values in fields.items():
        matched = _ATTRIBUTE.fullmatch(name)
        if matched is None:
            continue
        code = clean(matched[1])
        if matched[2]:
            listed.add(code)
        found.setdefault(code, []).extend(text for text in map(_bounded, values) if text)
    if len(found) > MOST_ATTRIBUTES:
        raise ApiError(400, "too_many_attributes", f"at most {MOST_ATTRIBUTES} attributes are taken", field="attribute")
    for declared in category.attributes:
        _check(declared, found.get(declared.code, []), zone)
        (listed.add if declared.datatype == "multivaluelist" else listed.discard)(declared.code)
    return {code: texts if code in listed or len(texts) > 1 else texts[0] for code, texts in found.items() if texts}


def _bounded(value: str) -> str:
    text = clean(value)
    if len(text) > MOST_ATTRIBUTE:
        raise ApiError(400, "too_long", f"an attribute has more than {MOST_ATTRIBUTE:,} characters", field="attribute")
    return text


def _check(declared: CategoryAttribute, texts: Sequence[str], zone: ZoneInfo) -> None:
    name = f"attribute[{declared.code}]"
    if declared.is_required and not texts:
        raise ApiError(400, "missing_attribute", f"{name} is missing; the service definition says what it may be", field=name)
    if len(texts) > 1 and declared.datatype != "multivaluelist":
        raise ApiError(400, "repeated_field", f"{name} takes one value", field=name)
    match declared.datatype:
        case "singlevaluelist" | "multivaluelist":
            keys = [value.key for value in declared.values]
            if any(text not in keys for text in texts):
                raise ApiError(400, "unknown_value", f"{name} is one of {', '.join(keys)}", field=name)
        case "number":
            if not all(_NUMBER.fullmatch(text) for text in texts):
                raise ApiError(400, "bad_number", f"{name} is no decimal number; write it with a point", field=name)
        case "datetime":
            try:
                for text in texts:
                    read_time(text, zone)
            except ValueError as problem:
                raise ApiError(400, "bad_time", f"{name} {problem}; write it as in 2026-11-26T08:00:00Z", field=name) from problem
        case _:
            pass
