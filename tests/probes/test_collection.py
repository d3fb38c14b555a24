"""Collectors wait as long as there is something to wait for, and say how much was found."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.evidence import Completeness, Exchange, HttpRequest, HttpResponse, Missing, Mode, Origin, TimeWindow
from contracts.expectations import CollectionExpectations
from gateway.messages import Headers
from probes.collection import (
    LONGEST_REQUEST,
    SKEW,
    Collected,
    Patience,
    Sought,
    around,
    by_clock_of_aws,
    collect,
    counted_by_metrics,
    found_of,
    nothing,
)
from probes.night_collection import patience_of

START = datetime(2026, 3, 4, tzinfo=UTC)
WINDOW = TimeWindow(start_at=START, end_at=START + timedelta(hours=1))

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def failed(code: str | None) -> Missing:
    return Missing(reason="told so", aws_error_code=code, remedy="do")


@dataclass(slots=True)
class Rounds:
    """Plays rounds: how much is there after each, or why it failed; the last one goes on for ever."""

    rounds: list[int | Missing]
    wanted: int = 3
    there: int = 0
    sleeps: list[float] = field(default_factory=list)

    def read_round(self) -> Missing | None:
        now = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        if isinstance(now, Missing):
            return now
        self.there = now
        return None

    def is_complete(self) -> bool:
        return self.there >= self.wanted

    def found(self) -> int:
        return self.there

    def patience(self, **settings: Any) -> Patience:
        clock = {"given_sleep": self.sleeps.append, "monotonic": lambda: sum(self.sleeps)}
        return Patience(**{"deadline_s": 60.0, **clock, **settings})


@pytest.mark.parametrize(
    ("rounds", "sleeps", "outcome"),
    [
        pytest.param([3], [], None, id="there at once"),
        pytest.param([0, 1, 3], [2.0, 2.0], None, id="late"),
        pytest.param([0], [2.0] * 30, None, id="never: until the deadline"),
        pytest.param([failed("AccessDeniedException")], [], failed("AccessDeniedException"), id="denied is final"),
        pytest.param([failed(None)], [], failed(None), id="unknown failure is final"),
        pytest.param(
            [failed("ThrottlingException"), failed("ThrottlingException"), 1, 3], [4.0, 8.0, 2.0], None, id="throttled"
        ),
        pytest.param(
            [failed("ThrottlingException")], [4.0, 8.0, 16.0, 30.0, 2.0], failed("ThrottlingException"), id="always"
        ),
        pytest.param([failed("ResourceNotFoundException"), 3], [2.0], None, id="made by the first event"),
        pytest.param(
            [failed("ResourceNotFoundException")], [2.0] * 8, failed("ResourceNotFoundException"), id="does not exist"
        ),
    ],
)
def test_rounds(rounds: list[int | Missing], sleeps: list[float], outcome: Missing | None) -> None:
    played = Rounds(rounds)
    assert collect(played, played.patience()) == outcome
    assert played.sleeps == sleeps


def test_quiet_counts_from_the_last_news() -> None:
    played = Rounds([0, 0, 1, 1, 2, 2])
    collect(played, played.patience(quiet_s=6.0))
    assert sum(played.sleeps) == 14.0


def test_what_has_not_begun_to_come_is_late_and_not_over() -> None:
    played = Rounds([*[0] * 20, 3])
    assert collect(played, played.patience(quiet_s=6.0, waits_for_first=True)) is None
    assert sum(played.sleeps) == 40.0
    stopped = Rounds([*[0] * 20, 1])
    collect(stopped, stopped.patience(quiet_s=6.0, waits_for_first=True))
    assert sum(stopped.sleeps) == 46.0, "quiet counts from the first thing that came"


def test_at_aws_a_minute_without_metrics_is_not_the_end() -> None:
    asked = CollectionExpectations()
    assert patience_of(asked, is_local=False).quiet_s == 90.0
    assert patience_of(asked, is_local=False).waits_for_first
    assert patience_of(asked, is_local=True).quiet_s == 5.0


def test_nobody_waits_for_what_is_no_longer_wanted() -> None:
    patience = Patience(deadline_s=600.0, poll_interval_s=600.0)
    played = Rounds([0])
    threading.Timer(0.1, patience.stopping.set).start()
    began_s = time.monotonic()
    collect(played, patience)
    assert time.monotonic() - began_s < 10


def test_no_patience_reads_once() -> None:
    played = Rounds([1])
    assert collect(played, played.patience(deadline_s=0.0)) is None
    assert played.sleeps == []


def test_found_of() -> None:
    late = found_of(["a", "b"], ["b", "c"], None, late="late")
    assert late == Completeness(
        expected=2, found=1, missing=("a",), reason="late", remedy="wait longer: raise collection.deadline"
    )
    assert found_of(["a"], ["a"], None, late="late") == Completeness(expected=1, found=1)
    refused = found_of(["a"], [], failed("AccessDenied"), late="late")
    assert (refused.reason, refused.remedy) == ("told so", "do")


def test_nothing() -> None:
    collected: Collected[int] = nothing(["a"], failed(None))
    assert collected.items == ()
    assert collected.missing == failed(None)
    assert collected.completeness.missing == ("a",)


def test_around() -> None:
    sent = START + timedelta(minutes=30)
    assert around([sent], WINDOW) == TimeWindow(start_at=sent - SKEW, end_at=sent + SKEW + LONGEST_REQUEST)
    assert around([], WINDOW) == TimeWindow(
        start_at=WINDOW.start_at - SKEW, end_at=WINDOW.end_at + SKEW + LONGEST_REQUEST
    )


def _answered(sent_at: datetime, date: str | None, *, elapsed_ms: float = 200.0) -> Exchange:
    told = {"x-amzn-RequestId": "r", **({} if date is None else {"Date": date})}
    return Exchange(
        exchange_id="x",
        resource_path="/users",
        http_method="GET",
        origin=Origin.FUZZING,
        mode=Mode.POSITIVE,
        request=HttpRequest(http_method="GET", url="https://x/dev/users"),
        response=HttpResponse(status=200, headers=Headers.of(told)),
        sent_at=sent_at,
        elapsed_ms=elapsed_ms,
    )


@pytest.mark.parametrize("lead_s", [-240, 240])
def test_a_clock_that_is_minutes_off_does_not_look_where_no_log_is(lead_s: int) -> None:
    """AWS accepts signatures five minutes off, so such a machine reads everything, only elsewhere."""
    lead = timedelta(seconds=lead_s)
    answers = [_answered(START + lead, "Wed, 04 Mar 2026 00:00:00 GMT")] * 3
    answers.append(_answered(START + lead, None))
    answers.append(_answered(START + lead, "yesterday"))
    shifted, now = by_clock_of_aws(answers, START + lead)
    assert all(abs(exchange.sent_at - START) <= timedelta(seconds=1) for exchange in shifted)
    assert abs(now - START) <= timedelta(seconds=1)


def test_a_clock_that_is_right_stays() -> None:
    answers = (_answered(START + timedelta(seconds=0.7), "Wed, 04 Mar 2026 00:00:00 GMT"),)
    assert by_clock_of_aws(answers, NOW) == (answers, NOW)
    assert by_clock_of_aws([], NOW) == ((), NOW)


def test_what_the_gateway_never_saw_is_not_looked_for() -> None:
    def sent(number: int, response: HttpResponse | None) -> Exchange:
        return Exchange(
            exchange_id=f"x{number}",
            resource_path="/users",
            http_method="GET",
            origin=Origin.PROVOCATION,
            mode=Mode.NEGATIVE,
            request=HttpRequest(http_method="GET", url="https://x/dev/users"),
            response=response,
            sent_at=NOW,
            elapsed_ms=1.0,
            trace_id=f"1-00000000-{number:024d}",
        )

    by_gateway = HttpResponse(status=403, headers=Headers.of({"x-amzn-RequestId": "r"}))
    exchanges = [sent(1, None), sent(2, by_gateway), sent(3, HttpResponse(status=431))]
    sought = Sought.of(exchanges, window=TimeWindow(start_at=NOW, end_at=NOW))
    assert set(sought.trace_ids) == {f"1-00000000-{number:024d}" for number in (1, 2)}
    assert sought.unanswered_trace_ids == {f"1-00000000-{1:024d}"}
    assert counted_by_metrics(exchanges) == 1
