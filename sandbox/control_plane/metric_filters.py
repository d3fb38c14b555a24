"""Gap: moto keeps metric filters, each put twice as often as it is put, and counts nothing.

Patterns of words, quoted texts and ``?"one" ?"of several"`` are understood; others (``{``, ``[``, ``%``, ``-``) are
refused when they are put, so that none of them matches in silence.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends
from moto.logs import models
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException

from sandbox.control_plane.patching import Function, extend

_TERM = re.compile(r'\s*(?P<any>\?)?(?:"(?P<text>(?:[^"\\]|\\.)+)"|(?P<word>[^\s"?{\[%-]\S*))')


def install() -> None:
    """Replace filters of the same name, and count what they match as metrics."""

    @extend(models.LogsBackend, "put_metric_filter")
    def put_metric_filter(
        original: Function,
        backend: models.LogsBackend,
        filter_name: str,
        filter_pattern: str,
        log_group_name: str,
        *transformations: Any,
    ) -> None:
        terms(filter_pattern)
        if log_group_name not in backend.groups:
            raise ResourceNotFoundException("The specified log group does not exist.")
        backend.filters.delete_filter(filter_name, log_group_name)
        original(backend, filter_name, filter_pattern, log_group_name, *transformations)

    @extend(models.LogGroup, "put_log_events")
    def put_log_events(
        original: Function, group: models.LogGroup, log_stream_name: str, log_events: list[dict[str, Any]]
    ) -> Any:
        answered = original(group, log_stream_name, log_events)
        filters = models.logs_backends[group.account_id][group.region].filters.metric_filters
        for one in [one for one in list(filters) if one["logGroupName"] == group.name]:
            _count(group, one, log_events)
        return answered


def terms(pattern: str) -> tuple[list[str], list[str]]:
    """Return the texts that must all stand in a line, and those of which one must.

    Raises:
        InvalidParameterException: If the pattern is of another kind.
    """
    every: list[str] = []
    some: list[str] = []
    position = 0
    while pattern[position:].strip():
        found = _TERM.match(pattern, position)
        if found is None:
            raise InvalidParameterException(
                parameter="filterPattern", value=pattern, constraint="the sandbox matches words and quoted texts only"
            )
        text = re.sub(r"\\(.)", r"\1", found["text"]) if found["text"] else found["word"]
        (some if found["any"] else every).append(text)
        position = found.end()
    return every, some


def _count(group: models.LogGroup, one: dict[str, Any], log_events: list[dict[str, Any]]) -> None:
    """Publish what a filter matches, at the times of the events."""
    every, some = terms(one["filterPattern"])
    matched = [
        event
        for event in log_events
        if all(text in event["message"] for text in every)
        and (not some or any(text in event["message"] for text in some))
    ]
    data: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for event in matched:
        at = datetime.fromtimestamp(event["timestamp"] / 1000, tz=UTC).replace(tzinfo=None)
        for published in one["metricTransformations"]:
            datum = {"MetricName": published["metricName"], "Timestamp": at, "Value": float(published["metricValue"])}
            data[published["metricNamespace"]].append(datum)
    for namespace, documents in data.items():
        cloudwatch_backends[group.account_id][group.region].put_metric_data(namespace, documents)
