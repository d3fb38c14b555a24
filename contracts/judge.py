"""Runs the catalogue over a recording and gathers findings into verdicts.

A transaction, operation or resource gives findings; a verdict is about a subject. Over many findings BROKEN outweighs
UNDETERMINED, which outweighs HELD: what could not be read is never a pass. A rule that raises is an internal error,
never a verdict.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from functools import partial

from contracts.evidence import Transaction
from contracts.expectation_checks import parameter_faults
from contracts.expectations import Expectations, ExpectationsError, RuleExpectations, RuleProfile
from contracts.finding_attribution import attributed, summed_up
from contracts.rule import PerOperation, PerResource, PerStage, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Outcome, Severity, Verdict, Waiver

logger = logging.getLogger(__name__)

STAGE_SUBJECT = "stage"
"""The subject of verdicts about the stage as a whole."""

PROOFS_KEPT = 5
"""How many broken or undetermined findings a verdict keeps with their proof; the counts tell of all."""

IDS_KEPT = 100
"""How many exchange ids a verdict names."""

_WEIGHT = (Outcome.BROKEN, Outcome.UNDETERMINED, Outcome.HELD, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalError:
    """A rule raised: our fault, reported as such."""

    rule: str
    subject: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdicts of a catalogue over one run."""

    verdicts: tuple[Verdict, ...]
    internal_errors: tuple[InternalError, ...] = ()


def judge_run(run: RunEvidence, catalogue: Iterable[Rule]) -> Judged:
    """Judge a run by every rule that is switched on and judges its kind of API.

    Args:
        run: What was observed and what is expected.
        catalogue: The rules.

    Returns:
        One verdict for each rule and subject, and the rules that raised.

    Raises:
        ExpectationsError: If a parameter of a rule is none that the rule has, or no such value.
    """
    catalogue = tuple(catalogue)
    if faults := list(parameter_faults(run.expectations.rules, catalogue)):
        raise ExpectationsError("\n".join(faults))
    verdicts: list[Verdict] = []
    errors: list[InternalError] = []
    for rule in configured(catalogue, run.expectations.rules):
        if run.configuration.api_kind not in rule.api_kinds:
            continue
        gathered = _findings_by_subject(rule, run, errors)
        verdicts.extend(_verdict(rule, subject, findings, run) for subject, findings in gathered.items())
    explained = _explain(verdicts, {rule.code: rule for rule in catalogue})
    return Judged(verdicts=tuple(_waive(explained, run.expectations, run.today)), internal_errors=tuple(errors))


def configured(catalogue: Iterable[Rule], settings: RuleExpectations) -> Iterator[Rule]:
    """Give the rules that are on, with the severity that the expectations and their profile ask for."""
    for rule in catalogue:
        if any(fnmatchcase(rule.code, pattern) for pattern in settings.off):
            continue
        severity = settings.severity.get(rule.code)
        chosen = replace(rule, severity=severity) if severity else _profiled(rule, settings.profile)
        if chosen is not None:
            yield chosen


def _profiled(rule: Rule, profile: RuleProfile) -> Rule | None:
    """Return a rule as a profile has it: a step up or down; None where the profile asks for no hygiene."""
    if rule.severity is Severity.ERROR or profile is RuleProfile.DEFAULT:
        return rule
    if profile is RuleProfile.STRICT:
        return replace(rule, severity=Severity.ERROR if rule.severity is Severity.WARNING else Severity.WARNING)
    return replace(rule, severity=Severity.NOTE) if rule.severity is Severity.WARNING else None


def _findings_by_subject(rule: Rule, run: RunEvidence, errors: list[InternalError]) -> dict[str, list[Finding]]:
    gathered: dict[str, list[Finding]] = {}
    for subject, call in _calls(rule, run):
        try:
            result = call()
            findings = (result,) if isinstance(result, Finding) else tuple(result)
        except Exception:
            logger.exception("rule raised", extra={"rule": rule.code, "subject": subject})
            errors.append(InternalError(rule=rule.code, subject=subject, details=traceback.format_exc()))
            continue
        for finding in findings:
            gathered.setdefault(finding.subject or subject, []).append(finding)
    return gathered


def _calls(rule: Rule, run: RunEvidence) -> Iterator[tuple[str, Callable[[], Finding | Iterable[Finding]]]]:
    match rule.judge:
        case PerTransaction(judge=judge, test_invocations=are_wanted):
            for transaction in (*run.transactions, *(run.test_invocations if are_wanted else ())):
                yield subject_of(transaction), partial(judge, transaction, run)
        case PerOperation(judge=judge_operation):
            for operation in run.operations:
                yield operation.name, partial(judge_operation, operation, run)
        case PerResource(judge=judge_resource):
            for resource in run.resources:
                yield resource.path, partial(judge_resource, resource, run)
        case PerStage(judge=judge_stage):
            yield STAGE_SUBJECT, partial(judge_stage, run)


def subject_of(transaction: Transaction) -> str:
    """Return the subject of a transaction's verdicts.

    That is its operation; the resource where the method was one that the contract does not declare; the stage where it
    addressed no resource.
    """
    exchange = transaction.exchange
    if exchange.resource_path is None:
        return STAGE_SUBJECT
    return exchange.resource_path if "method" in exchange.violates else exchange.operation


