"""One command, many verbs: ``controlroom --help``. Exit codes: 0 fine, 1 failed, 2 bad use."""

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from controlroom.cli import city, feeds, sessions
from controlroom.cli.console import console
from controlroom.cli.invite import invite
from controlroom.cli.logs import is_level, set_up_logging
from controlroom.cli.mirror_window import mirror
from controlroom.cli.options import (
    DEFAULT_CITY,
    CityOption,
    ConfigOption,
    JsonOption,
    LanguageOption,
    NamespaceOption,
    RedisOption,
    settings_from,
    stop,
)
from controlroom.cli.serve import serve
from controlroom.settings import ASSETS, SettingsError

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, rich_markup_mode=None, help="The control room of a city."
)
layout_verbs = typer.Typer(no_args_is_help=True, help="Layout files.")
app.add_typer(layout_verbs, name="layout")
app.add_typer(city.verbs, name="city")
app.add_typer(feeds.verbs, name="feeds")
app.add_typer(sessions.verbs, name="users")
app.command()(serve)
app.command()(console)
app.command()(mirror)
app.command()(invite)


def main() -> NoReturn:
    """The entry point of ``controlroom``."""
    # What a person is told must be in a log file at once, too. Not every standard output can be set up.
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(line_buffering=True)
    level = os.environ.get("CONTROLROOM_LOG_LEVEL", "info")
    # A wrong one is refused with a sentence by the verbs that read settings.
    set_up_logging(level if is_level(level) else "info")
    app()
    sys.exit(0)


@app.command()
def demo(
    city: CityOption = DEFAULT_CITY,
    scenario: Annotated[str, typer.Option(help="calm, storm or outage.")] = "calm",
    layout: Annotated[str, typer.Option(help="harian, siaga, satu-layar or auto.")] = "auto",
    lang: Annotated[str, typer.Option("--lang", help="id or en.")] = "id",
    palette: Annotated[str, typer.Option(help="day, night or auto.")] = "day",
    speed: Annotated[
        float | None, typer.Option(min=0.1, max=3600, help="Times faster than life; by default calm and outage 40, storm 4.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 3671,
    seconds: Annotated[float | None, typer.Option(min=1, help="Stop by itself after this time.")] = None,
    wall_file: Annotated[Path | None, typer.Option("--wall", help="wall.toml; a virtual wall is made of its monitors.")] = None,
) -> None:
    """Embedded Redis, a simulated city and the wall; a virtual wall where there is no display."""
    from controlroom.cli.demo import DemoFailed, DemoWish, run_demo
    from controlroom.wall.layouts import LayoutError
    from controlroom.wall.virtual import NoVirtualWall
    from feeds.bus.embedded import NoRedis

    wish = DemoWish(
        city=city, scenario=scenario, speed=speed, seed=seed, layout=layout, language=lang, palette=palette, seconds=seconds, wall=wall_file
    )
    try:
        code = run_demo(wish, Console())
    except (DemoFailed, NoVirtualWall, NoRedis, LayoutError) as error:
        stop(error)
    raise typer.Exit(code)


@app.command()
def wall(
    city: Annotated[Path | None, typer.Option("--city", help="City folder: names, map, sources.")] = None,
    namespace: NamespaceOption = None,
    redis: RedisOption = None,
    wall_file: Annotated[Path | None, typer.Option("--wall", help="wall.toml: monitors, sizes, bezels, farthest seat.")] = None,
    layout: Annotated[str | None, typer.Option(help="A name in layouts/, or auto.")] = None,
    lang: LanguageOption = None,
    palette: Annotated[str | None, typer.Option(help="day, night or auto.")] = None,
    config: ConfigOption = None,
    virtual: Annotated[bool, typer.Option("--virtual", help="Draw in software: the display is Xvfb.")] = False,
    supervise: Annotated[bool, typer.Option("--supervise", help="Start it again whenever it ends, and end it when it hangs.")] = False,
) -> None:
    """The wall itself. Close it with Ctrl+Alt+Q pressed twice."""
    from controlroom.wall.supervise import Supervisor, die_with_parent

    die_with_parent()
    settings = settings_from(
        config, city=city, namespace=namespace, redis_url=redis, wall=wall_file, layout=layout, language=lang, palette=palette
    )
    from controlroom import platform
    from controlroom.live.credentials import CredentialsError
    from controlroom.wall.layouts import LayoutError
    from feeds.city import CityError

    if not platform.has_display() and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        stop("no display: start the wall in a desktop session, or see it with `controlroom demo`, which makes a virtual one")
    if supervise:
        words = (word for word in sys.argv[1:] if word != "--supervise")
        raise typer.Exit(Supervisor((sys.executable, "-m", "controlroom", *words)).run())
    try:
        platform.prepare(is_virtual=virtual)
        from controlroom.app import run_wall

        code = run_wall(settings, [])
    except (platform.UnfitPlatform, LayoutError, CityError, CredentialsError, SettingsError) as error:
        stop(error)
    raise typer.Exit(code)


@app.command()
def shot(
    file: Annotated[Path | None, typer.Argument(help="PNG to write.")] = None,
    screen: Annotated[int | None, typer.Option(min=1, help="One monitor, from 1.")] = None,
    wall_name: Annotated[str | None, typer.Option("--wall", help="Name of the wall, when several run.")] = None,
    json: JsonOption = False,
) -> None:
    """What a running wall shows now: its pixels as FILE.png, its slots as --json."""
    from controlroom.wall.ask import NoWall, ask_pixels, ask_state, find_wall

    if file is None and not json:
        stop("say where: controlroom shot FILE.png, or --json", 2)
    try:
        path = find_wall(wall_name)
        if file is not None:
            picture = ask_pixels(path, screen)
            if not picture.save(str(file), "PNG"):  # pyright: ignore[reportCallIssue, reportArgumentType]
                stop(f"{file}: cannot be written: is the folder there and writable, does the name end in .png?")
            if not json:
                typer.echo(f"{file}: {picture.width()} x {picture.height()}")
        if json:
            typer.echo(msgspec.json.format(msgspec.json.encode(ask_state(path)), indent=2).decode())
    except (NoWall, OSError) as error:
        stop(error)


@app.command()
def doctor(config: ConfigOption = None, redis: RedisOption = None, json: JsonOption = False) -> None:
    """Checks this machine for a wall: versions, display, GL, fonts, Redis, clock, disk."""
    from controlroom.cli.doctor import examine

    findings = examine(settings_from(config, redis_url=redis))
    is_fit = all(finding.state != "fail" for finding in findings)
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode({"holds": is_fit, "findings": findings}), indent=2).decode())
    else:
        table = Table("check", "state", "found", "remedy", box=None, pad_edge=False)
        for finding in findings:
            table.add_row(finding.name, finding.state, finding.found, finding.remedy or "")
        Console().print(table)
    raise typer.Exit(0 if is_fit else 1)


