"""Gap: moto's alarms start at OK, lose state and gain tags on an update, and there are no composite alarms.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from sandbox.control_plane.alarm_documents import alarm_document
from sandbox.control_plane.patching import Function, action, extend

COMPOSITE = "CompositeAlarm"
METRIC = "MetricAlarm"
_PAGE_SIZE = 50
_RULE_NAME = re.compile(r'(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|([^\s()"]+))\s*\)')
_KEPT = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")


def install() -> None:
    """Put, describe and delete alarms as CloudWatch does."""
    _install_put()
    _install_composite()
    _install_delete()
    _install_describe()


def _install_put() -> None:
    @extend(models.CloudWatchBackend, "put_metric_alarm")
    def put_metric_alarm(original: Function, backend: models.CloudWatchBackend, **arguments: Any) -> models.Alarm:
        before = backend.alarms.get(arguments["name"])
        tags = None if before else arguments.pop("tags", None)
        alarm: models.Alarm = original(backend, **{**arguments, "tags": tags})
        alarm.state_value = "INSUFFICIENT_DATA"
        for name in _KEPT if before else ():
            setattr(alarm, name, getattr(before, name))
        return alarm


def _install_composite() -> None:
    @action(CloudWatchResponse)
    def put_composite_alarm(self: CloudWatchResponse) -> EmptyResult:
        backend, name, rule = self.cloudwatch_backend, self._get_param("AlarmName"), self._get_param("AlarmRule")
        suppressor = self._get_param("ActionsSuppressor")
        _check_children(backend, name, [*rule_names(rule), *([suppressor] if suppressor else [])])
        alarm: Any = backend.put_metric_alarm(
            name=name,
            namespace="",
            metric_name="",
            comparison_operator="",
            evaluation_periods=0,
            period=0,
            threshold=0.0,
            statistic="",
            description=self._get_param("AlarmDescription"),
            dimensions=[],
            alarm_actions=self._get_param("AlarmActions", []),
            ok_actions=self._get_param("OKActions", []),
            insufficient_data_actions=self._get_param("InsufficientDataActions", []),
            actions_enabled=self._get_bool_param("ActionsEnabled", True),
            rule=rule,
            tags=self._get_param("Tags", []),
        )
        alarm.suppressor = suppressor
        alarm.suppressor_wait_period = self._get_param("ActionsSuppressorWaitPeriod")
        alarm.suppressor_extension_period = self._get_param("ActionsSuppressorExtensionPeriod")
        return EmptyResult()


def rule_names(rule: str) -> list[str]:
    """Return the names of the alarms in a composite alarm's rule."""
    found = (quoted or bare for quoted, bare in _RULE_NAME.findall(rule))
    return [re.sub(r"\\(.)", r"\1", name).split(":alarm:")[-1] for name in found]


def _check_children(backend: models.CloudWatchBackend, name: str, needed: Iterable[str]) -> None:
    unknown = [child for child in needed if child.split(":alarm:")[-1] not in backend.alarms]
    if unknown:
        listed = ", ".join(unknown)
        raise ValidationError(
            f"Could not save the composite alarm {name} as alarms [{listed}] in the alarm rule do not exist"
        )


def _install_delete() -> None:
    @extend(models.CloudWatchBackend, "delete_alarms")
    def delete_alarms(original: Function, backend: models.CloudWatchBackend, alarm_names: list[str]) -> None:
        deleted = [backend.alarms[name] for name in alarm_names if name in backend.alarms]
        if len(alarm_names) > 1 and any(alarm.rule is not None for alarm in deleted):
            raise ValidationError("A composite alarm cannot be deleted together with other alarms in one call")
        original(backend, alarm_names)
        for alarm in deleted:
            backend.tagger.delete_all_tags_for_resource(alarm.alarm_arn)


def _install_describe() -> None:
    @extend(CloudWatchResponse, "describe_alarms")
    def describe_alarms(original: Function, response: CloudWatchResponse) -> ActionResult:
        types = response._get_param("AlarmTypes", []) or [METRIC]  # noqa: SLF001 - moto's reader of parameters
        found: Any = original(response).result
        composites = [alarm_document(alarm) for alarm in found["CompositeAlarms"]] if COMPOSITE in types else []
        metrics = list(found["MetricAlarms"]) if METRIC in types else []
        start = int(response._get_param("NextToken") or 0)  # noqa: SLF001 - moto's reader of parameters
        size = int(response._get_param("MaxRecords") or _PAGE_SIZE)  # noqa: SLF001 - moto's reader of parameters
        page = list(chain(composites, metrics))[start : start + size]
        more = start + size < len(composites) + len(metrics)
        return ActionResult(
            {
                "CompositeAlarms": [alarm for alarm in page if isinstance(alarm, dict)],
                "MetricAlarms": [alarm for alarm in page if not isinstance(alarm, dict)],
                "NextToken": str(start + size) if more else None,
            }
        )
