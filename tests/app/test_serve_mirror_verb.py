"""`controlroom serve --mirror` says in one sentence what it cannot start with; started, it speaks TLS of its own and says where it is."""

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner, Result
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from controlroom.cli import app
from controlroom.measure.reporting import free_port
from controlroom.mirror.socket import SUBPROTOCOL
from controlroom.settings import PREFIX
from tests.fakes.authority import Authority

KEY = {f"{PREFIX}MIRROR_KEY": "lr_kunci"}
NOWHERE = "http://127.0.0.1:9"


def told(*words: object, **environment: str) -> Result:
    return CliRunner().invoke(app, ["serve", "--mirror", *map(str, words)], env=KEY | environment)


def refused(result: Result, code: int, says: str) -> None:
    assert (result.exit_code, says in result.stderr) == (code, True), result.output
    assert result.stderr.count("\n") == 1 and "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", "0.0.0.0"), "--base-url https://"),
        (("--host", "0.0.0.0", "--base-url", "http://cermin.example.go.id"), "--base-url https://"),
        (("--host", "::", "--port", "0"), "--base-url https://"),
        (("--base-url", "cermin.example.go.id"), "--base-url cermin.example.go.id: is no address"),
        (("--proxy", "10.0.0.300/8"), "--proxy"),
        (("--doors", "127.0.0.1:8311"), "doors_url: '127.0.0.1:8311' is no address"),
        (("--pictures", "x"), "--mirror keeps nothing: it takes no --pictures"),
        (("--certificate", "x.pem"), "--certificate and --certificate-key go together"),
        (("--certificate-key", "x.pem"), "--certificate and --certificate-key go together"),
        (("--city", "layouts"), "city.toml"),
    ],
)
def test_bad_use_is_told_in_one_line(words: tuple[str, ...], says: str) -> None:
    refused(told(*words), 2, says)


@pytest.mark.parametrize("words", [("--doors", NOWHERE), ("--wall", "lobi"), ("--certificate", "x.pem", "--certificate-key", "x.pem")])
def test_words_of_the_mirror_are_not_for_the_doors(words: tuple[str, ...]) -> None:
    refused(CliRunner().invoke(app, ["serve", *words]), 2, "--certificate, --doors and --wall are for --mirror")


def test_without_a_key_that_the_doors_know_it_does_not_start() -> None:
    refused(CliRunner().invoke(app, ["serve", "--mirror"], env={f"{PREFIX}MIRROR_KEY": None}), 2, "users key add cermin --scope mirror")


def test_logins_of_cameras_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    refused(told(**{f"{PREFIX}CAMERA_CREDENTIALS": str(tmp_path / "none.toml")}), 2, "none.toml")


def test_a_port_that_is_taken_may_be_free_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        refused(told("--port", port), 1, f"cannot listen on 127.0.0.1:{port}: Address already in use")


def test_an_address_that_is_not_this_machines_is_told() -> None:
    refused(told("--host", "192.0.2.1", "--base-url", "https://cermin.example.go.id"), 1, "cannot listen on 192.0.2.1:8312")


class Files(NamedTuple):
    certificate: Path
    key: Path


def files(folder: Path, what: str) -> Files:
    """A certificate and a key that cannot be used, in one way."""
    good = Authority(folder / "a").pem_for("localhost")
    match what:
        case "absent":
            return Files(folder / "none.pem", folder / "none.key")
        case "none":
            text = folder / "text.pem"
            text.write_text("not PEM\n")
            return Files(text, text)
        case "another's key":
            return Files(good, Authority(folder / "b").pem_for("localhost"))
        case _:
            locked = folder / "locked.key"
            own = ec.generate_private_key(ec.SECP256R1())
            kept = serialization.BestAvailableEncryption(b"rahasia")
            locked.write_bytes(own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept))
            return Files(good, locked)


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("absent", "No such file or directory"),
        ("none", "give a certificate with its chain, and its key, as PEM"),
        ("another's key", "the key is another certificate's"),
        ("locked", "is locked by a password"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_told(what: str, says: str, tmp_path: Path) -> None:
    certificate, key = files(tmp_path, what)
    done = told("--certificate", certificate, "--certificate-key", key, "--port", 0)
    refused(done, 2, f"--certificate {certificate} with --certificate-key {key}: ")
    assert says in done.stderr


@contextlib.contextmanager
def running(*words: object) -> Iterator[str]:
    """The address that ``serve --mirror --announce`` says, while it runs; its doors and its bus are away."""
    environment = os.environ | KEY | {f"{PREFIX}REDIS_URL": "redis://127.0.0.1:9", f"{PREFIX}DOORS_URL": NOWHERE}
    command = [sys.executable, "-m", "controlroom", "serve", "--mirror", "--announce", "--port", "0", *map(str, words)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            assert served.stdout is not None
            said, _, address = served.stdout.readline().strip().partition(": ")
            assert said == "Mirror"
            yield address
            served.send_signal(signal.SIGTERM)
            assert served.wait(20) == 0
        finally:
            served.kill()


def test_it_speaks_tls_of_its_own_and_says_where_and_that_the_doors_are_away(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    file = authority.pem_for("localhost")
    trusting = ssl.create_default_context(cafile=authority.file)
    with running("--host", "localhost", "--certificate", file, "--certificate-key", file) as address:
        assert address.startswith("https://localhost:")
        with httpx.Client(base_url=address, verify=trusting, trust_env=False, timeout=20) as browser:
            page = browser.get("/")
            assert page.status_code == 200 and "max-age=" in page.headers["strict-transport-security"]
            said = browser.post("/session/invitation/options", json={"token": "x"}, headers={"Origin": address})
            assert (said.status_code, said.json()["code"]) == (502, "doors_away")
        assert asyncio.run(first_word(address, trusting)).startswith('{"kind":"challenge"')
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            httpx.get(address, trust_env=False)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(address.replace("https", "http"), trust_env=False)


async def first_word(address: str, trusting: ssl.SSLContext) -> str:
    asked = {"origin": Origin(address), "subprotocols": [Subprotocol(SUBPROTOCOL)]}
    async with connect(address.replace("https", "wss") + "/live", ssl=trusting, proxy=None, **asked) as page:
        return str(await asyncio.wait_for(page.recv(), 10))


def test_it_says_the_address_it_has_or_the_one_it_was_given() -> None:
    with running("--host", "::1") as address:
        assert address.startswith("http://[::1]:")
        assert httpx.get(f"{address}/health", trust_env=False, timeout=20).json() == {"status": "ok"}
    port = free_port()
    with running("--port", port, "--base-url", "https://cermin.example.go.id/") as address:
        assert address == "https://cermin.example.go.id"
        answer = httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=20)
        assert answer.status_code == 200 and "strict-transport-security" in answer.headers
