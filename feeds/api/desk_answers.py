"""Answers to citizens: the city's own to begin with, their places filled as far as the report says, and none sent with a place open."""

import re
from collections.abc import Mapping

from feeds.api.errors import ApiError
from feeds.messages.actions import Answer, AnyAction, Decline, Finish
from feeds.messages.city import City
from feeds.messages.desk import Template
from feeds.reports.records import Record

_PLACE = re.compile(r"\{([a-z_]+)\}")


def templates(city: City, record: Record | None) -> list[Template]:
    """The city's answers, of this report when one is named."""
    return [_filled(city, name, texts, record) for name, texts in city.reports.answers.items()]


def refuse_open(city: City, action: AnyAction) -> None:
    """Raises ``ApiError`` 400 for an answer that would reach its citizen as "Laporan Anda {report}"."""
    match action:
        case Answer():
            field, words = "text", action.text
        case Decline() | Finish():
            field, words = "answer", action.answer or ""
        case _:
            return
    known = {place for texts in city.reports.answers.values() for text in texts.values() for place in _PLACE.findall(text)}
    left = [place for place in _PLACE.findall(words) if place in known]
    if left:
        raise ApiError(400, "bad_value", f"{field}: {{{left[0]}}} is not filled in; write what stands for it", field=field)


def _filled(city: City, name: str, texts: Mapping[str, str], record: Record | None) -> Template:
    known = {} if record is None else _known(city, record)
    filled = {language: _PLACE.sub(lambda place: known.get(place[1], place[0]), text) for language, text in texts.items()}
    left = dict.fromkeys(place for text in filled.values() for place in _PLACE.findall(text))
    return Template(name=name, texts=filled, open=tuple(left))


def _known(city: City, record: Record) -> dict[str, str]:
    agency = next((one.name for one in city.agencies if one.code == record.agency), None)
    said = {"report": record.id, "parent": record.parent, "agency": agency}
    return {place: words for place, words in said.items() if words}
