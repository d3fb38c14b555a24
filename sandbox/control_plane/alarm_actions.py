"""Gap: moto's alarms tell nobody when their state changes.

An action on an SNS topic is carried out; any other is written down as failed. A composite alarm with a suppressor is
left to ``sandbox.alarm_clock``, which knows when its actions may be carried out.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
"""

from __future__ import annotations

import json
import logging
from datetime import UTC
from typing import Any

from moto.cloudwatch import models
from moto.core.exceptions import ServiceException
from moto.sns.models import sns_backends

from sandbox.control_plane import alarm_history
from sandbox.control_plane.alarm_documents import alarm_document
from sandbox.control_plane.alarm_messages import alarm_message, alarm_subject
from sandbox.control_plane.patching import Function, extend

logger = logging.getLogger(__name__)

_ARN_PARTS = 6


def install() -> None:
    """Carry out the actions of the new state whenever a state changes."""

    @extend(models.CloudWatchBackend, "set_alarm_state")
    def set_alarm_state(
        original: Function, backend: models.CloudWatchBackend, alarm_name: str, *arguments: Any, **named: Any
    ) -> None:
        before = backend.alarms[alarm_name].state_value if alarm_name in backend.alarms else ""
        original(backend, alarm_name, *arguments, **named)
        alarm = backend.alarms[alarm_name]
        if alarm.state_value != before and not getattr(alarm, "suppressor", None):
            act(backend, alarm, before)


def act(backend: models.CloudWatchBackend, alarm: Any, old_state: str) -> None:
    """Carry out the actions of an alarm's state, where they are enabled, and write them into its history."""
    document = alarm_document(alarm)
    actions = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
    if not document["ActionsEnabled"]:
        return
    message = alarm_message(document, old_state, account_id=backend.account_id, region=backend.region_name)
    subject = alarm_subject(document, backend.region_name)
    for arn in document[actions[alarm.state_value]]:
        text = json.dumps(message, separators=(",", ":"))
        failure = _publish(arn, subject, text)
        data = {
            "actionState": "Failed" if failure else "Succeeded",
            "stateUpdateTimestamp": int(alarm.state_updated_timestamp.replace(tzinfo=UTC).timestamp() * 1000),
            "notificationResource": arn,
            "publishedMessage": json.dumps({"default": text}),
            **({"error": failure} if failure else {}),
        }
        summary = f'Failed to execute action {arn}. Received error: "{failure}"'
        alarm_history.write(
            backend, alarm, "Action", summary if failure else f"Successfully executed action {arn}", data
        )


def _publish(arn: str, subject: str, message: str) -> str | None:
    """Publish to a topic; return why that failed, None where it did not."""
    parts = arn.split(":")
    if len(parts) != _ARN_PARTS or parts[2] != "sns":
        return "the sandbox carries out actions on SNS topics only"
    try:
        sns_backends[parts[4]][parts[3]].publish(message, arn, subject=subject)
    except (ServiceException, KeyError) as error:
        return f"Topic does not exist ({error})" if "NotFound" in type(error).__name__ else str(error)
    return None
