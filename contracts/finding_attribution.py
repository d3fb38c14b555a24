"""Who answered what a finding is about, and how far it came: added to findings, and summed up for their verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from contracts.attribution import answered_by, reached_backend
from contracts.evidence import Transaction
from contracts.verdict import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What a verdict says of the exchanges that prove it."""

    operations: tuple[str, ...] = ()
    answered_by: tuple[str, ...] = ()
    reached_backend: bool | None = None


def attributed(finding: Finding, by_exchange_id: Mapping[str, Transaction]) -> Finding:
    """Return a finding that says which operation it is about, who answered, and whether the backend was reached.

    A rule that says so itself knows better; a finding without an exchange stays as it is.

    Args:
        finding: What a rule said.
        by_exchange_id: The run's transactions.
    """
    proof = next((by_exchange_id[each] for each in finding.evidence if each in by_exchange_id), None)
    if proof is None:
        return finding
    reached = finding.reached_backend
    return replace(
        finding,
        operation=finding.operation or proof.exchange.operation,
        answered_by=finding.answered_by or answered_by(proof).value,
        reached_backend=reached_backend(proof) if reached is None else reached,
    )


def summed_up(told: Iterable[Finding]) -> Attribution:
    """Sum up attributed findings: each operation and each who answered once; reached as soon as one was."""
    findings = [finding for finding in told if finding.answered_by is not None]
    reached = {finding.reached_backend for finding in findings}
    return Attribution(
        operations=tuple(dict.fromkeys(finding.operation for finding in findings if finding.operation)),
        answered_by=tuple(dict.fromkeys(finding.answered_by for finding in findings if finding.answered_by)),
        reached_backend=True if True in reached else (False if reached == {False} else None),
    )
