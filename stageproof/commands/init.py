"""``stageproof init``: a commented ``stageproof.toml`` from a deployed stage."""

from __future__ import annotations

import json
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
    from gateway import openapi
    from probes.aws import aws_session
    from probes.configuration import collect_configuration
    from probes.http_api_configuration import collect_http_api_configuration
    from stageproof.starter import starter_toml

    if (rest_api_id is None) == (http_api_id is None):
        raise StageproofError("which API? give exactly one of --rest-api-id and --http-api-id")
    if not out.parent.is_dir():
        raise StageproofError(f"{out.parent}: no such folder; create it, or name another file by --out")
    if out.exists() and not force:
        raise StageproofError(f"{out} exists already; give --force to overwrite it, or --out for another file")
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
        contract.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        typer.echo(f"wrote {contract}: the stage as it is; make it the contract you mean")
    out.write_text(starter_toml(configuration, api_id, stage, contract, profile=profile), encoding="utf-8")
    typer.echo(f"wrote {out}; next: stageproof doctor {stage} --config {out}")
