"""`stageproof template`: render and check mapping templates at a terminal."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.errors import StageproofError
from gateway.vtl import TemplateError, api_gateway_variables, compile_template
from gateway.vtl.check import Fault, check_template

app = typer.Typer(
    no_args_is_help=True,
    help="Render and check mapping templates.\n\nExample: stageproof template check templates/create_user.vtl",
)

_KINDS = ("path", "querystring", "header")


class TemplateCommandError(StageproofError):
    """A file or an option of the command is wrong."""

    slug = "mapping-template"


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise TemplateCommandError(f"{path}: {error.strerror}; name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise TemplateCommandError(f"{path}: the file is not UTF-8; save it as UTF-8") from error


def _read_object(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        value = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise TemplateCommandError(f"{path}: not JSON: {error}; give a JSON object") from error
    if not isinstance(value, dict):
        raise TemplateCommandError(f"{path}: the file holds no JSON object; give one")
    return value


def _parameters(given: list[str]) -> dict[str, dict[str, str]]:
    result: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    for text in given:
        place, equals, value = text.partition("=")
        kind, dot, name = place.partition(".")
        if not equals or not dot or kind not in _KINDS:
            raise TemplateCommandError(
                f"--params {text!r}: write path.NAME=VALUE, querystring.NAME=VALUE or header.NAME=VALUE"
            )
        result[kind][name] = value
    return result


@app.command(
    help="Render a mapping template as API Gateway does.\n\n"
    "Example: stageproof template render create_user.vtl --body user.json --params path.userId=7"
)
def render(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The mapping template; - for standard input.")],
    body: Annotated[Path | None, typer.Option(help="The body; none is an empty body.")] = None,
    context: Annotated[Path | None, typer.Option(help="A JSON object for $context.")] = None,
    stage_variables: Annotated[Path | None, typer.Option(help="A JSON object for $stageVariables.")] = None,
    params: Annotated[
        list[str] | None, typer.Option(help="path.NAME=VALUE, querystring.NAME=VALUE, header.NAME=VALUE.")
    ] = None,
) -> None:
    """Render a mapping template as API Gateway does."""
    try:
        parameters = _parameters(params or [])
        variables = api_gateway_variables(
            body=_read(body) if body is not None else "",
            path=parameters["path"],
            querystring=parameters["querystring"],
            header=parameters["header"],
            context=_read_object(context),
            stage_variables=_read_object(stage_variables),
        )
        text = _read(file)
        output = compile_template(text).render(variables)
    except TemplateError as error:
        raise TemplateCommandError(f"{file}: {error}") from error
    typer.echo(output, nl=False)


@app.command(
    help="Say what is wrong or fragile in a mapping template; exit code 1 where something is.\n\n"
    "Example: stageproof template check create_user.vtl --params userId"
)
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The mapping template; - for standard input.")],
    params: Annotated[list[str] | None, typer.Option(help="The name of a parameter that the method declares.")] = None,
) -> None:
    """Say what is wrong or fragile in a mapping template; exit code 1 where something is."""
    findings = check_template(_read(file), parameters=params)
    for finding in findings:
        place = f"{file}:{finding.line}:{finding.column}" if finding.line else str(file)
        typer.echo(f"{place}: {finding.fault.value}: {finding.message}. {finding.mend}")
    if any(finding.fault is Fault.REJECTED for finding in findings):
        raise typer.Exit(2)
    if findings:
        raise typer.Exit(1)
    typer.echo(f"{file}: nothing wrong was found")
