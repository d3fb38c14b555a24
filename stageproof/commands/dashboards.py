"""``stageproof dashboards``: CloudWatch dashboards of a stage, with the same plan and apply as its alarms."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.errors import StageproofError
from stageproof.provisioning import Where, carry_out, plan_exit, show_plan, stage_command, wanted_alarms

if TYPE_CHECKING:
    from alarms.plan import Plan
    from alarms.plan_text import Head
    from alarms.resource import Resource
    from stageproof.provisioning import Found

app = typer.Typer(
    name="dashboards",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="CloudWatch dashboards of a stage, as stageproof.toml wants them.\n\nExample: stageproof dashboards plan dev",
)

_LONGEST_WINDOW_HOURS = 455 * 24

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Adopt = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Take over a dashboard that is not owned; may be repeated.")
]


@app.command(
    help="Show what apply would change; nothing is written. Exit codes: 0 no change, 2 changes, 1 error.\n\n"
    "Example: stageproof dashboards plan dev"
)
@stage_command
def plan(
    where: Where,
    *,
    as_json: AsJson = False,
    adopt: Adopt = None,
) -> None:
    """Print the plan."""
    from alarms.plan_text import plan_document

    planned = _planned(where, adopt=adopt or ())
    document = plan_document(planned.head, planned.plan)
    show_plan(planned.head, planned.plan, document, as_json=as_json, with_cause=True)
    raise plan_exit(planned.plan)


@app.command(
    help="Make the dashboards as they should be, after showing the plan and asking.\n\n"
    "Example: stageproof dashboards apply dev --yes"
)
@stage_command
def apply(
    where: Where,
    *,
    yes: Yes = False,
    adopt: Adopt = None,
) -> None:
    """Carry out the plan; a second apply writes nothing."""
    planned = _planned(where, adopt=adopt or ())
    show_plan(planned.head, planned.plan, {}, as_json=False)
    carry_out(
        planned.cloudwatch,
        planned.plan,
        yes=yes,
        question="Apply this plan?",
        held_now=lambda: _held(planned.found),
    )


@app.command(
    help="Delete the dashboards of the stage that Stageproof owns, and no others. They are listed first.\n\n"
    "Example: stageproof dashboards destroy dev"
)
@stage_command
def destroy(
    where: Where,
    *,
    yes: Yes = False,
) -> None:
    """List the owned dashboards, ask, and delete them."""
    from alarms.plan import make_plan
    from alarms.plan_text import Head

    found = where.find()
    destroying = make_plan((), _held(found), owner=found.scope.owner)
    show_plan(Head.of("dashboards", found.scope), destroying, {}, as_json=False)
    carry_out(
        found.session.client("cloudwatch"),
        destroying,
        yes=yes,
        question="Delete these dashboards?",
        held_now=lambda: _held(found),
    )


@app.command(
    help="Print the desired dashboards for another tool: their bodies by name (json), Terraform (JSON syntax) or "
    "CloudFormation.\n\nExample: stageproof dashboards export dev --format terraform > dashboards.tf.json"
)
@stage_command
def export(
    where: Where,
    *,
    export_format: Annotated[str, typer.Option("--format", help="json, terraform or cloudformation.")] = "json",
) -> None:
    """Print what would be put."""
    from dashboards.export import DashboardFormat
    from dashboards.export import export as exported

    if export_format not in set(DashboardFormat):
        raise StageproofError(f"--format {export_format!r} is not known; choose {', '.join(DashboardFormat)}")
    document = exported(_wanted(where.find()), DashboardFormat(export_format))
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@app.command(
    help="Show the desired dashboards with live metrics as one page, before they are applied; AWS is only read. "
    "Logs Insights queries are run too, and AWS bills what they scan: --no-logs shows them only.\n\n"
    "Example: stageproof dashboards preview dev --out preview.html"
)
@stage_command
def preview(
    where: Where,
    *,
    out: Annotated[Path, typer.Option(help="The page.")] = Path("dashboards.html"),
    window: Annotated[str, typer.Option(help="How far back.")] = "3h",
    logs: Annotated[bool, typer.Option(help="Run the queries of Logs Insights.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is shown as JSON instead of a page.")] = False,
) -> None:
    """Read what each widget shows, and draw it."""
    from alarms.plan_text import Head
    from dashboards.live import Live
    from dashboards.preview import preview_document, unread
    from reports.preview import write_preview

    found, hours = where.find(), _hours(window)
    clients = {"cloudwatch": found.session.client("cloudwatch"), "logs": found.session.client("logs") if logs else None}
    live = Live.until(datetime.now(UTC), hours=hours, **clients)
    document = preview_document(Head.of("dashboards", found.scope).line, _wanted(found), live)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    write_preview(document, out)
    for line in unread(document):
        sys.stderr.write(f"could not be read: {line}\n")
    typer.echo(f"{out}")


def _hours(window: str) -> float:
    from contracts.durations import parse_duration_s

    try:
        hours = parse_duration_s(window) / 3600
    except ValueError as error:
        raise StageproofError(f"--window {error}, for example 3h") from error
    if not 1 / 60 <= hours <= _LONGEST_WINDOW_HOURS:
        raise StageproofError("--window must be at least 1m and at most 455d, which is what CloudWatch keeps")
    return hours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    found: Found
    head: Head
    plan: Plan
    cloudwatch: Any


def _planned(where: Where, *, adopt: Sequence[str] = ()) -> _Planned:
    from alarms.plan import make_plan
    from alarms.plan_text import Head

    found = where.find()
    made = make_plan(_wanted(found), _held(found), owner=found.scope.owner, adopt=adopt)
    return _Planned(
        found=found,
        head=Head.of("dashboards", found.scope),
        plan=made,
        cloudwatch=found.session.client("cloudwatch"),
    )


def _wanted(found: Found) -> tuple[Resource, ...]:
    from dashboards.desired import desired_dashboards

    return desired_dashboards(found.expectations.dashboards, found.scope, wanted_alarms(found))


def _held(found: Found) -> dict[str, Resource]:
    from dashboards.actual import read_dashboards
    from dashboards.desired import dashboard_names_start

    start = dashboard_names_start(found.expectations.dashboards, found.scope)
    with_tags = bool(found.expectations.dashboards.tags)
    return read_dashboards(found.session.client("cloudwatch"), name_prefix=start, with_tags=with_tags)
