"""The results of a run: one JSON a line, written as they come, so that an interrupted run goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cattrs

from benchmarks.detecting.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What both testers may spend on each fault: examples an operation, the seed, and seconds."""

    max_examples: int = 8
    seed: int = 1
    time_limit_s: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Operations of an example API, as globs."""

    example: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageproofResult:
    """What a small night said. ``others`` are the other broken rules with their subjects; ``error``: it did not run."""

    found: bool = False
    others: tuple[str, ...] = ()
    elapsed_s: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemathesisResult:
    """What ``schemathesis run`` said; ``stopped`` that its time was spent, ``error`` that it did not run."""

    failures: tuple[Finding, ...] = ()
    cases: int = 0
    stopped: bool = False
    elapsed_s: float = 0.0
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateResult:
    """Whether templates were written (``error`` says why not), and the healthy ones to hold them against."""

    reference: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultResult:
    """All about one planted fault."""

    fault_id: str
    operations: tuple[str, ...]
    stageproof: StageproofResult
    schemathesis: SchemathesisResult
    template: TemplateResult

    @property
    def failed(self) -> bool:
        """Whether a tool could not be run."""
        return any(part.error is not None for part in (self.stageproof, self.schemathesis, self.template))


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthyResult:
    """What is reported of operations of a healthy API: by Schemathesis, again by it, and by Stageproof."""

    example: str
    operations: tuple[str, ...]
    schemathesis: SchemathesisResult
    repeated: SchemathesisResult
    stageproof: StageproofResult


@dataclass(slots=True, kw_only=True)
class Results:
    """All results of a run."""

    budget: Budget
    faults: dict[str, FaultResult] = field(default_factory=dict)
    healthy: dict[Shown, HealthyResult] = field(default_factory=dict)

    def add(self, result: FaultResult | HealthyResult) -> None:
        """Take a result in place of an earlier one."""
        if isinstance(result, FaultResult):
            self.faults[result.fault_id] = result
        else:
            self.healthy[Shown(example=result.example, operations=result.operations)] = result


class ResultsError(Exception):
    """The file of an earlier run cannot be gone on with."""


def append(path: Path, result: Budget | FaultResult | HealthyResult) -> None:
    """Write one more line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({type(result).__name__: asdict(result)}, ensure_ascii=False) + "\n")


def read(path: Path) -> Results:
    """Read the results that are there; a line that was cut off with the run is left out.

    Raises:
        ResultsError: If the file does not begin with a budget.
    """
    lines = list(_lines(path))
    if not lines or "Budget" not in lines[0]:
        raise ResultsError(f"{path} holds no results of this benchmark")
    results = Results(budget=cattrs.structure(lines[0]["Budget"], Budget))
    for line in lines[1:]:
        if "FaultResult" in line:
            results.add(cattrs.structure(line["FaultResult"], FaultResult))
        elif "HealthyResult" in line:
            results.add(cattrs.structure(line["HealthyResult"], HealthyResult))
    return results


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        try:
            yield json.loads(line)
        except ValueError:
            continue
