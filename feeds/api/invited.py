"""The doors of invited devices: an invitation looked at and redeemed, and a device that comes back with its key.

Whatever is wrong with an invitation gets one and the same answer, and so does whatever is wrong with a device.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from sqlalchemy import Connection

from feeds.api.attempts import AnyRequest, count, need_json, taken
from feeds.api.doors import Doors
from feeds.api.errors import ApiError
from feeds.api.places import mirror_place
from feeds.api.sessions import Entered, NamedDoors, NamedGate, address_of, signed_in
from feeds.identity import audit, devices, invitations, passkeys
from feeds.identity.devices import DeviceProblem, encoded
from feeds.identity.invitations import Guest, InvitationEnded
from feeds.identity.passkeys import PasskeyProblem
from feeds.messages.desk import Problem, WhoAmI
from feeds.reports.drafts import digest_of
from feeds.reports.roles import Actor, Forbidden, Permission, may

Token = Annotated[str, msgspec.Meta(max_length=128)]
AttemptName = Annotated[str, msgspec.Meta(max_length=64)]
PublicKey = Annotated[str, msgspec.Meta(max_length=200)]
Signature = Annotated[str, msgspec.Meta(max_length=100)]
Label = Annotated[str, msgspec.Meta(max_length=devices.MOST_LABEL)]

Bind = Callable[[Connection, Actor], str]


class Attempt(msgspec.Struct, frozen=True):
    """``options`` is for the browser's ``navigator.credentials``; its answer comes back with the name of the ``attempt``."""

    attempt: str
    options: dict[str, Any]


class Invited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Token


