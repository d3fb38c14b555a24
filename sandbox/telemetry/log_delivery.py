"""Events into log groups of the AWS side, directly in process."""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections import defaultdict
from dataclasses import dataclass

from moto.logs.models import logs_backends

logger = logging.getLogger(__name__)

STREAMS_PER_GROUP = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStream:
    """A log stream. ``creates_group`` says whether the service makes the group itself."""

    account_id: str
    region: str
    group_name: str
    stream_name: str
    creates_group: bool


Event = tuple[int, str]


class LogDelivery:
    """Gathers events by stream and delivers them in the order of their times."""

    def __init__(self) -> None:
        self._pending: dict[LogStream, list[Event]] = defaultdict(list)
        self._warned: set[str] = set()

    def add(self, stream: LogStream, events: list[Event]) -> None:
        """Keep events (milliseconds since the epoch, message) until the next delivery."""
        self._pending[stream].extend(events)

    def deliver(self) -> None:
        """Write everything that was added. Events for a group that does not exist are dropped with one warning."""
        pending, self._pending = self._pending, defaultdict(list)
        for stream, events in pending.items():
            backend = logs_backends[stream.account_id][stream.region]
            if stream.creates_group:
                backend.ensure_log_group(stream.group_name)
            elif stream.group_name not in backend.groups:
                self._warn(stream.group_name)
                continue
            backend.ensure_log_stream(stream.group_name, stream.stream_name)
            events.sort(key=lambda event: event[0])
            documents = [{"timestamp": time_ms, "message": message} for time_ms, message in events]
            backend.put_log_events(stream.group_name, stream.stream_name, documents)

    def _warn(self, group_name: str) -> None:
        if group_name not in self._warned:
            self._warned.add(group_name)
            logger.warning("log group %s does not exist: its events are dropped; create the group", group_name)


def stream_name_for(request_id: str, stage: str) -> str:
    """Return the stream that a request's events go to: one of a few, named by 32 hexadecimal digits as AWS does."""
    number = zlib.crc32(request_id.encode()) % STREAMS_PER_GROUP
    return hashlib.md5(f"{stage}/{number}".encode(), usedforsecurity=False).hexdigest()
