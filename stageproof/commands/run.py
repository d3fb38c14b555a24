"""``stageproof run``: a night at a deployed stage: traffic, collection, verdicts, reports."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.errors import StageproofError
from stageproof.commands import options
from stageproof.exit_codes import check_fail_on, exit_code
from stageproof.target import DEFAULT_CONFIG, read_expected

HELP = (
    "Drive traffic at a deployed stage, collect what AWS recorded of it, judge it, and write the reports.\n\n"
    "Examples:\n\n"
    "  stageproof run dev\n\n"
    '  stageproof run prod --operation "GET *" --max-examples 50 --time-budget 20m --out recordings/prod'
)


def run(
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="NAME of a table stages.NAME in the file.")],
    config: options.Config = DEFAULT_CONFIG,
    out: Annotated[Path | None, typer.Option(help="The recording's folder; recordings/STAGE-TIME by default.")] = None,
    seed: Annotated[int | None, typer.Option(help="Repeat the traffic of a run.", min=0)] = None,
    max_examples: Annotated[int | None, typer.Option(help="Examples of each operation and phase.", min=1)] = None,
    time_budget: Annotated[str | None, typer.Option(help="How long traffic may take (10m, 90s, 1h30m).")] = None,
    operation: Annotated[
        list[str] | None, typer.Option(help='Only these operations (globs on "METHOD /path"); may be repeated.')
    ] = None,
    baseline: options.Baseline = None,
    fail_on: options.FailsOn = None,
    continued: Annotated[
        Path | None, typer.Option("--continue", metavar="DIR", help="Go on with an interrupted run.")
    ] = None,
    profile: options.Profile = None,
    region: options.Region = None,
    endpoint_url: options.EndpointUrl = None,
) -> None:
    """Carry out a night; the exit code says whether something is broken."""
    from contracts.baseline import load_baseline
    from contracts.judgement import judge
    from contracts.recording import Recording
    from probes.night import NightPlan, observe
    from reports.write import write_reports
    from stageproof.progress import NightProgress
    from stageproof.summary import print_summary

    if continued is not None and out is not None:
        raise StageproofError("--continue and --out name two folders: give one of them")
    check_fail_on(fail_on or (), baseline)
    before = None if baseline is None else load_baseline(baseline)  # a night is long: what cannot be read ends it now
    traffic = {"seed": seed, "max_examples": max_examples, "time_budget": time_budget, "operations": operation}
    access = {"profile": profile, "region": region, "endpoint_url": endpoint_url}
    expected = read_expected(config, stage, traffic=traffic, access=access)
    directory = continued or out or Path("recordings", f"{stage}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    plan = NightPlan(
        stage=stage,
        expectations=expected.expectations,
        contract=expected.contract,
        directory=directory,
        is_continued=continued is not None,
        continue_command=continue_command(stage, config, directory, {**traffic, **access}),
    )
    with stopped_orderly(), NightProgress() as progress:
        observe(plan, progress)
    judgement = judge(Recording.open(directory), today=datetime.now(UTC).date(), baseline=before)
    print_summary(judgement, write_reports(judgement, directory))
    raise typer.Exit(exit_code(judgement, fail_on or ()))


def continue_command(stage: str, config: Path, directory: Path, flags: Mapping[str, Any]) -> str:
    """Return the command that goes on with this run, with the flags that it was given."""
    words = ["stageproof", "run", stage, "--continue", str(directory)]
    if config != DEFAULT_CONFIG:
        words += ["--config", str(config)]
    for key, value in flags.items():
        option = f"--{key.replace('_', '-')}"
        for item in value if isinstance(value, list) else [] if value is None else [value]:
            words += [option if key != "operations" else "--operation", str(item)]
    return shlex.join(words)


@contextmanager
def stopped_orderly() -> Iterator[None]:
    """Take SIGTERM, by which a CI service ends a job, as Ctrl-C: what was recorded is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
