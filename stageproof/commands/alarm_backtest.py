"""``stageproof alarms backtest``: how often each alarm would have rung, as lines, as JSON and as a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.errors import StageproofError
from stageproof.provisioning import PlanExitCode, Where, stage_command, wanted_alarms

if TYPE_CHECKING:
    from alarms.alarm import Alarm
    from alarms.backtest_text import BacktestReport
    from stageproof.provisioning import Found

HELP = (
    "Say how often each alarm would have rung: history from CloudWatch, held against the known incidents. "
    "Exit codes: 0 quiet and sharp, 2 too much noise or an unseen incident, 1 error.\n\n"
    "Example: stageproof alarms backtest prod --window 90d --html backtest.html"
)

_LONGEST_WINDOW_S = 455 * 86_400.0


@stage_command
def backtest_alarms(
    where: Where,
    *,
    window: Annotated[
        str | None, typer.Option(help="How far back (14d); the file's backtest_window by default.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page with a chart of each alarm.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Replay the desired alarms over the history of their metrics."""
    from alarms.backtest_text import report_document, report_lines

    report = _backtest(where.find(), window)
    if html is not None:
        from reports.backtest import write_backtest

        write_backtest(report_document(report), html)
    typer.echo(json.dumps(report_document(report), indent=2) if as_json else "\n".join(report_lines(report)))
    raise typer.Exit(PlanExitCode.NO_CHANGE if report.is_quiet_and_sharp else PlanExitCode.CHANGES)


def _backtest(found: Found, window: str | None) -> BacktestReport:
    from alarms.backtest import History, backtest, metrics_needed
    from alarms.backtest_text import BacktestReport
    from alarms.history import HistoryWindow, read_history
    from alarms.plan_text import Head

    alarms = _replayable(wanted_alarms(found))
    expected = found.expectations.alarms
    days = _seconds(window, expected.backtest_window_s) / 86_400
    past = HistoryWindow.until(datetime.now(UTC), days=days)
    client = found.session.client("cloudwatch")
    histories = [
        History(frame=read_history(client, metrics, past, period_s=period_s), period_s=period_s)
        for period_s, metrics in metrics_needed(alarms).items()
    ]
    incidents = [
        incident
        for incident in expected.incidents
        if incident.ended_at > past.start_at and incident.started_at < past.end_at
    ]
    return BacktestReport(
        head=Head.of("backtest of the alarms", found.scope).line,
        start_at=past.start_at,
        end_at=past.end_at,
        results=backtest(alarms, histories, incidents=incidents, noise_budget=expected.noise_budget),
        noise_budget=expected.noise_budget,
        incidents=incidents,
        alarms=alarms,
    )


def _replayable(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Leave out alarms on bands, and say so: only CloudWatch knows how it would have learnt their bands."""
    from alarms.alarm import MetricAlarm
    from alarms.anomaly_band import is_on_a_band

    on_bands = [alarm.alarm_name for alarm in alarms if isinstance(alarm, MetricAlarm) and is_on_a_band(alarm)]
    if on_bands:
        sys.stderr.write(f"not replayed, for CloudWatch does not publish how it learns bands: {', '.join(on_bands)}\n")
    return [alarm for alarm in alarms if alarm.alarm_name not in on_bands]


def _seconds(window: str | None, default_s: float) -> float:
    from contracts.durations import parse_duration_s

    try:
        seconds = default_s if window is None else parse_duration_s(window)
    except ValueError as error:
        raise StageproofError(f"--window {error}, for example 14d") from error
    if not 0 < seconds <= _LONGEST_WINDOW_S:
        raise StageproofError("--window must be longer than 0 and at most 455d, which is what CloudWatch keeps")
    return seconds
