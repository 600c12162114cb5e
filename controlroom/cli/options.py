"""What the verbs share: options they all take, the end with a sentence, settings from file, environment and options."""

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from controlroom.cli.logs import change_level
from controlroom.settings import ASSETS, Settings, SettingsError, load_settings

DEFAULT_CITY = ASSETS / "cities" / "tangerang"

CityOption = Annotated[Path, typer.Option("--city", help="City folder: names, map, sources.")]
NamespaceOption = Annotated[str | None, typer.Option("--namespace", help="live, sim or replay-<id>.")]
RedisOption = Annotated[str | None, typer.Option("--redis", help="redis://, rediss:// or unix:// (better: CONTROLROOM_REDIS_URL).")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="controlroom.toml.", envvar="CONTROLROOM_CONFIG")]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        help="Store of reports: sqlite:///FILE or postgresql://... (better: LIVE_ROOM_DATABASE_URL); without it a file of this user.",
        envvar="LIVE_ROOM_DATABASE_URL",
        show_envvar=False,
    ),
]
LanguageOption = Annotated[str | None, typer.Option("--lang", help="id or en.")]
DemoOption = Annotated[bool, typer.Option("--demo", help="In the demo that runs on this machine.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def stop(message: object, code: int = 1) -> NoReturn:
    typer.echo(f"controlroom: {message}", err=True)
    raise typer.Exit(code)


def settings_from(config: Path | None, **overrides: object) -> Settings:
    """The settings of a verb, which from now on logs as they say."""
    try:
        settings = load_settings(config, os.environ, **overrides)
    except SettingsError as error:
        stop(error, 2)
    change_level(settings.log_level)
    return settings
