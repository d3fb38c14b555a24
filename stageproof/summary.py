"""The end of a run at a terminal: what is broken, at which step, and where the report is; at most 25 lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from contracts.evidence import Completeness
    from contracts.judgement import Judgement
    from contracts.verdict import Verdict
    from sandbox.faults.fault import Fault

_LINES = 25
_SHOWN_ERRORS = 3
_PLAIN_WIDTH = 160
"""Columns in a CI log, which no terminal wraps."""

_NARROW_WIDTH = 80
"""Columns below which a fault is told without its step, so that there is room for what it is."""

_STYLES = {"error": "bold red", "warning": "yellow", "note": "dim"}


def print_summary(
    judgement: Judgement, written: Sequence[Path], *, planted: Sequence[Fault] = (), console: Console | None = None
) -> None:
    """Print what came of a run.

    Args:
        judgement: The judged run.
        written: The reports' paths.
        planted: The faults of a demo; whether each was found is told in place of the broken verdicts.
        console: Where to print; None is standard output.
    """
    console = console or Console(highlight=False, soft_wrap=True)
    width = console.width if console.is_terminal else _PLAIN_WIDTH
    head = ["", *_internal_errors(judgement, width), *_headline(judgement), *_since(judgement, width)]
    foot = list(_footer(judgement, width))
    room = _LINES - len(head) - len(foot) - 1
    details = _faults(planted, judgement, width, room) if planted else _broken(judgement, width, room)
    for line in (*head, *details, *foot):
        console.print(line)
    report = next((path for path in written if path.suffix == ".html"), None)
    if report is not None:
        console.print(f"  report    {escape(str(report.resolve()))}")


def was_found(fault: Fault, judgement: Judgement) -> bool:
    """Say whether a planted fault is told by its rule, of its subject and at its step."""
    wanted = (fault.rule, fault.subject, fault.step)
    return any((verdict.rule, verdict.subject, verdict.step.value) == wanted for verdict in judgement.broken)


def _internal_errors(judgement: Judgement, width: int) -> Iterator[str]:
    for error in judgement.internal_errors[:_SHOWN_ERRORS]:
        last = error.details.strip().splitlines()[-1]
        text = _cut(f"in rule {error.rule} on {error.subject}: {last}", width - 16)
        yield f"[bold red]internal error[/] {escape(text)}"


def _headline(judgement: Judgement) -> Iterator[str]:
    name = judgement.configuration.api_name or judgement.manifest.api_id
    count = judgement.summary["broken"]
    found = f"[bold red]{count} broken[/]" if count else "[bold green]nothing broken[/]"
    yield f"{escape(name)}, stage {escape(judgement.manifest.stage)}: {found}"
    yield ""


def _since(judgement: Judgement, width: int) -> Iterator[str]:
    if judgement.since is not None:
        from reports.view.since import since_sentence

        before = judgement.since.baseline
        yield f"  {escape(_cut(f'since {before.started_at}: {since_sentence(judgement)}', width - 2))}"
        yield ""


def _broken(judgement: Judgement, width: int, room: int) -> Iterator[str]:
    """Tell of the worst verdicts in two lines each; the last two lines are kept for what stays untold."""
    shown = (room - 2) // 2
    since = judgement.since
    new_first = sorted(judgement.broken, key=lambda verdict: since is not None and not since.is_new(verdict))
    for verdict in new_first[:shown]:
        yield from _verdict(verdict, width, mark="new" if since is not None and since.is_new(verdict) else "")
    if len(judgement.broken) > shown:
        yield f"  … and {len(judgement.broken) - shown} more in the report"
    if judgement.broken:
        yield ""


def _verdict(verdict: Verdict, width: int, *, mark: str = "") -> tuple[str, str]:
    severity, step = verdict.severity.value, verdict.step.value.replace("_", " ")
    head = f"  [{_STYLES[severity]}]{severity:<8}[/] {verdict.rule}  {escape(verdict.subject)} [dim]at {step}[/]"
    head += f" [bold red]{mark}[/]" if mark else ""
    told = f", answered by {', '.join(verdict.answered_by)}" if verdict.answered_by else ""
    room = width - 19 - len(f"{verdict.rule}{verdict.subject}{step}{mark}")
    head += f"[dim]{escape(told)}[/]" if told and len(told) <= room else ""
    return head, f"           {escape(_cut(verdict.message, width - 11))}"


def _faults(planted: Sequence[Fault], judgement: Judgement, width: int, room: int) -> Iterator[str]:
    """Tell of every fault whether it was found; where that is too long, of the missed ones first."""
    told = [(fault, was_found(fault, judgement)) for fault in planted]
    yield f"  {sum(is_found for _, is_found in told)} of {len(told)} planted faults found"
    shown = room - 3
    if len(told) > shown:
        told.sort(key=lambda each: each[1])
    for fault, is_found in told[:shown]:
        mark = "[green]found [/]" if is_found else "[bold red]MISSED[/]"
        place = fault.rule if width < _NARROW_WIDTH else f"{fault.rule} {fault.step.replace('_', ' '):<20}"
        yield f"  {mark}  {place}  {escape(_cut(fault.title, width - 12 - len(place)))}"
    if len(told) > shown:
        yield f"  … and {len(told) - shown} more, {'all' if told[shown][1] else 'not all'} of them found"
    yield ""


def _footer(judgement: Judgement, width: int) -> Iterator[str]:
    counts = judgement.summary
    words = [f"{counts[name]} {name.replace('_', ' ')}" for name in ("held", "broken", "undetermined", "waived")]
    yield f"  verdicts  {', '.join(words)}, {counts['not_applicable']} not applicable"
    completeness = judgement.completeness
    evidence = [_share(kind, found) for kind, found in completeness.items() if found.expected]
    if evidence:
        yield f"  evidence  {', '.join(evidence)}"
    for kind, found in completeness.items():
        if found.found < found.expected and found.reason:
            text = f"{kind.replace('_', ' ')}: {found.reason}" + (f"; {found.remedy}" if found.remedy else "")
            yield f"            [yellow]{escape(_cut(text, width - 12))}[/]"
    if not judgement.manifest.complete:
        yield "            [yellow]the recording is incomplete: the run was interrupted[/]"


def _share(kind: str, found: Completeness) -> str:
    number = str(found.found) if found.found >= found.expected else f"{found.found} of {found.expected}"
    return f"{number} {kind.replace('_', ' ')}"


def _cut(text: str, width: int) -> str:
    """Return a text on one line of a width."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(1, width - 1)].rstrip() + "…"
