"""What a panel may be told, read from its typed options: what each is, what may be chosen, what is wrong with it. Pure."""

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from feeds.messages.city import City
from feeds.messages.layout import MOST_OPTION_BYTES


class FieldKind(enum.StrEnum):
    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"
    """Some of what is offered, in an order."""
    LINES = "lines"
    """Texts of one's own, one in each line."""
    OTHER = "other"
    """Anything else, written as JSON."""


class OptionField(msgspec.Struct, frozen=True, kw_only=True):
    """One option. ``offered``: (value, its name on screen). ``is_optional``: may be left empty."""

    name: str
    kind: FieldKind
    default: Any
    is_optional: bool = False
    is_required: bool = False
    offered: tuple[tuple[Any, str], ...] = ()
    low: float | None = None
    high: float | None = None


OPTION_WORDS = {
    "by": "Baris menurut",
    "base": "Peta dasar",
    "cameras": "Kamera",
    "categories": "Kategori",
    "choropleth": "Arsir kecamatan",
    "columns": "Kolom",
    "districts": "Kecamatan",
    "agencies": "OPD",
    "labels": "Nama tempat",
    "pick": "Laporan yang dipilih",
    "place": "Tempat",
    "show": "Tampilkan",
}
VALUE_WORDS = {
    "agency": "OPD",
    "auto": "darurat dahulu",
    "cameras": "kamera",
    "category": "kategori",
    "clock": "jam",
    "district": "kecamatan",
    "hazards": "peringatan bahaya",
    "identity": "nama kota",
    "incidents": "insiden",
    "newest_done": "selesai terbaru",
    "officers": "petugas",
    "reports": "laporan",
    "urgent": "paling mendesak",
}


def fields_of(kind: type[msgspec.Struct], city: City, language: str) -> list[OptionField]:
    """The options of a panel in the order they are written."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return [_field(field, city, language) for field in info.fields]


def _field(field: inspect.Field, city: City, language: str) -> OptionField:
    default = _plain(field.default if field.default is not msgspec.NODEFAULT else _made(field.default_factory))
    made = OptionField(name=field.encode_name, kind=FieldKind.OTHER, default=default, is_required=field.required)
    kind, is_optional = _without_none(field.type)
    offered = city_choices(field.encode_name, city, language)
    made = msgspec.structs.replace(made, is_optional=is_optional)
    if isinstance(kind, inspect.BoolType):
        return msgspec.structs.replace(made, kind=FieldKind.YES_NO)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        which = FieldKind.WHOLE if isinstance(kind, inspect.IntType) else FieldKind.NUMBER
        low = kind.ge if kind.ge is not None else kind.gt
        high = kind.le if kind.le is not None else kind.lt
        return msgspec.structs.replace(made, kind=which, low=low, high=high)
    if values := _values(kind):
        return msgspec.structs.replace(made, kind=FieldKind.CHOICE, offered=tuple((v, str(v)) for v in values))
    if isinstance(kind, inspect.StrType):
        return msgspec.structs.replace(made, kind=FieldKind.CHOICE if offered else FieldKind.TEXT, offered=offered)
    if isinstance(kind, inspect.VarTupleType | inspect.ListType | inspect.SetType | inspect.FrozenSetType):
        return _several(made, kind.item_type, offered)
    return made


def _several(made: OptionField, item: inspect.Type, offered: tuple[tuple[Any, str], ...]) -> OptionField:
    values = _values(item) or ([] if offered else list(made.default or ()))
    if values:
        offered = tuple((v, str(v)) for v in values)
    if isinstance(item, inspect.StrType) or values:
        return msgspec.structs.replace(made, kind=FieldKind.SEVERAL if offered else FieldKind.LINES, offered=offered)
    return made


def _values(kind: inspect.Type) -> list[Any]:
    if isinstance(kind, inspect.LiteralType):
        return list(kind.values)
    if isinstance(kind, inspect.EnumType):
        return [member.value for member in kind.cls]
    return []


def _without_none(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    if isinstance(kind, inspect.UnionType):
        rest = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        if len(rest) == 1:
            return rest[0], len(rest) < len(kind.types)
    return kind, False


def _made(factory: Any) -> Any:
    return None if factory is msgspec.NODEFAULT else factory()


def _plain(value: Any) -> Any:
    # Through JSON, as it travels: tuples become lists.
    return msgspec.json.decode(msgspec.json.encode(value))


def city_choices(name: str, city: City, language: str) -> tuple[tuple[str, str], ...]:
    """What the city offers for an option of that name: codes with their names."""
    match name:
        case "camera" | "cameras":
            return tuple((c.id, c.name) for c in city.cameras if not c.is_private)
        case "category" | "categories":
            return tuple((c.code, city.category_name(c.code, language) or c.code) for c in city.categories)
        case "district" | "districts" | "place":
            return tuple((d.code, d.name) for d in city.districts)
        case "agency" | "agencies":
            return tuple((a.code, a.short) for a in city.agencies)
        case _:
            return ()


def problem_with(kind: type[msgspec.Struct], options: Mapping[str, Any]) -> str | None:
    """Why a panel would not take these options, in the words of its types; ``None`` when it would."""
    if len(msgspec.json.encode(options)) > MOST_OPTION_BYTES:
        return f"> {MOST_OPTION_BYTES} bytes"
    try:
        msgspec.convert(dict(options), type=kind)
    except (msgspec.ValidationError, ValueError) as error:
        return str(error)
    return None


def without_defaults(options: Mapping[str, Any], fields: Sequence[OptionField]) -> dict[str, Any]:
    """What differs from the defaults: an option that is as it would be anyway is not written."""
    defaults = {field.name: field.default for field in fields if not field.is_required}
    return {name: value for name, value in options.items() if name not in defaults or _plain(value) != defaults[name]}
