"""``stageproof alarms import``: takes alarms over that others made; what they are is changed only when asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import StageproofError
from stageproof.provisioning import (
    PlanExitCode,
    Where,
    carry_out,
    show_plan,
    stage_alarms,
    stage_command,
    thresholds_of,
    wanted_alarms,
)

if TYPE_CHECKING:
    from alarms.adoption import Candidate, Findings
    from alarms.alarm import Alarm, HeldAlarm
    from alarms.resource import Resource
    from stageproof.provisioning import Found

HELP = (
    "Adopt alarms of the stage that Stageproof did not make: those with the name of a desired alarm, and those that "
    "mean the same. Without names they are listed, and asked for one by one. Adopting sets tags; --apply also brings "
    "them to the desired state. Exit codes: 0 nothing left to adopt, 2 there is, 1 error.\n\n"
    "Examples:\n\n  stageproof alarms import dev\n\n  stageproof alarms import dev users-5xx --apply --yes\n\n"
    "  stageproof alarms import dev --format terraform > imports.tf.json"
)


@stage_command
def import_alarms(
    where: Where,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Alarms to adopt; asked for if none.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; without names adopt all that are listed.")] = False,
    bring: Annotated[bool, typer.Option("--apply", help="Also bring them to the desired state.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what could be adopted as JSON; nothing is written.")
    ] = False,
    import_format: Annotated[
        str | None, typer.Option("--format", help="terraform: print import blocks for what export prints.")
    ] = None,
) -> None:
    """List, ask, and adopt."""
    from alarms.adoption import findings

    found = where.find()
    held = stage_alarms(found)
    desired = _desired(found, held)
    if import_format is not None:
        _print_blocks(found, desired, held, names or (), import_format)
        return
    listed = findings(desired, held, owner=found.scope.owner)
    _show(found, listed, as_json=as_json)
    chosen = () if as_json else _chosen(listed, names or [], yes=yes)
    if chosen:
        _adopt(found, chosen, held, bring=bring, yes=yes)
    raise typer.Exit(PlanExitCode.NO_CHANGE if len(chosen) == len(listed.candidates) else PlanExitCode.CHANGES)


def _desired(found: Found, held: Mapping[str, HeldAlarm]) -> tuple[Alarm, ...]:
    return wanted_alarms(found, thresholds_of(found, _resources(held)))


def _resources(held: Mapping[str, HeldAlarm]) -> dict[str, Resource]:
    from alarms.resource import held_resource

    return {name: held_resource(alarm) for name, alarm in held.items()}


def _show(found: Found, listed: Findings, *, as_json: bool) -> None:
    from alarms.adoption import findings_document, findings_lines
    from alarms.plan_text import Head

    head = Head.of("alarms", found.scope)
    if as_json:
        document = {"format": 1, "head": head.document, **findings_document(listed)}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join([head.line, *findings_lines(listed)]))


def _chosen(listed: Findings, names: list[str], *, yes: bool) -> tuple[Candidate, ...]:
    if names:
        return listed.chosen(names)
    if yes:
        return listed.candidates
    if not sys.stdin.isatty():
        return ()
    return tuple(one for one in listed.candidates if typer.confirm(f"Adopt {one.name!r}?"))


def _adopt(
    found: Found, chosen: tuple[Candidate, ...], held: Mapping[str, HeldAlarm], *, bring: bool, yes: bool
) -> None:
    from alarms.adoption import bringing_plan, tagging_plan
    from alarms.plan import fingerprint
    from alarms.plan_text import Head

    owner = found.scope.owner
    made = bringing_plan(chosen, _resources(held), owner=owner) if bring else tagging_plan(chosen, owner=owner)
    made = replace(made, fingerprint=fingerprint(_resources(held)))  # of all, not of the chosen ones alone
    show_plan(Head.of("alarms", found.scope), made, {}, as_json=False)
    carry_out(
        found.session.client("cloudwatch"),
        made,
        yes=yes,
        question="Adopt these alarms?",
        held_now=lambda: _resources(stage_alarms(found)),
    )


def _print_blocks(
    found: Found, desired: tuple[Alarm, ...], held: Mapping[str, HeldAlarm], names: list[str] | tuple[()], wanted: str
) -> None:
    from alarms.desired import desired_resources
    from alarms.export import terraform_imports

    if wanted != "terraform":
        raise StageproofError(f"--format {wanted!r} is not known; import blocks are Terraform's: --format terraform")
    resources = desired_resources(desired, found.scope)
    existing = {one.resource_name for one in resources if one.resource_name in held}
    absent = sorted(set(names) - existing)
    if absent:
        raise StageproofError(f"{absent[0]!r} is not a desired alarm that exists; blocks are for: {sorted(existing)}")
    typer.echo(json.dumps(terraform_imports(resources, set(names) or existing), indent=2, ensure_ascii=False))
