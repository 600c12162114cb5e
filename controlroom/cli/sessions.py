"""`controlroom users sessions | end-session | devices | remove-device`: who is signed in where, and putting an end to it."""

from datetime import datetime
from typing import Annotated

import typer

from controlroom.cli.accounts import verbs
from controlroom.cli.options import DEFAULT_CITY, CityOption, DatabaseOption, DemoOption, JsonOption, NamespaceOption, stop
from controlroom.cli.users import LoginArgument, in_store, print_json


@verbs.command("sessions")
def list_sessions(
    login: Annotated[str | None, typer.Argument(help="Of this user alone.")] = None,
    end: Annotated[bool, typer.Option("--end", help="Sign LOGIN out everywhere and remove their invited devices.")] = False,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    demo: DemoOption = False,
    json: JsonOption = False,
) -> None:
    """Who is signed in: id, login, since when, last use, browser, invited device. With --end a user is signed out everywhere."""
    from feeds.identity import sessions, users

    if end and login is None:
        stop("whose? give the login: controlroom users sessions LOGIN --end", 2)
    with in_store(city, namespace, database, demo=demo) as (_, store, by, now):
        known = store.read(lambda connection: users.get_user(connection, login)).login if login is not None else None
        if end and known is not None:
            store.write(lambda connection: users.end_sessions(connection, known, now=now, by=by))
        found = store.read(lambda connection: sessions.list_open(connection, now, known))
    if json:
        print_json({"sessions": found})
    elif end:
        typer.echo(f"{known}: signed out everywhere, invited devices removed")
    else:
        for one in found:
            typer.echo(f"{one.id}  {one.login}  {_minute(one.created_at)}  {_minute(one.seen_at)}  {one.bound_to or one.device or '-'}")


@verbs.command("end-session")
def end_session(
    session: Annotated[str, typer.Argument(help="Its id, as `users sessions` names it.")],
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    demo: DemoOption = False,
    json: JsonOption = False,
) -> None:
    """Ends one session at once. An invited device is removed with it: it would come back by itself."""
    from feeds.identity import sessions

    with in_store(city, namespace, database, demo=demo) as (_, store, by, now):
        login = store.write(lambda connection: sessions.end_listed(connection, session, now, by))
    if login is None:
        stop(f"no session {session!r}; `controlroom users sessions` names them")
    if json:
        print_json({"ended": session, "login": login})
    else:
        typer.echo(f"session {session} of {login}: ended")


@verbs.command("devices")
def list_devices(
    login: LoginArgument,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    demo: DemoOption = False,
    json: JsonOption = False,
) -> None:
    """A user's invited devices: id, since when, last seen, name."""
    from feeds.identity import devices, users

    with in_store(city, namespace, database, demo=demo) as (_, store, _, _):
        known = store.read(lambda connection: users.get_user(connection, login)).login
        found = store.read(lambda connection: devices.list_devices(connection, known))
    if json:
        print_json({"devices": found})
        return
    for one in found:
        typer.echo(f"{one.id}  {_minute(one.created_at)}  {_minute(one.seen_at)}  {one.label}")


@verbs.command("remove-device")
def remove_device(
    device: Annotated[str, typer.Argument(help="Its id, as `users devices` names it.")],
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    demo: DemoOption = False,
    json: JsonOption = False,
) -> None:
    """Takes an invited device away: its sessions end at once. A passkey on it stays: `users passkeys LOGIN --remove ID`."""
    from feeds.identity import devices

    with in_store(city, namespace, database, demo=demo) as (_, store, by, now):
        login = store.write(lambda connection: devices.remove(connection, device, now, by))
    if login is None:
        stop(f"no device {device!r}; `controlroom users devices LOGIN` names them")
    if json:
        print_json({"removed": device, "login": login})
    else:
        typer.echo(f"device {device} of {login}: removed, its sessions ended")


def _minute(at: datetime) -> str:
    return at.isoformat(timespec="minutes")
