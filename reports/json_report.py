"""``verdicts.json``: the verdicts for scripts, in a format that stays (``reports/verdicts.schema.json``)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.baseline import Moved, Movement, SinceBaseline
from contracts.judgement import Judgement
from contracts.verdict import Finding, Verdict
from reports.files import write_text
from reports.view.completeness import KINDS, completeness_of, operation_traffic
from reports.view.run_facts import api_name, headline

_HALVES = re.compile("[\ud800-\udfff]")

FORMAT = 1
"""The version of the format. A field may be added within it; none is removed or changes its meaning."""


def verdicts_document(judgement: Judgement) -> dict[str, Any]:
    """Return the document of ``verdicts.json``."""
    document = {
        "format": FORMAT,
        "run": _run(judgement),
        "summary": dict(judgement.summary),
        "completeness": _completeness(judgement),
        "verdicts": [_verdict(verdict) for verdict in judgement.verdicts],
        "since_baseline": _since(judgement.since),
        "internal_errors": [
            {"rule": error.rule, "subject": error.subject, "details": error.details}
            for error in judgement.internal_errors
        ],
    }
    return {name: _whole(part) for name, part in document.items()}


def write_verdicts(judgement: Judgement, path: Path) -> None:
    """Write ``verdicts.json``; it is ASCII, so that every reader takes it.

    Raises:
        StageproofError: If the file cannot be written.
    """
    write_text(path, json.dumps(verdicts_document(judgement), indent=2) + "\n")


def _run(judgement: Judgement) -> dict[str, Any]:
    manifest, metadata = judgement.manifest, judgement.configuration.metadata
    return {
        "run_id": manifest.run_id,
        "stage": manifest.stage,
        "rest_api_id": manifest.api_id,
        "rest_api_name": api_name(judgement),
        **({"http_api_id": manifest.http_api_id} if manifest.http_api_id else {}),
        "account_id": metadata.account_id,
        "region": metadata.region,
        "invoke_url": metadata.invoke_url,
        "seed": manifest.seed,
        "started_at": _time(manifest.started_at),
        "finished_at": _time(manifest.finished_at),
        "complete": manifest.complete,
        "contract_digest": manifest.contract_digest or judgement.contract.digest,
        "stageproof_version": manifest.stageproof_version,
        "result": headline(judgement).state,
    }


def _completeness(judgement: Judgement) -> dict[str, Any]:
    traffic = operation_traffic(judgement)
    exchanges = {
        "requested": sum(item.requested for item in traffic),
        "sent": sum(item.sent for item in traffic),
        "by_operation": {item.operation: {"requested": item.requested, "sent": item.sent} for item in traffic},
    }
    others = (kind for kind in judgement.completeness if kind not in {*KINDS, "exchanges"})
    return {"exchanges": exchanges, **{kind: _found(judgement, kind) for kind in (*KINDS, *others)}}


def _found(judgement: Judgement, kind: str) -> dict[str, Any]:
    found = completeness_of(judgement, kind)
    return {
        "expected": found.expected,
        "found": found.found,
        "missing": list(found.missing),
        "reason": found.reason,
        "remedy": found.remedy,
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    waiver = verdict.waived
    return {
        "rule": verdict.rule,
        "severity": verdict.severity.value,
        "step": verdict.step.value,
        "subject": verdict.subject,
        "outcome": verdict.outcome.value,
        "message": verdict.message,
        "failure_modes": list(verdict.failure_modes),
        "evidence": list(verdict.evidence),
        "operations": list(verdict.operations),
        "answered_by": list(verdict.answered_by),
        "reached_backend": verdict.reached_backend,
        "findings": [_finding(finding) for finding in verdict.findings],
        "waived": waiver and {"reason": waiver.reason, "expires_on": waiver.expires_on.isoformat()},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "message": finding.message,
        "evidence": list(finding.evidence),
        "operation": finding.operation,
        "answered_by": finding.answered_by,
        "reached_backend": finding.reached_backend,
        "remedy": finding.remedy,
    }


def _since(since: SinceBaseline | None) -> dict[str, Any] | None:
    if since is None:
        return None
    baseline = since.baseline
    run = {"run_id": baseline.run_id, "stage": baseline.stage, "started_at": baseline.started_at}
    return {"baseline": run, **{movement.value: [_moved(item) for item in since.of(movement)] for movement in Movement}}


def _moved(item: Moved) -> dict[str, str]:
    return {"rule": item.rule, "subject": item.subject, "before": item.before, "now": item.now}


def _whole(part: Any) -> Any:
    """Replace halves of surrogate pairs, which strict JSON readers refuse, in every text below a value."""
    if isinstance(part, str):
        return _HALVES.sub("\ufffd", part)
    if isinstance(part, dict):
        return {_whole(name): _whole(value) for name, value in part.items()}
    return [_whole(value) for value in part] if isinstance(part, list) else part


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
