from __future__ import annotations

from contracts.evidence import Completeness
from reports.view.completeness import EvidenceView, Kind, OperationTraffic, completeness_of, evidence_view
from tests.reports.judgements import DENIED, calm, faulty, judgement, transaction


def test_what_is_missing_is_told_with_its_reason() -> None:
    shown = evidence_view(faulty())
    assert shown == EvidenceView(
        kinds=(
            Kind(name="Examples sent", found=118, expected=120, percent=98, missing=("POST /legacy/users",)),
            Kind(
                name="Execution logs",
                found=43,
                expected=44,
                percent=97,
                missing=("00000004-0000",),
                reason=DENIED.reason,
                remedy=DENIED.remedy or "",
            ),
            Kind(name="Access log entries", found=44, expected=44, percent=100),
            Kind(name="Traces", found=44, expected=44, percent=100),
            Kind(name="Metrics", found=12, expected=12, percent=100),
        ),
        operations=(
            OperationTraffic(operation="GET /users/{userId}", requested=40, sent=40),
            OperationTraffic(operation="POST /legacy/users", requested=20, sent=18),
            OperationTraffic(operation="POST /users", requested=60, sent=60),
        ),
        whole=False,
    )
    assert evidence_view(calm()).whole


def test_without_a_collectors_account_the_joined_evidence_is_counted() -> None:
    night = judgement([], [transaction(1), transaction(2, lines=None)])
    assert completeness_of(night, "executions") == Completeness(expected=2, found=1, missing=("x00002",))
    assert completeness_of(night, "traces") == Completeness(expected=2, found=2)
