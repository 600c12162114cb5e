"""``controlroom invite``: a link and its picture that let one device into the mirror, once; what was made, and taking it back."""

import ipaddress
import sys
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from controlroom.cli.options import (
    DEFAULT_CITY,
    CityOption,
    ConfigOption,
    DatabaseOption,
    DemoOption,
    JsonOption,
    NamespaceOption,
    settings_from,
    stop,
)
from controlroom.cli.users import in_store, print_json

if TYPE_CHECKING:
    from feeds.identity.guests import Card
    from feeds.messages.city import City

FRAGMENT = "masuk"
"""Before the token in the link: what stands behind # is sent to no server and to no page that is linked from there."""

_BLACK_ON_WHITE = ("\x1b[97;40m", "\x1b[0m")
"""segno fills what is light; so it is light on every terminal."""


def invite(
    role: Annotated[str | None, typer.Option(help="mayor, head, lead or operator.")] = None,
    name: Annotated[str | None, typer.Option(help="As others see it.")] = None,
    agency: Annotated[str | None, typer.Option(help="Code of an agency of the city; a head needs one.")] = None,
    login: Annotated[
        str | None, typer.Option(help="Of an account that is there, or of the new one; made of the name when not given.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the mirror is: https://cermin.example.go.id (better: CONTROLROOM_MIRROR_URL).")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="Every invitation of the last 90 days and what became of it.")] = False,
    withdraw: Annotated[str | None, typer.Option(help="Id of one that shall let nobody in any more.")] = None,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    config: ConfigOption = None,
    demo: DemoOption = False,
    json: JsonOption = False,
) -> None:
    """A QR code and a link that let one phone, tablet or laptop into the mirror: once, within 15 minutes. Makes the account if needed."""
    if list_all:
        _list(city, namespace, database, demo=demo, json=json)
    elif withdraw is not None:
        _withdraw(withdraw, city, namespace, database, demo=demo, json=json)
    elif login is None and name is None:
        stop('who is invited? as --role mayor --name "Ibu Sari", or --login of somebody who is there', 2)
    else:
        from feeds.identity import guests
        from feeds.reports.roles import Role

        if role is not None and role not in list(Role):
            stop(f"no role {role!r}; known: mayor, head, lead, operator", 2)
        address = _address(url, config, demo=demo)
        wish = guests.Wish(login=login, name=name, role=Role(role) if role is not None else None, agency=agency)
        with in_store(city, namespace, database, demo=demo) as (loaded, store, by, now):
            card = store.write(lambda connection: guests.invite(connection, loaded, wish, now, by))
        _hand_over(loaded, card, f"{address}/#{FRAGMENT}={card.token}", json=json)


def _address(url: str | None, config: Path | None, *, demo: bool) -> str:
    """Where the link leads. A browser keeps a device's key over TLS alone, but for a page of the machine itself."""
    from controlroom.cli.demo_desk import NoDemo, find_demo

    found = url
    if found is None and demo:
        try:
            found = find_demo().mirror_url
        except NoDemo as error:
            stop(error)
    if found is None and not demo:
        found = settings_from(config).mirror_url
    if found is None:
        _no_address()
    parts = urlsplit(found)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        stop(f"--url {found}: is no address; give one as https://cermin.example.go.id", 2)
    if parts.path.strip("/"):
        stop(f"--url {found}: the mirror's pages stand at the root of their address; give it without {parts.path}", 2)
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        stop(f"--url {found}: no browser keeps a device's key without TLS; give the address that begins with https://", 2)
    return found.rstrip("/")


def _no_address() -> NoReturn:
    stop("where is the mirror? give --url https://cermin.example.go.id, or set CONTROLROOM_MIRROR_URL", 2)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hand_over(city: "City", card: "Card", link: str, *, json: bool) -> None:
    if json:
        invitation = card.invitation
        print_json({"invitation": invitation, "user": card.user, "link": link, "token": card.token, "expires_at": invitation.ends_at})
        return
    until, user = _clock(city, card.invitation.ends_at), card.user
    typer.echo(f"Undangan untuk {user.name}: pindai dengan kamera ponsel itu, atau buka tautannya di sana. Sekali pakai, sampai {until}.")
    typer.echo(
        f"Invitation for {user.name} ({user.login}, {user.role}{f', {user.agency}' if user.agency else ''}): scan it with that phone,"
    )
    typer.echo(f"or open the link there. Good once, until {until} (15 minutes).\n")
    _draw(link)
    typer.echo(f"\n{link}\n")
    typer.echo(f"To take it back: controlroom invite --withdraw {card.invitation.id}")


def _draw(link: str) -> None:
    import segno

    drawn = StringIO()
    segno.make_qr(link, error="m").terminal(drawn, border=4, compact=True)
    before, after = _BLACK_ON_WHITE if sys.stdout.isatty() else ("", "")
    typer.echo("\n".join(f"{before}{line}{after}" for line in drawn.getvalue().rstrip("\n").split("\n")))


def _list(city: Path, namespace: str | None, database: str | None, *, demo: bool, json: bool) -> None:
    from feeds.identity import invitations

    with in_store(city, namespace, database, demo=demo) as (loaded, store, _, now):
        found = store.read(invitations.list_invitations)
    if json:
        print_json({"invitations": [{"state": one.state(now), **_fields(one)} for one in found]})
        return
    for one in found:
        typer.echo(f"{one.id}  {one.state(now):9}  {one.login}  {_clock(loaded, one.made_at)}  {one.made_by}")


def _withdraw(invitation: str, city: Path, namespace: str | None, database: str | None, *, demo: bool, json: bool) -> None:
    from feeds.identity import invitations

    with in_store(city, namespace, database, demo=demo) as (_, store, by, now):
        one = store.write(lambda connection: invitations.withdraw(connection, invitation, now, by))
    if json:
        print_json({"invitation": one})
    else:
        typer.echo(f"invitation {one.id} for {one.login}: withdrawn, its link lets nobody in")


def _fields(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in getattr(one, "__struct_fields__", ())}


def _clock(city: "City", at: datetime) -> str:
    local = at.astimezone(ZoneInfo(city.time_zone))
    return f"{local:%Y-%m-%d %H.%M} {city.clock_label(at)}"
