"""Joins what AWS recorded to what was sent, request by request.

Keys, in this order: the extended request id, which the gateway alone assigns; the request id, which a client may set to
a UUID of its own; the trace id. A record whose other ids contradict the exchange is not taken. What fits several
exchanges equally, or several records that fit one exchange, is ambiguous: then nothing is joined and the evidence is
Missing.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from contracts.evidence import AccessEntry, Evidence, Exchange, Execution, Missing, Present, Trace, Transaction

R = TypeVar("R")

EXECUTIONS = "executions"
ACCESS_ENTRIES = "access_entries"
TRACES = "traces"

_NO_LEVEL = 9
_TRACE_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of an exchange or of a record; None where it does not tell."""

    extended_request_id: str | None = None
    request_id: str | None = None
    trace_id: str | None = None

    def contradict(self, other: Ids) -> bool:
        """Return whether the gateway's ids of both are known and differ."""
        return _differ(self.extended_request_id, other.extended_request_id) or _differ(
            self.request_id, other.request_id
        )


def join(
    exchanges: Iterable[Exchange],
    executions: Iterable[Execution],
    access_entries: Iterable[AccessEntry],
    traces: Iterable[Trace],
    *,
    missing: Mapping[str, Missing] | None = None,
) -> list[Transaction]:
    """Join evidence to exchanges.

    Args:
        exchanges: What was sent.
        executions: The execution log.
        access_entries: The access log.
        traces: The traces.
        missing: Why a kind (``executions``, ``access_entries``, ``traces``) could not be read, as far as known.

    Returns:
        One transaction for each exchange, in their order. Each record stands in at most one of them.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    sent = list(exchanges)
    ids = [exchange_ids(exchange) for exchange in sent]
    why = missing or {}
    by_execution = _Joined(_whole(executions, _execution_ids, _execution_parts), _execution_ids, ids)
    by_access_entry = _Joined(list(_distinct(access_entries)), _access_entry_ids, ids)
    by_trace = _Joined(_whole(traces, _trace_ids, _trace_parts), _trace_ids, ids)
    return [
        Transaction(
            exchange=exchange,
            execution=by_execution.of(index, "execution", why.get(EXECUTIONS)),
            access_entry=by_access_entry.of(index, "access entry", why.get(ACCESS_ENTRIES)),
            trace=by_trace.of(index, "trace", why.get(TRACES)),
        )
        for index, exchange in enumerate(sent)
    ]


def exchange_ids(exchange: Exchange) -> Ids:
    """Return the ids of an exchange: those of its answer, and the trace root that was sent or answered."""
    return Ids(
        exchange.extended_request_id or None,
        exchange.request_id or None,
        trace_root(exchange.trace_id) or trace_root(exchange.response_header("X-Amzn-Trace-Id")),
    )


def trace_root(text: str | None) -> str | None:
    """Return the trace root inside a trace header, a log's value or an id: ``1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx``."""
    found = _TRACE_ROOT.search(text or "")
    return None if found is None else found[0].lower()


class _Joined(Generic[R]):
    """The one record that each exchange gets, or why it gets none."""

    def __init__(self, records: Sequence[R], ids_of: Callable[[R], Ids], exchange_ids: Sequence[Ids]) -> None:
        self._records = records
        self._ids = [ids_of(record) for record in records]
        self._exchange_ids = exchange_ids
        self._index = _Index(self._ids)
        self._candidates = [self._fitting(ids) for ids in exchange_ids]
        self._claims = Counter((choice, level) for level, choices in self._candidates for choice in choices)
        self._best = _best_levels(self._claims)

    def of(self, exchange_index: int, kind: str, missing: Missing | None) -> Evidence[R]:
        level, candidates = self._candidates[exchange_index]
        candidates = [record for record in candidates if self._best[record] == level]
        named = _named(self._exchange_ids[exchange_index])
        if not candidates:
            if named is None:
                return Missing(reason=f"no answer told the ids by which its {kind} could be found")
            return missing or Missing(reason=f"no {kind} of {named} was found")
        if len(candidates) > 1:
            return Missing(reason=f"{len(candidates)} {_plural(kind)} claim {named}: the ids are ambiguous")
        if self._claims[candidates[0], level] > 1:
            return Missing(reason=f"several exchanges have {named}: whose {kind} it is cannot be told")
        return Present(value=self._records[candidates[0]])

    def _fitting(self, ids: Ids) -> tuple[int, list[int]]:
        """Return the records that fit by the strongest id that finds any and contradict in none, and its rank."""
        for level, found in self._index.find(ids):
            fitting = [record for record in found if not ids.contradict(self._ids[record])]
            if len(fitting) > 1 and ids.trace_id is not None:
                same_trace = [record for record in fitting if self._ids[record].trace_id == ids.trace_id]
                fitting = same_trace or fitting
            if fitting:
                return level, fitting
        return _NO_LEVEL, []


