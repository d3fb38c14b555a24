"""Looks, before alarms are provisioned, at what makes alarms useless: unread topics and metrics that nobody publishes.

See: https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from alarms.alarm import Alarm, CompositeAlarm, Metric, MetricAlarm
from alarms.calls import AlarmCallError, called
from alarms.scope import NAMESPACE

_NOT_OF_COMPOSITES = frozenset({"automate", "autoscaling", "swf"})
_OWN_KEY_OF_SNS = "alias/aws/sns"
_ABSENT = frozenset({"NotFound", "NotFoundException", "InvalidParameter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that would keep an alarm from being heard. ``is_error`` says that it certainly would."""

    text: str
    is_error: bool = False


def check_topics(sns: Any, alarms: Sequence[Alarm]) -> Iterator[Finding]:
    """Check that every SNS topic exists and that somebody listens.

    Args:
        sns: A boto3 client of SNS, of the Region of the alarms.
        alarms: The desired alarms.
    """
    arns = {arn for alarm in alarms for arn in alarm.actions.arns}
    if alarms and not arns:
        yield Finding(text="no alarm tells anybody: set actions in [alarms] to the ARN of an SNS topic")
    for arn in sorted(arn for arn in arns if ":sns:" in arn):
        yield from _topic(sns, arn)


def check_actions(alarms: Sequence[Alarm]) -> Iterator[Finding]:
    """Check that composite alarms are asked for nothing that only alarms on metrics can do: EC2 and Auto Scaling.

    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    arns = {arn for alarm in alarms if isinstance(alarm, CompositeAlarm) for arn in alarm.actions.arns}
    for arn in sorted(arn for arn in arns if arn.split(":")[2] in _NOT_OF_COMPOSITES):
        yield Finding(
            text=f"composite alarms cannot carry out {arn}; leave it out of [alarms] actions, or set composite = false "
            "and no objective",
            is_error=True,
        )


def check_published(cloudwatch: Any, alarms: Sequence[Alarm]) -> Iterator[Finding]:
    """Check that CloudWatch knows each metric with exactly the dimensions that alarms watch.

    Args:
        cloudwatch: A boto3 client of CloudWatch.
        alarms: The desired alarms.
    """
    watched = {
        (metric.namespace, metric.metric_name, metric.dimensions): metric
        for alarm in alarms
        if isinstance(alarm, MetricAlarm)
        for metric in alarm.metrics
        if metric.namespace == NAMESPACE  # what is counted from logs is there once a line was counted
    }
    silent = [metric for _, metric in sorted(watched.items()) if not _is_published(cloudwatch, metric)]
    if silent:
        names = ", ".join(sorted({metric.metric_name for metric in silent}))
        where = " ".join(f"{name}={value}" for name, value in silent[0].dimensions)
        yield Finding(
            text=f"no data of {names} has come for {where} in the last two weeks: "
            "these alarms cannot ring until the stage gets traffic"
        )


def _topic(sns: Any, arn: str) -> Iterator[Finding]:
    try:
        attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    except BotoCoreError as error:
        yield Finding(text=f"the topic {arn} could not be checked ({error}); check the Region and the network")
        return
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _ABSENT:
            yield Finding(text=f"the topic {arn} does not exist; correct actions in [alarms]", is_error=True)
        else:
            yield Finding(text=f"the topic {arn} could not be checked ({code}); allow sns:GetTopicAttributes")
        return
    if int(attributes.get("SubscriptionsConfirmed") or 0) == 0:
        yield Finding(text=f"nobody has confirmed a subscription to {arn}: alarms ring unheard")
    if str(attributes.get("KmsMasterKeyId", "")).endswith(_OWN_KEY_OF_SNS):
        yield Finding(
            text=f"the topic {arn} is encrypted with SNS's own key (alias/aws/sns), which CloudWatch may not use: "
            "alarms cannot publish to it; use a key of your own whose policy allows cloudwatch.amazonaws.com"
        )


def _is_published(cloudwatch: Any, metric: Metric) -> bool:
    """Whether the metric exists; where that cannot be asked, nothing is claimed."""
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    selection = {"Namespace": metric.namespace, "MetricName": metric.metric_name, "Dimensions": dimensions}
    try:
        pages = called(
            lambda: list(cloudwatch.get_paginator("list_metrics").paginate(**selection)),
            action="cloudwatch:ListMetrics",
        )
    except AlarmCallError:
        return True
    return any(len(found.get("Dimensions", ())) == len(dimensions) for page in pages for found in page["Metrics"])
