"""Collects the access log of a stage, read by the stage's own format.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contracts.evidence import AccessEntry, Missing
from contracts.join import trace_root
from gateway import access_log
from gateway.rest_api import AccessLogSettings
from probes.aws import is_not_found
from probes.collection import Collected, Patience, Sought, around, collect, found_of, nothing
from probes.execution_logs import no_log_group
from probes.log_events import LogEvent, LogReader

_IDS = ("requestId", "extendedRequestId", "xrayTraceId")


def collect_access_entries(
    client: Any, *, settings: AccessLogSettings | None, sought: Sought, patience: Patience | None = None
) -> Collected[AccessEntry]:
    """Collect the access-log lines of our requests.

    Args:
        client: A boto3 client of CloudWatch Logs.
        settings: The stage's own access-log settings; None where it has none.
        sought: The ids of what was sent.
        patience: How long to wait for late delivery.

    Returns:
        The lines that carry one of our ids. ``foreign`` counts the others.
    """
    refusal = _refusal(settings)
    if settings is None or refusal is not None:
        return nothing(sought.request_ids, refusal or Missing(reason="the stage writes no access log"))
    patience = patience or Patience()
    reader = LogReader(client, settings.log_group_name, patience.may_go_on)
    entries = _Entries(reader=reader, settings=settings, sought=sought)
    failed = collect(entries, patience)
    if failed is not None and is_not_found(failed):
        failed = no_log_group(settings.log_group_name, "create the log group that the stage's access log names")
    return Collected(
        items=tuple(entries.entries.values()),
        completeness=found_of(
            entries.wanted, entries.seen, failed, late="their lines were not in the log group by the deadline"
        ),
        missing=failed,
        foreign=len(entries.foreign),
    )


def _refusal(settings: AccessLogSettings | None) -> Missing | None:
    """Return why the access log of these settings cannot be read at all."""
    if settings is None:
        return Missing(reason="the stage writes no access log", remedy="set accessLogSettings of the stage")
    if ":log-group:" not in settings.destination_arn:
        return Missing(
            reason=f"the access log goes to {settings.destination_arn} (Firehose), which cannot be read back",
            remedy="send the access log to a CloudWatch Logs group",
        )
    if not set(_IDS) & set(access_log.variables(settings.log_format)):
        return Missing(
            reason="the access log's format has no request id, so its lines belong to no request",
            remedy="add $context.requestId and $context.extendedRequestId to the format",
        )
    return None


@dataclass(slots=True)
class _Entries:
    """The entries of our requests, over all rounds, by place in the log; of others' a hash alone."""

    reader: LogReader
    settings: AccessLogSettings
    sought: Sought
    entries: dict[tuple[int, str], AccessEntry] = field(default_factory=dict)
    foreign: set[int] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    _key: str = ""

    def __post_init__(self) -> None:
        names = access_log.variables(self.settings.log_format)
        self._key = next(name for name in _IDS if name in names)

    @property
    def wanted(self) -> dict[str, Any]:
        """The ids that every line should show, of the kind that the format has."""
        kinds = {"requestId": self.sought.request_ids, "extendedRequestId": self.sought.extended_request_ids}
        return dict(kinds.get(self._key, self.sought.trace_ids))

    def read_round(self) -> Missing | None:
        """Read the window of the requests whose line is not there yet."""
        open_at = [moment for name, moment in self.wanted.items() if name not in self.seen]
        moments = [*open_at, *self.sought.unanswered_at]
        outcome = self.reader.read(around(moments, self.sought.window), self._take)
        return outcome if isinstance(outcome, Missing) else None

    def is_complete(self) -> bool:
        """Return whether every request has its line."""
        return all(name in self.seen for name in self.wanted)

    def found(self) -> int:
        """Return how many lines of ours were found."""
        return len(self.entries)

    def _take(self, event: LogEvent) -> None:
        place = (event.timestamp_ms, event.message)
        if place in self.entries or hash(place) in self.foreign:
            return
        entry = access_log.read(self.settings.log_format, event.message, logged_at=event.logged_at)
        trace_id = trace_root(entry.values.get("xrayTraceId"))
        if (
            entry.request_id in self.sought.request_ids
            or entry.extended_request_id in self.sought.extended_request_ids
            or (trace_id is not None and trace_id in self.sought.trace_ids)
        ):
            self.entries[place] = entry
            shown = trace_id if self._key == "xrayTraceId" else entry.values.get(self._key)
            self.seen.add(shown or "")
        else:
            self.foreign.add(hash(place))  # a stage that others call writes more of these than fit in memory
