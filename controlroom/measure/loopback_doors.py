"""``python -m controlroom.measure.loopback_doors serve ...``: the command as it is, but that it fetches pictures from this machine alone.

The program has no setting for it and shall have none: a door that could be told to ask its own network would do so for strangers. A drill
changes it in a process of its own.
"""

import ipaddress
import runpy

from feeds.api import media_url

HERE = ipaddress.ip_address("127.0.0.1")


class _OfThisMachine(media_url.MediaFetcher):
    def __init__(self) -> None:
        super().__init__(judge=HERE.__eq__)


def main() -> None:
    media_url.MediaFetcher = _OfThisMachine
    runpy.run_module("controlroom", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
