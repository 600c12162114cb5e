"""The verbs that change an account: another role, an open lock, no session, no lost device; and the audit read at a terminal."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert
from typer.testing import CliRunner

from controlroom.cli import app
from controlroom.cli import users as verbs
from feeds.identity import sessions, tries
from feeds.store.database import Database, sqlite_url
from feeds.store.opening import opened
from feeds.store.schema import PASSKEYS


def test_an_account_is_changed_unlocked_signed_out_and_its_devices_taken_away(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "store.sqlite")

    def run(*words: str) -> Any:
        done = CliRunner().invoke(app, ["users", *words, "--database", url])
        assert "Traceback" not in done.output
        return done

    first = run("add", "rina", "--role", "operator")
    assert "is a new, empty store" in first.stderr and "new, empty" not in run("list").stderr

    def prepare(database: Database) -> None:
        def unit(connection: Any) -> None:
            now = datetime.now(UTC)
            sessions.begin(connection, "rina", "test", now)
            connection.execute(
                insert(PASSKEYS).values(id="kunci", login="rina", public_key=b"x", sign_count=0, label="HP Rina", created_at=now)
            )
            for _ in range(tries.MOST_FAILURES):
                tries.settle(connection, "rina", None, is_right=False, address="192.0.2.1", device="", now=now)

        database.write(unit)

    with opened(url) as database:
        prepare(database)
    assert "locked" in run("list").stdout
    assert "unlocked" in run("unlock", "rina").stdout and "locked" not in run("list").stdout
    assert "signed out everywhere" in run("sessions", "rina", "--end").stdout
    assert "HP Rina" in run("passkeys", "rina").stdout
    assert run("passkeys", "rina", "--remove", "other").exit_code == 1
    assert run("passkeys", "rina", "--remove", "kunci").stdout == ""
    assert "rina  opd  dlh  Rina S." in run("change", "rina", "--role", "opd", "--agency", "dlh", "--name", "Rina S.").stdout
    assert run("change", "rina", "--agency", "").exit_code == 1, "opd works for one agency"
    assert "rina  lead  -" in run("change", "rina", "--role", "lead", "--agency", "").stdout
    for words, code in ((("change", "rina"), 2), (("change", "rina", "--role", "king"), 2), (("unlock", "nobody"), 1)):
        done = run(*words)
        assert done.exit_code == code and done.stderr.startswith("controlroom: "), words
    rows = msgspec.json.decode(run("audit", "--json").stdout)["rows"]
    assert [row["action"] for row in rows if row["action"] != "sign_in_failed"] == [
        "change_user", "change_user", "remove_passkey", "end_sessions", "unlock", "add_user",
    ]  # fmt: skip
    assert run("audit", "--action", "unlock").stdout.count("user rina") == 1


def test_a_password_typed_at_a_terminal_is_typed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["empat kata yang panjang", "empat kata yang pnajang"])
    monkeypatch.setattr(verbs.getpass, "getpass", lambda _: next(typed))
    monkeypatch.setattr(verbs.sys, "stdin", type("Terminal", (), {"isatty": lambda _: True})())
    with pytest.raises(verbs.typer.Exit):
        verbs._read_password()
