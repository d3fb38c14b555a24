"""What AWS recorded is joined to the request it is about, or to none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.evidence import (
    AccessEntry,
    Evidence,
    Exchange,
    Execution,
    HttpRequest,
    HttpResponse,
    Missing,
    Mode,
    Origin,
    Present,
    Trace,
    TraceSegment,
    Transaction,
)
from contracts.join import join, trace_root
from gateway.execution import LogLine
from gateway.messages import Headers

T = TypeVar("T")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
TRACE_1 = "1-00000001-0123456789abcdef01234567"
TRACE_2 = "1-00000002-0123456789abcdef01234567"


def sent(
    exchange_id: str,
    *,
    request_id: str | None = None,
    extended: str | None = None,
    trace_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Exchange:
    told = {"x-amzn-RequestId": request_id, "x-amz-apigw-id": extended, **(headers or {})}
    given_headers = Headers.of({name: value for name, value in told.items() if value is not None})
    return Exchange(
        exchange_id=exchange_id,
        resource_path="/",
        http_method="GET",
        origin=Origin.FUZZING,
        mode=Mode.POSITIVE,
        request=HttpRequest(http_method="GET", url="https://h/"),
        response=HttpResponse(status=200, headers=given_headers) if given_headers.items() else None,
        sent_at=NOW,
        elapsed_ms=1.0,
        trace_id=trace_id,
    )


def ran(request_id: str, *, extended: str | None = None, trace_id: str | None = None, lines: int = 0) -> Execution:
    return Execution(
        request_id=request_id,
        extended_request_id=extended,
        trace_id=trace_id,
        lines=tuple(LogLine(text=f"{extended} {number}") for number in range(lines)),
    )


def entry(**values: str) -> AccessEntry:
    return AccessEntry(raw=repr(values), values=values)


def trace(trace_id: str, *segments: str) -> Trace:
    return Trace(
        trace_id=trace_id,
        segments=tuple(TraceSegment(segment_id=name, name=name, start_s=0.0, end_s=1.0) for name in segments),
    )


def present(evidence: Evidence[T]) -> T:
    assert isinstance(evidence, Present), evidence
    return evidence.value


def reason(evidence: Evidence[T]) -> str:
    assert isinstance(evidence, Missing), evidence
    return evidence.reason


def test_all_kinds_are_joined() -> None:
    (joined,) = join(
        [sent("x", request_id="r", extended="e", trace_id=TRACE_1)],
        [ran("other"), ran("r", extended="e")],
        [entry(requestId="other"), entry(requestId="r")],
        [trace(TRACE_2), trace(TRACE_1)],
    )
    assert present(joined.execution).extended_request_id == "e"
    assert present(joined.access_entry).request_id == "r"
    assert present(joined.trace).trace_id == TRACE_1


def test_the_extended_id_tells_a_spoofed_request_id_apart() -> None:
    first, second = join(
        [sent("x", request_id="r", extended="e1"), sent("y", request_id="r", extended="e2")],
        [ran("r", extended="e2"), ran("r", extended="e1")],
        [entry(requestId="r")],
        [],
    )
    assert present(first.execution).extended_request_id == "e1"
    assert present(second.execution).extended_request_id == "e2"
    assert reason(first.access_entry) == (
        "several exchanges have extended request id e1: whose access entry it is cannot be told"
    )


def test_a_record_of_another_client_with_our_request_id_is_not_taken() -> None:
    (joined,) = join([sent("x", request_id="r", extended="e1")], [ran("r", extended="foreign")], [], [])
    assert reason(joined.execution) == "no execution of extended request id e1 was found"


def test_a_log_without_extended_ids_is_joined_by_request_id() -> None:
    (joined,) = join(
        [sent("x", request_id="r", extended="e")], [ran("r"), ran("r", extended="foreign", lines=1)], [], []
    )
    assert present(joined.execution) == ran("r")


def test_two_different_records_of_one_id_are_ambiguous() -> None:
    (joined,) = join([sent("x", request_id="r")], [ran("r", extended="a"), ran("r", extended="b")], [], [])
    assert reason(joined.execution) == "2 executions claim request id r: the ids are ambiguous"


def test_the_trace_tells_two_records_apart() -> None:
    (joined,) = join(
        [sent("x", request_id="r", trace_id=TRACE_1)],
        [ran("r", extended="a", trace_id=TRACE_2), ran("r", extended="b", trace_id=f"Root={TRACE_1};Sampled=1")],
        [],
        [],
    )
    assert present(joined.execution).extended_request_id == "b"


def test_a_more_complete_reading_replaces_the_earlier_one() -> None:
    (joined,) = join(
        [sent("x", request_id="r", trace_id=TRACE_1)],
        [ran("r", lines=2), ran("r", lines=5), ran("r", lines=5)],
        [entry(requestId="r"), entry(requestId="r")],
        [trace(TRACE_1, "a"), trace(TRACE_1, "b", "a")],
    )
    assert len(present(joined.execution).lines) == 5
    assert present(joined.access_entry).request_id == "r"
    assert len(present(joined.trace).segments) == 2


def test_a_request_without_an_answer_is_found_by_its_trace() -> None:
    timed_out, answered = join(
        [sent("x", trace_id=TRACE_1), sent("y", request_id="r2", trace_id=TRACE_2)],
        [ran("r1", trace_id=TRACE_1), ran("r2", trace_id=TRACE_2)],
        [entry(requestId="r1", xrayTraceId=TRACE_1)],
        [trace(TRACE_1)],
    )
    assert present(timed_out.execution).request_id == "r1"
    assert present(timed_out.access_entry).request_id == "r1"
    assert present(answered.execution).request_id == "r2"


def test_the_stronger_id_wins_a_record() -> None:
    weaker, stronger = join(
        [sent("x", trace_id=TRACE_1), sent("y", request_id="r", trace_id=TRACE_1)], [ran("r", trace_id=TRACE_1)], [], []
    )
    assert reason(weaker.execution) == f"no execution of trace id {TRACE_1} was found"
    assert present(stronger.execution).request_id == "r"


def test_reasons() -> None:
    off = Missing(reason="execution logging is off", remedy="set loggingLevel to INFO")
    no_answer, unlogged = join([sent("x"), sent("y", request_id="r")], [], [], [], missing={"executions": off})
    assert reason(no_answer.execution) == "no answer told the ids by which its execution could be found"
    assert unlogged.execution == off
    assert reason(unlogged.trace) == "no trace of request id r was found"


def test_the_trace_of_the_answer_serves_where_none_was_sent() -> None:
    (joined,) = join([sent("x", headers={"X-Amzn-Trace-Id": f"Root={TRACE_1};Sampled=1"})], [], [], [trace(TRACE_1)])
    assert present(joined.trace).trace_id == TRACE_1


@pytest.mark.parametrize(
    ("text", "root"),
    [(None, None), ("", None), ("-", None), (f"Self=1;Root={TRACE_1.upper()};Sampled=1", TRACE_1), (TRACE_1, TRACE_1)],
)
def test_trace_root(text: str | None, root: str | None) -> None:
    assert trace_root(text) == root


few = st.sampled_from(["a", "b", "c"])
traces_few = st.sampled_from([TRACE_1, TRACE_2])
exchange_lists = st.lists(
    st.builds(
        lambda request_id, extended, trace_id: sent("", request_id=request_id, extended=extended, trace_id=trace_id),
        st.none() | few,
        st.none() | few,
        st.none() | traces_few,
    ),
    max_size=6,
)
execution_lists = st.lists(
    st.builds(
        lambda request_id, extended, trace_id, lines: ran(
            request_id, extended=extended, trace_id=trace_id, lines=lines
        ),
        few,
        st.none() | few,
        st.none() | traces_few,
        st.integers(0, 2),
    ),
    max_size=6,
)
entry_lists = st.lists(
    st.builds(lambda request_id, extended: entry(requestId=request_id, extendedRequestId=extended), few, few)
    | st.just(entry()),
    max_size=6,
)
trace_lists = st.lists(st.builds(trace, traces_few, few), max_size=4)


@given(exchange_lists, execution_lists, entry_lists, trace_lists, st.randoms(use_true_random=False))
def test_the_order_of_records_and_exchanges_does_not_matter(
    exchanges: list[Exchange],
    executions: list[Execution],
    entries: list[AccessEntry],
    traces: list[Trace],
    random: Random,
) -> None:
    transactions = join(exchanges, executions, entries, traces)
    order = list(range(len(exchanges)))
    shuffles: list[list[Any]] = [order, executions, entries, traces]
    for shuffled in shuffles:
        random.shuffle(shuffled)
    again = join([exchanges[index] for index in order], executions, entries, traces)
    assert [transactions[index] for index in order] == again


@given(exchange_lists, execution_lists, entry_lists, trace_lists)
def test_no_record_is_joined_twice_or_against_its_ids(
    exchanges: list[Exchange], executions: list[Execution], entries: list[AccessEntry], traces: list[Trace]
) -> None:
    transactions = join(exchanges, executions, entries, traces)
    assert [transaction.exchange for transaction in transactions] == exchanges
    for kind in ("execution", "access_entry", "trace"):
        taken = [id(getattr(transaction, kind).value) for transaction in transactions if _is_present(transaction, kind)]
        assert len(taken) == len(set(taken))
    for transaction in transactions:
        for record in (transaction.execution, transaction.access_entry):
            if isinstance(record, Present):
                for name in ("request_id", "extended_request_id"):
                    ours, theirs = getattr(transaction.exchange, name), getattr(record.value, name)
                    assert ours is None or theirs is None or ours == theirs


def _is_present(transaction: Transaction, kind: str) -> bool:
    return isinstance(getattr(transaction, kind), Present)
