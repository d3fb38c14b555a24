"""``stageproof sandbox``: a local AWS endpoint whose API Gateway stages answer, for trying and testing."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import StageproofError
from stageproof.own_environment import own_environment

if TYPE_CHECKING:
    from sandbox.sandbox import Sandbox

app = typer.Typer(
    name="sandbox",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="A local AWS endpoint with API Gateway stages and their logs, traces and metrics.\n\n"
    "Example: stageproof sandbox up --port 4566",
)


@app.command(
    help="Start the sandbox and run until SIGTERM or Ctrl-C.\n\n"
    "Examples:\n\n"
    "  stageproof sandbox up --port 4566\n\n"
    "  stageproof sandbox up --json   (one line for scripts)"
)
def up(
    *,
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.", min=0, max=65_535)] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON in place of lines for the shell.")
    ] = False,
    alarm_minute_s: Annotated[
        float,
        typer.Option(
            help="How many seconds a minute of metrics and alarms lasts: 60 as on AWS; 1 makes alarms ring sixty times "
            "sooner, from data of as much shorter periods.",
            min=0.5,
            max=60.0,
        ),
    ] = 60.0,
    jwks: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ISSUER=URL",
            help="Where the keys (JWKS) of an issuer of JSON Web Tokens are; may be repeated. An issuer that is not "
            "named here is asked for its own /.well-known/openid-configuration.",
        ),
    ] = None,
) -> None:
    """Start the sandbox and serve until a signal comes; its alarms are evaluated by the code that backtests them."""
    with own_environment():
        from alarms.live import LiveEvaluator
        from sandbox.sandbox import Sandbox

    jwks_urls = dict(_issuer_and_url(one) for one in jwks or ())
    logging.getLogger("sandbox").setLevel(logging.WARNING)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    running = Sandbox(port, evaluator=LiveEvaluator(), alarm_minute_s=alarm_minute_s, jwks_urls=jwks_urls)
    with own_environment(), running as sandbox:
        typer.echo(_json_line(sandbox) if as_json else _shell_lines(sandbox))
        while not stopped.wait(1.0):
            pass


@app.command(
    help="Deploy an OpenAPI document to a running sandbox.\n\n"
    "Examples:\n\n"
    "  stageproof sandbox deploy docs/openapi.yaml --stage dev --lambda users=./lambda:user_service.handler.handler\n\n"
    "  stageproof sandbox deploy openapi.json --endpoint-url http://127.0.0.1:4566"
)
def deploy(
    openapi: Annotated[Path, typer.Argument(metavar="OPENAPI", help="The document, YAML or JSON.")],
    *,
    stage: Annotated[str, typer.Option(help="The stage to create.")] = "dev",
    functions: Annotated[
        list[str] | None,
        typer.Option("--lambda", metavar="NAME=PATH_OR_ZIP:MODULE.HANDLER", help="A function; may be repeated."),
    ] = None,
    endpoint_url: Annotated[
        str | None, typer.Option(help="The sandbox's URL; AWS_ENDPOINT_URL where it is not given.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="The Region; AWS_REGION, else us-east-1.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Deploy an OpenAPI document, with every observation of the stage on."""
    from sandbox.deploy import AwsClients, deploy_openapi
    from sandbox.deploy_lambda import lambda_argument

    clients = AwsClients.local(_endpoint_url(endpoint_url), region=region or _default_region())
    sources = dict(lambda_argument(text) for text in functions or [])
    deployed = deploy_openapi(openapi, clients=clients, stage_name=stage, lambdas=sources)
    document: dict[str, object] = {
        "rest_api_id": deployed.rest_api_id,
        "stage": deployed.stage_name,
        "invoke_url": deployed.invoke_url,
        "api_keys": dict(deployed.api_key_values),
    }
    typer.echo(json.dumps(document) if as_json else _deployed_lines(document))


def _endpoint_url(given: str | None) -> str:
    url = given or os.environ.get("AWS_ENDPOINT_URL")
    if not url:
        message = (
            "no sandbox to deploy to: give --endpoint-url or set AWS_ENDPOINT_URL, as `stageproof sandbox up` says"
        )
        raise StageproofError(message)
    return url.rstrip("/")


def _default_region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _json_line(sandbox: Sandbox) -> str:
    return json.dumps(
        {
            "endpoint_url": sandbox.endpoint_url,
            "region": sandbox.region,
            "access_key_id": sandbox.credentials.access_key_id,
            "secret_access_key": sandbox.credentials.secret_access_key,
            "pid": os.getpid(),
        }
    )


def _shell_lines(sandbox: Sandbox) -> str:
    return "\n".join(
        [
            f"export AWS_ENDPOINT_URL={sandbox.endpoint_url}",
            f"export AWS_REGION={sandbox.region}",
            f"export AWS_DEFAULT_REGION={sandbox.region}",
            f"export AWS_ACCESS_KEY_ID={sandbox.credentials.access_key_id}",
            f"export AWS_SECRET_ACCESS_KEY={sandbox.credentials.secret_access_key}",
            "# the sandbox runs until Ctrl-C or SIGTERM; paste these lines into another shell",
        ]
    )


def _issuer_and_url(text: str) -> tuple[str, str]:
    """Read ``ISSUER=URL``; an issuer is a URL itself, so the URL begins at the last ``=http``.

    Raises:
        StageproofError: If it is not of this form.
    """
    issuer, separator, url = text.rpartition("=http")
    if not (issuer and separator):
        raise StageproofError(
            f"--jwks {text}: write ISSUER=URL, such as https://login.test=http://127.0.0.1:9000/jwks.json"
        )
    return issuer, f"http{url}"


def _deployed_lines(document: dict[str, object]) -> str:
    lines = [f"REST API id: {document['rest_api_id']}", f"invoke URL:  {document['invoke_url']}"]
    keys = document["api_keys"]
    if isinstance(keys, dict):
        lines += [f"API key {name}: {value}" for name, value in keys.items()]
    return "\n".join(lines)