def _verdict(rule: Rule, subject: str, findings: list[Finding], run: RunEvidence) -> Verdict:
    counts = Counter(finding.outcome for finding in findings)
    outcome = next(outcome for outcome in _WEIGHT if counts[outcome])
    deciding = [finding for finding in findings if finding.outcome is outcome]
    ids = dict.fromkeys(exchange_id for finding in deciding for exchange_id in finding.evidence)
    keep_proof = outcome in {Outcome.BROKEN, Outcome.UNDETERMINED}
    proofs = [attributed(finding, run.by_exchange_id) for finding in deciding] if keep_proof else []
    told = summed_up(proofs)
    return Verdict(
        rule=rule.code,
        severity=rule.severity,
        step=rule.step,
        subject=subject,
        outcome=outcome,
        message=_message(deciding, counts),
        failure_modes=rule.failure_modes,
        evidence=tuple(ids)[:IDS_KEPT],
        counts=tuple((outcome, counts[outcome]) for outcome in _WEIGHT if counts[outcome]),
        findings=tuple(_different(proofs)[:PROOFS_KEPT]),
        operations=told.operations,
        answered_by=told.answered_by,
        reached_backend=told.reached_backend,
    )


def _different(findings: list[Finding]) -> list[Finding]:
    """Put findings that say something new first, so that the proofs that are kept differ."""
    first = {finding.message: finding for finding in reversed(findings)}
    leading = list(reversed(first.values()))
    return leading + [finding for finding in findings if first[finding.message] is not finding]


def _message(deciding: list[Finding], counts: Counter[Outcome]) -> str:
    message = deciding[0].message
    looked_at = counts[Outcome.BROKEN] + counts[Outcome.UNDETERMINED] + counts[Outcome.HELD]
    if looked_at <= 1 or deciding[0].outcome is Outcome.NOT_APPLICABLE:
        return message
    return f"{message} ({len(deciding)} of {looked_at})"


def _explain(verdicts: list[Verdict], rules: dict[str, Rule]) -> list[Verdict]:
    """Report a fault once, at its cause: a broken verdict that another broken one explains does not apply.

    What proves the consequence proves the cause: the cause's verdict gets its exchanges and findings.
    """
    broken = {(verdict.rule, verdict.subject) for verdict in verdicts if verdict.outcome is Outcome.BROKEN}
    consequences: dict[tuple[str, str], list[Verdict]] = {}
    reported: list[Verdict] = []
    for verdict in verdicts:
        cause = _cause(verdict, rules[verdict.rule], broken) if verdict.outcome is Outcome.BROKEN else None
        if cause is None:
            reported.append(verdict)
            continue
        consequences.setdefault(cause, []).append(verdict)
        message = f"explained by {cause[0]} on {cause[1]}: {verdict.message}"
        reported.append(replace(verdict, outcome=Outcome.NOT_APPLICABLE, message=message))
    return [_with_consequences(verdict, consequences.get((verdict.rule, verdict.subject), [])) for verdict in reported]


def _with_consequences(cause: Verdict, consequences: list[Verdict]) -> Verdict:
    if not consequences:
        return cause
    ids = dict.fromkeys([*cause.evidence, *(item for verdict in consequences for item in verdict.evidence)])
    findings = [
        replace(finding, message=f"and so {verdict.rule}: {finding.message}")
        for verdict in consequences
        for finding in verdict.findings
    ]
    kept = (*cause.findings, *_different(findings))[:PROOFS_KEPT]
    told = summed_up((*cause.findings, *findings))
    return replace(
        cause,
        evidence=tuple(ids)[:IDS_KEPT],
        findings=kept,
        operations=tuple(dict.fromkeys((*cause.operations, *told.operations))),
        answered_by=tuple(dict.fromkeys((*cause.answered_by, *told.answered_by))),
        reached_backend=told.reached_backend if cause.reached_backend is None else cause.reached_backend,
    )


def _cause(verdict: Verdict, rule: Rule, broken: set[tuple[str, str]]) -> tuple[str, str] | None:
    resource_path = verdict.subject.split(" ", 1)[-1]
    for code in rule.explained_by:
        for subject in (verdict.subject, resource_path, STAGE_SUBJECT):
            if (code, subject) in broken and (code, subject) != (verdict.rule, verdict.subject):
                return code, subject
    return None


def _waive(verdicts: list[Verdict], expectations: Expectations, today: date) -> Iterator[Verdict]:
    for verdict in verdicts:
        waiver = _waiver_of(verdict, expectations.waivers, today) if verdict.outcome is Outcome.BROKEN else None
        yield verdict if waiver is None else replace(verdict, waived=waiver)


def _waiver_of(verdict: Verdict, waivers: Iterable[Waiver], today: date) -> Waiver | None:
    for waiver in waivers:
        fits = waiver.rule == verdict.rule and fnmatchcase(verdict.subject, waiver.subject)
        if fits and today <= waiver.expires_on:
            return waiver
    return None
