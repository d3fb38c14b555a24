"""Dashboards for other tools: their bodies as JSON, Terraform (JSON syntax), and CloudFormation.

See: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_dashboard
See: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from alarms.export import labels_of, map_texts, not_a_template
from alarms.resource import Resource
from dashboards.body import body_text


class DashboardFormat(StrEnum):
    """What dashboards can be exported to; ``json`` is the body of each by its name."""

    JSON = "json"
    TERRAFORM = "terraform"
    CLOUDFORMATION = "cloudformation"


def export(dashboards: Sequence[Resource], export_format: DashboardFormat) -> dict[str, Any]:
    """Return desired dashboards as a document of another tool.

    Args:
        dashboards: The dashboards, as plans compare them.
        export_format: The tool.
    """
    if export_format is DashboardFormat.TERRAFORM:
        return terraform(dashboards)
    if export_format is DashboardFormat.CLOUDFORMATION:
        return cloudformation(dashboards)
    return {dashboard.resource_name: json.loads(body_text(dashboard)) for dashboard in dashboards}


def terraform(dashboards: Sequence[Resource]) -> dict[str, Any]:
    """Return a Terraform configuration in JSON syntax, to be written to a file ``*.tf.json``."""
    labels = labels_of(dashboards, separator="_")
    blocks = {
        labels[one.resource_name]: {"dashboard_name": one.resource_name, "dashboard_body": body_text(one)}
        for one in dashboards
    }
    resources = {"aws_cloudwatch_dashboard": map_texts(blocks, not_a_template)} if blocks else {}
    return {"resource": resources}


def cloudformation(dashboards: Sequence[Resource]) -> dict[str, Any]:
    """Return a CloudFormation template."""
    labels = labels_of(dashboards, separator="")
    resources = {
        labels[one.resource_name]: {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardName": one.resource_name, "DashboardBody": body_text(one)},
        }
        for one in dashboards
    }
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
