"""Alarms as Terraform (JSON syntax) and as CloudFormation, for those who provision with these.

See: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_metric_alarm
See: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

from alarms.documents import tag_list
from alarms.resource import Resource, ResourceKind

_NOT_WORD = re.compile(r"[^A-Za-z0-9]+")
_TERRAFORM_TYPES = {
    ResourceKind.METRIC_ALARM: "aws_cloudwatch_metric_alarm",
    ResourceKind.COMPOSITE_ALARM: "aws_cloudwatch_composite_alarm",
}
_TERRAFORM_NAMES = {
    "AlarmDescription": "alarm_description",
    "ComparisonOperator": "comparison_operator",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "Threshold": "threshold",
    "ThresholdMetricId": "threshold_metric_id",
    "TreatMissingData": "treat_missing_data",
    "EvaluateLowSampleCountPercentile": "evaluate_low_sample_count_percentiles",
    "ActionsEnabled": "actions_enabled",
    "AlarmActions": "alarm_actions",
    "OKActions": "ok_actions",
    "InsufficientDataActions": "insufficient_data_actions",
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "Period": "period",
    "Statistic": "statistic",
    "ExtendedStatistic": "extended_statistic",
    "Unit": "unit",
    "AlarmRule": "alarm_rule",
}


class ExportFormat(StrEnum):
    """What alarms can be exported to."""

    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"


def export(alarms: Sequence[Resource], export_format: ExportFormat) -> dict[str, Any]:
    """Return desired alarms as a document of another tool.

    Args:
        alarms: The alarms, as plans compare them.
        export_format: The tool.
    """
    return terraform(alarms) if export_format is ExportFormat.TERRAFORM else cloudformation(alarms)


def terraform(alarms: Sequence[Resource]) -> dict[str, Any]:
    """Return a Terraform configuration in JSON syntax, to be written to a file ``*.tf.json``.

    It names no provider: a module may do so only once, and ``hashicorp/aws`` is what Terraform takes for ``aws_…``.
    """
    labels, addresses = labels_of(alarms, separator="_"), _addresses(alarms)
    blocks: dict[str, dict[str, Any]] = {}
    for alarm in alarms:
        block = _terraform_block(alarm, addresses)
        blocks.setdefault(_TERRAFORM_TYPES[alarm.kind], {})[labels[alarm.resource_name]] = block
    return {"resource": map_texts(blocks, not_a_template)}


def terraform_imports(alarms: Sequence[Resource], existing: Collection[str]) -> dict[str, Any]:
    """Return Terraform's import blocks (JSON syntax) of exported alarms that exist already.

    Args:
        alarms: The alarms as they are exported; all of them, for a label depends on the others.
        existing: The names of those to import.

    See: https://developer.hashicorp.com/terraform/language/import
    """
    addresses = _addresses(alarms)
    return {
        "import": [
            {"to": addresses[alarm.resource_name], "id": not_a_template(alarm.resource_name)}
            for alarm in alarms
            if alarm.resource_name in existing
        ]
    }


def cloudformation(alarms: Sequence[Resource]) -> dict[str, Any]:
    """Return a CloudFormation template."""
    labels = labels_of(alarms, separator="")
    resources: dict[str, Any] = {}
    for alarm in alarms:
        kind = "Alarm" if alarm.kind is ResourceKind.METRIC_ALARM else "CompositeAlarm"
        properties = {"AlarmName": alarm.resource_name, **_without_empty(alarm.definition)}
        resources[labels[alarm.resource_name]] = {
            "Type": f"AWS::CloudWatch::{kind}",
            "Properties": properties | {"Tags": tag_list(alarm.tags)},
        } | _depends_on([labels[name] for name in sorted(alarm.needs) if name in labels])
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _depends_on(labels: list[str]) -> dict[str, list[str]]:
    return {"DependsOn": labels} if labels else {}


def not_a_template(text: str) -> str:
    """Return a text as it stands in Terraform's JSON syntax, where ``${`` would begin a template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _addresses(alarms: Sequence[Resource]) -> dict[str, str]:
    labels = labels_of(alarms, separator="_")
    return {alarm.resource_name: f"{_TERRAFORM_TYPES[alarm.kind]}.{labels[alarm.resource_name]}" for alarm in alarms}


def _terraform_block(alarm: Resource, addresses: Mapping[str, str]) -> dict[str, Any]:
    name_by = _TERRAFORM_NAMES
    definition = _without_empty(alarm.definition)
    block = {name_by[key]: value for key, value in definition.items() if key in name_by}
    block |= {"alarm_name": alarm.resource_name, "tags": dict(alarm.tags)}
    if "Dimensions" in definition:
        block["dimensions"] = _dimension_map(definition["Dimensions"])
    if "Metrics" in definition:
        block["metric_query"] = [_terraform_query(query) for query in definition["Metrics"]]
    if "ActionsSuppressor" in definition:
        block["actions_suppressor"] = {
            "alarm": definition["ActionsSuppressor"],
            "wait_period": definition["ActionsSuppressorWaitPeriod"],
            "extension_period": definition["ActionsSuppressorExtensionPeriod"],
        }
    needed = [addresses[name] for name in sorted(alarm.needs) if name in addresses]
    return block | ({"depends_on": needed} if needed else {})


def _terraform_query(query: Mapping[str, Any]) -> dict[str, Any]:
    block: dict[str, Any] = {"id": query["Id"], "return_data": query["ReturnData"]}
    block |= {name: query[key] for key, name in (("Expression", "expression"), ("Label", "label")) if key in query}
    if "Period" in query:
        block["period"] = query["Period"]
    if "MetricStat" in query:
        stat = query["MetricStat"]
        block["metric"] = {
            "namespace": stat["Metric"]["Namespace"],
            "metric_name": stat["Metric"]["MetricName"],
            "dimensions": _dimension_map(stat["Metric"]["Dimensions"]),
            "period": stat["Period"],
            "stat": stat["Stat"],
        } | ({"unit": stat["Unit"]} if "Unit" in stat else {})
    return block


def _dimension_map(dimensions: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in dimensions}


def _without_empty(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in definition.items() if value not in ([], "", None)}


def labels_of(resources: Sequence[Resource], *, separator: str) -> dict[str, str]:
    """Return a label for each resource, unlike every other; names that fold to one label get a digest."""
    folded = {one.resource_name: _folded(one.resource_name, separator) for one in resources}
    counts = list(folded.values())
    return {
        name: label if counts.count(label) == 1 else f"{label}{separator}{_digest(name)}"
        for name, label in folded.items()
    }


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def _folded(name: str, separator: str) -> str:
    words = [word for word in _NOT_WORD.split(name) if word]
    return separator.join(words if separator else [word.capitalize() for word in words]) or "alarm"


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a document with every text changed; keys stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: map_texts(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [map_texts(inner, change) for inner in value]
    return value
