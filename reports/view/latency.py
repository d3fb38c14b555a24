"""Response times: percentiles of each operation with their objectives, and how all of them are spread."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.evidence import Origin, Present, Transaction
from contracts.expectations import LatencyObjectives
from contracts.judgement import Judgement
from reports.view.text import one_line
from reports.view.trace_timeline import duration_text

_MOST_OPERATIONS = 200
_EDGES_MS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, math.inf)
_NOT_AS_CLIENTS_CALL = {Origin.PROVOCATION, Origin.TEST_INVOKE}
_PERCENTILES = (50, 90, 99)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyBar:
    """A percentile; ``objective_percent`` is the place of the objective's mark, None without an objective."""

    name: str
    value: str
    width_percent: float
    objective: str = ""
    objective_percent: float | None = None
    missed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLatency:
    """The response times of one operation."""

    operation: str
    answers: int
    bars: tuple[LatencyBar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Answers that took less than a time, and not less than the one of the bucket before."""

    name: str
    count: int
    height_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyView:
    """The operations, the slowest first, and the spread over all answers."""

    operations: tuple[OperationLatency, ...]
    histogram: tuple[Bucket, ...]
    answers: int
    left_out: int = 0


def latency_view(judgement: Judgement) -> LatencyView:
    """Show the response times: the gateway's own where the access log has them, else the client's."""
    times = _times_ms(judgement.transactions)
    objectives = {name: judgement.expectations.latency.for_operation(name) for name in times}
    slowest_first = sorted(times, key=lambda name: (-percentile(times[name], 99), name))[:_MOST_OPERATIONS]
    scale_ms = _scale_ms(times, objectives, slowest_first)
    every = [value for values in times.values() for value in values]
    return LatencyView(
        operations=tuple(_operation(name, times[name], objectives[name], scale_ms) for name in slowest_first),
        histogram=_histogram(every),
        answers=len(every),
        left_out=max(0, len(times) - _MOST_OPERATIONS),
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile of sorted values."""
    return ordered[math.ceil(percent / 100 * len(ordered)) - 1]


def _times_ms(transactions: Sequence[Transaction]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for transaction in transactions:
        exchange = transaction.exchange
        called_by_a_client = exchange.response is not None and exchange.origin not in _NOT_AS_CLIENTS_CALL
        addresses_an_operation = exchange.resource_path is not None and "method" not in exchange.violates
        if called_by_a_client and addresses_an_operation:
            times.setdefault(exchange.operation, []).append(_latency_ms(transaction))
    return {name: sorted(values) for name, values in times.items()}


def _latency_ms(transaction: Transaction) -> float:
    entry = transaction.access_entry
    logged = entry.value.values.get("responseLatency", "") if isinstance(entry, Present) else ""
    return float(logged) if logged.isascii() and logged.isdigit() else transaction.exchange.elapsed_ms


def _scale_ms(
    times: Mapping[str, Sequence[float]], objectives: Mapping[str, LatencyObjectives], shown: Sequence[str]
) -> float:
    """Return the time at the right end of all bars: the slowest p99, and objectives up to twice that far."""
    slowest = max((percentile(times[name], 99) for name in shown), default=1.0)
    wanted = [item for name in shown for item in _objectives(objectives[name]).values() if item is not None]
    return max(slowest, *(item for item in (0.0, *wanted) if item <= 2 * slowest), 0.001) * 1.04


def _objectives(wanted: LatencyObjectives) -> dict[int, float | None]:
    return dict(zip(_PERCENTILES, (wanted.p50_ms, wanted.p90_ms, wanted.p99_ms), strict=True))


def _operation(name: str, ordered: Sequence[float], wanted: LatencyObjectives, scale_ms: float) -> OperationLatency:
    bars = tuple(
        _bar(percent, percentile(ordered, percent), goal, scale_ms) for percent, goal in _objectives(wanted).items()
    )
    return OperationLatency(operation=one_line(name, 200), answers=len(ordered), bars=bars)


def _bar(percent: int, value_ms: float, objective_ms: float | None, scale_ms: float) -> LatencyBar:
    shown = objective_ms is not None and objective_ms <= scale_ms
    return LatencyBar(
        name=f"p{percent}",
        value=duration_text(value_ms),
        width_percent=round(100 * value_ms / scale_ms, 2),
        objective="" if objective_ms is None else duration_text(objective_ms),
        objective_percent=round(100 * objective_ms / scale_ms, 2) if shown and objective_ms else None,
        missed=objective_ms is not None and value_ms > objective_ms,
    )


def _histogram(values_ms: Sequence[float]) -> tuple[Bucket, ...]:
    if not values_ms:
        return ()
    spans = list(pairwise(_EDGES_MS))
    counts = [sum(low <= value < high for value in values_ms) for low, high in spans]
    first = next(index for index, count in enumerate(counts) if count)
    last = len(counts) - next(index for index, count in enumerate(reversed(counts)) if count)
    most = max(counts)
    return tuple(
        Bucket(name=_span(*spans[index]), count=counts[index], height_percent=round(100 * counts[index] / most, 2))
        for index in range(first, last)
    )


def _span(low_ms: float, high_ms: float) -> str:
    return f"> {_edge(low_ms)}" if high_ms == math.inf else _edge(high_ms)


def _edge(value_ms: float) -> str:
    return f"{value_ms / 1000:g} s" if value_ms >= 1000 else f"{value_ms:g} ms"  # noqa: PLR2004 - milliseconds
