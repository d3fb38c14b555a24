"""The command line: every command, in the order of a newcomer's day."""

from __future__ import annotations

import logging
import shutil
from typing import Annotated

import typer

from stageproof import __version__
from stageproof.commands import (
    alarms,
    dashboards,
    demo,
    doctor,
    faults,
    init,
    judge,
    report,
    rules,
    run,
    sandbox,
    template,
)

_FRAMED_FROM_COLUMNS = 60
"""In a narrower terminal the frames of rich leave no room for the names of options; plain help keeps them whole."""

app = typer.Typer(
    name="stageproof",
    no_args_is_help=True,
    rich_markup_mode="rich" if shutil.get_terminal_size().columns >= _FRAMED_FROM_COLUMNS else None,
    pretty_exceptions_enable=False,
    help="Proves what a deployed Amazon API Gateway stage does.\n\nStart with: stageproof demo",
)


def _print_version(version: bool) -> None:  # noqa: FBT001 - typer's way to call it
    if version:
        typer.echo(f"stageproof {__version__}")
        raise typer.Exit


@app.callback()
def _settings(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done, on standard error.")] = False,
) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")


app.command(help=demo.HELP)(demo.demo)
app.command(help=run.HELP)(run.run)
app.command(help=judge.HELP)(judge.judge)
app.command(help=report.HELP)(report.report)
app.command(help=rules.HELP)(rules.rules)
app.command(help=init.HELP)(init.init)
app.command(help=doctor.HELP)(doctor.doctor)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(faults.app, name="faults")
app.add_typer(template.app, name="template")
app.add_typer(alarms.app, name="alarms")
app.add_typer(dashboards.app, name="dashboards")
