"""Words for citizens, from the same catalogues as the wall's: the msgid is the Indonesian text, English is complete."""

import gettext
from collections.abc import Callable
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).resolve().parents[2] / "assets" / "locale"
LANGUAGES = ("id", "en")
DOMAIN = "live_room"


@cache
def translator(language: str) -> Callable[[str], str]:
    """msgid -> text in ``language``; the msgid itself where the catalogue has none."""
    return gettext.translation(DOMAIN, LOCALE, languages=[language], fallback=True).gettext
