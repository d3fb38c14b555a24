"""Reads a CloudFormation template as CloudFormation would: SAM's transform, includes, parameters, and its functions.

Only what the example's template uses is known; anything else is an error, so nothing is read wrongly in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import boto3
import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from gateway.openapi import read
from gateway.rest_api import AccessLogSettings, MethodSettings, RestApi, Stage

ACCOUNT_ID, REGION = "123456789012", "us-east-1"
PSEUDO = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
_SUBSTITUTED = re.compile(r"\$\{([^}]+)\}")

Json = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions."""


def _function(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Json:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if tag == "GetAtt" else text}
    assert isinstance(node, yaml.SequenceNode)
    return {name: loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


def load_template(text: str) -> Json:
    """Return a template with the long forms of its functions."""
    template: Json = yaml.load(text, _Loader)
    return template


def included(value: Any, files: Mapping[str, Any]) -> Any:
    """Return a template with the files of its AWS::Include in their place, which happens before SAM's transform."""
    if isinstance(value, dict):
        if value.keys() == {"Fn::Transform"}:
            transform = value["Fn::Transform"]
            assert transform["Name"] == "AWS::Include"
            return files[transform["Parameters"]["Location"]]
        return {name: included(part, files) for name, part in value.items()}
    return [included(part, files) for part in value] if isinstance(value, list) else value


def packaged(template: Json) -> Json:
    """Return a template as ``sam package`` leaves it: code in a bucket."""
    functions = [one for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
    for function in functions:
        function["Properties"]["CodeUri"] = f"s3://artifacts/{function['Properties']['CodeUri'].rpartition('/')[2]}"
    return template


def transformed(template: Json) -> Json:
    """Return what SAM makes of a template: resources of plain CloudFormation."""
    translator = Translator(managed_policy_map={}, sam_parser=Parser(), boto_session=boto3.Session(region_name=REGION))
    made: Json = translator.translate(template, parameter_values={})
    return made


@dataclass(frozen=True)
class Stack:
    """A template of plain CloudFormation with the values of its parameters."""

    template: Json
    parameters: Mapping[str, str]

    def resources(self, kind: str) -> dict[str, Json]:
        """Return the resources of a type that are made, with every function resolved, by logical id."""
        return {
            name: self.resolved(resource.get("Properties", {}))
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == kind and self._is_made(resource)
        }

    def one(self, kind: str) -> Json:
        (found,) = self.resources(kind).values()
        return found

    def resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolved(part) for part in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Ref"}:
            return self._ref(value["Ref"])
        if value.keys() == {"Fn::GetAtt"}:
            return self._attribute(*value["Fn::GetAtt"])
        if value.keys() == {"Fn::Sub"}:
            return _SUBSTITUTED.sub(lambda match: str(self._named(match[1])), value["Fn::Sub"])
        if value.keys() == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self.resolved(yes if self._holds(self.template["Conditions"][condition]) else no)
        assert not any(name.startswith("Fn::") for name in value), value
        return {name: self.resolved(part) for name, part in value.items()}

    def _named(self, name: str) -> Any:
        logical_id, dot, attribute = name.partition(".")
        return self._attribute(logical_id, attribute) if dot else self._ref(name)

    def _ref(self, name: str) -> Any:
        if name in PSEUDO or name in self.parameters:
            return PSEUDO.get(name) or self.parameters[name]
        if name in self.template["Parameters"]:
            return self.template["Parameters"][name]["Default"]
        return f"<{name}>"

    def _attribute(self, logical_id: str, attribute: str) -> str:
        resource = self.template["Resources"][logical_id]
        properties = self.resolved(resource["Properties"])
        arns = {
            "AWS::Lambda::Function": ("lambda", f"function:{properties.get('FunctionName')}"),
            "AWS::DynamoDB::Table": ("dynamodb", f"table/{properties.get('TableName')}"),
            "AWS::SQS::Queue": ("sqs", str(properties.get("QueueName"))),
            "AWS::Logs::LogGroup": ("logs", f"log-group:{properties.get('LogGroupName')}"),
        }
        if attribute == "QueueName":
            return str(properties["QueueName"])
        assert attribute == "Arn", (logical_id, attribute)
        if resource["Type"] == "AWS::IAM::Role":
            return f"arn:aws:iam::{ACCOUNT_ID}:role/{properties.get('RoleName', logical_id)}"
        service, name = arns[resource["Type"]]
        return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{name}"

    def _is_made(self, resource: Json) -> bool:
        return "Condition" not in resource or self._holds(self.template["Conditions"][resource["Condition"]])

    def _holds(self, condition: Json) -> bool:
        if "Fn::Not" in condition:
            return not self._holds(condition["Fn::Not"][0])
        one, other = self.resolved(condition["Fn::Equals"])
        return bool(one == other)


def rest_api(stack: Stack) -> RestApi:
    """Return the REST API of a stack that has one, imported from its body as CloudFormation does."""
    properties = stack.one("AWS::ApiGateway::RestApi")
    known = {"Body", "Name", "EndpointConfiguration", "Parameters"}
    assert properties.keys() <= known, properties.keys() - known
    types = tuple(properties["EndpointConfiguration"]["Types"])
    return replace(read(properties["Body"]).rest_api, name=properties["Name"], endpoint_types=types)


def stage(stack: Stack) -> Stage:
    """Return the stage of a stack that has one."""
    properties = stack.one("AWS::ApiGateway::Stage")
    log = properties["AccessLogSetting"]
    return Stage(
        stage_name=properties["StageName"],
        variables=properties["Variables"],
        tracing_enabled=properties["TracingEnabled"],
        access_log_settings=AccessLogSettings(destination_arn=log["DestinationArn"], log_format=log["Format"]),
        method_settings=dict(_method_settings(properties["MethodSettings"])),
    )


def _method_settings(settings: list[Json]) -> Iterator[tuple[str, MethodSettings]]:
    for one in settings:
        yield (
            f"{one['ResourcePath'].removeprefix('/')}/{one['HttpMethod']}",
            MethodSettings(
                logging_level=one["LoggingLevel"],
                data_trace_enabled=str(one["DataTraceEnabled"]) == "true",
                metrics_enabled=one["MetricsEnabled"],
                throttling_rate_limit=one["ThrottlingRateLimit"],
                throttling_burst_limit=one["ThrottlingBurstLimit"],
            ),
        )
