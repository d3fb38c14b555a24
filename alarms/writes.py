"""The calls that carry out a plan, in an order in which each one can succeed. Pure.

What others need is put before them and deleted after them: children before composites, and the reverse on the way out.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from alarms.documents import tag_list
from alarms.plan import Change, ChangeKind, Plan
from alarms.resource import Resource, ResourceKind

_DELETED_A_CALL = 100
_PUT = {
    ResourceKind.METRIC_ALARM: ("put_metric_alarm", "AlarmName"),
    ResourceKind.COMPOSITE_ALARM: ("put_composite_alarm", "AlarmName"),
    ResourceKind.DASHBOARD: ("put_dashboard", "DashboardName"),
    ResourceKind.METRIC_FILTER: ("put_metric_filter", "filterName"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One call that writes. ``names`` are the resources that it is for; ``service`` whose call it is."""

    operation: str
    arguments: Mapping[str, Any]
    names: tuple[str, ...]
    service: str = "cloudwatch"

    @property
    def action(self) -> str:
        """The IAM action that the call needs."""
        return f"{self.service}:" + "".join(word.capitalize() for word in self.operation.split("_"))


def writes(plan: Plan) -> tuple[Write, ...]:
    """Return the calls of a plan, in order. An empty plan has none."""
    putting = [change for change in plan.changes if change.after is not None]
    deleting = [change.before for change in plan.changes if change.after is None and change.before is not None]
    ordered = needed_first([change.resource for change in putting])
    by_name = {change.resource.resource_name: change for change in putting}
    puts = [write for resource in ordered for write in _puts(by_name[resource.resource_name])]
    return (*puts, *_deletes(needed_first(deleting)[::-1]))


def needed_first(resources: Sequence[Resource]) -> list[Resource]:
    """Return resources so that each one comes after those it needs; names decide where needs do not."""
    by_name = {resource.resource_name: resource for resource in resources}
    ordered: dict[str, Resource] = {}
    visiting: set[str] = set()

    def visit(name: str) -> None:
        if name in ordered or name in visiting or name not in by_name:
            return
        visiting.add(name)  # a circle, which CloudWatch allows on updates, is cut where it is met
        for needed in sorted(by_name[name].needs):
            visit(needed)
        ordered[name] = by_name[name]

    for name in sorted(by_name):
        visit(name)
    return list(ordered.values())


def _puts(change: Change) -> Iterator[Write]:
    resource, names = change.resource, (change.resource.resource_name,)
    operation, name_argument = _PUT[resource.kind]
    if change.kind is not ChangeKind.RETAG:
        arguments = {name_argument: resource.resource_name, **(resource.put_as or resource.definition)}
        if change.kind is ChangeKind.CREATE and resource.tags:
            arguments["Tags"] = tag_list(resource.tags)
        service = "logs" if resource.kind is ResourceKind.METRIC_FILTER else "cloudwatch"
        yield Write(operation=operation, arguments=arguments, names=names, service=service)
    if change.before is not None and any(change.before.tags.get(key) != tag for key, tag in resource.tags.items()):
        arguments = {"ResourceARN": change.before.arn, "Tags": tag_list(resource.tags)}
        yield Write(operation="tag_resource", arguments=arguments, names=names)


def _deletes(resources: Sequence[Resource]) -> Iterator[Write]:
    """A composite alarm is deleted by itself, as CloudWatch demands; the others together."""
    for resource in resources:
        if resource.kind is ResourceKind.COMPOSITE_ALARM:
            yield _delete("delete_alarms", "AlarmNames", [resource.resource_name])
        if resource.kind is ResourceKind.METRIC_FILTER:
            arguments = {"filterName": resource.resource_name, "logGroupName": resource.definition["logGroupName"]}
            filtered = (resource.resource_name,)
            yield Write(operation="delete_metric_filter", arguments=arguments, names=filtered, service="logs")
    for kind, operation, argument in (
        (ResourceKind.METRIC_ALARM, "delete_alarms", "AlarmNames"),
        (ResourceKind.DASHBOARD, "delete_dashboards", "DashboardNames"),
    ):
        names = [resource.resource_name for resource in resources if resource.kind is kind]
        for start in range(0, len(names), _DELETED_A_CALL):
            yield _delete(operation, argument, names[start : start + _DELETED_A_CALL])


def _delete(operation: str, argument: str, names: list[str]) -> Write:
    return Write(operation=operation, arguments={argument: names}, names=tuple(names))
