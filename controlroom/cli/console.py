"""``controlroom console``: the desk of one operator, in front of a wall and its doors."""

import os
from pathlib import Path
from typing import Annotated

import typer

from controlroom.cli.options import ConfigOption, LanguageOption, NamespaceOption, RedisOption, settings_from, stop

LOOKS = ("dark", "light")


def console(
    city: Annotated[Path | None, typer.Option("--city", help="City folder: names, map, sources.")] = None,
    namespace: NamespaceOption = None,
    redis: RedisOption = None,
    doors: Annotated[str | None, typer.Option("--doors", help="Where the doors are, as https://laporan.example.go.id.")] = None,
    lang: LanguageOption = None,
    look: Annotated[str | None, typer.Option("--look", help="dark or light; without it as this desk remembers.")] = None,
    config: ConfigOption = None,
    demo: Annotated[bool, typer.Option("--demo", help="The desk of the demo that runs on this machine.")] = False,
) -> None:
    """The operators' desk: reports, the wall, presence, sources, audit. Ends with Ctrl+Q, Ctrl+C or by closing the window."""
    if look is not None and look not in LOOKS:
        stop(f"--look: {look!r} is neither dark nor light", 2)
    from controlroom import platform
    from controlroom.cli.demo_desk import NoDemo, find_demo
    from controlroom.settings import SettingsError
    from feeds.city import CityError

    told: dict[str, object] = {}
    if demo:
        try:
            told = find_demo().settings()
        except NoDemo as error:
            stop(error)
    given = {"city": city, "namespace": namespace, "redis_url": redis, "doors_url": doors, "language": lang}
    settings = settings_from(config, **(told | {name: value for name, value in given.items() if value is not None}))
    if not platform.has_display() and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        stop("no display: start the console in a desktop session")
    try:
        platform.prepare_desk()
        from controlroom.console.application import run_console

        code = run_console(settings, [], language=lang, look=look)
    except (platform.UnfitPlatform, CityError, SettingsError) as error:
        stop(error)
    raise typer.Exit(code)
