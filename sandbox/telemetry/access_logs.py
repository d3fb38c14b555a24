"""The access log of a stage, in the stage's own format, into the stage's own log group.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import logging

from gateway import access_log
from sandbox.telemetry.log_delivery import LogDelivery, LogStream, stream_name_for
from sandbox.telemetry.records import StageRecord

logger = logging.getLogger(__name__)


def deliver_access_log(record: StageRecord, delivery: LogDelivery) -> None:
    """Add a request's line; nothing where the stage has no access log, or one that goes to Firehose."""
    settings = record.deployed.stage.access_log_settings
    if settings is None:
        return
    if ":logs:" not in settings.destination_arn:
        logger.warning("the sandbox delivers access logs to CloudWatch Logs only, not to %s", settings.destination_arn)
        return
    stage = f"{record.rest_api_id}/{record.deployed.stage.stage_name}"
    stream = LogStream(
        account_id=record.deployed.account_id,
        region=record.deployed.region,
        group_name=settings.log_group_name,
        stream_name=stream_name_for(record.execution.request_id, stage),
        creates_group=False,
    )
    line = access_log.write(settings.log_format, record.context)
    delivery.add(stream, [(int(record.finished_at * 1000), line)])
