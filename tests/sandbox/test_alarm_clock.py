"""The clock evaluates alarms, keeps their history, and tells SNS topics; suppressors keep composites silent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from alarms.live import LiveEvaluator
from sandbox.action_suppression import SuppressedBy, Suppression, Suppressor, next_suppression
from sandbox.alarm_clock import AlarmClock
from sandbox.aws_side import start_aws_side
from sandbox.control_plane.metric_data import set_metric_math
from sandbox.deploy import AwsClients
from tests.sandbox.subscriber import subscriber, wait_for

NOW = datetime.now(UTC).replace(second=30, microsecond=0, tzinfo=None)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    set_metric_math(LiveEvaluator().metric_math)
    yield AwsClients.local(side.endpoint_url)
    set_metric_math(None)
    side.stop()


@pytest.fixture
def client(clients: AwsClients) -> Any:
    return clients.get("cloudwatch")


@pytest.fixture
def clock() -> AlarmClock:
    return AlarmClock(LiveEvaluator())


def put(client: Any, name: str, **arguments: Any) -> None:
    defaults: dict[str, Any] = {"EvaluationPeriods": 2, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    if "Metrics" not in arguments:
        defaults |= {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60}
    client.put_metric_alarm(AlarmName=name, **{**defaults, **arguments})


def measure(client: Any, *values: float, until: datetime = NOW, name: str = "m") -> None:
    """Put a value a minute, the last in the minute before ``until``'s."""
    for minutes_ago, value in enumerate(reversed(values), 1):
        at = until.replace(second=0) - minutes_ago * MINUTE
        client.put_metric_data(Namespace="n", MetricData=[{"MetricName": name, "Timestamp": at, "Value": value}])


def state(client: Any, name: str) -> str:
    reply = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return str((reply["MetricAlarms"] + reply["CompositeAlarms"])[0]["StateValue"])


def history(client: Any, name: str, kind: str = "MetricAlarm") -> list[str]:
    items = client.describe_alarm_history(AlarmName=name, AlarmTypes=[kind], ScanBy="TimestampAscending")
    return [item["HistorySummary"] for item in items["AlarmHistoryItems"]]


def test_an_alarm_rings_when_its_metric_does_and_says_why(client: Any, clock: AlarmClock) -> None:
    put(client, "a")
    measure(client, 0.0, 5.0, 7.0)
    assert state(client, "a") == "INSUFFICIENT_DATA"
    clock.evaluate(NOW)
    (alarm,) = client.describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    assert alarm["StateReason"].startswith("Threshold Crossed: 2 out of the last 2 datapoints [7.0 (")
    assert "were greater than the threshold (1.0) (minimum 2 datapoints" in alarm["StateReason"]
    assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [5.0, 7.0]
    clock.evaluate(NOW + 20 * MINUTE)
    assert state(client, "a") == "INSUFFICIENT_DATA"
    assert history(client, "a") == [
        'Alarm "a" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to INSUFFICIENT_DATA",
    ]


def test_a_state_that_was_set_by_hand_lasts_until_the_next_evaluation(client: Any, clock: AlarmClock) -> None:
    put(client, "a")
    measure(client, 0.0, 0.0)
    client.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    assert state(client, "a") == "ALARM"
    clock.evaluate(NOW)
    assert state(client, "a") == "OK"


def test_data_of_the_minute_that_goes_on_do_not_count_yet(client: Any, clock: AlarmClock) -> None:
    put(client, "a", EvaluationPeriods=1)
    measure(client, 5.0, until=NOW + MINUTE)
    clock.evaluate(NOW)
    assert state(client, "a") == "INSUFFICIENT_DATA"
    clock.evaluate(NOW + MINUTE)
    assert state(client, "a") == "ALARM"


