"""Log streams rewritten by CloudWatch Logs' public API: how telemetry gets lost between the stage and its reader."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.faults.fault import Deployment

_EVENTS_A_CALL = 1_000


def execution_log_group(deployment: Deployment) -> str:
    """Return the group of the stage's execution log."""
    return f"API-Gateway-Execution-Logs_{deployment.rest_api_id}/{deployment.stage_name}"


def access_log_group(deployment: Deployment) -> str:
    """Return the group of the stage's access log."""
    stage = deployment.client.get_stage(restApiId=deployment.rest_api_id, stageName=deployment.stage_name)
    return str(stage["accessLogSettings"]["destinationArn"].split(":log-group:", 1)[1])


def keep_only(deployment: Deployment, group: str, is_kept: Callable[[str], bool]) -> None:
    """Put every stream of a group anew with the messages that are to be kept: CloudWatch deletes whole streams only."""
    logs = deployment.clients.get("logs")
    pages = logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
    for name in [stream["logStreamName"] for page in pages for stream in page["logStreams"]]:
        kept = [event for event in _events(logs, group, name) if is_kept(event["message"])]
        logs.delete_log_stream(logGroupName=group, logStreamName=name)
        logs.create_log_stream(logGroupName=group, logStreamName=name)
        for start in range(0, len(kept), _EVENTS_A_CALL):
            part = kept[start : start + _EVENTS_A_CALL]
            logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=part)


def _events(logs: Any, group: str, name: str) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True, **token)
        yield from ({"timestamp": one["timestamp"], "message": one["message"]} for one in page["events"])
        if not page["events"] or page["nextForwardToken"] == token.get("nextToken"):
            return
        token = {"nextToken": page["nextForwardToken"]}
