"""What a dashboard would show now: metrics, states of alarms, and rows of queries, read through boto3.

What cannot be read is told, widget by widget; it never ends the preview.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
See: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np

from alarms.calls import AlarmCallError, called
from alarms.history import check_readable
from alarms.timeline import Timeline, timeline

_MOST_POINTS = 1440
_RESOLUTIONS = ((timedelta(days=15), 60), (timedelta(days=63), 300))
_COARSEST_S = 3600
_SOURCE = re.compile(r"^SOURCE '(?P<group>[^']+)'\s*(?:\|\s*)?(?P<query>.*)$", re.DOTALL)
_COMPUTED = re.compile(r"stats\s+.+?\s+as\s+(\w+)")
_FIELDS = re.compile(r"\|\s*fields\s+([^|]+)")
_QUERY_TIMEOUT_S = 30.0
_ALARMS_A_CALL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What could not be read, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One line of a metric widget."""

    label: str
    color: str
    timeline: Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of a query, each with a text a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Reads what widgets show over one window.

    Args:
        cloudwatch: A boto3 client of CloudWatch.
        logs: One of CloudWatch Logs; None where queries are not to be run, for AWS bills what they scan.
        start_at: When the window begins.
        end_at: When it ends.
    """

    cloudwatch: Any
    logs: Any
    start_at: datetime
    end_at: datetime
    sleep: Callable[[float], None] = field(default=time.sleep)

    @classmethod
    def until(cls, now: datetime, *, hours: float, cloudwatch: Any, logs: Any) -> Live:
        """Return a reader of the hours before now, on whole minutes."""
        end_at = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        return cls(cloudwatch=cloudwatch, logs=logs, start_at=end_at - timedelta(hours=hours), end_at=end_at)

    def lines(self, widget: Mapping[str, Any]) -> tuple[Drawn, ...] | Unread:
        """Return the visible lines of a metric widget, in its order."""
        period_s = self._period_s(int(widget.get("period", 60)))
        start_at = _on_grid(self.start_at, period_s)
        queries = [_query(entry, position, period_s) for position, entry in enumerate(widget["metrics"])]
        arguments = {"StartTime": start_at, "EndTime": self.end_at, "ScanBy": "TimestampAscending"}
        try:
            pages = called(
                lambda: list(
                    self.cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, **arguments)
                ),
                action="cloudwatch:GetMetricData",
            )
            for page in pages:
                check_readable(page["MetricDataResults"])
        except AlarmCallError as error:
            return Unread(reason=str(error))
        return self._drawn(widget["metrics"], queries, pages, start_at, period_s)

    def states(self, arns: Sequence[str]) -> dict[str, str] | Unread:
        """Return the states of alarms that exist, by name."""
        names = sorted({arn.split(":alarm:")[-1] for arn in arns})
        kinds = ["MetricAlarm", "CompositeAlarm"]
        found: dict[str, str] = {}
        try:
            for start in range(0, len(names), _ALARMS_A_CALL):
                chosen = names[start : start + _ALARMS_A_CALL]
                call = partial(self.cloudwatch.describe_alarms, AlarmNames=chosen, AlarmTypes=kinds, MaxRecords=100)
                reply = called(call, action="cloudwatch:DescribeAlarms")
                for alarm in (*reply.get("MetricAlarms", ()), *reply.get("CompositeAlarms", ())):
                    found[alarm["AlarmName"]] = alarm["StateValue"]
        except AlarmCallError as error:
            return Unread(reason=str(error))
        return found

    def rows(self, query: str) -> Table | Unread:
        """Return the rows of a widget's query. An endpoint that does not compute what it asks for is told."""
        source = _SOURCE.match(query)
        if self.logs is None:
            return Unread(reason="not run: queries were not asked for")
        if source is None:
            return Unread(reason="not run: the query names no log group")
        try:
            reply = self._finished(source["group"], source["query"])
        except AlarmCallError as error:
            return Unread(reason=str(error))
        if reply.get("status") != "Complete":
            return Unread(reason=f"the query did not complete: {reply.get('status')}")
        table = _table(reply.get("results", ()))
        asked = _asked_for(query)
        if table.rows and asked and not asked & set(table.columns):
            return Unread(reason=f"this endpoint cannot run the query: rows came without {', '.join(sorted(asked))}")
        return table

    def _finished(self, log_group_name: str, query: str) -> Mapping[str, Any]:
        times = {"startTime": int(self.start_at.timestamp()), "endTime": int(self.end_at.timestamp())}
        start = partial(self.logs.start_query, logGroupName=log_group_name, queryString=query, **times)
        query_id = called(start, action="logs:StartQuery")["queryId"]
        deadline = time.monotonic() + _QUERY_TIMEOUT_S
        while True:
            get = partial(self.logs.get_query_results, queryId=query_id)
            reply: Mapping[str, Any] = called(get, action="logs:GetQueryResults")
            if reply.get("status") not in {"Scheduled", "Running"} or time.monotonic() > deadline:
                return reply
            self.sleep(0.5)

    def _period_s(self, asked_s: int) -> int:
        """Return a period that CloudWatch still has for all of the window, and gives no more points than are drawn."""
        age = self.end_at - self.start_at
        kept_s = next((resolution_s for kept, resolution_s in _RESOLUTIONS if age <= kept), _COARSEST_S)
        fewest_s = (self.end_at - self.start_at).total_seconds() / _MOST_POINTS
        return max(asked_s, math.ceil(fewest_s / kept_s) * kept_s, kept_s)

    def _drawn(
        self,
        entries: Sequence[Sequence[Any]],
        queries: Sequence[Mapping[str, Any]],
        pages: Sequence[Mapping[str, Any]],
        start_at: datetime,
        period_s: int,
    ) -> tuple[Drawn, ...]:
        length = math.ceil((self.end_at - start_at).total_seconds() / period_s)
        values = {query["Id"]: np.full(length, np.nan) for query in queries}
        for page in pages:
            for result in page["MetricDataResults"]:
                for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                    position = int((moment - start_at).total_seconds() // period_s)
                    if 0 <= position < length:
                        values[result["Id"]][position] = value
        return tuple(
            Drawn(
                label=str(options.get("label") or query["Id"]),
                color=str(options.get("color", "")),
                timeline=timeline(values[query["Id"]], start_at=start_at, period_s=period_s),
            )
            for options, query in zip(map(_options, entries), queries, strict=True)
            if options.get("visible", True)
        )


def _query(entry: Sequence[Any], position: int, period_s: int) -> dict[str, Any]:
    """Return the query of an entry of ``metrics``: an expression, or namespace, metric, dimensions and options."""
    options = _options(entry)
    query_id = str(options.get("id") or f"line{position}")
    if "expression" in options:
        return {"Id": query_id, "Expression": options["expression"], "Period": period_s}
    namespace, metric_name, *dimensions = [part for part in entry if isinstance(part, str)]
    metric = {
        "Namespace": namespace,
        "MetricName": metric_name,
        "Dimensions": [
            {"Name": name, "Value": value} for name, value in zip(dimensions[::2], dimensions[1::2], strict=True)
        ],
    }
    stat = {"Metric": metric, "Period": period_s, "Stat": options.get("stat", "Average")}
    return {"Id": query_id, "MetricStat": stat}


def _options(entry: Sequence[Any]) -> Mapping[str, Any]:
    return entry[-1] if entry and isinstance(entry[-1], Mapping) else {}


def _asked_for(query: str) -> set[str]:
    """Return the columns that a query makes or picks from log events, those of every event (``@timestamp``) apart."""
    picked = [name.strip().strip("`") for fields in _FIELDS.findall(query) for name in fields.split(",")]
    return {*_COMPUTED.findall(query), *(name for name in picked if not name.startswith("@"))}


def _table(results: Sequence[Sequence[Mapping[str, str]]]) -> Table:
    shown = [{cell["field"]: cell.get("value", "") for cell in row if cell["field"] != "@ptr"} for row in results]
    columns = tuple(dict.fromkeys(name for row in shown for name in row))
    return Table(columns=columns, rows=tuple(tuple(row.get(name, "") for name in columns) for row in shown))


def _on_grid(moment: datetime, grid_s: int) -> datetime:
    return datetime.fromtimestamp(math.floor(moment.timestamp() / grid_s) * grid_s, UTC)
