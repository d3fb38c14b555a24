"""A judged recording: what reports render and exit codes stand on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from contracts.baseline import Baseline, SinceBaseline, since_baseline
from contracts.catalogue import CATALOGUE
from contracts.contract import Contract, contract_of
from contracts.evidence import Completeness, Configuration, Evidence, MetricPoint, Missing, Present, Transaction
from contracts.expectations import Expectations, StageExpectations
from contracts.join import join
from contracts.judge import InternalError, judge_run
from contracts.recording import Manifest, Recording
from contracts.rule import Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Outcome, Verdict


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Verdicts with the run they are about and the evidence that proves them."""

    manifest: Manifest
    contract: Contract
    configuration: Configuration
    expectations: Expectations
    transactions: tuple[Transaction, ...]
    metrics: tuple[MetricPoint, ...]
    verdicts: tuple[Verdict, ...]
    rules: Mapping[str, Rule]
    internal_errors: tuple[InternalError, ...] = ()
    completeness: Mapping[str, Completeness] = field(default_factory=dict)
    test_invocations: tuple[Transaction, ...] = ()
    since: SinceBaseline | None = None

    @cached_property
    def by_exchange_id(self) -> Mapping[str, Transaction]:
        """Transactions and test invocations by the id of their exchange."""
        return {
            transaction.exchange.exchange_id: transaction
            for transaction in (*self.transactions, *self.test_invocations)
        }

    @property
    def rest_api_name(self) -> str:
        """The API's name as deployed, else as the contract has it, else its id."""
        return self.configuration.api_name or self.contract.rest_api.name or self.manifest.api_id

    @cached_property
    def summary(self) -> Mapping[str, int]:
        """How many verdicts there are of each outcome; waived ones are counted apart from broken ones."""
        counts = Counter("waived" if verdict.waived else verdict.outcome.value for verdict in self.verdicts)
        return {name: counts[name] for name in ("held", "broken", "undetermined", "not_applicable", "waived")}

    @cached_property
    def broken(self) -> tuple[Verdict, ...]:
        """The broken verdicts that no waiver accepts, the worst severity first."""
        found = [verdict for verdict in self.verdicts if verdict.outcome is Outcome.BROKEN and not verdict.waived]
        return tuple(sorted(found, key=lambda verdict: ("error", "warning", "note").index(verdict.severity)))


def judge(
    recording: Recording,
    *,
    catalogue: Iterable[Rule] = CATALOGUE,
    today: date,
    expectations: Expectations | None = None,
    baseline: Baseline | None = None,
) -> Judgement:
    """Judge a recording, offline.

    Args:
        recording: The recording, complete or interrupted.
        catalogue: The rules.
        today: The day that decides whether a waiver has expired.
        expectations: Newer expectations than those in the recording.
        baseline: An earlier night to compare with.

    Raises:
        StageproofError: If a part of the recording is damaged, the contract in it cannot be read, or the baseline is of
            another API.
    """
    rules = tuple(catalogue)
    run = run_evidence(recording, expectations or recording.expectations, today)
    judged = judge_run(run, rules)
    judgement = Judgement(
        manifest=recording.manifest,
        contract=run.contract,
        configuration=run.configuration,
        expectations=run.expectations,
        transactions=run.transactions,
        test_invocations=run.test_invocations,
        metrics=run.metrics.value if isinstance(run.metrics, Present) else (),
        verdicts=judged.verdicts,
        rules={rule.code: rule for rule in rules},
        internal_errors=judged.internal_errors,
        completeness=recording.manifest.completeness,
    )
    return judgement if baseline is None else replace(judgement, since=_since(judgement, baseline))


def _since(judgement: Judgement, baseline: Baseline) -> SinceBaseline:
    return since_baseline(judgement.verdicts, judgement.manifest, judgement.rest_api_name, baseline)


def run_evidence(recording: Recording, expectations: Expectations, today: date) -> RunEvidence:
    """Read a recording's parts and join them.

    Raises:
        StageproofError: If a part is damaged.
    """
    completeness = recording.manifest.completeness
    return RunEvidence(
        contract=contract_of(recording.contract, source="contract.json"),
        configuration=recording.configuration,
        expectations=expectations,
        stage_expectations=_stage_expectations(expectations, recording.manifest.stage),
        transactions=tuple(
            join(
                recording.exchanges(),
                recording.executions(),
                recording.access_entries(),
                recording.traces(),
                missing=_missing(completeness),
            )
        ),
        metrics=_metrics(recording, completeness.get("metrics")),
        completeness=completeness,
        today=today,
    )


def _stage_expectations(expectations: Expectations, stage: str) -> StageExpectations | None:
    by_name = [item for item in expectations.stages.values() if item.stage_name == stage]
    return expectations.stages.get(stage) or next(iter(by_name), None)


def _missing(completeness: Mapping[str, Completeness]) -> dict[str, Missing]:
    return {
        kind: Missing(reason=found.reason or f"not found among the {kind.replace('_', ' ')}", remedy=found.remedy)
        for kind, found in completeness.items()
    }


def _metrics(recording: Recording, completeness: Completeness | None) -> Evidence[tuple[MetricPoint, ...]]:
    """Return each point once: a run that was interrupted while it collected, and went on, read some anew.

    The later reading is the fuller one.
    """
    points = {
        (each.metric_name, each.statistic, tuple(sorted(each.dimensions.items())), each.start_at, each.period_s): each
        for each in recording.metrics()
    }
    if points:
        return Present(value=tuple(points.values()))
    if completeness is None:
        return Missing(reason="no metrics were collected")
    return Missing(reason=completeness.reason or "no metrics were found", remedy=completeness.remedy)