@layout_verbs.command("check")
def layout_check(
    file: Annotated[Path, typer.Argument(help="layouts/NAME.toml")],
    wall_file: Annotated[
        Path | None, typer.Option("--wall", help="wall.toml it shall stand on; by default the one of assets/walls made for it.")
    ] = None,
) -> None:
    """Says what is wrong with a layout on a wall: file, line, slot and what to do."""
    from controlroom.wall.layouts import LayoutError, read_layout, read_wall
    from controlroom.wall.loader import check_layout, find_panels
    from controlroom.wall.virtual import VIRTUAL_WALL

    try:
        own = ASSETS / "walls" / file.name
        stands_on = read_wall(wall_file or (own if own.is_file() else VIRTUAL_WALL))
        problems = check_layout(read_layout(file), file, stands_on, find_panels())
    except LayoutError as error:
        stop(error)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{file}: fine on {stands_on.name}")


@app.command()
def bench(
    name: Annotated[str, typer.Argument(help="bus, wall, feeds, reports, stage, mirror or all")],
    json: JsonOption = False,
    long: Annotated[bool, typer.Option("--long", help="The whole measurement instead of the quick profile.")] = False,
) -> None:
    """Measures speed and memory against the goals; exit 1 when one does not hold."""
    from controlroom.measure import BENCHES, run_measure

    if name not in BENCHES:
        stop(f"no bench {name!r}; known: {', '.join(BENCHES)}", 2)
    raise typer.Exit(run_measure(BENCHES[name], json=json, long=long))


@app.command()
def drill(
    name: Annotated[str, typer.Argument(help="redis-kill, redis-freeze, kill-api, story, ...")],
    json: JsonOption = False,
    long: Annotated[bool, typer.Option("--long")] = False,
) -> None:
    """Breaks something on purpose on a wall of its own and watches it recover; exit 1 when it does not."""
    from controlroom.measure import DRILLS, run_measure

    if name not in DRILLS:
        stop(f"no drill {name!r}; known: {', '.join(DRILLS)}", 2)
    raise typer.Exit(run_measure(DRILLS[name], json=json, long=long))
