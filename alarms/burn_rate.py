"""Burn-rate alarms: they ring when the error budget of a service level objective is spent too fast.

Each tier watches a long and a short window: the long one says that it matters, the short one that it still goes on.
A faster tier keeps the slower ones silent.

See: https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate alerts)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from alarms.alarm import MetricQuery
from alarms.evaluate import ComparisonOperator
from alarms.recommended import Signal
from alarms.scope import StageScope
from contracts.alarm_expectations import AlarmObjective
from gateway.errors import StageproofError

_HOUR_S = 3600
_HOURS_A_DAY = 24
SUPPRESSOR_WAIT_S = 120
SUPPRESSOR_EXTENSION_S = 180


class UnreachableObjectiveError(StageproofError):
    """A burn rate can never be reached: more than all requests would have to fail."""

    slug = "unreachable-objective"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """How much of the budget may be spent in the long window before it rings."""

    budget_percent: int
    short_s: int
    long_s: int

    @property
    def name(self) -> str:
        """What the tier is called: ``2pct-in-1h``."""
        return f"{self.budget_percent}pct-in-{self.long_s // _HOUR_S}h"

    def burn_rate(self, window_days: int) -> float:
        """Return how many times faster than allowed the budget is spent when it rings."""
        return self.budget_percent / 100 * window_days * _HOURS_A_DAY * _HOUR_S / self.long_s


TIERS = (
    Tier(budget_percent=2, short_s=300, long_s=_HOUR_S),
    Tier(budget_percent=5, short_s=1800, long_s=6 * _HOUR_S),
    Tier(budget_percent=10, short_s=2 * _HOUR_S, long_s=24 * _HOUR_S),
    Tier(budget_percent=10, short_s=6 * _HOUR_S, long_s=72 * _HOUR_S),
)
"""The tiers of a 30-day objective, the fastest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierSignals:
    """A tier of one objective: the two signals, and the tier that keeps it silent."""

    name: str
    description: str
    long: Signal
    short: Signal
    suppressed_by: str | None


def burn_rate_signals(scope: StageScope, objective: AlarmObjective, *, suppress: bool) -> Iterator[TierSignals]:
    """Return the tiers of an objective: of availability, and of latency where it is asked for.

    Args:
        scope: The stage.
        objective: The objective.
        suppress: Whether faster tiers keep slower ones silent.

    Raises:
        UnreachableObjectiveError: If a tier could never ring.
    """
    yield from _tiers(_Availability(scope=scope, objective=objective), suppress=suppress)
    if objective.latency_ms is not None:
        yield from _tiers(_Latency(scope=scope, objective=objective), suppress=suppress)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Availability:
    """Requests that are answered with 5XX are bad."""

    scope: StageScope
    objective: AlarmObjective
    name: str = "availability"

    @property
    def ratio(self) -> float:
        return self.objective.availability

    def queries(self, period_s: int, threshold: float) -> tuple[MetricQuery, ...]:
        """A single error must not ring: the rate counts only where one error is less than the threshold."""
        fewest = math.ceil(1 / threshold) + 1
        bad = self.scope.metric("5XXError", "Sum", period_s=period_s)
        valid = self.scope.metric("Count", "Sum", period_s=period_s)
        return (
            MetricQuery(query_id="burnt", expression=f"IF(valid >= {fewest}, bad / valid, 0)", label="bad / valid"),
            MetricQuery(query_id="bad", metric=bad, return_data=False),
            MetricQuery(query_id="valid", metric=valid, return_data=False),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Latency:
    """Requests that take longer than the objective's latency are bad; CloudWatch ranks them (``PR``)."""

    scope: StageScope
    objective: AlarmObjective
    name: str = "latency"

    @property
    def ratio(self) -> float:
        return self.objective.latency_ratio

    def queries(self, period_s: int, threshold: float) -> tuple[MetricQuery, ...]:
        fewest = math.ceil(1 / threshold) + 1
        good = self.scope.metric("Latency", f"PR(:{self.objective.latency_ms:g})", period_s=period_s)
        valid = self.scope.metric("Count", "Sum", period_s=period_s)
        return (
            MetricQuery(query_id="burnt", expression=f"IF(valid >= {fewest}, 1 - good / 100, 0)", label="slow / valid"),
            MetricQuery(query_id="good", metric=good, return_data=False),
            MetricQuery(query_id="valid", metric=valid, return_data=False),
        )


def _tiers(level: _Availability | _Latency, *, suppress: bool) -> Iterator[TierSignals]:
    faster: str | None = None
    for tier in TIERS:
        name = f"slo-{level.name}-{tier.name}"
        burn_rate = tier.burn_rate(level.objective.window_days)
        threshold = round(burn_rate * (1 - level.ratio), 9)
        if threshold >= 1:
            raise UnreachableObjectiveError(
                f"[alarms.objective]: an objective of {level.ratio:g} leaves so much budget that burning it "
                f"{burn_rate:g} times too fast cannot happen; set a stricter objective, or burn_rate.enabled = false"
            )
        yield TierSignals(
            name=name,
            description=f"{tier.budget_percent} % of the {level.name} budget of {level.objective.window_days} days is "
            f"spent in {tier.long_s // _HOUR_S} h (burn rate {burn_rate:g})",
            long=_signal(level, f"{name}-long", tier.long_s, threshold),
            short=_signal(level, f"{name}-short", tier.short_s, threshold),
            suppressed_by=faster if suppress else None,
        )
        faster = name


def _signal(level: _Availability | _Latency, name: str, period_s: int, threshold: float) -> Signal:
    return Signal(
        name=name,
        description=f"More than {threshold:.4g} of the requests of {period_s // 60} minutes miss {level.name}",
        queries=level.queries(period_s, threshold),
        comparison_operator=ComparisonOperator.GREATER,
        threshold=threshold,
        periods=1,
    )