def test_metric_math_and_percentiles_ring_too(client: Any, clock: AlarmClock) -> None:
    def stat(name: str, statistic: str) -> dict[str, Any]:
        return {"Metric": {"Namespace": "n", "MetricName": name}, "Period": 60, "Stat": statistic}

    queries = [
        {"Id": "e", "Expression": "IF(n >= 3, 100 - fast)", "ReturnData": True},
        {"Id": "fast", "MetricStat": stat("m", "PR(:100)"), "ReturnData": False},
        {"Id": "n", "MetricStat": stat("m", "SampleCount"), "ReturnData": False},
    ]
    put(client, "slow", Metrics=queries, Threshold=60.0, EvaluationPeriods=1)
    put(client, "p50", ExtendedStatistic="p50", Statistic="Sum", Threshold=100.0, EvaluationPeriods=1)
    for value in (50.0, 150.0, 200.0):
        measure(client, value)
    clock.evaluate(NOW)
    assert (state(client, "slow"), state(client, "p50")) == ("ALARM", "ALARM")
    answered = client.get_metric_data(MetricDataQueries=queries, StartTime=NOW - 5 * MINUTE, EndTime=NOW)
    (result,) = answered["MetricDataResults"]
    assert result["Values"] == pytest.approx([100 * 2 / 3])
    with pytest.raises(ClientError, match="Error in expression"):
        client.get_metric_data(
            MetricDataQueries=[{"Id": "e", "Expression": "nowhere + 1"}], StartTime=NOW - MINUTE, EndTime=NOW
        )


def test_a_topic_is_told_and_its_confirmed_subscriber_hears_it(clients: AwsClients, clock: AlarmClock) -> None:
    client, sns = clients.get("cloudwatch"), clients.get("sns")
    topic = sns.create_topic(Name="on-call")["TopicArn"]
    with subscriber() as (url, received):
        assert sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)["SubscriptionArn"] == "pending confirmation"
        wait_for(lambda: sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsConfirmed"] == "1")
        put(client, "a", AlarmActions=[topic], EvaluationPeriods=1)
        measure(client, 5.0)
        clock.evaluate(NOW)
        wait_for(lambda: len(received) > 1)
    headers, body = received[1]
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert headers["x-amz-sns-topic-arn"] == topic
    assert (body["Type"], body["TopicArn"]) == ("Notification", topic)
    assert body["Subject"] == 'ALARM: "a" in US East (N. Virginia)'
    message = json.loads(body["Message"])
    assert (message["AlarmName"], message["OldStateValue"], message["NewStateValue"]) == (
        "a",
        "INSUFFICIENT_DATA",
        "ALARM",
    )
    assert message["Trigger"]["MetricName"] == "m"
    assert history(client, "a")[-1] == f"Successfully executed action {topic}"


def test_nobody_is_told_before_confirming_nor_where_actions_are_off(clients: AwsClients) -> None:
    client, sns, sqs = (clients.get(name) for name in ("cloudwatch", "sns", "sqs"))
    topic = sns.create_topic(Name="on-call")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"] == (
        "PendingConfirmation"
    )
    with pytest.raises(ClientError, match="Token"):
        sns.confirm_subscription(TopicArn=topic, Token="wrong")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    put(client, "off", AlarmActions=[topic], ActionsEnabled=False)
    put(client, "nowhere", AlarmActions=[f"{topic}-gone"])
    for name in ("off", "nowhere"):
        client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    assert sqs.receive_message(QueueUrl=queue).get("Messages", []) == []
    assert "Action" not in {
        item["HistoryItemType"] for item in client.describe_alarm_history(AlarmName="off")["AlarmHistoryItems"]
    }
    assert history(client, "nowhere")[-1].startswith(f"Failed to execute action {topic}-gone. Received error")


