"""``stageproof report``: write the reports of a recording."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from stageproof.commands import options

HELP = (
    "Write report.html, verdicts.json, junit.xml and summary.md of a recording.\n\n"
    "Example: stageproof report recordings/dev-20260301 --out public"
)


def report(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="The folder that a run wrote.")],
    out: Annotated[Path | None, typer.Option(help="Where reports go; the recording's folder by default.")] = None,
    baseline: options.Baseline = None,
) -> None:
    """Write the reports; the exit code tells only whether they could be written."""
    from contracts.baseline import load_baseline
    from contracts.judgement import judge
    from contracts.recording import Recording
    from reports.write import write_reports

    before = None if baseline is None else load_baseline(baseline)
    judgement = judge(Recording.open(recording), today=datetime.now(UTC).date(), baseline=before)
    for path in write_reports(judgement, out or recording):
        typer.echo(str(path))
