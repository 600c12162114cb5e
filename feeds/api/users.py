"""The doors of who manages users and of who may read the audit log."""

from typing import Annotated

import msgspec
from litestar import Controller, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter
from sqlalchemy import Connection

from feeds.api.errors import ApiError
from feeds.api.sessions import Gate, NamedActor, NamedDoors, NamedGate, demand
from feeds.identity import audit, passwords, users
from feeds.identity.passwords import WeakPassword
from feeds.identity.users import User, UserChange, UserProblem
from feeds.messages.desk import AuditPage
from feeds.reports.roles import Permission, Role

_STATUS = {"unknown_user": 404, "login_taken": 409, "last_admin": 409}


class NewUser(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    login: Annotated[str, msgspec.Meta(max_length=200)]
    name: Annotated[str, msgspec.Meta(max_length=200)]
    role: Role
    agency: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    password: Annotated[str, msgspec.Meta(max_length=4_000)] | None = None


class MadeUser(msgspec.Struct, frozen=True, kw_only=True):
    """``password``: the generated one, this once; null when the request brought one."""

    user: User
    password: str | None


class Handed(msgspec.Struct, frozen=True, kw_only=True):
    password: str


class UsersDoor(Controller):
    path = "/users"
    tags = ("users",)

    @get("/")
    async def all(self, doors: NamedDoors, actor: NamedActor) -> list[User]:
        """Every user."""
        demand(actor, Permission.MANAGE_USERS)
        return await doors.read(users.list_users)

    @post("/", status_code=201)
    async def add(self, doors: NamedDoors, gate: NamedGate, actor: NamedActor, data: JSONBody[NewUser]) -> MadeUser:
        """Makes a user, with a generated password when none is given; whoever gets it must set another first."""
        demand(actor, Permission.MANAGE_USERS)
        generated = passwords.generated() if data.password is None else None
        kept = await checked_password(gate, data.login, data.password or generated or "")
        now = doors.clock()

        def make(connection: Connection) -> User:
            return users.add_user(
                connection,
                doors.city,
                login=data.login,
                name=data.name,
                role=data.role,
                agency=data.agency,
                password=kept,
                now=now,
                by=actor,
                is_handed=True,
            )

        try:
            return MadeUser(user=await doors.write(make), password=generated)
        except UserProblem as problem:
            raise _refused(problem) from problem

    @patch("/{login:str}")
    async def change(self, doors: NamedDoors, actor: NamedActor, login: FromPath[str], data: JSONBody[UserChange]) -> User:
        """Name, role, agency, or shut out (``is_active`` false): the user's sessions end at once."""
        demand(actor, Permission.MANAGE_USERS)
        now = doors.clock()
        try:
            return await doors.write(lambda connection: users.change_user(connection, doors.city, login, data, now=now, by=actor))
        except UserProblem as problem:
            raise _refused(problem) from problem

    @post("/{login:str}/password", status_code=200)
    async def reset_password(self, doors: NamedDoors, gate: NamedGate, actor: NamedActor, login: FromPath[str]) -> Handed:
        """A generated password to hand over, to be changed at the first sign-in; ends the user's sessions, lock and passkeys."""
        demand(actor, Permission.MANAGE_USERS)
        password = passwords.generated()
        kept = await checked_password(gate, login, password)
        now = doors.clock()
        try:
            await doors.write(lambda connection: users.set_password(connection, login, kept, now=now, by=actor, is_handed=True))
        except UserProblem as problem:
            raise _refused(problem) from problem
        return Handed(password=password)

    @post("/{login:str}/unlock", status_code=200)
    async def unlock(self, doors: NamedDoors, actor: NamedActor, login: FromPath[str]) -> User:
        """Whoever was wrong too often may try again at once."""
        demand(actor, Permission.MANAGE_USERS)
        now = doors.clock()
        try:
            return await doors.write(lambda connection: users.unlock(connection, login, now=now, by=actor))
        except UserProblem as problem:
            raise _refused(problem) from problem


class AuditDoor(Controller):
    path = "/desk/audit"
    tags = ("audit",)

    @get("/")
    async def read(
        self,
        doors: NamedDoors,
        actor: NamedActor,
        before: Annotated[int | None, QueryParameter(ge=1, le=2**62, description="Lines older than this number.")] = None,
        by: Annotated[str | None, QueryParameter(pattern="^[a-zA-Z0-9._:?-]{1,64}$", description="Of this actor alone.")] = None,
        action: Annotated[str | None, QueryParameter(pattern="^[a-z_]{1,48}$")] = None,
        page_size: Annotated[int, QueryParameter(ge=1, le=audit.MOST_ROWS)] = 50,
    ) -> AuditPage:
        """Who did or read what, newest first; ``before`` of the answer asks for the next page."""
        demand(actor, Permission.SEE_AUDIT)
        return await doors.read(lambda connection: audit.page(connection, before=before, actor=by, action=action, page_size=page_size))


async def checked_password(gate: Gate, login: str, password: str) -> str:
    """What is kept of a new password; raises ``ApiError`` 400 ``weak_password``."""
    try:
        return await gate.hashing(passwords.hashed, login, password)
    except WeakPassword as problem:
        raise ApiError(400, "weak_password", str(problem), field="password") from problem


def _refused(problem: UserProblem) -> ApiError:
    return ApiError(_STATUS.get(problem.code, 400), problem.code, str(problem), field=problem.field)
