"""The dashboards that AWS holds, read through boto3.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from alarms.calls import called
from alarms.resource import Resource
from dashboards.body import dashboard_resource


def read_dashboards(client: Any, *, name_prefix: str, with_tags: bool = False) -> dict[str, Resource]:
    """Read all dashboards with a name prefix.

    Args:
        client: A boto3 client of CloudWatch.
        name_prefix: How the names begin.
        with_tags: Whether to read their tags, a call a dashboard; without it nothing about tags is called.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    pages = called(
        lambda: list(client.get_paginator("list_dashboards").paginate(DashboardNamePrefix=name_prefix)),
        action="cloudwatch:ListDashboards",
    )
    entries = [entry for page in pages for entry in page.get("DashboardEntries", ())]
    return {entry["DashboardName"]: _read(client, entry, with_tags=with_tags) for entry in entries}


def _read(client: Any, entry: Mapping[str, Any], *, with_tags: bool) -> Resource:
    name, arn = entry["DashboardName"], entry["DashboardArn"]
    reply = called(partial(client.get_dashboard, DashboardName=name), action="cloudwatch:GetDashboard")
    tags = {}
    if with_tags:
        listed = called(
            partial(client.list_tags_for_resource, ResourceARN=arn), action="cloudwatch:ListTagsForResource"
        )
        tags = {tag["Key"]: tag["Value"] for tag in listed.get("Tags", ())}
    return dashboard_resource(name, json.loads(reply["DashboardBody"]), tags=tags, arn=arn)
