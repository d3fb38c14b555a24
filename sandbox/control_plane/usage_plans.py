"""Gap: moto has no GetUsage and UpdateUsage, and patches no throttle of a stage's methods.

The stage counts what each key used with ``note_use``; GetUsage tells it by day.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_GetUsage.html
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from moto.apigateway import models
from moto.apigateway.exceptions import BadRequestException, NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import (
    Answer,
    Operation,
    answered,
    operations_of,
    parts_of,
    path_of,
    query_of,
)
from sandbox.control_plane.patching import Function, action, extend

_used: dict[tuple[str, str, date], int] = defaultdict(int)
_extra: dict[tuple[str, str], int] = defaultdict(int)


def note_use(usage_plan_id: str, api_key_id: str, *, day: date) -> None:
    """Count one request of a key under a plan."""
    _used[usage_plan_id, api_key_id, day] += 1


def used(usage_plan_id: str, api_key_id: str, *, days: list[date]) -> int:
    """Return how many requests a key made under a plan on these days, less what UpdateUsage gave back."""
    total = sum(_used[usage_plan_id, api_key_id, day] for day in days)
    return total - _extra[usage_plan_id, api_key_id]


def _usage(backend: models.APIGatewayBackend, usage_plan_id: str, key_id: str | None, days: list[date]) -> Any:
    plan = backend.get_usage_plan(usage_plan_id)
    limit = int((plan.quota or {}).get("limit") or 0)
    keys = [key.id for key in backend.get_usage_plan_keys(usage_plan_id)]
    items = {}
    for each in keys if key_id is None else [key_id]:
        counts = [_used[usage_plan_id, each, day] for day in days]
        left = limit + _extra[usage_plan_id, each]
        items[each] = [[count, max(0, left - sum(counts[: index + 1]))] for index, count in enumerate(counts)]
    return items


def _days(start: str | None, end: str | None) -> list[date]:
    try:
        first, last = date.fromisoformat(start or ""), date.fromisoformat(end or "")
    except ValueError:
        raise BadRequestException("Usage start and end date must be of the form YYYY-MM-DD") from None
    if last < first:
        raise BadRequestException("Usage start date must be before end date")
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _patch_throttle(plan: models.UsagePlan, operation: Operation) -> None:
    """Patch ``/apiStages/{api}:{stage}/throttle/{path}/{method}/rateLimit`` (path escaped with ``~1``)."""
    _, stage_key, _, *rest = parts_of(operation["path"])
    rest_api_id, _, stage_name = stage_key.partition(":")
    stage = next(
        (item for item in plan.api_stages if (item.get("apiId"), item.get("stage")) == (rest_api_id, stage_name)), None
    )
    if stage is None:
        raise NotFoundException("Invalid API Stage specified")
    throttle = stage.setdefault("throttle", {})
    if operation["op"] == "remove":
        throttle.pop("/".join(rest), None) if rest else throttle.clear()
        return
    *path, limit = rest
    convert = int if limit == "burstLimit" else float
    throttle.setdefault("/".join(path), {})[limit] = convert(operation["value"])


def install() -> None:
    """Add the actions, and patch throttles."""

    @extend(models.UsagePlan, "apply_patch_operations")
    def patch(original: Function, plan: models.UsagePlan, operations: list[Operation]) -> None:
        for operation in operations:
            path = str(operation["path"])
            if path.startswith("/apiStages/") and "/throttle" in path:
                _patch_throttle(plan, operation)
            elif path == "/throttle/rateLimit" and operation["op"] != "remove":
                plan.throttle["rateLimit"] = float(operation["value"])
            elif path in {"/quota/limit", "/quota/offset"} and operation["op"] != "remove":
                plan.quota[path.rsplit("/", 1)[-1]] = int(operation["value"])
            else:
                original(plan, [operation])

    @action(APIGatewayResponse)
    def get_usage(self: APIGatewayResponse) -> Answer:
        usage_plan_id = path_of(self)[1]
        start, end = query_of(self, "startDate"), query_of(self, "endDate")
        items = _usage(self.backend, usage_plan_id, query_of(self, "keyId"), _days(start, end))
        return answered({"usagePlanId": usage_plan_id, "startDate": start, "endDate": end, "values": items})

    @action(APIGatewayResponse)
    def update_usage(self: APIGatewayResponse) -> Answer:
        _, usage_plan_id, _, key_id, *_ = path_of(self)
        today = datetime.fromtimestamp(time.time(), tz=UTC).date()
        for operation in operations_of(self):
            if operation["path"] != "/remaining":
                raise BadRequestException(f"Invalid patch path '{operation['path']}'. Must be one of: [/remaining]")
            limit = int((self.backend.get_usage_plan(usage_plan_id).quota or {}).get("limit") or 0)
            spent = _used[usage_plan_id, key_id, today]
            _extra[usage_plan_id, key_id] = int(operation["value"]) - (limit - spent)
        items = _usage(self.backend, usage_plan_id, key_id, [today])
        day = today.isoformat()
        return answered({"usagePlanId": usage_plan_id, "startDate": day, "endDate": day, "values": items})
