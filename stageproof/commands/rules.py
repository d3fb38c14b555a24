"""``stageproof rules``: the catalogue at a terminal."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.errors import StageproofError

if TYPE_CHECKING:
    from contracts.rule import Rule
    from contracts.rule_parameter import RuleParameter

HELP = "List the rules, or show one with its why and its fix.\n\nExample: stageproof rules CO002"


def rules(
    code: Annotated[str | None, typer.Argument(metavar="[CODE]", help="A rule's code.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the catalogue or one rule."""
    from contracts.catalogue import CATALOGUE

    known = {rule.code: rule for rule in CATALOGUE}
    if code is not None and code.upper() not in known:
        near = get_close_matches(code.upper(), known, 1)
        hint = f"; did you mean {near[0]}?" if near else "; 'stageproof rules' lists them"
        raise StageproofError(f"there is no rule {code!r}{hint}")
    chosen = [known[code.upper()]] if code else list(CATALOGUE)
    if as_json:
        typer.echo(json.dumps([_plain(rule) for rule in chosen], indent=2))
    elif code:
        typer.echo(_page(chosen[0]))
    else:
        for rule in chosen:
            typer.echo(f"{rule.code}  {rule.severity:<8}{rule.step.replace('_', ' '):<21}{rule.title}")


def _plain(rule: Rule) -> dict[str, object]:
    return {
        "code": rule.code,
        "title": rule.title,
        "severity": rule.severity,
        "step": rule.step,
        "why": rule.why,
        "fix": rule.fix,
        "source_url": rule.source_url,
        "failure_modes": rule.failure_modes,
        "explained_by": rule.explained_by,
        "parameters": [_plain_parameter(parameter) for parameter in rule.parameters],
    }


def _plain_parameter(parameter: RuleParameter[Any]) -> dict[str, object]:
    return {
        "name": parameter.name,
        "takes": parameter.takes,
        "unit": parameter.unit,
        "default": parameter.default,
        "meaning": parameter.meaning,
    }


def _page(rule: Rule) -> str:
    lines = [
        f"{rule.code}: {rule.title}",
        f"  severity  {rule.severity}",
        f"  step      {rule.step.replace('_', ' ')}",
        f"  why       {rule.why}",
        f"  fix       {rule.fix}",
        f"  source    {rule.source_url}",
        f"  finds     {', '.join(rule.failure_modes) or 'none of the known failure modes'}",
    ]
    if rule.explained_by:
        lines.append(f"  cause     not reported where {', '.join(rule.explained_by)} is broken on the same subject")
    for parameter in rule.parameters:
        unit = f" {parameter.unit}" if parameter.unit else ""
        lines += [
            f"  parameter {parameter.name}: {parameter.meaning}",
            f"            takes {parameter.takes}; default: {json.dumps(parameter.default, ensure_ascii=False)}{unit}",
        ]
    if rule.parameters:
        lines.append(f"            set it by: [rules.parameters.{rule.code}] {rule.parameters[0].name} = …")
    return "\n".join(lines)
