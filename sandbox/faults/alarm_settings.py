"""Alarms of a healthy stage, for faults that spoil one of them."""

from typing import Any

from sandbox.faults.fault import Deployment

ERRORS = "users-api-errors"
"""The alarm that faults spoil."""


def put_alarms(deployment: Deployment, *, silence: bool = True, **changes: Any) -> None:
    """Put an alarm on errors, and one on silence, that tell a subscribed topic.

    Args:
        deployment: The stage.
        silence: Whether there is an alarm that rings when no requests arrive.
        changes: What is wrong about the alarm on errors, as PutMetricAlarm's arguments.
    """
    cloudwatch = deployment.clients.get("cloudwatch")
    healthy = {
        "Namespace": "AWS/ApiGateway",
        "Dimensions": stage_dimensions(deployment),
        "Period": 60,
        "AlarmActions": [_subscribed_topic(deployment)],
    }
    errors = {
        "MetricName": "5XXError",
        "Statistic": "Average",
        "Threshold": 0.05,
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 3,
        "TreatMissingData": "notBreaching",
    }
    cloudwatch.put_metric_alarm(AlarmName=ERRORS, **{**healthy, **errors, **changes})
    if silence:
        cloudwatch.put_metric_alarm(
            AlarmName="users-api-silence",
            **healthy,
            MetricName="Count",
            Statistic="Sum",
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            EvaluationPeriods=10,
            TreatMissingData="breaching",
        )


def stage_dimensions(deployment: Deployment) -> list[dict[str, str]]:
    """Return the dimensions of the stage's metrics."""
    name = deployment.client.get_rest_api(restApiId=deployment.rest_api_id)["name"]
    return [{"Name": "ApiName", "Value": name}, {"Name": "Stage", "Value": deployment.stage_name}]


def _subscribed_topic(deployment: Deployment) -> str:
    queue = deployment.clients.get("sqs").create_queue(QueueName="on-call")["QueueUrl"]
    arn = deployment.clients.get("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    topic = str(deployment.clients.get("sns").create_topic(Name="on-call")["TopicArn"])
    deployment.clients.get("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    return topic
