"""Logs Insights queries over a stage's access log, as far as its format names what they need.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.http_api import HttpApiStage
from gateway.rest_api import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLogFields:
    """The names under which a JSON access log has the variables of ``$context``."""

    log_group_name: str
    names: Mapping[str, str]

    def name(self, variable: str) -> str | None:
        """Return the field of a variable (``status``), quoted where it must be; None where the log does not have it."""
        name = self.names.get(f"$context.{variable}")
        return name if name is None or name.isidentifier() else f"`{name}`"

    @property
    def operation(self) -> list[str]:
        """The fields that name the operation: method and path, or an HTTP API's route; empty where they are not all."""
        route, method, path = map(self.name, ("routeKey", "httpMethod", "resourcePath"))
        return [method, path] if method and path else [route] if route else []


def access_log_fields(stage: Stage | HttpApiStage) -> AccessLogFields | None:
    """Return the fields of a stage's access log; None where it has none, or one that is not JSON."""
    settings = stage.access_log_settings
    if settings is None or ":log-group:" not in settings.destination_arn:
        return None
    try:
        document = json.loads(settings.log_format)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    names = {value: key for key, value in document.items() if isinstance(value, str)}
    return AccessLogFields(log_group_name=settings.log_group_name, names=names)


def failing_operations(fields: AccessLogFields) -> list[str] | None:
    """Return the query for the operations that fail most often; None where the log lacks what it needs."""
    status, operation = fields.name("status"), fields.operation
    if not (status and operation):
        return None
    return [
        f"filter {status} >= 400",
        f"stats count(*) as failures by {', '.join([*operation, status])}",
        "sort failures desc",
        "limit 20",
    ]


def error_types(fields: AccessLogFields) -> list[str] | None:
    """Return the query for the gateway responses by type; None where the log lacks what it needs."""
    status, response_type = fields.name("status"), fields.name("error.responseType")
    if not (status and response_type):
        return None
    return [
        f'filter {status} >= 400 and {response_type} != "-"',
        f"stats count(*) as answers by {response_type}",
        "sort answers desc",
        "limit 20",
    ]


def slowest_requests(fields: AccessLogFields) -> list[str] | None:
    """Return the query for the slowest requests; None where the log lacks what it needs."""
    latency = fields.name("responseLatency")
    wanted = [*fields.operation, *map(fields.name, ("status", "integrationLatency", "requestId"))]
    if not latency:
        return None
    shown = ", ".join(["@timestamp", latency, *(name for name in wanted if name)])
    return [f"fields {shown}", f"sort {latency} desc", "limit 20"]