class Welcome(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the invitation is for. ``options``: for a passkey of the mirror, with ``navigator.credentials.create``; null where no browser
    makes one, without TLS or without a name."""

    attempt: str
    options: dict[str, Any] | None
    name: str
    role: str
    city: str


class DeviceKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``public_key``: P-256, SubjectPublicKeyInfo. ``proof``: its signature (r and s) of ``live-room device``, a line feed and the name of
    the attempt. Both base64url without padding."""

    public_key: PublicKey
    proof: Signature


class NewDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As ``DeviceKey``, with the name its owner knows it by."""

    public_key: PublicKey
    proof: Signature
    label: Label


class Redemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Token
    attempt: AttemptName
    label: Label
    device: DeviceKey
    passkey: dict[str, Any] | None = None


class DeviceName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    device: Annotated[str, msgspec.Meta(max_length=64)]


class DeviceChallenge(msgspec.Struct, frozen=True):
    attempt: str
    challenge: str


class DeviceProof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``proof``: the device's signature of ``live-room device``, the attempt and the challenge, each in a line of its own."""

    attempt: AttemptName
    device: Annotated[str, msgspec.Meta(max_length=64)]
    proof: Signature


_GONE = {410: ResponseSpec(Problem, description="The invitation is not good, or not any more", generate_examples=False)}


class InvitationDoor(Controller):
    path = "/session/invitation"
    tags = ("session",)

    @post("/options", status_code=200, summary="Whom an invitation is for; uses nothing up", responses=_GONE)
    async def options(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[Invited]) -> Welcome:
        """410 ``invitation_ended`` for one that is unknown, used, ended or withdrawn."""
        need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        count(gate.guests, address, now)
        attempt, challenge = gate.redeeming.give(_purpose(data.token), now)
        place = mirror_place(doors.options)
        site = place.site(doors.city.name)

        def unit(connection: Connection) -> tuple[Guest, dict[str, Any] | None]:
            guest = invitations.look(connection, data.token, now)
            if not place.has_passkeys:
                return guest, None
            # None is excluded: whoever is invited a second time on the same device shall come in.
            made = passkeys.registration(connection, site, guest.actor.id, guest.name, challenge, excludes_known=False)
            return guest, made

        try:
            guest, made = await doors.read(unit)
        except InvitationEnded as ended:
            gate.redeeming.forget(attempt)
            raise await _refused(doors, data.token, address, now, ended) from ended
        gate.guests.take_back(address)
        return Welcome(attempt=attempt, options=made, name=guest.name, role=str(guest.actor.role), city=doors.city.name)

    @post("/", status_code=200, summary="Redeem an invitation on this device, once", responses=_GONE)
    async def redeem(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[Redemption]) -> Response[WhoAmI]:
        """A session that is bound to the device. What is refused uses nothing up; 410 as at the options."""
        need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        count(gate.guests, address, now)
        site, challenge = mirror_place(doors.options).site(doors.city.name), taken(gate.redeeming, data.attempt, _purpose(data.token), now)

        def enter(connection: Connection) -> Entered:
            guest = invitations.use_up(connection, data.token, now)
            device = devices.add(connection, guest.actor, spki, data.label, now)
            if data.passkey is not None:
                passkeys.register(connection, site, guest.actor, data.passkey, challenge, data.label, now, is_away=True)
            facts = {"address": address, "device": device, "passkey": data.passkey is not None}
            audit.write(connection, guest.actor, "redeem", f"invitation {guest.invitation}", facts, at=now)
            return Entered(guest.actor.id, device)

        try:
            spki = _proved(data.device, data.attempt)
            answer = await signed_in(request, doors, enter)
        except InvitationEnded as ended:
            raise await _refused(doors, data.token, address, now, ended) from ended
        except (DeviceProblem, PasskeyProblem) as problem:
            refusal = _bad(problem)
            why = refusal.problem.code
            await doors.write(lambda connection: invitations.note_refusal(connection, data.token, address, now, why))
            raise refusal from problem
        gate.guests.take_back(address)
        return answer


class DeviceDoor(Controller):
    path = "/session/device"
    tags = ("session",)

    @post("/options", status_code=200, summary="Begin to sign in with a device's key")
    async def options(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[DeviceName]) -> DeviceChallenge:
        """The same for a device that is not known."""
        now = doors.clock()
        count(gate.asked, address_of(request, doors.options.proxies), now)
        attempt, challenge = gate.devices.give(data.device, now)
        return DeviceChallenge(attempt, encoded(challenge))

    @post("/", status_code=200, summary="Sign in with a device's key")
    async def sign_in(self, request: AnyRequest, doors: NamedDoors, gate: NamedGate, data: JSONBody[DeviceProof]) -> Response[WhoAmI]:
        """A session that is bound to the device."""
        need_json(request)
        address, now = address_of(request, doors.options.proxies), doors.clock()
        count(gate.guests, address, now)
        said = f"{_SAID}{data.attempt}\n{encoded(taken(gate.devices, data.attempt, data.device, now))}"

        def enter(connection: Connection) -> Entered | None:
            login = devices.sign_in(connection, data.device, data.proof, said, address, now)
            return Entered(login, data.device) if login is not None else None

        answer = await signed_in(request, doors, enter, refusal=_UNKNOWN)
        gate.guests.take_back(address)
        return answer


_SAID = "live-room device\n"
_UNKNOWN = "this device is not known, or not any more; sign in with its passkey, or ask the control room for an invitation"


def binding(device: NewDevice, attempt: str, now: datetime) -> Bind:
    """Keeps the device of somebody who has just proved who they are; gives its id. Raises ``ApiError``, then ``Forbidden``."""
    try:
        spki = _proved(device, attempt)
    except DeviceProblem as problem:
        raise _bad(problem) from problem

    def bind(connection: Connection, actor: Actor) -> str:
        if not may(actor, Permission.SEE_MIRROR, agency=actor.agency):
            raise Forbidden(actor, Permission.SEE_MIRROR)
        try:
            return devices.add(connection, actor, spki, device.label, now)
        except DeviceProblem as problem:
            raise _bad(problem) from problem

    return bind


def _proved(device: DeviceKey | NewDevice, attempt: str) -> bytes:
    """The key, once it has signed this attempt. Raises ``DeviceProblem``."""
    spki = devices.read_key(device.public_key)
    if not devices.is_proof(spki, device.proof, _SAID + attempt):
        raise DeviceProblem("the device's signature of this attempt does not hold; begin again")
    return spki


async def _refused(doors: Doors, token: str, address: str, now: datetime, ended: InvitationEnded) -> ApiError:
    await doors.write(lambda connection: invitations.note_refusal(connection, token, address, now))
    return ApiError(410, "invitation_ended", str(ended))


def _bad(problem: DeviceProblem | PasskeyProblem) -> ApiError:
    return ApiError(400, "bad_device" if isinstance(problem, DeviceProblem) else "bad_passkey", str(problem))


def _purpose(token: str) -> str:
    """An attempt is good with the token alone for which it was begun."""
    return digest_of(token)
