"""How often each alarm would have rung: history, replayed and held against the incidents that people know.

See: https://sre.google/workbook/alerting-on-slos/ (precision and recall of alarms)
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from alarms.alarm import Alarm, CompositeAlarm, Metric, MetricAlarm
from alarms.composite_rule import read_rule
from alarms.evaluate import AlarmState, ComparisonOperator
from alarms.metric_math_values import Series
from alarms.replay import STATES, States, alarm_values, replay, replay_composite, uncertain_periods
from alarms.timeline import Timeline, timeline
from contracts.alarm_expectations import Incident, NoiseBudget

if TYPE_CHECKING:
    import pandas as pd

_ALARM = STATES.index(AlarmState.ALARM)
_WEEK = timedelta(days=7)
_CANDIDATES = 128
_GRACE_PERIODS = 5
_FINEST_S = 60
_ADDITIVE = frozenset({"Sum", "SampleCount"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """One time in ALARM; ``incident`` is the title of the known incident that it belongs to, None for noise."""

    started_at: datetime
    ended_at: datetime
    incident: str | None = None

    @property
    def minutes(self) -> float:
        """How long it rang."""
        return (self.ended_at - self.started_at).total_seconds() / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What one alarm would have done.

    ``suggested_threshold`` keeps the noise within the budget and still finds the incidents; None where none is needed
    or none does. ``is_within_budget`` says whether the noise is within the budget as it stands. ``timeline`` is what
    the threshold was compared with; None for composite alarms.
    """

    alarm_name: str
    threshold: float | None
    rings: tuple[Ring, ...]
    missed_incidents: tuple[str, ...]
    is_within_budget: bool
    suggested_threshold: float | None = None
    periods_with_data: int = 0
    timeline: Timeline | None = None

    @property
    def minutes_in_alarm(self) -> float:
        """How long it rang altogether."""
        return sum(ring.minutes for ring in self.rings)

    @property
    def longest_minutes(self) -> float:
        """How long it rang at most."""
        return max((ring.minutes for ring in self.rings), default=0.0)

    @property
    def noise(self) -> tuple[Ring, ...]:
        """The rings outside of every known incident."""
        return tuple(ring for ring in self.rings if ring.incident is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The history of metrics on one grid: ``frame`` has a row a period of ``period_s``, a column a metric."""

    frame: pd.DataFrame
    period_s: int

    @property
    def series(self) -> dict[Metric, Series]:
        """The metrics as arrays."""
        columns: list[Any] = list(self.frame.columns)
        return {metric: self.frame.iloc[:, i].to_numpy(dtype=np.float64) for i, metric in enumerate(columns)}


def metrics_needed(alarms: Sequence[Alarm]) -> dict[int, list[Metric]]:
    """Return the metrics whose history alarms need, by the length of their period."""
    needed: dict[int, dict[Metric, None]] = {}
    for alarm in alarms:
        if isinstance(alarm, MetricAlarm) and _slides(alarm):
            minutes = needed.setdefault(_FINEST_S, {})
            minutes |= dict.fromkeys(_by_minute(metric) for metric in alarm.metrics)
        elif isinstance(alarm, MetricAlarm):
            wanted = needed.setdefault(alarm.period_s, {})
            wanted |= dict.fromkeys(alarm.metrics)
            if alarm.evaluate_low_sample_count_percentile == "ignore":
                wanted |= dict.fromkeys(_samples(metric) for metric in alarm.metrics if metric.is_percentile)
    return {period_s: list(metrics) for period_s, metrics in sorted(needed.items())}


def backtest(
    alarms: Sequence[Alarm],
    histories: Sequence[History],
    *,
    incidents: Sequence[Incident] = (),
    noise_budget: NoiseBudget | None = None,
) -> tuple[Backtest, ...]:
    """Replay alarms over history.

    Args:
        alarms: Metric alarms, and composites over them.
        histories: The metrics that ``metrics_needed`` names, a history for each length of period.
        incidents: The windows in which alarms should have rung.
        noise_budget: How much noise is accepted; a threshold that keeps to it is suggested.

    Raises:
        MetricMathError: If an expression cannot be computed.
        AlarmRuleError: If a composite's rule cannot be read.
    """
    by_period = {history.period_s: history for history in histories}
    states: dict[str, tuple[States, History]] = {}
    found = []
    for alarm in alarms:
        if isinstance(alarm, MetricAlarm):
            history = by_period[_FINEST_S if _slides(alarm) else alarm.period_s]
            one = _OneAlarm(alarm=alarm, history=history, incidents=incidents)
            states[alarm.alarm_name] = (one.states(alarm.threshold), one.history)
            found.append(one.result(noise_budget or NoiseBudget()))
    finest = min(histories, key=lambda history: history.period_s, default=None)
    for composite in _children_first(alarms):
        if finest is not None:
            replayed = _composite(composite, states, finest)
            states[composite.alarm_name] = (replayed, finest)
            found.append(_result_of(composite.alarm_name, replayed, finest, incidents, noise_budget or NoiseBudget()))
    return tuple(sorted(found, key=lambda result: result.alarm_name))


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneAlarm:
    alarm: MetricAlarm
    history: History
    incidents: Sequence[Incident]

    def states(self, threshold: float, values: Series | None = None) -> States:
        rule = replace(self.alarm.rule, threshold=threshold)
        return replay(rule, self._values() if values is None else values, uncertain=self._uncertain())

    def result(self, budget: NoiseBudget) -> Backtest:
        alarm, values = self.alarm, self._values()
        result = self._result(alarm.threshold, values, budget)
        suggested = None if result.is_within_budget else self._suggestion(result, values, budget)
        start_at = self.history.frame.index[0].to_pydatetime() if len(values) else None
        return replace(
            result,
            suggested_threshold=suggested,
            periods_with_data=int(np.count_nonzero(~np.isnan(values))),
            timeline=timeline(values, start_at=start_at, period_s=self.history.period_s) if start_at else None,
        )

    def _suggestion(self, now: Backtest, values: Series, budget: NoiseBudget) -> float | None:
        """Return the tightest looser threshold that keeps to the budget and misses no incident more than now."""
        candidates = _looser(self.alarm, values)
        low, high = 0, len(candidates)
        while low < high:  # noise falls as thresholds loosen, nearly always: the found one is checked below
            middle = (low + high) // 2
            if self._result(candidates[middle], values, budget).is_within_budget:
                high = middle
            else:
                low = middle + 1
        if low == len(candidates):
            return None
        result = self._result(candidates[low], values, budget)
        keeps = result.is_within_budget and set(result.missed_incidents) <= set(now.missed_incidents)
        return candidates[low] if keeps else None

    def _result(self, threshold: float, values: Series, budget: NoiseBudget) -> Backtest:
        states = self.states(threshold, values)
        result = _result_of(self.alarm.alarm_name, states, self.history, self.incidents, budget)
        return replace(result, threshold=threshold)

    def _values(self) -> Series:
        series = self.history.series
        if _slides(self.alarm):
            periods = self.alarm.period_s // self.history.period_s
            series = {metric: _sliding_sum(series[_by_minute(metric)], periods) for metric in self.alarm.metrics}
        return alarm_values(self.alarm, series)

    def _uncertain(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]] | None:
        metric = self.alarm.metrics[0]
        if self.alarm.evaluate_low_sample_count_percentile != "ignore" or not metric.is_percentile:
            return None
        return uncertain_periods(metric.statistic, self.history.series[_samples(metric)])


def _slides(alarm: MetricAlarm) -> bool:
    """Whether a long period can be replayed minute by minute, as CloudWatch evaluates it: sums over one period can."""
    return (
        alarm.period_s > _FINEST_S
        and alarm.evaluation_periods == 1
        and all(metric.statistic in _ADDITIVE and metric.period_s == alarm.period_s for metric in alarm.metrics)
    )


def _by_minute(metric: Metric) -> Metric:
    return replace(metric, period_s=_FINEST_S)


def _sliding_sum(values: Series, periods: int) -> Series:
    """Return the sum of the newest periods, NaN where none of them has a value."""
    total = np.concatenate([np.zeros(periods), np.nancumsum(values)])
    count = np.concatenate([np.zeros(periods), np.cumsum(~np.isnan(values))])
    sums, counts = total[periods:] - total[: len(values)], count[periods:] - count[: len(values)]
    return np.where(counts > 0, sums, np.nan)


def _samples(metric: Metric) -> Metric:
    return replace(metric, statistic="SampleCount")


def _looser(alarm: MetricAlarm, values: Series) -> list[float]:
    """Return thresholds that ring less than the alarm's, the tightest first, to three significant digits."""
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return []
    upwards = alarm.comparison_operator in {ComparisonOperator.GREATER, ComparisonOperator.GREATER_OR_EQUAL}
    beyond = known[known > alarm.threshold] if upwards else known[known < alarm.threshold]
    if len(beyond) == 0:
        return []
    quantiles = np.quantile(beyond, np.linspace(0, 1, _CANDIDATES))
    rounded = {_rounded(float(value), up=upwards) for value in quantiles}
    return sorted(rounded, reverse=not upwards)


def _rounded(value: float, *, up: bool) -> float:
    if value == 0:
        return 0.0
    digits = 2 - math.floor(math.log10(abs(value)))
    scaled = value * 10.0**digits
    return round((math.ceil(scaled) if up else math.floor(scaled)) / 10.0**digits, max(digits, 0))


def _composite(composite: CompositeAlarm, states: Mapping[str, tuple[States, History]], finest: History) -> States:
    """Replay a composite on the finest grid; children with longer periods keep their states in between."""
    length = len(finest.frame)
    spread = {name: _on_finest(found, history, finest) for name, (found, history) in states.items()}
    return replay_composite(read_rule(composite.alarm_rule), spread, length)


def _on_finest(states: States, history: History, finest: History) -> States:
    """Return states on the finest grid; the state of a longer period is known only once that period is over."""
    ratio, length = history.period_s // finest.period_s, len(finest.frame)
    late = np.full(ratio - 1, STATES.index(AlarmState.INSUFFICIENT_DATA), dtype=np.int8)
    spread = np.concatenate([late, np.repeat(states, ratio)])[:length]
    return np.pad(spread, (0, length - len(spread)), mode="edge")


def _children_first(alarms: Sequence[Alarm]) -> Iterator[CompositeAlarm]:
    waiting = [alarm for alarm in alarms if isinstance(alarm, CompositeAlarm)]
    while waiting:
        names = {alarm.alarm_name for alarm in waiting}
        ready = [alarm for alarm in waiting if not alarm.needs & (names - {alarm.alarm_name})] or waiting[:1]
        yield from ready
        waiting = [alarm for alarm in waiting if alarm not in ready]


def _result_of(
    alarm_name: str, states: States, history: History, incidents: Sequence[Incident], budget: NoiseBudget
) -> Backtest:
    grace = timedelta(seconds=_GRACE_PERIODS * history.period_s)
    rings = tuple(_rings(states, history, incidents, grace))
    missed = tuple(
        title for title, incident in titled(incidents) if not any(_belongs(ring, incident, grace) for ring in rings)
    )
    noise = [ring for ring in rings if ring.incident is None]
    weeks = max(len(states) * timedelta(seconds=history.period_s) / _WEEK, 1e-9)
    within = len(noise) <= budget.rings_per_week * max(weeks, 1)
    if budget.minutes_in_alarm_per_week is not None:
        within = within and sum(ring.minutes for ring in noise) <= budget.minutes_in_alarm_per_week * max(weeks, 1)
    return Backtest(
        alarm_name=alarm_name, threshold=None, rings=rings, missed_incidents=missed, is_within_budget=within
    )


def _rings(states: States, history: History, incidents: Sequence[Incident], grace: timedelta) -> Iterator[Ring]:
    """Return every time in ALARM. A state holds from the end of its period, when it is evaluated, to the next one's."""
    ringing = np.concatenate([[False], states == _ALARM, [False]])
    edges = np.flatnonzero(ringing[1:] != ringing[:-1])
    period = timedelta(seconds=history.period_s)
    starts_at = history.frame.index
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        ring = Ring(
            started_at=starts_at[int(first)].to_pydatetime() + period,
            ended_at=starts_at[int(after) - 1].to_pydatetime() + 2 * period,
        )
        titles = (title for title, incident in titled(incidents) if _belongs(ring, incident, grace))
        yield replace(ring, incident=next(titles, None))


def _belongs(ring: Ring, incident: Incident, grace: timedelta) -> bool:
    """Whether a ring belongs to an incident: it overlaps it, or follows it as soon as alarms see it."""
    return ring.started_at <= incident.ended_at + grace and ring.ended_at >= incident.started_at


def titled(incidents: Sequence[Incident]) -> Iterator[tuple[str, Incident]]:
    """Return incidents with their titles; one without a title is called by its beginning."""
    for incident in incidents:
        yield incident.title or f"incident of {incident.started_at:%Y-%m-%d %H:%M}", incident
