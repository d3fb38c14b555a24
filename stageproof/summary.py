"""The end of a run at a terminal: what is broken, at which step, and where the report is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from contracts.judgement import Judgement

_SHOWN = 20
_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def print_summary(judgement: Judgement, written: Sequence[Path], *, console: Console | None = None) -> None:
    """Print the broken verdicts (the first twenty), the counts, the completeness and the reports' paths."""
    console = console or Console(highlight=False, soft_wrap=True)
    for error in judgement.internal_errors:
        last = error.details.strip().splitlines()[-1]
        console.print(f"[bold red]internal error[/] in rule {error.rule} on {escape(error.subject)}: {escape(last)}")
    for verdict in judgement.broken[:_SHOWN]:
        console.print(
            f"[{_STYLES[verdict.severity]}]{verdict.severity}[/] {verdict.rule} {escape(verdict.subject)}"
            f" [dim]at {verdict.step.replace('_', ' ')}[/]: {escape(verdict.message)}"
        )
    if len(judgement.broken) > _SHOWN:
        console.print(f"… and {len(judgement.broken) - _SHOWN} more in the report")
    _print_counts(judgement, console)
    report = next((path for path in written if path.suffix == ".html"), None)
    if report is not None:
        console.print(f"report: {escape(str(report))}")


def _print_counts(judgement: Judgement, console: Console) -> None:
    counts = judgement.summary
    style = "red" if counts["broken"] else "green"
    console.print(
        f"[{style}]{counts['broken']} broken[/], {counts['held']} held, {counts['undetermined']} undetermined, "
        f"{counts['not_applicable']} not applicable, {counts['waived']} waived"
    )
    evidence = [
        f"{found.found} of {found.expected} {kind.replace('_', ' ')}"
        for kind, found in judgement.completeness.items()
        if found.expected
    ]
    if evidence:
        console.print(f"evidence: {', '.join(evidence)}")
