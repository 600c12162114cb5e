"""`controlroom invite` and the verbs of sessions and devices as a person at a terminal uses them."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import segno
from typer.testing import CliRunner

from controlroom.cli import app
from controlroom.cli.demo_desk import DemoDesk, announced
from feeds.city import load_city
from feeds.identity import audit, devices, invitations, sessions, users
from feeds.reports.roles import Actor, Role
from feeds.store.database import sqlite_url
from feeds.store.opening import opened
from tests.fakes.phone import DeviceKey

CITY = Path(__file__).resolve().parents[2] / "assets" / "cities" / "tangerang"
URL = ("--url", "https://cermin.example.go.id/")
Run = Callable[..., Any]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "store.sqlite")


@pytest.fixture
def run(url: str) -> Run:
    def invoke(*words: str, store: tuple[str, ...] = ("--database", url)) -> Any:
        done = CliRunner().invoke(app, [*words, *store])
        assert "Traceback" not in done.output
        return done

    return invoke


def invite(run: Run, *words: str) -> Any:
    done = run("invite", *words, *URL, "--json")
    assert done.exit_code == 0, done.output
    return msgspec.json.decode(done.stdout)


def test_a_new_guest_is_told_where_to_look_and_for_how_long(run: Run, url: str) -> None:
    done = run("invite", "--role", "mayor", "--name", "Ibu Sari", *URL)
    assert done.exit_code == 0, done.output
    (link,) = re.findall(r"^https://cermin\.example\.go\.id/#masuk=[\w-]{43}$", done.stdout, re.M)
    for word in ("Ibu Sari (ibu-sari, mayor)", "Undangan untuk Ibu Sari", "15 minutes", "WIB", "--withdraw"):
        assert word in done.stdout
    drawn = [line for line in done.stdout.splitlines() if line and set(line) <= set(" \u2580\u2584\u2588")]
    light = {"\u2588": (0, 0), "\u2580": (0, 1), "\u2584": (1, 0), " ": (1, 1)}
    dots = [[light[letter][half] for letter in line] for line in drawn for half in (0, 1)]
    wanted = [list(row) for row in segno.make_qr(link, error="m").matrix_iter(border=4)]
    assert dots[: len(wanted)] == wanted, "the picture is the link's"
    with opened(url) as store:
        token = link.partition("=")[2]
        guest = store.read(lambda it: invitations.look(it, token, datetime.now(UTC)))
        assert (guest.name, guest.actor.role) == ("Ibu Sari", Role.MAYOR)
        (made,) = store.read(lambda it: audit.page(it, action="invite").rows)
        assert made.actor.startswith("cli:") and made.role == "admin"


def test_it_is_listed_and_withdrawn_and_its_token_is_said_once(run: Run) -> None:
    card = invite(run, "--role", "head", "--name", "Kepala DLH", "--agency", "dlh")
    assert card["link"] == f"https://cermin.example.go.id/#masuk={card['token']}"
    assert card["expires_at"] == card["invitation"]["ends_at"] and card["user"]["agency"] == "dlh"
    listed = run("invite", "--list")
    assert "kepala-dlh" in listed.stdout and "open" in listed.stdout and card["token"] not in listed.stdout
    gone = run("invite", "--withdraw", card["invitation"]["id"])
    assert gone.exit_code == 0 and "withdrawn" in gone.stdout
    (one,) = msgspec.json.decode(run("invite", "--list", "--json").stdout)["invitations"]
    assert one["state"] == "withdrawn" and card["token"] not in str(one)
    assert invite(run, "--login", "kepala-dlh")["user"]["login"] == "kepala-dlh"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--role", "mayor"), 2, "who is invited?"),
        (("--role", "king", "--name", "X Y", *URL), 2, "no role 'king'"),
        (("--role", "mayor", "--name", "X Y"), 2, "where is the mirror?"),
        (("--role", "mayor", "--name", "X Y", "--url", "cermin"), 2, "is no address"),
        (("--role", "mayor", "--name", "X Y", "--url", "https://cermin/#masuk=x"), 2, "is no address"),
        (("--role", "mayor", "--name", "X Y", "--url", "http://cermin.example.go.id"), 2, "without TLS"),
        (("--role", "mayor", "--name", "X Y", "--url", "https://cermin.example.go.id/kota/"), 2, "give it without /kota/"),
        (("--role", "opd", "--name", "X Y", "--agency", "dlh", *URL), 1, "does not see the mirror"),
        (("--role", "head", "--name", "X Y", *URL), 1, "works for one agency"),
        (("--role", "head", "--name", "X Y", "--agency", "atlantis", *URL), 1, "no such agency"),
        (("--name", "X Y", *URL), 1, "say who it is with --role and --name"),
        (("--login", "!", *URL), 1, "a login is"),
        (("--withdraw", "0" * 16), 1, "no invitation"),
    ],
)
def test_what_cannot_be_is_said_and_nobody_is_made(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    done = run("invite", *words)
    assert done.exit_code == code and said in done.stderr, done.output
    assert run("users", "list").stdout == "" and run("invite", "--list").stdout == ""


def test_somebody_who_is_there_is_not_taken_for_another(run: Run) -> None:
    invite(run, "--role", "lead", "--name", "Lina")
    for words, said in (
        (("--role", "mayor", "--name", "Lina"), "with the role lead"),
        (("--login", "lina", "--name", "Lina B"), "with the name Lina"),
    ):
        done = run("invite", *words, *URL)
        assert done.exit_code == 1 and said in done.stderr
    run("users", "disable", "lina")
    done = run("invite", "--login", "lina", *URL)
    assert done.exit_code == 1 and "shut out" in done.stderr


def test_sessions_and_devices_are_listed_and_ended(run: Run, url: str) -> None:
    invite(run, "--role", "mayor", "--name", "Sari")
    run("users", "add", "rina", "--role", "operator")
    with opened(url) as store:
        now, sari = datetime.now(UTC), Actor(id="sari", role=Role.MAYOR)
        phone, tablet = (
            store.write(lambda it, name=name: devices.add(it, sari, DeviceKey().spki, name, now)) for name in ("HP Sari", "Tablet")
        )
        tokens = [
            store.write(lambda it, login=login, device=device: sessions.begin(it, login, "Peramban", now, device=device))
            for login, device in (("sari", phone), ("sari", tablet), ("rina", None))
        ]

        def standing() -> list[bool]:
            return [one is not None for one in store.read(lambda it: sessions.find_all(it, tokens, now))]

        listed = run("users", "sessions").stdout
        assert all(word in listed for word in ("HP Sari", "Tablet", "rina", "Peramban")) and len(listed.splitlines()) == 3
        (own,) = msgspec.json.decode(run("users", "sessions", "rina", "--json").stdout)["sessions"]
        assert own["login"] == "rina" and own["bound_to"] is None
        assert "rina: ended" in run("users", "end-session", own["id"]).stdout and standing() == [True, True, False]
        assert run("users", "end-session", own["id"]).exit_code == 1
        assert f"{phone}  " in run("users", "devices", "sari").stdout
        assert "sessions ended" in run("users", "remove-device", phone).stdout and standing() == [False, True, False]
        assert run("users", "remove-device", phone).exit_code == 1
        (left,) = msgspec.json.decode(run("users", "devices", "sari", "--json").stdout)["devices"]
        assert left["label"] == "Tablet"
        (bound,) = msgspec.json.decode(run("users", "sessions", "sari", "--json").stdout)["sessions"]
        run("users", "end-session", bound["id"])
        assert run("users", "devices", "sari").stdout == "", "a device whose session was ended does not come back by itself"
    for words, code in ((("sessions", "--end"), 2), (("sessions", "nobody"), 1), (("devices", "nobody"), 1), (("end-session", "%"), 1)):
        done = run("users", *words)
        assert done.exit_code == code and done.stderr.startswith("controlroom: "), words


def test_a_key_of_the_mirror_is_made(run: Run) -> None:
    made = msgspec.json.decode(run("users", "key", "add", "cermin", "--scope", "mirror", "--json").stdout)
    assert made["key"]["scopes"] == ["mirror"]


def test_the_demo_that_runs_here_is_found(run: Run, url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    words = ("invite", "--demo", "--login", "demo-mayor")
    done = run(*words, store=())
    assert done.exit_code == 1 and "controlroom demo" in done.stderr
    with opened(url) as store:
        drafts = users.draft_demo_accounts(load_city(CITY))[-2:]
        store.write(lambda it: users.make_demo_accounts(it, load_city(CITY), datetime.now(UTC), drafts))
    desk = DemoDesk(
        process=os.getpid(), city=str(CITY), namespace="sim", redis_url="redis://x", doors_url="http://127.0.0.1:1", database_url=url,
        mirror_url="http://127.0.0.1:8312",
    )  # fmt: skip
    with announced(desk):
        card = msgspec.json.decode(run(*words, "--json", store=()).stdout)
        assert card["link"].startswith("http://127.0.0.1:8312/#masuk=") and card["user"]["role"] == "mayor"
        assert "demo-mayor" in run("invite", "--list", "--demo", store=()).stdout
    with announced(msgspec.structs.replace(desk, mirror_url=None)):
        done = run(*words, store=())
        assert done.exit_code == 2 and "where is the mirror?" in done.stderr
    with announced(msgspec.structs.replace(desk, database_url=None)):
        done = run("invite", "--list", "--demo", store=())
        assert done.exit_code == 1 and "where its store is" in done.stderr
