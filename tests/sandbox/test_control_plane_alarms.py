"""CloudWatch alarms of the AWS side: composites, history, the first state, and what an update leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws_side import start_aws_side
from sandbox.deploy import AwsClients

_TYPES = ["MetricAlarm", "CompositeAlarm"]


@pytest.fixture
def client() -> Iterator[Any]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url).get("cloudwatch")
    side.stop()


def _put(client: Any, name: str, **arguments: Any) -> None:
    defaults = {
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    client.put_metric_alarm(AlarmName=name, **{**defaults, **arguments})


def _tags(client: Any, name: str) -> dict[str, str]:
    (alarm,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]}


def test_an_alarm_starts_without_data_and_keeps_its_state_on_updates(client: Any) -> None:
    _put(client, "a", Tags=[{"Key": "k", "Value": "1"}])
    assert client.describe_alarms()["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    _put(client, "a", Threshold=2.0, Tags=[{"Key": "k", "Value": "2"}])
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 2.0)
    assert _tags(client, "a") == {"k": "1"}
    client.delete_alarms(AlarmNames=["a"])
    _put(client, "a")
    assert _tags(client, "a") == {}


def test_composites_need_their_children(client: Any) -> None:
    with pytest.raises(ClientError, match="do not exist"):
        client.put_composite_alarm(AlarmName="c", AlarmRule='ALARM("a")')
    _put(client, "a")
    client.put_composite_alarm(
        AlarmName="c",
        AlarmRule='ALARM("a")',
        ActionsSuppressor="a",
        ActionsSuppressorWaitPeriod=1,
        ActionsSuppressorExtensionPeriod=2,
    )
    assert client.describe_alarms()["CompositeAlarms"] == []
    (composite,) = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (composite["AlarmRule"], composite["ActionsSuppressor"], composite["ActionsSuppressorExtensionPeriod"]) == (
        'ALARM("a")',
        "a",
        2,
    )
    with pytest.raises(ClientError, match="cannot be deleted together"):
        client.delete_alarms(AlarmNames=["a", "c"])


def test_alarms_come_in_pages(client: Any) -> None:
    for number in range(5):
        _put(client, f"a{number}")
    client.put_composite_alarm(AlarmName="c", AlarmRule='ALARM("a0")')
    pages = list(client.get_paginator("describe_alarms").paginate(AlarmTypes=_TYPES, PaginationConfig={"PageSize": 2}))
    assert [len(page["MetricAlarms"]) + len(page["CompositeAlarms"]) for page in pages] == [2, 2, 2]


def test_history_is_told_newest_first(client: Any) -> None:
    _put(client, "a")
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="again")
    _put(client, "a", Threshold=5.0)
    told = [item["HistorySummary"] for item in client.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"]]
    assert told == ['Alarm "a" updated', "Alarm updated from INSUFFICIENT_DATA to ALARM", 'Alarm "a" created']
    states = client.describe_alarm_history(AlarmName="a", HistoryItemType="StateUpdate")["AlarmHistoryItems"]
    assert len(states) == 1


def test_a_week_of_minutes_is_read_at_once(client: Any) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    for minutes_ago in (1, 5_000, 10_000):
        datum = {"MetricName": "m", "Timestamp": now - timedelta(minutes=minutes_ago), "Values": [1.0, 3.0]}
        client.put_metric_data(Namespace="n", MetricData=[datum])
    stat = {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Average"}
    (result,) = client.get_metric_data(
        MetricDataQueries=[{"Id": "a", "MetricStat": stat}], StartTime=now - timedelta(days=7), EndTime=now
    )["MetricDataResults"]
    assert result["Values"] == [2.0, 2.0, 2.0]
    assert result["Timestamps"] == sorted(result["Timestamps"], reverse=True)