def _best_levels(claims: Mapping[tuple[int, int], int]) -> dict[int, int]:
    """Return for each claimed record the rank of the strongest id it is claimed by."""
    best: dict[int, int] = {}
    for record, level in claims:
        best[record] = min(level, best.get(record, _NO_LEVEL))
    return best


class _Index:
    """Records by each of their ids."""

    def __init__(self, ids: Sequence[Ids]) -> None:
        self._by_id: dict[tuple[int, str], list[int]] = defaultdict(list)
        for record, known in enumerate(ids):
            for key in _keys(known):
                self._by_id[key].append(record)

    def find(self, ids: Ids) -> Iterator[tuple[int, list[int]]]:
        """Give the rank of an id and the records that share it, the strongest id first."""
        for key in _keys(ids):
            if key in self._by_id:
                yield key[0], self._by_id[key]


def _keys(ids: Ids) -> Iterator[tuple[int, str]]:
    """Give the known ids with their ranks, the strongest first."""
    for rank, known in enumerate((ids.extended_request_id, ids.request_id, ids.trace_id)):
        if known is not None:
            yield rank, known


def _execution_ids(execution: Execution) -> Ids:
    return Ids(execution.extended_request_id, execution.request_id, trace_root(execution.trace_id))


def _access_entry_ids(entry: AccessEntry) -> Ids:
    return Ids(entry.extended_request_id, entry.request_id, trace_root(entry.values.get("xrayTraceId")))


def _trace_ids(trace: Trace) -> Ids:
    """Only the trace id: the request ids of its segments also tell of the services behind the stage."""
    return Ids(trace_id=trace_root(trace.trace_id) or trace.trace_id)


def _execution_parts(execution: Execution) -> frozenset[object]:
    return frozenset(execution.lines)


def _trace_parts(trace: Trace) -> frozenset[object]:
    return frozenset(segment.segment_id for segment in trace.segments)


def _whole(records: Iterable[R], ids_of: Callable[[R], Ids], parts_of: Callable[[R], frozenset[object]]) -> list[R]:
    """Leave out records that are only an earlier, less complete reading of another one with the same ids."""
    by_id: dict[str | None, list[R]] = defaultdict(list)
    for record in records:
        ids = ids_of(record)
        by_id[ids.request_id or ids.trace_id].append(record)
    return [
        record for same in by_id.values() for record in (_most_complete(same, ids_of, parts_of) if same[1:] else same)
    ]


def _most_complete(records: list[R], ids_of: Callable[[R], Ids], parts_of: Callable[[R], frozenset[object]]) -> list[R]:
    kept: list[R] = []
    for record in sorted(records, key=lambda record: (-len(parts_of(record)), repr(record))):
        parts = parts_of(record)
        if not any(
            record == larger or (parts and parts <= parts_of(larger) and not ids_of(record).contradict(ids_of(larger)))
            for larger in kept
        ):
            kept.append(record)
    return kept


def _distinct(entries: Iterable[AccessEntry]) -> Iterator[AccessEntry]:
    seen: set[tuple[object, str]] = set()
    for entry in entries:
        key = (entry.logged_at, entry.raw)
        if key not in seen:
            seen.add(key)
            yield entry


def _named(ids: Ids) -> str | None:
    """Return an exchange's strongest id in words."""
    if ids.extended_request_id is not None:
        return f"extended request id {ids.extended_request_id}"
    if ids.request_id is not None:
        return f"request id {ids.request_id}"
    return None if ids.trace_id is None else f"trace id {ids.trace_id}"


def _differ(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one != other


def _plural(kind: str) -> str:
    return kind.removesuffix("y") + "ies" if kind.endswith("y") else f"{kind}s"
