"""The alarms that AWS holds, read through boto3.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from alarms.alarm import Dimensions, HeldAlarm
from alarms.calls import called
from alarms.documents import Document, children_of, read_composite_alarm, read_dimensions, read_metric_alarm

_NAMES_A_CALL = 100
_TYPES = ["CompositeAlarm", "MetricAlarm"]


def read_stage_alarms(client: Any, *, name_prefix: str, dimensions: Dimensions) -> dict[str, HeldAlarm]:
    """Read the alarms with a name prefix and, whatever their names are, those that watch a stage.

    Composite alarms count where they stand for such an alarm. CloudWatch cannot select alarms by what they watch, so
    all alarms of the account and Region are looked at; tags are read of those that count.

    Args:
        client: A boto3 client of CloudWatch.
        name_prefix: How the names begin.
        dimensions: The dimensions of the stage; alarms of its operations have more.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    pages = called(lambda: list(_pages(client, {})), action="cloudwatch:DescribeAlarms")
    metric_alarms = [document for page in pages for document in page.get("MetricAlarms", ())]
    composites = [document for page in pages for document in page.get("CompositeAlarms", ())]
    counted = {
        document["AlarmName"]
        for document in metric_alarms
        if document["AlarmName"].startswith(name_prefix) or watches(document, dimensions)
    }
    counted |= _composites_over(composites, counted, name_prefix)
    chosen = [one for one in metric_alarms if one["AlarmName"] in counted]
    held = {one["AlarmName"]: read_metric_alarm(one, _tags(client, one)) for one in chosen}
    return held | {
        one["AlarmName"]: read_composite_alarm(one, _tags(client, one))
        for one in composites
        if one["AlarmName"] in counted
    }


def watches(document: Document, dimensions: Dimensions) -> bool:
    """Whether an alarm, as DescribeAlarms gives it, has a metric with these dimensions (and perhaps more)."""
    stats = [query["MetricStat"] for query in document.get("Metrics") or () if query.get("MetricStat")]
    listed = [document.get("Dimensions") or (), *(stat["Metric"].get("Dimensions") or () for stat in stats)]
    return any(set(dimensions) <= set(read_dimensions(one)) for one in listed)


def _composites_over(composites: Sequence[Document], counted: set[str], name_prefix: str) -> set[str]:
    """Return the composite alarms that stand, at whatever depth, for one of the counted alarms."""
    found = {one["AlarmName"] for one in composites if one["AlarmName"].startswith(name_prefix)}
    while more := {
        one["AlarmName"]
        for one in composites
        if one["AlarmName"] not in found and set(children_of(one["AlarmRule"])) & (counted | found)
    }:
        found |= more
    return found


def read_alarms(client: Any, *, name_prefix: str, names: Iterable[str] = ()) -> dict[str, HeldAlarm]:
    """Read all alarms with a name prefix, and those of given names, with their tags.

    Args:
        client: A boto3 client of CloudWatch.
        name_prefix: How the names begin.
        names: Further names, such as those that alarms are to get.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    held = dict(_described(client, {"AlarmNamePrefix": name_prefix}))
    further = sorted({name for name in names if not name.startswith(name_prefix)})
    for start in range(0, len(further), _NAMES_A_CALL):
        held |= dict(_described(client, {"AlarmNames": further[start : start + _NAMES_A_CALL]}))
    return held


def _described(client: Any, selection: Mapping[str, Any]) -> Iterator[tuple[str, HeldAlarm]]:
    for page in called(lambda: list(_pages(client, selection)), action="cloudwatch:DescribeAlarms"):
        for document in page.get("MetricAlarms", ()):
            yield document["AlarmName"], read_metric_alarm(document, _tags(client, document))
        for document in page.get("CompositeAlarms", ()):
            yield document["AlarmName"], read_composite_alarm(document, _tags(client, document))


def _pages(client: Any, selection: Mapping[str, Any]) -> Iterator[Document]:
    yield from client.get_paginator("describe_alarms").paginate(**selection, AlarmTypes=_TYPES)


def _tags(client: Any, document: Document) -> dict[str, str]:
    reply = called(
        lambda: client.list_tags_for_resource(ResourceARN=document["AlarmArn"]), action="cloudwatch:ListTagsForResource"
    )
    return {tag["Key"]: tag["Value"] for tag in reply.get("Tags", ())}
