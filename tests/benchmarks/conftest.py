"""A deployed stage of the example API, as it is read back after planting."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.detecting.observed import Function, Observed
from contracts.evidence import AccountSettings, AlarmMetric, AlarmTopic, DeployedAlarm, DomainName, LogGroup
from gateway import openapi
from gateway.rest_api import AccessLogSettings, ApiKey, MethodSettings, Stage, UsagePlan
from sandbox.deploy import load_document

REST_API_ID = "a1b2c3d4e5"
_EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"


@pytest.fixture(scope="session")
def observed() -> Observed:
    return make_observed(REST_API_ID, "127.0.0.1:40001")


def make_observed(rest_api_id: str, directory_host: str) -> Observed:
    topic_arn = "arn:aws:sns:us-east-1:123456789012:on-call"
    return Observed(
        rest_api_id=rest_api_id,
        rest_api=openapi.read(load_document(_EXAMPLE)).rest_api,
        stage=Stage(
            stage_name="dev",
            variables={"directoryHost": directory_host},
            method_settings={"*/*": MethodSettings(metrics_enabled=True, logging_level="INFO")},
            access_log_settings=AccessLogSettings(
                destination_arn="arn:aws:logs:us-east-1:123456789012:log-group:/aws/apigateway/users",
                log_format="$context.requestId",
            ),
            tracing_enabled=True,
        ),
        usage_plans=(
            UsagePlan(
                usage_plan_id="p1",
                name="users",
                api_stages=((rest_api_id, "dev"),),
                api_keys=(ApiKey(api_key_id="k1", name="users"),),
            ),
        ),
        account=AccountSettings(cloudwatch_role_arn="arn:aws:iam::123456789012:role/logs"),
        log_groups=(
            LogGroup(log_group_name=f"API-Gateway-Execution-Logs_{rest_api_id}/dev", exists=True),
            LogGroup(log_group_name="/aws/apigateway/users", exists=True, retention_days=30),
        ),
        alarms=(
            DeployedAlarm(
                alarm_name="errors",
                metrics=(AlarmMetric(metric_name="5XXError", statistic="Average", period_s=60),),
                comparison_operator="GreaterThanThreshold",
                threshold=0.05,
                evaluation_periods=3,
                datapoints_to_alarm=3,
                alarm_actions=(topic_arn,),
            ),
        ),
        alarm_topics=(AlarmTopic(topic_arn=topic_arn, exists=True, confirmed_subscriptions=1),),
        domain_names=(DomainName(domain_name="api.example.com", security_policy="TLS_1_2", base_paths=("(none)",)),),
        functions=(
            Function(
                function_name="users-api-user-service",
                runtime="python3.13",
                handler="handler.handler",
                role_arn="arn:aws:iam::123456789012:role/lambda",
                timeout_s=10,
                memory_size_mb=256,
                tracing_mode="Active",
                permissions=(
                    (
                        "apigateway.amazonaws.com",
                        f"arn:aws:execute-api:us-east-1:123456789012:{rest_api_id}/*",
                    ),
                ),
            ),
        ),
    )
