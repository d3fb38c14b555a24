"""``schemathesis run`` as a person would run it: the command line, all checks, the contract, the stage's credentials.

See: https://schemathesis.readthedocs.io/en/stable/reference/cli/
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.detecting.findings import Finding

_CONFIGURATIONS = Path(__file__).resolve().parent / "schemathesis"
_ENDED_BY_ITSELF = frozenset({0, 1})
_ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemathesisPlan:
    """What to run. ``operations`` are names as the contract has them, ``GET /users``; none means all.

    ``example`` is the API's name, ``environ`` holds the secrets that its configuration refers to.
    """

    example: str
    contract: Path
    base_url: str
    operations: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    seed: int
    max_examples: int
    time_limit_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemathesisRun:
    """What came of it. ``cases`` is how many requests were sent; ``stopped`` says that the time was spent."""

    failures: tuple[Finding, ...]
    cases: int
    stopped: bool


class SchemathesisError(Exception):
    """The command line did not run."""


def command(plan: SchemathesisPlan, report: Path) -> list[str]:
    """Return the command line. Failures do not end a scenario early; nothing else departs from the defaults.

    Args:
        plan: What to run.
        report: Where the events go, one JSON a line, as they happen.
    """
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIGURATIONS / f"{plan.example}.toml")]
    words += ["run", str(plan.contract), "--url", plan.base_url]
    words += ["--checks", "all", "--mode", "all", "--max-examples", str(plan.max_examples), "--seed", str(plan.seed)]
    words += ["--continue-on-failure", "--generation-database", "none", "--no-color"]
    words += ["--report", "ndjson", "--report-ndjson-path", str(report)]
    for operation in plan.operations:
        words += ["--include-name", operation]
    return words


def run(plan: SchemathesisPlan) -> SchemathesisRun:
    """Run it and read its report; when the time is spent, what it had reported until then.

    Raises:
        SchemathesisError: If it neither passed nor failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "events.ndjson"
        stopped = False
        try:
            ended = subprocess.run(
                command(plan, report),
                cwd=folder,
                env={**os.environ, **plan.environ},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=plan.time_limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            stopped = True
        else:
            if ended.returncode not in _ENDED_BY_ITSELF or not report.exists():
                raise SchemathesisError(f"schemathesis run ended with {ended.returncode}: {ended.stderr[-500:]}")
        text = report.read_text(encoding="utf-8") if report.exists() else ""
    events = list(_whole(text.split("\n")))
    return SchemathesisRun(failures=failures(events), cases=sum(map(_cases, events)), stopped=stopped)


def failures(events: Iterable[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """Return the failed checks, each once for an operation and a status, and the errors that are no check's.

    Args:
        events: The events of the report.
    """
    found: set[Finding] = set()
    for event in events:
        if "ScenarioFinished" in event:
            found.update(_failed_checks(event["ScenarioFinished"]["recorder"]))
        elif "NonFatalError" in event:
            error = event["NonFatalError"]
            found.add(Finding(check=_ERROR, subject=str(error.get("label", "")), kind=_title(error)))
    return tuple(sorted(found))


def _title(error: Mapping[str, Any]) -> str:
    value = error.get("value")
    return str(value.get("type", "")) if isinstance(value, Mapping) else ""


def _failed_checks(recorder: Mapping[str, Any]) -> Iterator[Finding]:
    for case_id, checks in (recorder.get("checks") or {}).items():
        case = recorder["cases"][case_id]["value"]
        response = (recorder.get("interactions") or {}).get(case_id, {}).get("response") or {}
        for check in checks:
            if check["status"] == "failure":
                subject = f"{case['method']} {case['path']}"
                yield Finding(check=check["name"], subject=subject, status=int(response.get("status_code") or 0))


def _cases(event: Mapping[str, Any]) -> int:
    recorder = event.get("ScenarioFinished", {}).get("recorder", {})
    return len(recorder.get("interactions") or {})


def _whole(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Give the events; a last line that was cut off with the program is none."""
    for line in filter(None, lines):
        try:
            event = json.loads(line)
        except ValueError:
            return
        yield event
