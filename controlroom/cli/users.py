"""``controlroom users``: people who sign in and keys of programs, in the store of one city; works while the doors are open."""

import getpass
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from controlroom.cli.options import DEFAULT_CITY, CityOption, DatabaseOption, JsonOption, NamespaceOption, settings_from, stop

if TYPE_CHECKING:
    from feeds.messages.city import City
    from feeds.reports.roles import Actor
    from feeds.store.database import Database

verbs = typer.Typer(no_args_is_help=True, help="People who sign in, and keys of programs.")
key_verbs = typer.Typer(no_args_is_help=True, help="Keys of programs.")
verbs.add_typer(key_verbs, name="key")

LoginArgument = Annotated[str, typer.Argument(help="Login: a-z, 0-9, dot, hyphen.")]
ReadOption = Annotated[bool, typer.Option("--read", help="Read the password from standard input instead of generating one.")]


@verbs.command("add")
def add(
    login: LoginArgument,
    role: Annotated[str, typer.Option(help="operator, lead, opd, head, mayor, field, collector or admin.")],
    name: Annotated[str | None, typer.Option(help="As others see it; the login when not given.")] = None,
    agency: Annotated[str | None, typer.Option(help="Code of an agency of the city; opd, head and field need one.")] = None,
    read: ReadOption = False,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Makes a user and prints the generated password, this once; whoever gets it sets another at the first sign-in."""
    from feeds.identity import passwords, users
    from feeds.reports.roles import Role

    if role not in list(Role):
        stop(f"no role {role!r}; known: {', '.join(one for one in Role if one is not Role.CITIZEN)}", 2)
    with in_store(city, namespace, database) as (loaded, store, by, now):
        password = _read_password() if read else passwords.generated()
        kept = passwords.hashed(login, password)
        user = store.write(
            lambda connection: users.add_user(
                connection,
                loaded,
                login=login,
                name=name or login,
                role=Role(role),
                agency=agency,
                password=kept,
                now=now,
                by=by,
                is_handed=True,
            )
        )
    _say_password(user.login, None if read else password, json)


@verbs.command("list")
def list_all(
    city: CityOption = DEFAULT_CITY, namespace: NamespaceOption = None, database: DatabaseOption = None, json: JsonOption = False
) -> None:
    """Every user, with role, agency and whether they may come in."""
    from feeds.identity import users

    with in_store(city, namespace, database) as (_, store, _, now):
        found = store.read(users.list_users)
    if json:
        print_json({"users": found})
        return
    for user in found:
        state = "shut out" if not user.is_active else "locked" if user.locked_until and user.locked_until > now else "active"
        typer.echo(f"{user.login}  {user.role}  {user.agency or '-'}  {state}  {user.name}")


@verbs.command("disable")
def disable(
    login: LoginArgument,
    undo: Annotated[bool, typer.Option("--undo", help="Let the user in again.")] = False,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Shuts a user out: their sessions end at once."""
    from feeds.identity import users

    with in_store(city, namespace, database) as (loaded, store, by, now):
        change = users.UserChange(is_active=undo)
        user = store.write(lambda connection: users.change_user(connection, loaded, login, change, now=now, by=by))
    if json:
        print_json({"user": user})
    else:
        typer.echo(f"{user.login}: {'may come in' if undo else 'shut out, sessions ended'}")


@verbs.command("password")
def password(
    login: LoginArgument,
    read: ReadOption = False,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """A new password, printed this once, to be changed at the first sign-in; ends the user's sessions, lock and passkeys."""
    from feeds.identity import passwords, users

    with in_store(city, namespace, database) as (_, store, by, now):
        fresh = _read_password() if read else passwords.generated()
        kept = passwords.hashed(login, fresh)
        store.write(lambda connection: users.set_password(connection, login, kept, now=now, by=by, is_handed=True))
    _say_password(login, None if read else fresh, json)


@key_verbs.command("add")
def add_key(
    label: Annotated[str, typer.Argument(help="Who uses it.")],
    scope: Annotated[list[str], typer.Option(help="submit, updates, media or mirror; may be given again.")],
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Ends after so many days.")] = None,
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """Makes a key and prints it, this once."""
    from feeds.identity import keys

    unknown = [one for one in scope if one not in list(keys.Scope)]
    if unknown:
        stop(f"no scope {unknown[0]!r}; known: {', '.join(keys.Scope)}", 2)
    scopes = tuple(keys.Scope(one) for one in scope)
    with in_store(city, namespace, database) as (_, store, by, now):
        expires_at = now + timedelta(days=days) if days else None
        key, whole = store.write(lambda connection: keys.add_key(connection, label, scopes, now, by, expires_at))
    if json:
        print_json({"key": key, "secret": whole})
    else:
        typer.echo(f"{whole}\nkey {key.id} for {key.label}: {', '.join(key.scopes)}; it is not shown again")


@key_verbs.command("list")
def list_keys(
    city: CityOption = DEFAULT_CITY, namespace: NamespaceOption = None, database: DatabaseOption = None, json: JsonOption = False
) -> None:
    """Every key: label, scopes, end, last use; never its secret."""
    from feeds.identity import keys

    with in_store(city, namespace, database) as (_, store, _, now):
        found = store.read(keys.list_keys)
    if json:
        print_json({"keys": found})
        return
    for key in found:
        is_over = key.expires_at is not None and key.expires_at <= now
        state = "revoked" if key.revoked_at else "ended" if is_over else "good"
        seen = key.seen_at.isoformat(timespec="minutes") if key.seen_at else "never used"
        typer.echo(f"{key.id}  {state}  {','.join(key.scopes)}  {seen}  {key.label}")


@key_verbs.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, as `key list` names it.")],
    city: CityOption = DEFAULT_CITY,
    namespace: NamespaceOption = None,
    database: DatabaseOption = None,
    json: JsonOption = False,
) -> None:
    """From now on the key opens nothing."""
    from feeds.identity import keys

    with in_store(city, namespace, database) as (_, store, by, now):
        store.write(lambda connection: keys.revoke_key(connection, key, now, by))
    if json:
        print_json({"revoked": key})
    else:
        typer.echo(f"key {key}: revoked")


@contextmanager
def in_store(
    city: Path, namespace: str | None, database: str | None, *, demo: bool = False
) -> "Generator[tuple[City, Database, Actor, datetime]]":
    """City, store, who acts and the time; what cannot be done ends the program with a sentence. ``demo``: those of the one that runs."""
    if demo:
        city, namespace, database = _of_demo()
    settings = settings_from(None, city=city, namespace=namespace)
    from feeds.city import CityError, load_city
    from feeds.identity.invitations import InvitationProblem
    from feeds.identity.keys import KeyProblem
    from feeds.identity.passwords import WeakPassword
    from feeds.identity.users import UserProblem
    from feeds.reports.roles import Actor, Role
    from feeds.runtime.clock import utc_now
    from feeds.store.database import StoreError
    from feeds.store.opening import opened, store_url

    try:
        loaded = load_city(settings.city)
        url = database or store_url(settings.namespace, loaded.code)
        file = Path(url.removeprefix("sqlite:///"))
        is_new = url.startswith("sqlite:///") and not file.exists()
        with opened(url) as store:
            if is_new:
                # Of another user's doors it would be the wrong one, and a password for it opens nothing.
                typer.echo(f"controlroom: {file} was not there and is a new, empty store; the doors must use the same", err=True)
            yield loaded, store, Actor(id=f"cli:{_account()}"[:64], role=Role.ADMIN), utc_now()
    except (CityError, StoreError, UserProblem, WeakPassword, KeyProblem, InvitationProblem) as error:
        stop(error)


def _of_demo() -> tuple[Path, str, str]:
    from controlroom.cli.demo_desk import NoDemo, find_demo

    try:
        desk = find_demo()
    except NoDemo as error:
        stop(error)
    if desk.database_url is None:
        stop("the demo that runs here does not say where its store is; start it again")
    return Path(desk.city), desk.namespace, desk.database_url


def _account() -> str:
    """Who sits at this machine, for the audit log."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typed = getpass.getpass("password: ")
    if getpass.getpass("again: ") != typed:
        stop("the two are not the same; nothing was changed")
    return typed


def _say_password(login: str, generated: str | None, json: bool) -> None:
    if json:
        print_json({"login": login, "password": generated})
    elif generated is None:
        typer.echo(f"{login}: password set")
    else:
        typer.echo(f"{login}: password {generated}; it is not shown again")


def print_json(answer: dict[str, Any]) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
