"""The access log of a stage, in the stage's own format, into the stage's own log group.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from gateway import access_log
from gateway.rest_api import AccessLogSettings
from sandbox.http_api.record import HttpApiRecord
from sandbox.telemetry.log_delivery import LogDelivery, LogStream, stream_name_for
from sandbox.telemetry.records import StageRecord

logger = logging.getLogger(__name__)


def deliver_access_log(record: StageRecord, delivery: LogDelivery) -> None:
    """Add a request's line; nothing where the stage has no access log, or one that goes to Firehose."""
    deployed = record.deployed
    line = _Line(
        settings=deployed.stage.access_log_settings,
        where=(deployed.account_id, deployed.region),
        stage=f"{record.rest_api_id}/{deployed.stage.stage_name}",
        request_id=record.execution.request_id,
        context=record.context,
        finished_at=record.finished_at,
    )
    _deliver(line, delivery)


def deliver_http_api_access_log(record: HttpApiRecord, delivery: LogDelivery) -> None:
    """Add the line of a request to an HTTP API, likewise."""
    deployed = record.request.deployed
    line = _Line(
        settings=deployed.stage.access_log_settings,
        where=(deployed.account_id, deployed.region),
        stage=f"{deployed.http_api_id}/{deployed.stage.stage_name}",
        request_id=record.request.request_id,
        context=record.context(),
        finished_at=record.finished_at,
    )
    _deliver(line, delivery)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """What a line is made of and where it goes: ``where`` is account and Region, ``stage`` names the stage."""

    settings: AccessLogSettings | None
    where: tuple[str, str]
    stage: str
    request_id: str
    context: Mapping[str, str]
    finished_at: float


def _deliver(line: _Line, delivery: LogDelivery) -> None:
    settings = line.settings
    if settings is None:
        return
    if ":logs:" not in settings.destination_arn:
        logger.warning("the sandbox delivers access logs to CloudWatch Logs only, not to %s", settings.destination_arn)
        return
    stream = LogStream(
        account_id=line.where[0],
        region=line.where[1],
        group_name=settings.log_group_name,
        stream_name=stream_name_for(line.request_id, line.stage),
        creates_group=False,
    )
    delivery.add(stream, [(int(line.finished_at * 1000), access_log.write(settings.log_format, line.context))])
