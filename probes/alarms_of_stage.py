"""Collects the CloudWatch alarms on a stage's metrics, and the SNS topics that they act on.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.evidence import AlarmMetric, AlarmTopic, DeployedAlarm, Evidence, Missing, Present
from contracts.metric_names import OF_HTTP_APIS_ALONE
from gateway.rest_api import published_api_name
from probes.aws import AwsSession, read
from probes.metrics import NAMESPACE

Document = Mapping[str, Any]

_PAGE_SIZE = 100
_CHILD = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*[\"']?([^\"')]+?)[\"']?\s*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmScope:
    """Whose alarms are meant."""

    api_name: str
    api_id: str
    stage_name: str
    is_http: bool = False

    def covers(self, metric: AlarmMetric) -> bool:
        """Return whether a metric means this API, rightly or wrongly named, and no other stage of it.

        A REST API may have the name of an HTTP API, so a name means the latter only with metrics that just it has.
        """
        names = {self.api_id}
        if not self.is_http or metric.metric_name in OF_HTTP_APIS_ALONE:
            names |= {self.api_name, published_api_name(self.api_name, self.api_id)}
        is_named = bool(names & set(metric.dimensions.values()))
        return is_named and metric.dimensions.get("Stage", self.stage_name) == self.stage_name


def collect_alarms(session: AwsSession, scope: AlarmScope) -> Evidence[tuple[DeployedAlarm, ...]]:
    """Read the alarms whose metrics carry the API's name or identifier; Missing when they cannot be read."""
    pages = session.client("cloudwatch").get_paginator("describe_alarms")
    found = read(
        lambda: list(
            pages.paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"], PaginationConfig={"PageSize": _PAGE_SIZE})
        ),
        action="cloudwatch:DescribeAlarms",
    )
    if isinstance(found, Missing):
        return found
    composites = [item for page in found.value for item in page.get("CompositeAlarms", ())]
    parents = _acting_parents(composites)
    alarms = (
        _alarm(item, scope, parents.get(item["AlarmName"], ()) + parents.get(item.get("AlarmArn", ""), ()))
        for page in found.value
        for item in page.get("MetricAlarms", ())
    )
    return Present(value=tuple(alarm for alarm in alarms if alarm is not None))


def collect_alarm_topics(
    session: AwsSession, alarms: Evidence[tuple[DeployedAlarm, ...]]
) -> Evidence[tuple[AlarmTopic, ...]]:
    """Read the SNS topics that alarms act on; Missing when one of them cannot be read."""
    if isinstance(alarms, Missing):
        return alarms
    arns = sorted({arn for alarm in alarms.value for arn in alarm.alarm_actions if ":sns:" in arn})
    topics: list[AlarmTopic] = []
    for arn in arns:
        topic = _topic(session, arn)
        if isinstance(topic, Missing):
            return topic
        topics.append(topic.value)
    return Present(value=tuple(topics))


def _topic(session: AwsSession, arn: str) -> Evidence[AlarmTopic]:
    """Read a topic by its subscriptions; one that waits for confirmation has no ARN yet."""
    pages = session.client("sns").get_paginator("list_subscriptions_by_topic")
    found = read(
        lambda: [item for page in pages.paginate(TopicArn=arn) for item in page.get("Subscriptions", ())],
        action="sns:ListSubscriptionsByTopic",
        resource=arn,
    )
    if isinstance(found, Present):
        confirmed = sum(1 for item in found.value if str(item["SubscriptionArn"]).startswith("arn:"))
        return Present(value=AlarmTopic(topic_arn=arn, exists=True, confirmed_subscriptions=confirmed))
    if found.aws_error_code in {"NotFound", "NotFoundException"}:
        return Present(value=AlarmTopic(topic_arn=arn, exists=False))
    return found


def _alarm(document: Document, scope: AlarmScope, parents: tuple[str, ...]) -> DeployedAlarm | None:
    metrics = tuple(_metrics(document))
    if not any(scope.covers(metric) for metric in metrics):
        return None
    evaluation_periods = int(document.get("EvaluationPeriods", 1))
    return DeployedAlarm(
        alarm_name=document["AlarmName"],
        metrics=metrics,
        comparison_operator=document.get("ComparisonOperator", ""),
        threshold=document.get("Threshold"),
        evaluation_periods=evaluation_periods,
        datapoints_to_alarm=int(document.get("DatapointsToAlarm") or evaluation_periods),
        treat_missing_data=document.get("TreatMissingData") or "missing",
        expressions=tuple(query["Expression"] for query in document.get("Metrics", ()) if query.get("Expression")),
        actions_enabled=bool(document.get("ActionsEnabled", True)),
        alarm_actions=tuple(document.get("AlarmActions", ())),
        insufficient_data_actions=tuple(document.get("InsufficientDataActions", ())),
        composite_alarms=parents,
    )


def _metrics(document: Document) -> Iterator[AlarmMetric]:
    """Give the metrics of API Gateway that an alarm stands on: its one metric, or those of its metric math."""
    if document.get("Namespace") == NAMESPACE:
        statistic = document.get("Statistic") or document.get("ExtendedStatistic") or ""
        yield _metric(document, statistic, document.get("Period", 60), document.get("Unit"))
    for query in document.get("Metrics", ()):
        stat = query.get("MetricStat") or {}
        metric = stat.get("Metric") or {}
        if metric.get("Namespace") == NAMESPACE:
            yield _metric(metric, stat["Stat"], stat["Period"], stat.get("Unit"))


def _metric(document: Document, statistic: str, period_s: int, unit: str | None) -> AlarmMetric:
    return AlarmMetric(
        metric_name=document["MetricName"],
        statistic=statistic,
        period_s=int(period_s),
        dimensions={item["Name"]: item["Value"] for item in document.get("Dimensions", ())},
        unit=unit or None,
    )


def _acting_parents(composites: Iterable[Document]) -> dict[str, tuple[str, ...]]:
    """Return by alarm name (or ARN) the composite alarms that stand on it and act, themselves or by a parent."""
    known = {item["AlarmName"]: item for item in composites}
    by_reference = {str(item.get(key)): name for name, item in known.items() for key in ("AlarmName", "AlarmArn")}
    children = {name: set(_CHILD.findall(item.get("AlarmRule", ""))) for name, item in known.items()}
    to_visit = [name for name, item in known.items() if item.get("ActionsEnabled", True) and item.get("AlarmActions")]
    acting: set[str] = set()
    while to_visit:
        name = to_visit.pop()
        if name not in acting:
            acting.add(name)
            to_visit += [by_reference[child] for child in children[name] if child in by_reference]
    parents: dict[str, list[str]] = {}
    for name in sorted(acting):
        for child in children[name]:
            parents.setdefault(child, []).append(name)
    return {child: tuple(names) for child, names in parents.items()}
