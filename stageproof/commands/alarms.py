"""``stageproof alarms``: CloudWatch alarms of a stage, planned, applied, watched for drift, and taken away."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stageproof.commands import alarm_backtest, alarm_drill, alarm_import
from stageproof.provisioning import (
    Where,
    carry_out,
    held_alarms,
    plan_exit,
    show_plan,
    stage_command,
    thresholds_of,
    wanted_alarms,
)

if TYPE_CHECKING:
    from alarms.alarm import Alarm
    from alarms.plan import Plan
    from alarms.plan_text import Head
    from stageproof.provisioning import Found

app = typer.Typer(
    name="alarms",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="CloudWatch alarms of a stage, as stageproof.toml wants them.\n\nExample: stageproof alarms plan dev",
)


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Adopt = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Take over an alarm that is not owned; may be repeated.")
]


@app.command(
    help="Show what apply would change; nothing is written. Exit codes: 0 no change, 2 changes, 1 error.\n\n"
    "Example: stageproof alarms plan dev --out plan.json"
)
@stage_command
def plan(
    where: Where,
    *,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Save the plan for apply --plan.")] = None,
    adopt: Adopt = None,
) -> None:
    """Print the plan, and what would keep alarms from being heard."""
    from reports.files import write_text

    planned = _planned(where, adopt=adopt or ())
    _tell_findings(planned)
    if out:
        write_text(out, json.dumps(planned.document, indent=2) + "\n")
    show_plan(planned.head, planned.plan, planned.document, as_json=as_json)
    raise plan_exit(planned.plan)


@app.command(
    help="Make the alarms as they should be: a saved plan, or a new one that is shown and asked for.\n\n"
    "Examples:\n\n  stageproof alarms apply dev\n\n  stageproof alarms apply dev --plan plan.json --yes"
)
@stage_command
def apply(
    where: Where,
    *,
    yes: Yes = False,
    plan_file: Annotated[Path | None, typer.Option("--plan", help="A plan saved by plan --out.")] = None,
    adopt: Adopt = None,
) -> None:
    """Carry out the plan; a second apply writes nothing."""
    from alarms.plan_text import check_unmoved

    saved = _saved(plan_file)
    names = [*(adopt or ()), *(change["name"] for change in saved.get("changes", ()) if change["change"] == "adopt")]
    planned = _planned(where, adopt=names, thresholds=saved.get("thresholds", {}))
    if plan_file:
        check_unmoved(saved, planned.document, where=str(plan_file))
    _tell_findings(planned)
    show_plan(planned.head, planned.plan, planned.document, as_json=False)
    carry_out(
        planned.cloudwatch,
        planned.plan,
        logs=planned.found.session.client("logs"),
        yes=yes,
        question="Apply this plan?",
        held_now=lambda: held_alarms(planned.found),
    )


@app.command(
    help="Show what differs from what is expected, and why: changed by hand, missing, or other expectations. "
    "Exit codes: 0 none, 2 drift, 1 error.\n\nExample: stageproof alarms drift dev"
)
@stage_command
def drift(
    where: Where,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the plan with the cause of each change."""
    planned = _planned(where)
    show_plan(planned.head, planned.plan, planned.document, as_json=as_json, with_cause=True)
    raise plan_exit(planned.plan)


@app.command(
    help="Delete the alarms of the stage that Stageproof owns, and no others. They are listed first.\n\n"
    "Example: stageproof alarms destroy dev"
)
@stage_command
def destroy(
    where: Where,
    *,
    yes: Yes = False,
) -> None:
    """List the owned alarms, ask, and delete them."""
    from alarms.plan import make_plan
    from alarms.plan_text import Head, plan_document

    found = where.find()
    head = Head.of("alarms", found.scope)
    cloudwatch = found.session.client("cloudwatch")
    destroying = make_plan((), held_alarms(found), owner=found.scope.owner)
    show_plan(head, destroying, plan_document(head, destroying), as_json=False)
    carry_out(
        cloudwatch,
        destroying,
        logs=found.session.client("logs"),
        yes=yes,
        question="Delete these alarms?",
        held_now=lambda: held_alarms(found),
    )


@app.command(
    help="Print the desired alarms for another tool: Terraform (JSON syntax) or CloudFormation.\n\n"
    "Example: stageproof alarms export dev --format terraform > alarms.tf.json"
)
@stage_command
def export(
    where: Where,
    *,
    export_format: Annotated[str, typer.Option("--format", help="terraform or cloudformation.")] = "terraform",
) -> None:
    """Print what would be put."""
    from alarms.desired import desired_resources
    from alarms.export import ExportFormat
    from alarms.export import export as exported
    from gateway.errors import StageproofError

    if export_format not in set(ExportFormat):
        raise StageproofError(f"--format {export_format!r} is not known; choose terraform or cloudformation")
    found = where.find()
    alarms = desired_resources(wanted_alarms(found), found.scope)
    if found.expectations.alarms.log_patterns:
        sys.stderr.write("warning: the metric filters of log_patterns are not exported; provision them by apply\n")
    typer.echo(json.dumps(exported(alarms, ExportFormat(export_format)), indent=2, ensure_ascii=False))


app.command("backtest", help=alarm_backtest.HELP)(alarm_backtest.backtest_alarms)
app.command("import", help=alarm_import.HELP)(alarm_import.import_alarms)
app.command(help=alarm_drill.HELP)(alarm_drill.drill)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    found: Found
    head: Head
    plan: Plan
    alarms: Sequence[Alarm]
    cloudwatch: Any
    document: Mapping[str, Any]


def _planned(where: Where, *, adopt: Sequence[str] = (), thresholds: Mapping[str, float] | None = None) -> _Planned:
    from alarms.desired import desired_filters, desired_resources
    from alarms.plan import make_plan
    from alarms.plan_text import Head, plan_document

    found = where.find()
    cloudwatch = found.session.client("cloudwatch")
    held = held_alarms(found)
    resolve = thresholds_of(found, held, thresholds or {})
    alarms = wanted_alarms(found, resolve)
    filters = desired_filters(found.expectations.alarms, found.scope)
    desired = [*desired_resources(alarms, found.scope), *filters]
    made = make_plan(desired, held, owner=found.scope.owner, adopt=adopt)
    head = Head.of("alarms", found.scope)
    return _Planned(
        found=found,
        head=head,
        plan=made,
        alarms=alarms,
        cloudwatch=cloudwatch,
        document=plan_document(head, made, resolve.derived),
    )


def _saved(plan_file: Path | None) -> Mapping[str, Any]:
    from alarms.plan_text import SavedPlanError, read_saved_plan

    if plan_file is None:
        return {}
    try:
        text = plan_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SavedPlanError(f"{plan_file} cannot be read ({error}); make one with plan --out {plan_file}") from error
    return read_saved_plan(text, where=str(plan_file))


def _tell_findings(planned: _Planned) -> None:
    """Tell what would keep alarms from being heard; a topic that does not exist is an error."""
    from alarms.preflight import check_actions, check_published, check_topics
    from gateway.errors import StageproofError

    findings = [
        *check_actions(planned.alarms),
        *check_topics(planned.found.session.client("sns"), planned.alarms),
        *check_published(planned.cloudwatch, planned.alarms),
    ]
    for finding in findings:
        if finding.is_error:
            raise StageproofError(finding.text)
        sys.stderr.write(f"warning: {finding.text}\n")
