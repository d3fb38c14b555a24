"""The alarms that AWS holds, read through boto3.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alarms.alarm import Dimensions, HeldAlarm
from alarms.calls import called
from alarms.documents import Document, children_of, read_composite_alarm, read_dimensions, read_metric_alarm

LOG_NAMESPACE = "Stageproof"
"""The namespace of metrics that are counted from logs; their names begin with the owner."""

_NAMES_A_CALL = 100
_TYPES = ["CompositeAlarm", "MetricAlarm"]


def read_stage_alarms(
    client: Any, *, name_start: str, dimensions: Dimensions, owner: str = "", orphans: Orphans | None = None
) -> dict[str, HeldAlarm]:
    """Read the alarms whose names begin as the stage's do and, whatever their names are, those that watch the stage.

    Composite alarms count where they stand for such an alarm. CloudWatch cannot select alarms by what they watch, so
    all alarms of the account and Region are looked at. Tags cost a call an alarm and are read only of those that count:
    the account may have thousands of other stages.

    Args:
        client: A boto3 client of CloudWatch.
        name_start: How the names begin: prefix, API and stage.
        dimensions: The dimensions of the stage; alarms of its operations have more.
        owner: The stage's owner, with which the metrics begin that are counted from its log.
        orphans: Which alarms may be of the stage from before its API was renamed; None where that cannot be.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    pages = called(lambda: list(_pages(client, {})), action="cloudwatch:DescribeAlarms")
    metric_alarms = [document for page in pages for document in page.get("MetricAlarms", ())]
    composites = [document for page in pages for document in page.get("CompositeAlarms", ())]
    counted = {
        document["AlarmName"]
        for document in metric_alarms
        if document["AlarmName"].startswith(name_start)
        or watches(document, dimensions)
        or (owner and _counts_lines_of(document, owner))
    }
    counted |= orphans.names(metric_alarms) if orphans else set()
    counted |= _composites_over(composites, counted, name_start)
    found: dict[str, HeldAlarm] = {}
    for documents, reader in ((metric_alarms, read_metric_alarm), (composites, read_composite_alarm)):
        for document in documents:
            tags = _tags(client, document) if document["AlarmName"] in counted else None
            if tags is not None:
                found[document["AlarmName"]] = reader(document, tags)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """Alarms whose API is no more: they may be the stage's, from before its API got another name.

    ``api_names`` gives the names of the REST APIs that there are, as metrics have them, or None where they cannot be
    read; it is asked only where needed.
    """

    name_prefix: str
    stage_name: str
    api_names: Callable[[], Collection[str] | None]

    def names(self, metric_alarms: Sequence[Document]) -> set[str]:
        """Return the names of alarms on this stage of an API that there is not."""
        watched = {
            document["AlarmName"]: _api_names_at(document, self.stage_name)
            for document in metric_alarms
            if document["AlarmName"].startswith(self.name_prefix)
        }
        if not any(watched.values()):
            return set()
        existing = self.api_names()
        if existing is None:
            return set()
        return {name for name, api_names in watched.items() if api_names and not api_names & set(existing)}


def _api_names_at(document: Document, stage_name: str) -> set[str]:
    listed = (dict(read_dimensions(one)) for one in _dimensions_of(document))
    return {one["ApiName"] for one in listed if one.get("Stage") == stage_name and "ApiName" in one}


def watches(document: Document, dimensions: Dimensions) -> bool:
    """Whether an alarm, as DescribeAlarms gives it, has a metric with these dimensions (and perhaps more)."""
    return any(set(dimensions) <= set(read_dimensions(one)) for one in _dimensions_of(document))


def _counts_lines_of(document: Document, owner: str) -> bool:
    """Whether an alarm watches a metric that is counted from the log of an owner's stage."""
    return document.get("Namespace") == LOG_NAMESPACE and str(document.get("MetricName")).startswith(f"{owner}/")


def _dimensions_of(document: Document) -> list[Sequence[Document]]:
    """Return the dimensions of each metric of an alarm."""
    stats = [query["MetricStat"] for query in document.get("Metrics") or () if query.get("MetricStat")]
    return [document.get("Dimensions") or (), *(stat["Metric"].get("Dimensions") or () for stat in stats)]


def _composites_over(composites: Sequence[Document], counted: set[str], name_start: str) -> set[str]:
    """Return the composite alarms that stand, at whatever depth, for one of the counted alarms."""
    found = {one["AlarmName"] for one in composites if one["AlarmName"].startswith(name_start)}
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
        for key, reader in (("MetricAlarms", read_metric_alarm), ("CompositeAlarms", read_composite_alarm)):
            for document in page.get(key, ()):
                tags = _tags(client, document)
                if tags is not None:
                    yield document["AlarmName"], reader(document, tags)


def _pages(client: Any, selection: Mapping[str, Any]) -> Iterator[Document]:
    pages = client.get_paginator("describe_alarms")
    yield from pages.paginate(**selection, AlarmTypes=_TYPES, PaginationConfig={"PageSize": _NAMES_A_CALL})


def _tags(client: Any, document: Document) -> dict[str, str] | None:
    """Read the tags of an alarm; None where it was deleted meanwhile."""

    def read() -> Any:
        try:
            return client.list_tags_for_resource(ResourceARN=document["AlarmArn"])
        except client.exceptions.ResourceNotFoundException:
            return None

    reply = called(read, action="cloudwatch:ListTagsForResource")
    return None if reply is None else {tag["Key"]: tag["Value"] for tag in reply.get("Tags", ())}
