"""``stageproof faults``: the faults that the demo can plant."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(
    name="faults",
    no_args_is_help=True,
    help="The faults that a demo can plant in a deployment.\n\nExample: stageproof faults list",
)


@app.callback()
def _faults() -> None:
    """Keep ``list`` a command of its own while it is the only one."""


@app.command(
    name="list",
    help="List the faults: id, the rule that finds it, at which step, and what is wrong.\n\n"
    "Example: stageproof faults list --json\n\n"
    "Plant one: stageproof demo --fault validator-absent",
)
def list_faults(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the catalogue of faults."""
    from sandbox.faults.catalogue import ALL_FAULTS

    if as_json:
        keys = ("fault_id", "title", "rule", "subject", "step", "failure_mode")
        typer.echo(json.dumps([{key: getattr(fault, key) for key in keys} for fault in ALL_FAULTS], indent=2))
        return
    for fault in ALL_FAULTS:
        typer.echo(f"{fault.fault_id:<34}{fault.rule:<7}{fault.step.replace('_', ' '):<21}{fault.title}")
