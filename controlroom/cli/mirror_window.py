"""``controlroom mirror``: the mirror's page in a window of this desktop."""

import os
from typing import Annotated

import typer

from controlroom.cli.options import ConfigOption, LanguageOption, settings_from, stop


def mirror(
    connect: Annotated[str, typer.Option("--connect", help="The mirror, as https://cermin.example.go.id, or the link of an invitation.")],
    windowed: Annotated[bool, typer.Option("--windowed", help="In a window instead of the whole screen.")] = False,
    screen: Annotated[int | None, typer.Option(min=1, help="On that screen, from 1.")] = None,
    lang: LanguageOption = None,
    config: ConfigOption = None,
) -> None:
    """The mirror on this desktop, full screen. Close it with Ctrl+Alt+Q pressed twice; F11 and Esc leave the full screen."""
    from controlroom import platform
    from controlroom.mirror_window.address import BadAddress, NoSuchScreen, mirror_address

    try:
        address = mirror_address(connect)
    except BadAddress as error:
        stop(error, 2)
    settings = settings_from(config, language=lang)
    if not platform.has_display() and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        stop("no display: start the mirror's window in a desktop session, or open its address in a browser")
    try:
        platform.prepare()
        from controlroom.mirror_window.run import run_mirror_window

        code = run_mirror_window(address, settings.language, is_windowed=windowed, screen=screen)
    except NoSuchScreen as error:
        stop(error, 2)
    except (platform.UnfitPlatform, PermissionError) as error:
        stop(error)
    raise typer.Exit(code)
