"""cfn-lint and Checkov as external commands, over all templates at once.

See: https://github.com/aws-cloudformation/cfn-lint
See: https://www.checkov.io/2.Basics/CLI%20Command%20Reference.html
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.detecting.findings import Finding

_ANSWERS_OF_CFN_LINT = frozenset({0, 2, 4, 6, 8, 10, 12, 14})
_ANSWERS_OF_CHECKOV = frozenset({0, 1})
_CFN_LINT = str(Path(sys.executable).with_name("cfn-lint"))
_TIME_LIMIT_S = 3600

Found = dict[str, set[Finding]]
"""Findings by the folder of the file."""

Reports = list[Mapping[str, Any]]
"""Checkov's reports: one for each of the languages that it looks at."""


class LinterError(Exception):
    """A linter did not run."""


def cfn_lint(templates: list[Path]) -> Reports:
    """Return cfn-lint's matches in templates; all its levels, informational too, are asked for.

    Raises:
        LinterError: If it does not run.
    """
    words = [_CFN_LINT, "--format", "json", "--include-checks", "I", "--", *map(str, templates)]
    matches: Reports = json.loads(_output(words, _ANSWERS_OF_CFN_LINT) or "[]")
    return matches


def cfn_lint_findings(matches: Reports) -> Found:
    """Return cfn-lint's matches as findings: a rule at a resource."""
    found: Found = {}
    for match in matches:
        path = [str(part) for part in match["Location"].get("Path") or ()]
        subject = path[1] if path[:1] == ["Resources"] and len(path) > 1 else "/".join(path[:1])
        finding = Finding(check=match["Rule"]["Id"], subject=subject)
        found.setdefault(Path(match["Filename"]).parent.name, set()).add(finding)
    return found


def cfn_lint_titles(matches: Reports) -> dict[str, str]:
    """Return the titles of cfn-lint's rules by their ids."""
    return {match["Rule"]["Id"]: str(match["Rule"]["ShortDescription"]) for match in matches}


def checkov(program: Path, folder: Path, languages: list[str]) -> Reports:
    """Return what Checkov says of the files in a folder.

    Args:
        program: Checkov's command; it lives in an environment of its own.
        folder: The folder.
        languages: What they are written in (Checkov's frameworks).

    Raises:
        LinterError: If it does not run.
    """
    words = [str(program), "--directory", str(folder), "--output", "json", "--compact", "--quiet", "--skip-download"]
    told = _output([*words, "--framework", *languages], _ANSWERS_OF_CHECKOV)
    reports = json.loads(told)
    return reports if isinstance(reports, list) else [reports]


def checkov_findings(reports: Reports) -> Found:
    """Return Checkov's failed checks as findings: a check at a resource."""
    found: Found = {}
    for report in reports:
        for failed in (report.get("results") or {}).get("failed_checks") or ():
            kind, _, subject = str(failed["resource"]).partition(".")
            finding = Finding(check=failed["check_id"], subject=subject or kind, kind=kind if subject else "")
            found.setdefault(Path(failed["file_path"]).parent.name, set()).add(finding)
    return found


def checkov_titles(reports: Reports) -> dict[str, str]:
    """Return the titles of Checkov's checks by their ids."""
    failed = [each for report in reports for each in (report.get("results") or {}).get("failed_checks") or ()]
    return {each["check_id"]: str(each["check_name"]) for each in failed}


def checkov_version(program: Path) -> str:
    """Return Checkov's version."""
    return _output([str(program), "--version"], frozenset({0})).strip()


def _output(command: list[str], fine: frozenset[int]) -> str:
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIME_LIMIT_S, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LinterError(f"{command[0]}: {error}") from error
    if ended.returncode not in fine:
        raise LinterError(f"{' '.join(command[:3])} ended with {ended.returncode}: {ended.stderr[-500:]}")
    return ended.stdout
