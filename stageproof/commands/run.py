"""``stageproof run``: a night at a deployed stage: traffic, collection, verdicts, reports."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.errors import StageproofError
from stageproof.commands import options
from stageproof.exit_codes import FailOn, exit_code
from stageproof.target import DEFAULT_CONFIG

if TYPE_CHECKING:
    from contracts.expectations import Expectations

HELP = (
    "Drive traffic at a deployed stage, collect what AWS recorded of it, judge it, and write the reports.\n\n"
    "Examples:\n\n"
    "  stageproof run dev\n\n"
    '  stageproof run prod --operation "GET *" --max-examples 50 --time-budget 20m --out recordings/prod'
)


def run(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="A table [stages.NAME] of the file.")],
    config: options.Config = DEFAULT_CONFIG,
    out: Annotated[Path | None, typer.Option(help="The recording's folder; recordings/STAGE-TIME by default.")] = None,
    seed: Annotated[int | None, typer.Option(help="Repeat the traffic of a run.", min=0)] = None,
    max_examples: Annotated[int | None, typer.Option(help="Examples of each operation and phase.", min=1)] = None,
    time_budget: Annotated[str | None, typer.Option(help="How long traffic may take (10m, 90s, 1h30m).")] = None,
    operation: Annotated[
        list[str] | None, typer.Option(help='Only these operations (globs on "METHOD /path"); may be repeated.')
    ] = None,
    fail_on: Annotated[list[FailOn] | None, typer.Option(help="What else makes the exit code 1.")] = None,
    continued: Annotated[
        Path | None, typer.Option("--continue", metavar="DIR", help="Go on with an interrupted run.")
    ] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
) -> None:
    """Carry out a night; the exit code says whether something is broken."""
    from contracts.expectations import load_expectations
    from contracts.judgement import judge
    from contracts.recording import Recording
    from probes.night import NightPlan, observe
    from reports.write import write_reports
    from stageproof.progress import NightProgress
    from stageproof.summary import print_summary

    if continued is not None and out is not None:
        raise StageproofError("--continue and --out name two folders: give one of them")
    traffic = {"seed": seed, "max_examples": max_examples, "time_budget": time_budget, "operations": operation}
    access = {"profile": profile, "region": region, "endpoint_url": endpoint_url}
    expectations = overridden(load_expectations(config), stage, traffic=traffic, access=access)
    directory = continued or out or Path("recordings", f"{stage}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    plan = NightPlan(stage=stage, expectations=expectations, directory=directory, is_continued=continued is not None)
    with NightProgress() as progress:
        observe(plan, progress)
    judgement = judge(Recording.open(directory), today=datetime.now(UTC).date())
    written = write_reports(judgement, directory)
    print_summary(judgement, written)
    raise typer.Exit(exit_code(judgement, fail_on or ()))


def overridden(
    expectations: Expectations, stage: str, *, traffic: dict[str, Any], access: dict[str, Any]
) -> Expectations:
    """Return expectations in which the flags that were given stand above the file, validated like the file.

    Raises:
        StageproofError: If a flag's value is not what the key allows.
    """
    from pydantic import ValidationError

    from contracts.expectation_faults import ExpectationsError, sentences
    from contracts.expectations import Expectations

    document = expectations.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    expectations.stage(stage)
    document.setdefault("traffic", {}).update({key: value for key, value in traffic.items() if value})
    if traffic["seed"] == 0:
        document["traffic"]["seed"] = 0
    document["stages"][stage].update({key: value for key, value in access.items() if value})
    try:
        return Expectations.model_validate_json(json.dumps(document))
    except ValidationError as error:
        lines = sentences(error, model=Expectations, text="", source="the command line")
        raise ExpectationsError("\n".join(lines)) from error
