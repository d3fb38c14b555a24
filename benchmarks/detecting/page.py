"""The table of detection: on the terminal, and as a page for the documentation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2

from benchmarks.detecting.findings import Finding, new_failures
from benchmarks.detecting.lint import Linted, Linter
from benchmarks.detecting.results import FaultResult, HealthyResult, Results, Shown
from contracts.rule import TOPICS
from sandbox.faults.fault import Fault

HERE = Path(__file__).resolve().parent
STAGEPROOF, SCHEMATHESIS, CFN_LINT, CHECKOV = TOOLS = ("Stageproof", "schemathesis run", "cfn-lint", "Checkov")
YES, NO, NOT_EXPRESSED, NOT_RUN, ERROR = "yes", "no", "—", "not run", "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one tool made of one fault: an answer, and what proves it."""

    answer: str
    proof: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the tool found the fault."""
        return self.answer == YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault. ``cells`` holds what each tool made of it, ``expressed`` whether a template shows it."""

    fault: Fault
    cells: Mapping[str, Cell]
    expressed: bool

    @property
    def found_by(self) -> tuple[str, ...]:
        """The tools that found it."""
        return tuple(tool for tool in TOOLS if self.cells[tool].found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How many faults there are, how many a template expresses, and how many each tool found."""

    name: str
    faults: int
    expressed: int
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a tool reports of the healthy API."""

    check: str
    title: str
    subjects: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The whole benchmark, ready to be shown."""

    rows: tuple[Row, ...]
    results: Results
    linted: Linted
    unmeasured: tuple[Fault, ...] = ()

    @classmethod
    def of(cls, faults: Sequence[Fault], results: Results, linted: Linted) -> Table:
        """Make the table of faults, in the order of their rules."""
        ordered = sorted(faults, key=lambda fault: (fault.rule, fault.fault_id))
        rows = tuple(_row(fault, results, linted) for fault in ordered if fault.fault_id in results.faults)
        unmeasured = tuple(fault for fault in ordered if fault.fault_id not in results.faults)
        return cls(rows=rows, results=results, linted=linted, unmeasured=unmeasured)

    def sums(self) -> tuple[Sum, ...]:
        """Return the sums by topic, and that of all at the end."""
        topics = ((name, [row for row in self.rows if row.fault.rule[:2] == code]) for code, name in TOPICS.items())
        return (*(_sum(name, rows) for name, rows in topics if rows), _sum("All", self.rows))

    def missed(self) -> tuple[Row, ...]:
        """Return the faults that Stageproof did not find, and those that another tool found are among them."""
        return tuple(row for row in self.rows if not row.cells[STAGEPROOF].found)

    def healthy(self) -> dict[str, tuple[Reported, ...]]:
        """Return what each tool reports of the healthy API."""
        runs = self.results.healthy.values()
        failures = {failure for run in runs for failure in run.schemathesis.failures}
        return {
            SCHEMATHESIS: _reported(failures, {}),
            CFN_LINT: _reported(self.linted.cfn_lint.healthy, self.linted.cfn_lint.titles),
            CHECKOV: _reported(self.linted.checkov.healthy, self.linted.checkov.titles),
        }

    def repeated(self) -> tuple[Finding, ...]:
        """Return what Schemathesis reports of a second deployment of the healthy API and not of the first: chance."""
        runs = self.results.healthy.values()
        return tuple(each for run in runs for each in new_failures(run.repeated.failures, run.schemathesis.failures))

    def false_alarms(self) -> tuple[str, ...]:
        """Return what Stageproof finds broken about the healthy API."""
        return tuple(sorted({other for run in self.results.healthy.values() for other in run.stageproof.others}))


def _row(fault: Fault, results: Results, linted: Linted) -> Row:
    result = results.faults[fault.fault_id]
    expressed = fault.fault_id in linted.expressed
    cells = {
        STAGEPROOF: _stageproof(fault, result),
        SCHEMATHESIS: _schemathesis(
            result, results.healthy.get(Shown(example=fault.example, operations=result.operations))
        ),
        CFN_LINT: _lint(result, linted.cfn_lint, expressed=expressed),
        CHECKOV: _lint(result, linted.checkov, expressed=expressed),
    }
    return Row(fault=fault, cells=cells, expressed=expressed)


def _stageproof(fault: Fault, result: FaultResult) -> Cell:
    if result.stageproof.error is not None:
        return Cell(answer=ERROR, proof=(result.stageproof.error,))
    others = sorted({other.split(" ")[0] for other in result.stageproof.others} - {fault.rule})
    return Cell(answer=YES if result.stageproof.found else NO, proof=tuple(others))


def _schemathesis(result: FaultResult, healthy: HealthyResult | None) -> Cell:
    run = result.schemathesis
    if run.error is not None or healthy is None or healthy.schemathesis.error is not None:
        return Cell(answer=ERROR, proof=(run.error or "the healthy API was not tried",))
    found = new_failures(run.failures, healthy.schemathesis.failures)
    proof = tuple(sorted({failure.check for failure in found}))
    if not found and run.stopped:
        return Cell(answer=NO, proof=("the time was spent",))
    return Cell(answer=YES if found else NO, proof=proof)


def _lint(result: FaultResult, linter: Linter, *, expressed: bool) -> Cell:
    if not linter.ran:
        return Cell(answer=NOT_RUN)
    if result.template.error is not None:
        return Cell(answer=ERROR, proof=(result.template.error,))
    if not expressed:
        return Cell(answer=NOT_EXPRESSED)
    found = linter.new[result.fault_id]
    return Cell(answer=YES if found else NO, proof=tuple(sorted({finding.check for finding in found})))


def _sum(name: str, rows: Sequence[Row]) -> Sum:
    found = Counter(tool for row in rows for tool in row.found_by)
    return Sum(
        name=name,
        faults=len(rows),
        expressed=sum(row.expressed for row in rows),
        found={tool: found[tool] for tool in TOOLS},
    )


def _reported(findings: Iterable[Finding], titles: Mapping[str, str]) -> tuple[Reported, ...]:
    subjects: dict[str, set[str]] = {}
    for finding in findings:
        told = f"{finding.subject}: {finding.status}" if finding.status else finding.subject
        subjects.setdefault(finding.check, set()).add(told)
    return tuple(
        Reported(check=check, title=titles.get(check, ""), subjects=tuple(sorted(held)))
        for check, held in sorted(subjects.items())
    )


def as_text(table: Table) -> str:
    """Return the table and its sums for a terminal."""
    lines = [f"{'fault':<36}{'rule':<8}" + "".join(f"{tool:<18}" for tool in TOOLS)]
    for row in table.rows:
        answers = "".join(f"{row.cells[tool].answer:<18}" for tool in TOOLS)
        lines.append(f"{row.fault.fault_id:<36}{row.fault.rule:<8}{answers}".rstrip())
    lines.append("")
    for each in table.sums():
        counts = "".join(f"{each.found[tool]:<18}" for tool in TOOLS)
        lines.append(f"{each.name:<36}{each.faults:<8}{counts}({each.expressed} expressed)")
    return "\n".join(lines)


def as_markdown(table: Table, *, command: str) -> str:
    """Return the page.

    Args:
        table: The table.
        command: The command that makes it.
    """
    loader = jinja2.FileSystemLoader(HERE)
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["cell"] = _in_a_cell
    reasons: dict[str, Any] = json.loads((HERE / "healthy_findings.json").read_text(encoding="utf-8"))
    return environment.get_template("detection.md.j2").render(
        table=table,
        command=command,
        tools=TOOLS,
        reasons=reasons,
        today=datetime.now(UTC).date(),
        budget=table.results.budget,
    )


def _in_a_cell(text: str) -> str:
    """Return a text for a cell of a table: on one line, with what Markdown or HTML would take for itself escaped."""
    escaped = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace("|", "\\|")
