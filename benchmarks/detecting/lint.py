"""What the linters find of each fault, held against the templates of the healthy API."""

from __future__ import annotations

import importlib.metadata
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.detecting import linters, templates
from benchmarks.detecting.findings import Finding, new_findings
from benchmarks.detecting.results import FaultResult, Results

HEALTHY = ("healthy", templates.HTTP_API_REFERENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linter:
    """One linter's findings: ``new`` those of each fault, ``healthy`` those of the healthy API; titles by check."""

    new: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    healthy: frozenset[Finding] = frozenset()
    titles: Mapping[str, str] = field(default_factory=dict)
    ran: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """All that linters say. ``expressed`` holds the faults that a template shows at all."""

    expressed: frozenset[str]
    cfn_lint: Linter
    checkov: Linter
    versions: Mapping[str, str]


def lint(results: Results, folder: Path, checkov: Path | None) -> Linted:
    """Run the linters over the templates of every fault that one of them expresses.

    Args:
        results: The results, whose templates are compared.
        folder: Where templates are.
        checkov: Checkov's command; None leaves it out.

    Raises:
        LinterError: If one does not run.
    """
    there = {each.fault_id: each for each in results.faults.values() if each.template.error is None}
    expressed = {
        fault_id: each
        for fault_id, each in there.items()
        if templates.is_expressed(folder / fault_id, folder / each.template.reference)
    }
    with tempfile.TemporaryDirectory() as chosen:
        place = Path(chosen)
        for name in (*expressed, *HEALTHY, *{each.template.reference for each in expressed.values()}):
            if not (place / name).exists():
                shutil.copytree(folder / name, place / name)
        with ThreadPoolExecutor() as pool:  # each is one process of its own, and takes minutes
            by_cfn_lint = pool.submit(_cfn_lint, place, expressed)
            by_checkov = pool.submit(_checkov, place, expressed, checkov) if checkov else None
        return Linted(
            expressed=frozenset(expressed),
            cfn_lint=by_cfn_lint.result(),
            checkov=by_checkov.result() if by_checkov else Linter(),
            versions=_versions(checkov),
        )


def _cfn_lint(place: Path, expressed: Mapping[str, FaultResult]) -> Linter:
    paths = sorted(each / name for each in place.iterdir() for name in (templates.BODY, templates.METHODS))
    matches = linters.cfn_lint(paths)
    return _linter(linters.cfn_lint_findings(matches), linters.cfn_lint_titles(matches), place, expressed)


def _checkov(place: Path, expressed: Mapping[str, FaultResult], program: Path) -> Linter:
    reports = linters.checkov(program, place)
    return _linter(linters.checkov_findings(reports), linters.checkov_titles(reports), place, expressed)


def _linter(
    found: linters.Found, titles: Mapping[str, str], place: Path, expressed: Mapping[str, FaultResult]
) -> Linter:
    new = {
        fault_id: new_findings(
            found.get(fault_id, ()),
            found.get(each.template.reference, ()),
            templates.resource_names(place / each.template.reference),
        )
        for fault_id, each in expressed.items()
    }
    return Linter(
        new=new, healthy=frozenset(each for name in HEALTHY for each in found.get(name, ())), titles=titles, ran=True
    )


def _versions(checkov: Path | None) -> dict[str, str]:
    return {
        "Stageproof": importlib.metadata.version("stageproof"),
        "Schemathesis": importlib.metadata.version("schemathesis"),
        "cfn-lint": importlib.metadata.version("cfn-lint"),
        "Checkov": linters.checkov_version(checkov) if checkov else "not run",
    }