def test_composites_follow_their_children_and_stay_silent_while_the_suppressor_rings(
    clients: AwsClients, clock: AlarmClock
) -> None:
    client = clients.get("cloudwatch")
    topic = clients.get("sns").create_topic(Name="on-call")["TopicArn"]
    put(client, "a", EvaluationPeriods=1)
    put(client, "fast", MetricName="f", EvaluationPeriods=1)
    client.put_composite_alarm(
        AlarmName="slow",
        AlarmRule='ALARM("a")',
        AlarmActions=[topic],
        ActionsSuppressor="fast",
        ActionsSuppressorWaitPeriod=120,
        ActionsSuppressorExtensionPeriod=60,
    )
    client.put_composite_alarm(AlarmName="outer", AlarmRule='ALARM("slow") AND NOT OK("a")', AlarmActions=[topic])
    measure(client, 0.0)
    measure(client, 9.0, name="f")
    clock.evaluate(NOW)
    clock.evaluate(NOW + 5 * MINUTE)
    measure(client, 5.0, until=NOW + 10 * MINUTE)
    measure(client, 9.0, until=NOW + 10 * MINUTE, name="f")
    clock.evaluate(NOW + 10 * MINUTE)
    (slow,) = client.describe_alarms(AlarmNames=["slow"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert (slow["StateValue"], slow["ActionsSuppressedBy"]) == ("ALARM", "Alarm")
    assert "alarm:a transitioned to ALARM at" in slow["StateReason"]
    told = f"Successfully executed action {topic}"
    assert history(client, "outer", "CompositeAlarm")[-2:] == ["Alarm updated from OK to ALARM", told]
    assert told not in history(client, "slow", "CompositeAlarm")
    measure(client, 5.0, until=NOW + 11 * MINUTE)
    measure(client, 0.0, until=NOW + 11 * MINUTE, name="f")
    clock.evaluate(NOW + 11 * MINUTE)
    assert told not in history(client, "slow", "CompositeAlarm")
    measure(client, 5.0, until=NOW + 12 * MINUTE)
    clock.evaluate(NOW + 12 * MINUTE)
    assert history(client, "slow", "CompositeAlarm")[-1] == told


_T0 = datetime(2026, 3, 1, tzinfo=UTC)


def _looks(*looks: tuple[int, str, bool]) -> list[int]:
    """Return when actions are carried out; wait and extension last three seconds."""
    now = Suppression(state="OK", old_state="OK")
    acted = []
    for second, composite, rings in looks:
        at = _T0 + timedelta(seconds=second)
        now, acts = next_suppression(now, composite, at, Suppressor(rings=rings, wait_s=3, extension_s=3))
        acted += [second] if acts else []
    assert now.suppressed_by is None or now.suppressed_by in SuppressedBy
    return acted


@pytest.mark.parametrize(
    ("looks", "acted"),
    [
        ([(2, "ALARM", False), (4, "ALARM", False), (5, "ALARM", False), (9, "ALARM", False)], [5]),
        ([(2, "ALARM", False), (3, "ALARM", True), (9, "ALARM", True)], []),
        ([(2, "ALARM", False), (3, "OK", False), (5, "OK", False), (6, "OK", False)], [6]),
        ([(2, "ALARM", True), (9, "ALARM", True)], []),
        ([(2, "ALARM", False), (3, "ALARM", True), (6, "ALARM", False), (8, "ALARM", False), (9, "ALARM", False)], [9]),
        ([(2, "ALARM", True), (6, "ALARM", False), (7, "OK", False), (9, "OK", False), (10, "OK", False)], [10]),
        ([(2, "OK", True), (6, "OK", False)], []),
    ],
    ids=["example 1", "example 2", "example 3", "example 4", "example 5", "example 6", "nothing changed"],
)
def test_suppression_as_aws_shows_it(looks: list[tuple[int, str, bool]], acted: list[int]) -> None:
    assert _looks(*looks) == acted


def test_the_clock_runs_and_stops(client: Any) -> None:
    clock = AlarmClock(LiveEvaluator(), minute_s=0.5)
    put(client, "a", EvaluationPeriods=1, TreatMissingData="notBreaching")
    clock.start()
    wait_for(lambda: state(client, "a") == "OK")
    clock.stop()
    assert "alarm-clock" not in {thread.name for thread in threading.enumerate()}


def test_an_alarm_that_cannot_be_evaluated_stops_no_other(
    client: Any, clock: AlarmClock, caplog: pytest.LogCaptureFixture
) -> None:
    put(client, "bad", Metrics=[{"Id": "e", "Expression": "WHAT(1)", "ReturnData": True}])
    put(client, "good", EvaluationPeriods=1, TreatMissingData="notBreaching")
    clock.evaluate(NOW)
    clock.evaluate(NOW)
    assert state(client, "good") == "OK"
    assert [record.message.split(":")[0] for record in caplog.records if "evaluated here" in record.message] == [
        "alarm bad cannot be evaluated here"
    ]
