"""``stageproof doctor``: what a night would lack, before the night."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from stageproof.commands import options
from stageproof.exit_codes import ExitCode
from stageproof.target import DEFAULT_CONFIG, reach, read_expected

HELP = (
    "Try everything a night needs: credentials, IAM actions, logging, tracing, the base URL.\n\n"
    "Example: stageproof doctor dev --config stageproof.toml"
)

_MARKS = {"ready": "ok     ", "lacking": "lacking", "failed": "FAILED "}


def doctor(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="NAME of a table stages.NAME in the file.")],
    config: options.Config = DEFAULT_CONFIG,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
) -> None:
    """Print one line a check, with the mend; the exit code is 1 where something is lacking."""
    from probes.authentication import AwsKeys, resolve_credentials
    from probes.found_api import read_configuration
    from probes.readiness import Readiness, check_readiness

    access = {"profile": profile, "region": region, "endpoint_url": endpoint_url}
    expected = read_expected(config, stage, access=access)
    contract = expected.contract
    typer.echo(f"{_MARKS['ready']}  contract: {len(contract.operations)} operations in {contract.source}")
    for warning in contract.warnings:
        typer.echo(f"         API Gateway's importer: {warning}")
    keys = AwsKeys(access_key="", secret_key="")
    resolve_credentials(expected.stage.auth, environ=os.environ, aws_keys=keys)
    target = reach(expected.stage)
    configuration = read_configuration(target.session, target.found, expected.stage)
    everything_ready = True
    for check in check_readiness(target.session, configuration):
        everything_ready = everything_ready and check.readiness is Readiness.READY
        typer.echo(f"{_MARKS[check.readiness]}  {check.what}: {check.details}")
        if check.remedy:
            typer.echo(f"         mend: {check.remedy}")
    raise typer.Exit(ExitCode.NOTHING_BROKEN if everything_ready else ExitCode.SOMETHING_BROKEN)
