"""``stageproof init``: a commented ``stageproof.toml`` from a deployed stage."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.errors import StageproofError
from stageproof.commands import options
from stageproof.target import DEFAULT_CONFIG

HELP = (
    "Write a commented stageproof.toml from a deployed stage; without --contract also the stage's own export.\n\n"
    "Example: stageproof init --rest-api-id a1b2c3d4e5 --stage prod --contract docs/openapi.yaml"
)


def init(
    stage: Annotated[str, typer.Option(help="The stage.")],
    rest_api_id: Annotated[str | None, typer.Option(help="The id of the REST API.")] = None,
    http_api_id: Annotated[str | None, typer.Option(help="The id of an HTTP API, in place of a REST API.")] = None,
    contract: Annotated[Path | None, typer.Option(help="The OpenAPI contract; the stage's export by default.")] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = DEFAULT_CONFIG,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Read the stage and write the file; nothing that exists is overwritten without ``--force``."""
    from contracts.contract import load_contract
    from gateway import openapi
    from probes.aws import aws_session
    from probes.configuration import collect_configuration
    from probes.http_api_configuration import collect_http_api_configuration
    from reports.files import write_text
    from stageproof.starter import starter_toml

    if bool(rest_api_id) == bool(http_api_id):
        raise StageproofError("which API? give exactly one of --rest-api-id and --http-api-id")
    if not stage:
        raise StageproofError("which stage? --stage is empty; the stages of an API: aws apigateway get-stages")
    _check_room(out, force=force)
    if contract is not None:
        load_contract(contract)
    session = aws_session(profile=profile, region=region, endpoint_url=endpoint_url)
    collect = collect_configuration if http_api_id is None else collect_http_api_configuration
    api_id = rest_api_id or http_api_id or ""
    configuration = collect(session, api_id, stage)
    if contract is None and http_api_id is not None:
        raise StageproofError(
            "the contract of an HTTP API must be named: give --contract; aws apigatewayv2 export-api writes one to "
            "start from"
        )
    if contract is None:
        contract = out.with_name(f"{stage}-openapi.json")
        if contract.exists() and not force:
            raise StageproofError(f"{contract} exists already; name it by --contract or give --force")
        from contracts.evidence import Missing

        if isinstance(configuration.deployed, Missing):
            raise StageproofError(f"the stage cannot be exported: {configuration.deployed.reason}; give --contract")
        document = openapi.write(configuration.deployed.value)
        write_text(contract, json.dumps(document, indent=2) + "\n")
        typer.echo(f"wrote {contract}: the stage as it is; make it the contract you mean")
    named = _seen_from(out.parent, contract)
    write_text(out, starter_toml(configuration, api_id, stage, named, profile=profile))
    typer.echo(f"wrote {out}; next: stageproof doctor {stage} --config {out}")


def _check_room(out: Path, *, force: bool) -> None:
    if out.is_dir():
        raise StageproofError(f"{out}: is a folder; name a file in it by --out")
    if not out.parent.is_dir():
        raise StageproofError(f"{out.parent}: no such folder; create it, or name another file by --out")
    if out.exists() and not force:
        raise StageproofError(f"{out} exists already; give --force to overwrite it, or --out for another file")


def _seen_from(folder: Path, contract: Path) -> Path:
    """Return a contract's path as it stands in a file of a folder: relative to it, where it was given relative."""
    return contract if contract.is_absolute() else Path(os.path.relpath(contract, folder))
