"""The alarms that AWS holds, read through boto3.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from alarms.alarm import HeldAlarm
from alarms.calls import called
from alarms.documents import Document, read_composite_alarm, read_metric_alarm

_NAMES_A_CALL = 100
_TYPES = ["CompositeAlarm", "MetricAlarm"]


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
