"""CAP alerts as senders write them: over the city unless told otherwise."""

IN_CITY = "-6.15,106.60 -6.15,106.66 -6.19,106.66 -6.19,106.60 -6.15,106.60"
SWAPPED = " ".join(",".join(reversed(pair.split(","))) for pair in IN_CITY.split())
ELSEWHERE = "1,1 1,2 2,2 1,1"


def cap(
    identifier: str = "a", *, kind: str = "Alert", status: str = "Actual", sent: str = "2026-02-16T22:50:00+07:00", references: str = "",
    scope: str = "Public", areas: str = f"<polygon>{IN_CITY}</polygon>", event: str = "Hujan", expires: str = "2026-02-17T02:00:00+07:00",
    version: str = "1.2", extra: str = "",
) -> bytes:  # fmt: skip
    """One alert in English and Indonesian; ``expires`` empty leaves it out, ``extra`` stands in the Indonesian block."""
    said = f"<references>{references}</references>" if references else ""
    until = f"<expires>{expires}</expires>" if expires else ""
    return f"""<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:{version}"><identifier>{identifier}</identifier>
      <sender>s@bmkg</sender><sent>{sent}</sent><status>{status}</status><msgType>{kind}</msgType><scope>{scope}</scope>{said}
      <info><language>en</language><category>Met</category><event>Rain</event><urgency>U</urgency><severity>Severe</severity><certainty>L</certainty>
        {until}<area><areaDesc>Banten</areaDesc>{areas}</area></info>
      <info><language>id</language><category>Met</category><event>{event}</event><urgency>U</urgency><severity>Severe</severity><certainty>L</certainty>
        {until}<headline>{event} lebat</headline>{extra}<area><areaDesc>Banten</areaDesc>{areas}</area></info>
      </alert>""".encode()


def atom(*entries: str) -> str:
    """An Atom index of entries."""
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"><title>-</title>{"".join(entries)}</feed>'


def entry(number: object, link: str, *, updated: str = "2026-02-16T16:00:00Z", kind: str = "application/cap+xml") -> str:
    """One entry of an index."""
    return f'<entry><id>{number}</id><title>-</title><updated>{updated}</updated><link type="{kind}" href="{link}"/></entry>'
