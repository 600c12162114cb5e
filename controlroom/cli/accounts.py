"""`controlroom users change | unlock | passkeys | audit`: what an account may do, what opens it, and who did what."""

from typing import Annotated

import msgspec
import typer

from controlroom.cli.options import DEFAULT_CITY, CityOption, DatabaseOption, JsonOption, NamespaceOption, stop
from controlroom.cli.users import LoginArgument, in_store, print_json, verbs


@verbs.command("change")
def change(
    login: LoginArgument,
    role: Annotated[str | None, typer.Option(help="operator, lead, opd, head, mayor, field or admin.")] = None,
    name: Annotated[str | None, typer.Option(help="As others see it.")] = None,
    agency: Annotated[str | None, typer.Option(help="Code of an agency of the city; an empty one takes it away.")] = None,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Another name, role or agency; only what is given changes. Another role or agency ends the user's sessions."""
    from feeds.identity import users
    from feeds.reports.roles import Role

    if role is not None and role not in list(Role):
        stop(f"no role {role!r}; known: {', '.join(one for one in Role if one is not Role.CITIZEN)}", 2)
    unset = msgspec.UNSET
    wanted = users.UserChange(
        name=unset if name is None else name, role=unset if role is None else Role(role), agency=unset if agency is None else agency or None
    )
    if all(getattr(wanted, field) is unset for field in wanted.__struct_fields__):
        stop("nothing to change: give --name, --role or --agency", 2)
    with in_store(city, namespace, database) as (loaded, store, by, now):
        user = store.write(lambda connection: users.change_user(connection, loaded, login, wanted, now=now, by=by))
    if json:
        print_json({"user": user})
    else:
        typer.echo(f"{user.login}  {user.role}  {user.agency or '-'}  {user.name}")


@verbs.command("unlock")
def unlock(
    login: LoginArgument,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Opens every lock that wrong passwords have made."""
    from feeds.identity import users

    with in_store(city, namespace, database) as (_, store, by, now):
        user = store.write(lambda connection: users.unlock(connection, login, now=now, by=by))
    if json:
        print_json({"user": user})
    else:
        typer.echo(f"{user.login}: unlocked; the password is the one it was")


@verbs.command("passkeys")
def list_passkeys(
    login: LoginArgument,
    remove: Annotated[str | None, typer.Option(help="Id of the one to take away; it opens nothing from now on.")] = None,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """A user's passkeys: id, since when, name of the device."""
    from feeds.identity import passkeys, users

    with in_store(city, namespace, database) as (_, store, by, now):
        known = store.read(lambda connection: users.get_user(connection, login)).login
        if remove is not None and not store.write(lambda connection: passkeys.remove_passkey(connection, known, remove, now, by)):
            stop(f"{known} has no passkey {remove!r}; `controlroom users passkeys {known}` names them")
        found = store.read(lambda connection: passkeys.list_passkeys(connection, known))
    if json:
        print_json({"passkeys": found})
        return
    for one in found:
        typer.echo(f"{one.id}  {one.created_at.isoformat(timespec='minutes')}  {one.label}")


@verbs.command("audit")
def read_audit(
    by: Annotated[str | None, typer.Option("--by", help="Of this login or key alone.")] = None,
    action: Annotated[str | None, typer.Option(help="Of this kind alone: see_person, sign_in_failed, forward...")] = None,
    before: Annotated[int | None, typer.Option(min=1, help="Lines older than this number.")] = None,
    most: Annotated[int, typer.Option(min=1, max=200, help="Lines at most.")] = 50,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Who did or read what, newest first."""
    from feeds.identity import audit

    with in_store(city, namespace, database) as (_, store, _, _):
        page = store.read(lambda connection: audit.page(connection, before=before, actor=by, action=action, page_size=most))
    if json:
        print_json({"rows": page.rows, "before": page.before})
        return
    for row in page.rows:
        facts = msgspec.json.encode(row.body).decode()
        typer.echo(f"{row.number}  {row.at.isoformat(timespec='seconds')}  {row.actor}  {row.action}  {row.object}  {facts}")
