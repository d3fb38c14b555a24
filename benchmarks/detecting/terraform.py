"""The part of a template for which Checkov has more checks as Terraform than as CloudFormation.

The resource types that its checks of API Gateway look at, and what stands around them, from CloudFormation's.

See: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/api_gateway_stage
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.rest_api import Stage

_TYPES = {
    "AWS::ApiGateway::RestApi": "aws_api_gateway_rest_api",
    "AWS::ApiGateway::Method": "aws_api_gateway_method",
    "AWS::ApiGateway::Stage": "aws_api_gateway_stage",
    "AWS::ApiGateway::DomainName": "aws_api_gateway_domain_name",
    "AWS::Logs::LogGroup": "aws_cloudwatch_log_group",
    "AWS::SNS::Topic": "aws_sns_topic",
    "AWS::CloudWatch::Alarm": "aws_cloudwatch_metric_alarm",
    "AWS::Lambda::Function": "aws_lambda_function",
    "AWS::Lambda::Permission": "aws_lambda_permission",
    "AWS::ApiGatewayV2::Api": "aws_apigatewayv2_api",
    "AWS::ApiGatewayV2::Route": "aws_apigatewayv2_route",
    "AWS::ApiGatewayV2::Stage": "aws_apigatewayv2_stage",
}
_NAMES = {
    "LogGroupName": "name",
    "TopicName": "name",
    "TracingEnabled": "xray_tracing_enabled",
    "AccessLogSetting": "access_log_settings",
    "CanarySetting": "canary_settings",
    "ReservedConcurrentExecutions": "reserved_concurrent_executions",
    "AuthorizationType": "authorization",
    "MinimumCompressionSize": "minimum_compression_size",
    "CloudWatchRoleArn": "cloudwatch_role_arn",
}
_LEFT_OUT = frozenset({"Integration", "MethodResponses", "MethodSettings", "Code", "Body"})
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def terraform(template: Mapping[str, Any], stage: Stage | None = None) -> str:
    """Return the resources in Terraform's language.

    Args:
        template: The CloudFormation template, resource by resource.
        stage: The stage of a REST API, for its method settings: Terraform has a resource of its own for them.
    """
    return "\n".join([*_blocks(template), *(_settings_blocks(stage) if stage else ())])


def _settings_blocks(stage: Stage) -> Iterator[str]:
    for key, settings in sorted(stage.method_settings.items()):
        control = settings.require_authorization_for_cache_control
        values: dict[str, Any] = {
            "metrics_enabled": settings.metrics_enabled,
            "logging_level": settings.logging_level,
            "data_trace_enabled": settings.data_trace_enabled,
            "throttling_burst_limit": settings.throttling_burst_limit,
            "throttling_rate_limit": settings.throttling_rate_limit,
            "caching_enabled": settings.caching_enabled,
            "cache_ttl_in_seconds": settings.cache_ttl_s,
            "cache_data_encrypted": settings.cache_data_encrypted,
            "require_authorization_for_cache_control": control,
        }
        label = "settings_" + re.sub(r"\W+", "_", key.replace("*", "every")).strip("_")
        held = {"method_path": key.strip("/"), "stage_name": stage.stage_name, "settings": values}
        yield _block("aws_api_gateway_method_settings", label, held)


def _blocks(template: Mapping[str, Any]) -> Iterator[str]:
    for logical_id, resource in template["Resources"].items():
        kind = _TYPES.get(resource["Type"])
        if kind is not None:
            properties = {name: value for name, value in resource["Properties"].items() if name not in _LEFT_OUT}
            yield _block(kind, _WORD.sub("_", logical_id).lower(), {_name(k): v for k, v in properties.items()})


def _name(property_name: str) -> str:
    return _NAMES.get(property_name) or _WORD.sub("_", property_name).lower()


def _block(kind: str, label: str, values: Mapping[str, Any]) -> str:
    return f'resource "{kind}" "{label}" {{\n{_body(values, "  ")}}}\n'


def _body(values: Mapping[str, Any], indent: str) -> str:
    lines = []
    for name, value in values.items():
        if value is None:
            continue
        is_block = isinstance(value, dict) and not any(word in value for word in ("Ref", "Fn::GetAtt", "Fn::Join"))
        if is_block and name not in {
            "variables",
            "stage_variables",
            "request_parameters",
            "request_models",
            "policy",
            "route_settings",
        }:
            inner = {_name(key): held for key, held in value.items()}
            lines.append(f"{indent}{name} {{\n{_body(inner, indent + '  ')}{indent}}}\n")
        else:
            lines.append(f"{indent}{name} = {_literal(value)}\n")
    return "".join(lines)


def _literal(value: Any) -> str:
    """Return a value: JSON is Terraform's literal, once ``${`` is escaped and references are names."""
    if isinstance(value, dict) and ("Ref" in value or "Fn::GetAtt" in value):
        held = value.get("Ref") or value["Fn::GetAtt"][0]
        return json.dumps(_WORD.sub("_", str(held)).lower())
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
