"""The key by which push services know the room, from the settings of the verbs that ring and that let devices ask for it."""

from typing import TYPE_CHECKING

from controlroom.cli.options import stop
from controlroom.settings import Settings

if TYPE_CHECKING:
    from feeds.identity.push_keys import PushKey


def push_key_of(settings: Settings) -> "PushKey | None":
    """``None`` where the room has none: then nobody is rung. Ends the program with a sentence where it cannot be used."""
    if settings.push_key is None:
        return None
    from feeds.identity.push_keys import PushKeyProblem, read_key

    try:
        return read_key(settings.push_key, settings.push_contact or settings.mirror_url or "")
    except PushKeyProblem as problem:
        stop(problem, 2)
