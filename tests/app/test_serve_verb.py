"""`controlroom serve` says in one sentence what it cannot start with, and ends with 2 where starting again would not help."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from controlroom.cli import app


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", "0.0.0.0"), "--base-url https://"),
        (("--host", "0.0.0.0", "--base-url", "http://laporan.example.go.id"), "--base-url https://"),
        (("--host", "::", "--port", "0"), "--base-url https://"),
        (("--base-url", "laporan.example.go.id"), "is no address"),
        (("--proxy", "10.0.0.300/8"), "--proxy"),
        (("--proxy", "10.0.0.1/8"), "--proxy"),
        (("--city", "layouts"), "city.toml"),
        (("--pictures", "/proc/nope"), "--pictures /proc/nope: cannot be written to"),
    ],
)
def test_bad_use_is_told_in_one_line_and_nothing_is_started(words: tuple[str, ...], says: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["serve", *words], env={"XDG_STATE_HOME": str(tmp_path)})
    assert done.exit_code == 2, done.output
    assert says in done.stderr and done.stderr.count("\n") == 1 and "Traceback" not in done.output
    assert not list(tmp_path.rglob("*.sqlite"))
