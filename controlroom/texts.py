"""Words on screen from the gettext catalogues: the msgid is the Indonesian text, English is complete."""

import gettext
from collections.abc import Callable

from controlroom.settings import ASSETS

DOMAIN = "live_room"


def translator(language: str) -> Callable[[str], str]:
    """msgid -> text in ``language``; the msgid itself where the catalogue has none."""
    return gettext.translation(DOMAIN, ASSETS / "locale", languages=[language], fallback=True).gettext
