"""The execution log: the lines of one request, read into an `Execution` and written from one.

Wording and order are those of recorded logs; the reader also takes the older wordings and the form of
``TestInvokeMethod``, whose lines begin with a date. Lines that no field holds are kept as unknown, never dropped.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from gateway import choices
from gateway.execution import Execution, LogLine
from gateway.execution_log_lines import Shown, cut, lines_of
from gateway.execution_log_reader import DATE_PREFIX, Reader, logged_map, logged_text, request_id_of

__all__ = ["logged_map", "logged_text", "mask", "read", "request_id_of", "test_invoke_lines", "write"]

_DATED_LINE = re.compile(rf"^(?={DATE_PREFIX.pattern})", re.MULTILINE)


def test_invoke_lines(log: str) -> tuple[LogLine, ...]:
    """Split the ``log`` of a TestInvokeMethod answer into its lines; line breaks inside bodies are kept.

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
    """
    return tuple(LogLine(text=part.removesuffix("\n")) for part in _DATED_LINE.split(log) if part.strip())


def mask(value: str) -> str:
    """Hide a secret as the log does: asterisks and the last six characters.

    How many asterisks AWS writes is not confirmed; short values are hidden whole.
    """
    shown = 6
    return "*" * max(4, len(value) - shown) + value[-shown:] if len(value) > shown else "****"


def write(execution: Execution, *, logging_level: str, data_trace_enabled: bool) -> tuple[str, ...]:
    """Write the log events of an execution.

    Args:
        execution: What happened; secrets in it are already masked.
        logging_level: ``OFF``, ``ERROR`` or ``INFO``, as in the stage's method settings.
        data_trace_enabled: Whether headers, parameters and bodies are written.

    Returns:
        The events in order, each prefixed with ``(request id) `` and cut at 1,024 bytes. ``ERROR`` writes only the
        lines that tell of a refusal or failure; what else AWS writes at that level is not confirmed.
    """
    wanted = {"OFF": set[Shown](), "ERROR": {Shown.ERROR}}.get(logging_level.upper(), {Shown.ERROR, Shown.INFO})
    if data_trace_enabled and wanted and (Shown.INFO in wanted or not choices.ERROR_LEVEL_IGNORES_DATA_TRACE):
        wanted.add(Shown.DATA)
    prefix = f"({execution.request_id}) " if execution.request_id else ""
    return tuple(cut(prefix + text) for shown, text in lines_of(execution) if shown in wanted)


def read(lines: Iterable[LogLine], *, request_id: str | None = None) -> Execution:
    """Read the lines of one request.

    Args:
        lines: The request's lines in order, with or without the ``(request id) `` prefix or the date of a test invoke.
        request_id: The id where the lines were already stripped of it.

    Returns:
        The execution; a field is None where the log has no such line.
    """
    reader = Reader(request_id=request_id)
    for line in lines:
        reader.take(line)
    return reader.execution()
