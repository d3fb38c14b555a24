"""A dashboard's body, and the line in it that says whose it is: dashboards of CloudWatch are owned by their text.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from alarms.resource import Resource, ResourceKind

_MARK = re.compile(r"Provisioned by Stageproof for stage `(?P<owner>[^`]+)`(?: as `(?P<digest>[0-9a-f]{16})`)?")


def mark(owner: str) -> str:
    """Return the line that says whose a dashboard is; it must stand in one of its text widgets."""
    return f"Provisioned by Stageproof for stage `{owner}`"


def dashboard_resource(
    dashboard_name: str, body: Mapping[str, Any], *, tags: Mapping[str, str] | None = None, arn: str | None = None
) -> Resource:
    """Return a dashboard as what plans compare; its owner is the one whose mark stands in it.

    Args:
        dashboard_name: Its name.
        body: Its body.
        tags: Its tags, where they matter.
        arn: Its ARN; None for what does not exist yet.
    """
    plain, owner, applied = _unmarked(body)
    resource = Resource(
        resource_name=dashboard_name,
        kind=ResourceKind.DASHBOARD,
        definition={"DashboardBody": plain},
        tags=dict(tags or {}),
        owner=owner,
        arn=arn,
        applied_digest=applied,
    )
    put_as = {"DashboardBody": json.dumps(_with_digest(plain, resource.digest))}
    return replace(resource, put_as=put_as)


def body_text(resource: Resource) -> str:
    """Return the text of a dashboard's body as it is put."""
    return str((resource.put_as or {})["DashboardBody"])


def _unmarked(body: Mapping[str, Any]) -> tuple[dict[str, Any], str | None, str | None]:
    """Return a body without the digest in its mark, the owner and the digest."""
    owner = applied = None
    widgets = []
    for widget in body.get("widgets", ()):
        found = _MARK.search(_markdown(widget))
        if found:
            owner, applied = found["owner"], found["digest"]
            widgets.append(_with_markdown(widget, _MARK.sub(mark(found["owner"]), _markdown(widget))))
        else:
            widgets.append(widget)
    return {**body, "widgets": widgets}, owner, applied


def _with_digest(body: Mapping[str, Any], digest: str) -> dict[str, Any]:
    widgets = [
        _with_markdown(widget, _MARK.sub(lambda found: f"{found[0]} as `{digest}`", _markdown(widget)))
        if _MARK.search(_markdown(widget))
        else widget
        for widget in body["widgets"]
    ]
    return {**body, "widgets": widgets}


def _markdown(widget: Mapping[str, Any]) -> str:
    return str(widget.get("properties", {}).get("markdown", "")) if widget.get("type") == "text" else ""


def _with_markdown(widget: Mapping[str, Any], markdown: str) -> dict[str, Any]:
    return {**widget, "properties": {**widget["properties"], "markdown": markdown}}
