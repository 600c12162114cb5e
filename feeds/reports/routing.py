"""Which agency a report belongs to by its category and the hour, and which categories are one kind. Pure; reads the city's tables only."""

from datetime import datetime
from zoneinfo import ZoneInfo

from feeds.messages.city import Category, City


def category_of(city: City, code: str) -> Category | None:
    return next((category for category in city.categories if category.code == code), None)


def suggested_agency(city: City, category: str, at: datetime) -> str | None:
    """The code of the agency the city folder names for this category, by night for that hour; ``None`` leaves it to the operator.

    ``at``: aware.
    """
    rule = city.off_hours
    if rule is not None and rule.covers(at.astimezone(ZoneInfo(city.time_zone)).time()):
        by_night = rule.routing.get(category, rule.agency)
        if by_night is not None:
            return by_night
    found = category_of(city, category)
    return found.agency if found is not None else None


def same_kind(city: City, category: str) -> tuple[str, ...]:
    """The codes of the categories in one group with ``category``; an unknown one is a kind of its own."""
    found = category_of(city, category)
    if found is None:
        return (category,)
    return tuple(one.code for one in city.categories if one.group == found.group)
