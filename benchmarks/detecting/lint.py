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
_OF_CHECKOV = (
    {templates.METHODS: "cloudformation", templates.TERRAFORM: "terraform"},
    {templates.OPENAPI: "openapi"},
)
"""What Checkov reads: it has no check of CloudFormation that looks into a body."""


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
    names = {*expressed, *HEALTHY, *(each.template.reference for each in expressed.values())}
    differing = {name: _differing(folder, name, expressed) for name in sorted(names)}
    with ThreadPoolExecutor() as pool:  # each is one process of its own, and takes minutes
        by_cfn_lint = pool.submit(_cfn_lint, folder, differing)
        by_checkov = [pool.submit(_checkov, folder, differing, checkov, each) for each in _OF_CHECKOV if checkov]
    return Linted(
        expressed=frozenset(expressed),
        cfn_lint=_linter(*by_cfn_lint.result(), folder, expressed),
        checkov=_linter(*_together([each.result() for each in by_checkov]), folder, expressed) if checkov else Linter(),
        versions=_versions(checkov),
    )


def _differing(folder: Path, name: str, expressed: Mapping[str, FaultResult]) -> frozenset[str]:
    """Return the files in which a fault's templates differ from the healthy ones: the others can show nothing new."""
    files = [each for each in templates.FILES if (folder / name / each).exists()]
    if name not in expressed:
        return frozenset(files)
    reference = folder / expressed[name].template.reference
    return frozenset(each for each in files if (folder / name / each).read_bytes() != (reference / each).read_bytes())


def _cfn_lint(folder: Path, differing: Mapping[str, frozenset[str]]) -> tuple[linters.Found, dict[str, str]]:
    wanted = (templates.BODY, templates.METHODS)
    matches = linters.cfn_lint(
        [folder / name / each for name in differing for each in wanted if each in differing[name]]
    )
    return linters.cfn_lint_findings(matches), linters.cfn_lint_titles(matches)


def _checkov(
    folder: Path, differing: Mapping[str, frozenset[str]], program: Path, wanted: Mapping[str, str]
) -> tuple[linters.Found, dict[str, str]]:
    """Run Checkov over the files of some languages, apart from those that it would try to read as such in vain."""
    with tempfile.TemporaryDirectory() as chosen:
        for name, files in differing.items():
            for each in files & wanted.keys():
                (Path(chosen) / name).mkdir(exist_ok=True)
                shutil.copy(folder / name / each, Path(chosen) / name / each)
        reports = linters.checkov(program, Path(chosen), sorted(wanted.values()))
    return linters.checkov_findings(reports), linters.checkov_titles(reports)


def _together(parts: list[tuple[linters.Found, dict[str, str]]]) -> tuple[linters.Found, dict[str, str]]:
    found: linters.Found = {}
    titles: dict[str, str] = {}
    for part, named in parts:
        titles.update(named)
        for name, findings in part.items():
            found.setdefault(name, set()).update(findings)
    return found, titles


def _linter(
    found: linters.Found, titles: Mapping[str, str], folder: Path, expressed: Mapping[str, FaultResult]
) -> Linter:
    new = {
        fault_id: new_findings(
            found.get(fault_id, ()),
            found.get(each.template.reference, ()),
            templates.resource_names(folder / each.template.reference),
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
