"""A deployed stage as a CloudFormation template, in the two ways in which people write one.

With the API as an OpenAPI body, or resource by resource: linters look at the one or at the other. Identifiers that
differ from deployment to deployment are replaced, so that two templates differ by what was configured.

See: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks.detecting.cloudformation_methods import REST_API, Resources, add_methods
from benchmarks.detecting.observed import Function, Observed
from contracts.evidence import AlarmTopic, DeployedAlarm, DomainName
from gateway import openapi
from gateway.openapi.integrations import without_empty
from gateway.rest_api import CanarySettings, Method, MethodSettings, RestApi, Stage, UsagePlan

STAGE = {"Ref": "Stage"}
_PLACE = {"RestApiId": REST_API, "StageName": STAGE}


def with_body(stage: Observed) -> dict[str, Any]:
    """Return the template with the API as an OpenAPI document."""
    resources = Resources()
    body = openapi.write(_without_cache_namespaces(stage.rest_api))
    resources.add("RestApi", "RestApi", {"Name": stage.rest_api.name, "Body": body})
    return _template(resources, stage, methods=[])


def with_methods(stage: Observed) -> dict[str, Any]:
    """Return the template with the API resource by resource."""
    resources = Resources()
    methods = add_methods(resources, stage.rest_api)
    return _template(resources, stage, methods=methods)


def _template(resources: Resources, stage: Observed, methods: list[str]) -> dict[str, Any]:
    resources.add("Deployment", "Deployment", {"RestApiId": REST_API}, depends_on=methods)
    resources.add("Stage", "Stage", _stage(stage.stage))
    resources.add("Account", "Account", {"CloudWatchRoleArn": stage.account.cloudwatch_role_arn})
    for plan in stage.usage_plans:
        _add_usage_plan(resources, plan, stage)
    for domain in stage.domain_names:
        _add_domain_name(resources, domain)
    for group in (group for group in stage.log_groups if group.exists):
        properties = {"LogGroupName": group.log_group_name, "RetentionInDays": group.retention_days}
        label = "AccessLog" if group.log_group_name.startswith("/aws/apigateway") else "ExecutionLog"
        resources.add(label, "AWS::Logs::LogGroup", properties)
    for topic in (topic for topic in stage.alarm_topics if topic.exists):
        resources.add(f"Topic {_last(topic)}", "AWS::SNS::Topic", {"TopicName": _last(topic)})
    for alarm in stage.alarms:
        resources.add(f"Alarm {alarm.alarm_name}", "AWS::CloudWatch::Alarm", _alarm(alarm))
    for function in stage.functions:
        _add_function(resources, function, stage.rest_api_id)
    whole = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources.written}
    return _without_identifiers(whole, stage)


def _stage(stage: Stage) -> dict[str, Any]:
    log = stage.access_log_settings
    return {
        "RestApiId": REST_API,
        "DeploymentId": {"Ref": "Deployment"},
        "StageName": stage.stage_name,
        "Variables": dict(stage.variables),
        "TracingEnabled": stage.tracing_enabled,
        "CacheClusterEnabled": stage.cache_cluster_enabled or None,
        "CacheClusterSize": stage.cache_cluster_size,
        "ClientCertificateId": stage.client_certificate_id,
        "AccessLogSetting": {"DestinationArn": log.destination_arn, "Format": log.log_format} if log else None,
        "CanarySetting": _canary(stage.canary_settings) if stage.canary_settings else None,
        "MethodSettings": [_method_settings(key, each) for key, each in sorted(stage.method_settings.items())],
    }


def _canary(canary: CanarySettings) -> dict[str, Any]:
    return {
        "PercentTraffic": canary.percent_traffic,
        "DeploymentId": {"Ref": "Deployment"},
        "StageVariableOverrides": dict(canary.stage_variable_overrides),
        "UseStageCache": canary.use_stage_cache,
    }


def _method_settings(key: str, settings: MethodSettings) -> dict[str, Any]:
    """Return settings of methods. Who may invalidate the cache cannot be said in CloudFormation."""
    path, _, http_method = key.rpartition("/")
    written = {
        "HttpMethod": http_method,
        "ResourcePath": "/*" if path == "*" else path or "/",
        "MetricsEnabled": settings.metrics_enabled,
        "LoggingLevel": settings.logging_level,
        "DataTraceEnabled": settings.data_trace_enabled,
        "ThrottlingBurstLimit": settings.throttling_burst_limit,
        "ThrottlingRateLimit": settings.throttling_rate_limit,
        "CachingEnabled": settings.caching_enabled,
        "CacheTtlInSeconds": settings.cache_ttl_s,
        "CacheDataEncrypted": settings.cache_data_encrypted,
    }
    return without_empty(written)


def _add_usage_plan(resources: Resources, plan: UsagePlan, stage: Observed) -> None:
    throttle = plan.throttle and {"RateLimit": plan.throttle.rate_limit, "BurstLimit": plan.throttle.burst_limit}
    quota = plan.quota and {"Limit": plan.quota.limit, "Period": plan.quota.period, "Offset": plan.quota.offset}
    own = [{"ApiId": REST_API, "Stage": STAGE} for place in plan.api_stages if place[0] == stage.rest_api_id]
    properties = {"UsagePlanName": plan.name, "ApiStages": own, "Throttle": throttle, "Quota": quota}
    label = resources.add(f"UsagePlan {plan.name}", "UsagePlan", properties)
    for key in plan.api_keys:
        held = resources.add(f"ApiKey {key.name}", "ApiKey", {"Name": key.name, "Enabled": key.enabled})
        member = {"KeyId": {"Ref": held}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": label}}
        resources.add(f"Member {plan.name} {key.name}", "UsagePlanKey", member)


def _add_domain_name(resources: Resources, domain: DomainName) -> None:
    label = resources.add(
        f"Domain {domain.domain_name}",
        "DomainName",
        {"DomainName": domain.domain_name, "SecurityPolicy": domain.security_policy},
    )
    for base_path in domain.base_paths:
        path = None if base_path == "(none)" else base_path
        properties = {"DomainName": {"Ref": label}, "BasePath": path, "RestApiId": REST_API, "Stage": STAGE}
        resources.add(f"Mapping {domain.domain_name} {path or ''}", "BasePathMapping", properties)


def _alarm(alarm: DeployedAlarm) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "AlarmName": alarm.alarm_name,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm,
        "TreatMissingData": alarm.treat_missing_data,
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmActions": list(alarm.alarm_actions),
    }
    if len(alarm.metrics) == 1 and not alarm.expressions:
        metric = alarm.metrics[0]
        dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
        properties |= {"Namespace": "AWS/ApiGateway", "MetricName": metric.metric_name, "Unit": metric.unit}
        properties |= {"Statistic": metric.statistic, "Period": metric.period_s, "Dimensions": dimensions}
    return properties


def _add_function(resources: Resources, function: Function, rest_api_id: str) -> None:
    name = function.function_name.replace(f"-{rest_api_id}", "")
    properties = {
        "FunctionName": function.function_name,
        "Runtime": function.runtime,
        "Handler": function.handler,
        "Role": function.role_arn,
        "Code": {"S3Bucket": "code", "S3Key": f"{name}.zip"},
        "Timeout": function.timeout_s,
        "MemorySize": function.memory_size_mb,
        "TracingConfig": {"Mode": function.tracing_mode},
        "ReservedConcurrentExecutions": function.reserved_concurrency,
    }
    label = resources.add(f"Function {name}", "AWS::Lambda::Function", properties)
    for number, (principal, source_arn) in enumerate(function.permissions):
        allowed = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": label}, "Principal": principal}
        permission = {**allowed, "SourceArn": source_arn or None}
        resources.add(f"Permission {name} {number or ''}", "AWS::Lambda::Permission", permission)


def _last(topic: AlarmTopic) -> str:
    return topic.topic_arn.rpartition(":")[2]


def _without_cache_namespaces(api: RestApi) -> RestApi:
    """Leave out the namespaces that API Gateway gave: they are ids of resources."""

    def plain(method: Method) -> Method:
        held = method.integration
        return replace(method, integration=replace(held, cache_namespace=None)) if held else method

    resources = (replace(each, methods=tuple(map(plain, each.methods))) for each in api.resources)
    return replace(api, resources=tuple(resources))


def _without_identifiers(template: Mapping[str, Any], stage: Observed) -> dict[str, Any]:
    """Replace what differs between two deployments of one configuration: the API's id and the ports of the sandbox."""
    text = json.dumps(template).replace(stage.rest_api_id, "restapiid1")
    for host in (host for host in stage.stage.variables.values() if host.startswith("127.0.0.1:")):
        text = text.replace(host, "directory.example.com")
    normalised: dict[str, Any] = json.loads(text)
    return normalised
