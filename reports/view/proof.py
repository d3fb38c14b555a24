"""The proof of a finding: what was asked and answered, and what AWS recorded of it."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import escape

from contracts.attribution import answered_by, reached_backend
from contracts.evidence import AccessEntry, Exchange, Missing, Transaction
from contracts.verdict import Comparison, Finding, Step
from gateway.messages import Headers
from reports.view.curl import curl
from reports.view.line_diff import DiffLine, line_diff
from reports.view.log_lines import ShownLine, log_lines
from reports.view.text import ShownText, body_text, clipped, one_line
from reports.view.trace_timeline import Timeline, duration_text, timeline

_HEADER_CHARACTERS = 1_000
_MOST_HEADERS = 60
_INPUT_CHARACTERS = 4_000
_MESSAGE_CHARACTERS = 1_000
_SHORT_CHARACTERS = 160
_ERROR_STATUS = 400
_MARKUP_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Evidence that is not there: why, and the mend."""

    reason: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer."""

    start_line: str
    headers: tuple[tuple[str, str], ...]
    body: ShownText


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLine:
    """The access-log entry: what it says of the answer, and the line as it stood."""

    values: tuple[tuple[str, str], ...]
    raw: str
    invalid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """An expected and an actual text side by side, and what went in."""

    what: str
    lines: tuple[DiffLine, ...]
    inputs: tuple[tuple[str, ShownText], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One transaction as it is shown."""

    exchange_id: str
    request_id: str
    origin: str
    intent: str
    summary: str
    failed: bool
    request: Message
    response: Message | Absent
    log: tuple[ShownLine, ...] | Absent
    access: AccessLine | Absent
    trace: Timeline | Absent
    curl: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A finding with its evidence; ``recorded`` is None where no single request proves it."""

    message: str
    answered_by: str
    reached_backend: str
    recorded: Recorded | None = None
    diff: Diff | None = None
    left_out: str = ""

    @property
    def size(self) -> int:
        """About how many characters the proof takes in a page."""
        return _size(self)


def proof(finding: Finding, transaction: Transaction | None, step: Step) -> Proof:
    """Show a finding with the transaction that proves it."""
    who = finding.answered_by
    reached = finding.reached_backend
    if transaction is not None:
        who = who or answered_by(transaction).value
        reached = reached_backend(transaction) if reached is None else reached
    return Proof(
        message=one_line(finding.message, _MESSAGE_CHARACTERS),
        answered_by=who or "",
        reached_backend="" if transaction is None and reached is None else _yes_or_no(reached),
        recorded=None if transaction is None else recorded(transaction, step),
        diff=None if finding.comparison is None else diff(finding.comparison),
    )


def in_short(finding: Finding, *, too_large: bool = False) -> Proof:
    """Show only what a finding says, and which exchanges prove it."""
    told = [f"exchange {', '.join(finding.evidence[:3])}"] if finding.evidence else []
    if too_large:
        told.append("too large for this page: the recording has it")
    return Proof(
        message=one_line(finding.message, _SHORT_CHARACTERS),
        answered_by=finding.answered_by or "",
        reached_backend="" if finding.reached_backend is None else _yes_or_no(finding.reached_backend),
        left_out="; ".join(told),
    )


def recorded(transaction: Transaction, step: Step) -> Recorded:
    """Show one transaction, with the log lines of a step marked."""
    exchange = transaction.exchange
    status = exchange.response.status if exchange.response else None
    answer = "no answer" if status is None else str(status)
    return Recorded(
        exchange_id=exchange.exchange_id,
        request_id=exchange.request_id or "",
        origin=f"{exchange.origin.value}, {exchange.mode.value}",
        intent=one_line("; ".join(filter(None, (exchange.intent, ", ".join(exchange.violates)))), 400),
        summary=f"{one_line(exchange.operation, 300)} → {answer} in {duration_text(exchange.elapsed_ms)}",
        failed=status is None or status >= _ERROR_STATUS,
        request=_request(exchange),
        response=_response(exchange),
        log=_log(transaction, step),
        access=_access(transaction),
        trace=_trace(transaction),
        curl=curl(exchange.request),
    )


def diff(comparison: Comparison) -> Diff:
    """Show a comparison as a line diff with its inputs."""
    return Diff(
        what=one_line(comparison.what, 200),
        lines=line_diff(comparison.expected, comparison.actual),
        inputs=tuple((one_line(name, 200), clipped(text, _INPUT_CHARACTERS)) for name, text in comparison.inputs[:8]),
    )


def _yes_or_no(reached: bool | None) -> str:  # noqa: FBT001 - the value itself is shown
    return {True: "yes", False: "no", None: "unknown"}[reached]


def _request(exchange: Exchange) -> Message:
    sent = exchange.request
    start = one_line(f"{sent.http_method} {sent.url}", 2_000)
    return Message(start_line=start, headers=_headers(sent.headers), body=body_text(sent.body))


def _response(exchange: Exchange) -> Message | Absent:
    if exchange.response is None:
        return Absent(reason=one_line(exchange.error or "no answer came", _MESSAGE_CHARACTERS))
    got = exchange.response
    return Message(start_line=f"HTTP {got.status}", headers=_headers(got.headers), body=body_text(got.body))


def _headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    shown = [(one_line(name, 200), one_line(value, _HEADER_CHARACTERS)) for name, value in headers.items()]
    return tuple(shown[:_MOST_HEADERS])


def absent(missing: Missing) -> Absent:
    """Show what could not be read."""
    code = f" ({missing.aws_error_code})" if missing.aws_error_code else ""
    return Absent(reason=one_line(missing.reason, 400) + code, remedy=one_line(missing.remedy or "", 600))


def _log(transaction: Transaction, step: Step) -> tuple[ShownLine, ...] | Absent:
    if isinstance(transaction.execution, Missing):
        return absent(transaction.execution)
    lines = transaction.execution.value.lines
    return log_lines(lines, step) if lines else Absent(reason="the execution log has no line of this request")


def _access(transaction: Transaction) -> AccessLine | Absent:
    if isinstance(transaction.access_entry, Missing):
        return absent(transaction.access_entry)
    entry: AccessEntry = transaction.access_entry.value
    values = tuple((one_line(name, 80), one_line(value, 300)) for name, value in entry.values.items())
    return AccessLine(values=values[:40], raw=one_line(entry.raw, 2_000), invalid=one_line(entry.invalid or "", 300))


def _trace(transaction: Transaction) -> Timeline | Absent:
    return absent(transaction.trace) if isinstance(transaction.trace, Missing) else timeline(transaction.trace.value)


def _size(shown: object) -> int:
    """Count the characters below a view, with what escaping and markup add."""
    if isinstance(shown, str):
        return len(escape(shown)) + _MARKUP_CHARACTERS
    if isinstance(shown, tuple):
        return sum(map(_size, shown)) + _MARKUP_CHARACTERS
    fields = getattr(shown, "__dataclass_fields__", ())
    return sum(_size(getattr(shown, name)) for name in fields)
