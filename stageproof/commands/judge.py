"""``stageproof judge``: judge a recording again, offline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stageproof.commands import options
from stageproof.exit_codes import check_fail_on, exit_code

HELP = (
    "Judge a recording again, with today's rules and no AWS account, and write its reports.\n\n"
    "Example: stageproof judge recordings/dev-20260301 --config stageproof.toml"
)


def judge(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="The folder that a run wrote.")],
    config: Annotated[
        Path | None, typer.Option(help="Newer expectations than those in the recording (stageproof.toml).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where reports go; the recording's folder by default.")] = None,
    baseline: options.Baseline = None,
    fail_on: options.FailsOn = None,
) -> None:
    """Judge a recording and write its reports."""
    from contracts.baseline import load_baseline
    from contracts.contract import contract_of
    from contracts.expectations import load_expectations
    from contracts.judgement import judge as judge_recording
    from contracts.recording import Recording
    from reports.write import write_reports
    from stageproof.summary import print_summary
    from stageproof.target import check_names

    check_fail_on(fail_on or (), baseline)
    before = None if baseline is None else load_baseline(baseline)
    opened = Recording.open(recording)
    expectations = None
    if config is not None:
        expectations = load_expectations(config)
        check_names(expectations, contract_of(opened.contract, source="the recording's contract"), source=str(config))
    judgement = judge_recording(opened, today=datetime.now(UTC).date(), expectations=expectations, baseline=before)
    written = write_reports(judgement, out or recording)
    print_summary(judgement, written)
    raise typer.Exit(exit_code(judgement, fail_on or ()))
