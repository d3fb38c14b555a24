"""The dashboards that AWS holds, read through boto3.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from alarms.calls import called
from alarms.resource import Resource
from dashboards.body import dashboard_resource


def read_dashboards(client: Any, *, name_prefix: str) -> dict[str, Resource]:
    """Read all dashboards with a name prefix.

    Args:
        client: A boto3 client of CloudWatch.
        name_prefix: How the names begin.

    Raises:
        AlarmCallError: If AWS refuses a call.
    """
    pages = called(
        lambda: list(client.get_paginator("list_dashboards").paginate(DashboardNamePrefix=name_prefix)),
        action="cloudwatch:ListDashboards",
    )
    names = [entry["DashboardName"] for page in pages for entry in page.get("DashboardEntries", ())]
    return {name: _read(client, name) for name in names}


def _read(client: Any, name: str) -> Resource:
    reply = called(partial(client.get_dashboard, DashboardName=name), action="cloudwatch:GetDashboard")
    return dashboard_resource(name, json.loads(reply["DashboardBody"]))
