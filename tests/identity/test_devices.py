"""Keys of devices: only P-256 as a browser exports it, only a signature of the very words, and whose they are."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, update

from feeds.city import load_city
from feeds.identity import audit, devices, sessions, users
from feeds.identity.devices import DeviceProblem, decoded, encoded, is_proof, read_key
from feeds.identity.users import UserChange
from feeds.reports.roles import Actor, Role
from feeds.store.device_schema import DEVICE_KEYS
from tests.fakes.phone import DeviceKey
from tests.fakes.stores import a_store

NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
CITY = load_city(Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang")
BY = Actor(id="test", role=Role.ADMIN)
SARI = Actor(id="sari", role=Role.MAYOR)
KEY = DeviceKey()


def spki(key: Any, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> str:
    return encoded(key.public_key().public_bytes(Encoding.DER, form))


def with_bytes(change: Callable[[bytearray], Any]) -> str:
    content = bytearray(KEY.spki)
    change(content)
    return encoded(bytes(content))


def test_a_browsers_key_is_read_and_its_signature_holds() -> None:
    assert read_key(KEY.public_key) == KEY.spki
    assert is_proof(KEY.spki, KEY.sign("kata"), "kata")


@pytest.mark.parametrize(
    "text",
    [
        "", "A", "AAAA", "!" * 122, "é", KEY.public_key + "=", KEY.public_key + "A" * 4, KEY.public_key[:-1], KEY.public_key * 1_000,
        spki(ec.generate_private_key(ec.SECP384R1())), spki(ec.generate_private_key(ec.SECP521R1())),
        spki(ec.generate_private_key(ec.SECP256K1())), spki(ec.generate_private_key(ec.BrainpoolP256R1())),
        spki(rsa.generate_private_key(public_exponent=65_537, key_size=2_048)), spki(ed25519.Ed25519PrivateKey.generate()),
        spki(x25519.X25519PrivateKey.generate()),
        # Half a point; a whole one that says its half again; one that is not on the curve; the point at infinity; a key in PEM.
        encoded(KEY.spki[:26] + KEY.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)),
        with_bytes(lambda it: it.__setitem__(26, 6 | it[90] & 1)),
        with_bytes(lambda it: it.__setitem__(90, it[90] ^ 1)), with_bytes(lambda it: it.__setitem__(slice(26, 91), bytes(65))),
        encoded(KEY.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
    ],
    ids=range(21),
)  # fmt: skip
def test_any_other_key_is_refused(text: str) -> None:
    with pytest.raises(DeviceProblem):
        read_key(text)


@given(
    st.text(max_size=200)
    | st.binary(max_size=100).map(encoded)
    | st.binary(min_size=65, max_size=65).map(lambda it: encoded(KEY.spki[:26] + it))
)
def test_nonsense_for_a_key_is_refused_and_no_error(text: str) -> None:
    with pytest.raises(DeviceProblem):
        read_key(text)


@given(st.text(max_size=120) | st.binary(max_size=80).map(encoded) | st.binary(min_size=64, max_size=64).map(encoded))
def test_nonsense_for_a_signature_does_not_hold_and_is_no_error(proof: str) -> None:
    assert not is_proof(KEY.spki, proof, "kata")


def test_only_the_signature_of_the_very_words_by_the_very_key_holds() -> None:
    good = decoded(KEY.sign("kata"))
    assert good is not None
    der = KEY.key.sign(b"kata", ec.ECDSA(hashes.SHA256()))
    weak = KEY.key.sign(b"kata", ec.ECDSA(hashes.SHA1()))
    for proof in (KEY.sign("kata "), DeviceKey().sign("kata"), encoded(der), encoded(weak), encoded(good + b"\0"), encoded(good[:-1]),
                  encoded(b"\0" + good), encoded(bytes(64)), encoded(good[:32] + bytes(32)), encoded(b"\xff" * 64), encoded(good) + "=",
                  encoded(good[32:] + good[:32]), DeviceKey(ec.SECP384R1()).sign("kata"), ""):  # fmt: skip
        assert not is_proof(KEY.spki, proof, "kata"), proof
    assert is_proof(KEY.spki, encoded(good), "kata") and not is_proof(b"x", encoded(good), "kata")


def add_user(connection: Connection, login: str = "sari", role: Role = Role.MAYOR) -> None:
    users.add_user(connection, CITY, login=login, name=login, role=role, agency=None, password=None, now=NOW, by=BY)


def in_store(unit: Callable[[Connection], Any]) -> Any:
    with a_store() as store:
        store.write(add_user)
        return store.write(unit)


@pytest.mark.usefixtures("both_stores")
def test_a_key_is_kept_once_for_each_user_and_ten_at_most() -> None:
    def unit(connection: Connection) -> None:
        add_user(connection, "budi", Role.LEAD)
        first = devices.add(connection, SARI, KEY.spki, " HP Sari ", NOW)
        assert devices.add(connection, SARI, KEY.spki, "HP lama", NOW + timedelta(hours=1)) == first
        assert devices.add(connection, Actor(id="budi", role=Role.LEAD), KEY.spki, "HP Budi", NOW) != first
        (only,) = devices.list_devices(connection, "sari")
        assert (only.label, only.created_at, only.seen_at) == ("HP lama", NOW, NOW + timedelta(hours=1))
        token = sessions.begin(connection, "sari", "x", NOW, device=first)
        for number in range(devices.MOST_OF_A_USER):
            devices.add(connection, SARI, DeviceKey().spki, f"HP {number}", NOW + timedelta(days=1, minutes=number))
        names = [one.label for one in devices.list_devices(connection, "sari")]
        assert names == [f"HP {number}" for number in range(devices.MOST_OF_A_USER)]
        assert sessions.find(connection, token, NOW) is None, "the one that was seen last long ago has gone, with its sessions"
        assert [one.label for one in devices.list_devices(connection, "budi")] == ["HP Budi"]

    in_store(unit)


@pytest.mark.usefixtures("both_stores")
def test_a_device_that_is_taken_away_opens_nothing_and_its_sessions_end() -> None:
    def unit(connection: Connection) -> None:
        first, other = (devices.add(connection, SARI, DeviceKey().spki, label, NOW) for label in ("HP", "Tablet"))
        tokens = [sessions.begin(connection, "sari", "x", NOW, device=device) for device in (first, first, other, None)]
        assert devices.remove(connection, first, NOW, BY) == "sari"
        assert devices.remove(connection, first, NOW, BY) is None
        assert [sessions.find(connection, token, NOW) is not None for token in tokens] == [False, False, True, True]
        for nonsense in ("", "x" * 16, first.upper(), "' OR 1=1 --", "\0", "é" * 16):
            assert devices.remove(connection, nonsense, NOW, BY) is None
        assert [one.label for one in devices.list_devices(connection, "sari")] == ["Tablet"]
        assert [row.object for row in audit.page(connection, action="remove_device").rows] == [f"device {first}"]
        # Even where a session was left behind, by a restored backup for example.
        connection.execute(update(DEVICE_KEYS).where(DEVICE_KEYS.c.id == other).values(removed_at=NOW))
        assert sessions.find(connection, tokens[2], NOW) is None

    in_store(unit)


@pytest.mark.usefixtures("both_stores")
def test_a_device_signs_in_as_long_as_it_is_kept_used_and_its_user_may() -> None:
    def unit(connection: Connection) -> None:
        device = devices.add(connection, SARI, KEY.spki, "HP", NOW)

        def login(said: str = "kata", **later: float) -> str | None:
            return devices.sign_in(connection, device, KEY.sign(said), "kata", "192.0.2.1", NOW + timedelta(**later))

        assert login() == "sari" and login("lain") is None
        assert devices.sign_in(connection, "0" * 16, KEY.sign("kata"), "kata", "192.0.2.1", NOW) is None
        assert login(days=89) == "sari" and login(days=179) is None, "what has proved nothing for 90 days is forgotten"
        for change, is_in in (
            (UserChange(is_active=False), False),
            (UserChange(is_active=True), True),
            (UserChange(role=Role.COLLECTOR), False),
        ):
            users.change_user(connection, CITY, "sari", change, now=NOW, by=BY)
            assert (login() == "sari") is is_in
        users.change_user(connection, CITY, "sari", UserChange(role=Role.MAYOR), now=NOW, by=BY)
        devices.remove(connection, device, NOW, BY)
        assert login() is None
        failed = audit.page(connection, action="sign_in_failed").rows
        assert [row.actor for row in failed] == ["sari", "sari", "sari", "sari", "?", "sari"]

    in_store(unit)


@pytest.mark.parametrize("label", ["", "  ", "x" * 101, "a\nb", "a\x1b[31m", "\u202eterbalik"])
def test_a_name_that_is_none_is_refused(label: str) -> None:
    with pytest.raises(DeviceProblem, match="name the device"):
        in_store(lambda connection: devices.add(connection, SARI, KEY.spki, label, NOW))
