"""The command line answers in sentences and exit codes: 0 fine, 1 failed, 2 bad use."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from controlroom.cli import app
from feeds.bus.embedded import find_binary
from feeds.identity.push_keys import read_key

ROOT = Path(__file__).resolve().parents[2]


class Answer(msgspec.Struct):
    returncode: int
    stdout: str
    stderr: str


def inside(*words: str, environment: dict[str, str] | None = None) -> Answer:
    """The command in this process: enough where nothing is started."""
    done = CliRunner().invoke(app, list(words), env=environment)
    return Answer(done.exit_code, done.stdout, done.stderr)


def controlroom(*words: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own, on a machine with no display."""
    clean = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = (sys.executable, "-m", "controlroom", *words)
    return subprocess.run(command, cwd=ROOT, env={**clean, **(environment or {})}, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "verb", ["demo", "wall", "shot", "doctor", "bench", "drill", "layout check", "city check", "feeds run", "feeds acl", "feeds push-key"]
)
def test_every_verb_has_help(verb: str) -> None:
    done = inside(*verb.split(), "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_help_names_every_verb() -> None:
    listed = inside("--help").stdout
    for verb in ("demo", "wall", "shot", "doctor", "bench", "drill", "layout", "city", "feeds"):
        assert f"  {verb} " in listed


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("shot",), 2, "shot FILE.png"),
        (("bench", "nothing"), 2, "no bench 'nothing'; known: "),
        (("drill", "nothing"), 2, "no drill 'nothing'; known: "),
        (("wall", "--namespace", "prod"), 2, "namespace"),
        (("layout", "check", "layouts/no.toml"), 1, "cannot be read"),
        (("city", "check", "layouts"), 1, "city.toml"),
        (("feeds", "run", "--city", "layouts"), 1, "city.toml"),
    ],
)
def test_bad_use_is_told_in_one_line(words: tuple[str, ...], code: int, says: str) -> None:
    done = inside(*words)
    assert done.returncode == code, done.stderr
    assert says in done.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [(("wall", "--city", "assets/cities/tangerang"), "no display"), (("demo", "--city", "layouts", "--seconds", "1"), "city.toml")],
)
def test_a_program_that_cannot_start_says_why_and_leaves_no_trace_back(words: tuple[str, ...], says: str) -> None:
    done = controlroom(*words)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert says in done.stderr


def test_shot_without_a_wall_says_what_to_start(tmp_path: Path) -> None:
    done = inside("shot", "--json", environment={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert done.returncode == 1
    assert "controlroom demo" in done.stderr


def test_an_unknown_setting_in_the_environment_is_named() -> None:
    done = inside("doctor", environment={"CONTROLROOM_LANQUAGE": "en"})
    assert done.returncode == 2
    assert "CONTROLROOM_LANQUAGE" in done.stderr


def test_the_log_level_of_the_file_is_the_one_that_counts(tmp_path: Path) -> None:
    config = tmp_path / "controlroom.toml"
    code = (
        "import structlog\nfrom pathlib import Path\nfrom controlroom.cli import app, main\nfrom controlroom.cli.options import settings_from\n"
        "@app.command()\n"
        f"def say() -> None:\n    settings_from(Path({str(config)!r}))\n"
        "    [getattr(structlog.get_logger('x'), level)(level) for level in ('debug', 'info', 'error')]\n"
        "main()"
    )
    for level, said in (("debug", ["debug", "info", "error"]), ("error", ["error"]), ("info", ["info", "error"])):
        config.write_text(f"log_level = '{level}'\n")
        done = subprocess.run((sys.executable, "-c", code, "say"), cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        assert [line.split("] ")[1].strip() for line in done.stderr.splitlines()] == said


def test_the_doctor_gives_every_finding_a_state_and_every_trouble_a_remedy() -> None:
    done = controlroom("doctor", "--json", "--redis", "redis://front:geheim@127.0.0.1:1/0")
    told = msgspec.json.decode(done.stdout)
    assert {f["name"] for f in told["findings"]} >= {
        "python",
        "pyside",
        "display",
        "graphics",
        "fonts",
        "redis",
        "clock",
        "disk",
        "map page",
    }
    assert all(f["state"] in ("ok", "warn", "fail") for f in told["findings"])
    assert all(f["remedy"] for f in told["findings"] if f["state"] != "ok")
    assert done.returncode == (0 if told["holds"] else 1)
    assert told["holds"] == all(f["state"] != "fail" for f in told["findings"])
    assert "geheim" not in done.stdout + done.stderr


def is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        return caller.connect_ex(str(path)) == 0


def test_a_push_key_is_made_anew_each_time_and_read_from_the_environment() -> None:
    done, other = inside("feeds", "push-key"), inside("feeds", "push-key", "--json")
    name, _, key = done.stdout.strip().partition("=")
    assert name == "CONTROLROOM_PUSH_KEY" and key not in done.stderr
    assert (
        read_key(key, "mailto:a@b.example").public != read_key(msgspec.json.decode(other.stdout)["push_key"], "mailto:a@b.example").public
    )
    for given, contact, says in (
        (key[:-1], "mailto:a@b.example", "push key"),
        (key, "", "push_contact"),
        (key, "http://a.example", "push_contact"),
    ):
        environment = {name: given, "CONTROLROOM_PUSH_CONTACT": contact}
        for verb in (("feeds", "run"), ("serve", "--port", "0")):
            done = inside(*verb, environment=environment)
            assert done.returncode == 2 and says in done.stderr, (verb, done)
            assert given not in done.stdout + done.stderr


def test_redis_takes_the_acl_file_that_feeds_acl_writes(tmp_path: Path) -> None:
    import redis
    from redis.exceptions import AuthenticationError, NoPermissionError

    done = inside("feeds", "acl")
    (tmp_path / "users.acl").write_text(done.stdout)
    password = next(line.split()[1] for line in done.stderr.splitlines() if line.strip().startswith("front"))
    assert password not in done.stdout
    sock = tmp_path / "r.sock"
    words = (str(find_binary()), "--port", "0", "--unixsocket", str(sock), "--aclfile", str(tmp_path / "users.acl"), "--save", "")
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        try:
            from tests.e2e.running import wait_for

            # The socket is there before Redis listens at it.
            wait_for(lambda: is_listening(sock))
            with redis.Redis(unix_socket_path=str(sock), username="front", password=password) as front:
                assert front.hgetall("cr:{live:report}:snap") == {}
                with pytest.raises(NoPermissionError):
                    front.set("x", 1)
            with redis.Redis(unix_socket_path=str(sock)) as anyone, pytest.raises(AuthenticationError):
                anyone.ping()
        finally:
            server.terminate()
