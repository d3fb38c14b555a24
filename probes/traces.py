"""Collects X-Ray traces by the ids that were sent with the requests.

See: https://docs.aws.amazon.com/xray/latest/api/API_BatchGetTraces.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.evidence import Evidence, Missing, Trace, TraceSegment
from probes import aws
from probes.collection import Collected, Patience, Sought, collect, found_of

_IDS_A_CALL = 5
_THREADS = 4
_BATCHES_A_TURN = 16
_STAGE_ORIGIN = "AWS::ApiGateway::Stage"


def collect_traces(client: Any, *, sought: Sought, patience: Patience | None = None) -> Collected[Trace]:
    """Collect the traces of our requests.

    Args:
        client: A boto3 client of X-Ray.
        sought: The ids of what was sent.
        patience: How long to wait for late delivery.

    Returns:
        One trace an id; complete when each has the segment of the stage.
    """
    patience = patience or Patience()
    traces = _Traces(client=client, sought=sought, patience=patience)
    failed = collect(traces, patience)
    return Collected(
        items=tuple(traces.traces.values()),
        completeness=found_of(
            sought.trace_ids, traces.traces, failed, late="their segments had not arrived by the deadline"
        ),
        missing=failed,
    )


def parse_trace(trace: Mapping[str, Any]) -> Trace:
    """Return a trace of BatchGetTraces as data: its segments in order of time, subsegments inside their parents.

    See: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
    """
    documents = [_document(segment) for segment in trace.get("Segments", [])]
    loose = [document for document in documents if document.get("type") == "subsegment"]
    roots = [parse_segment(document) for document in documents if document.get("type") != "subsegment"]
    for document in sorted(loose, key=_start):
        roots = _attached(roots, parse_segment(document))
    ordered = sorted(roots, key=lambda segment: (segment.start_s, segment.segment_id))
    return Trace(trace_id=str(trace["Id"]), segments=tuple(ordered))


def parse_segment(document: Mapping[str, Any]) -> TraceSegment:
    """Return a segment document with its subsegments as data; what it does not say is None or False."""
    response = _mapping(_mapping(document, "http"), "response")
    service = _mapping(document, "aws")
    end_s = document.get("end_time")
    return TraceSegment(
        segment_id=str(document.get("id", "")),
        name=str(document.get("name", "")),
        start_s=_start(document),
        end_s=None if end_s is None else float(end_s),
        parent_id=document.get("parent_id"),
        origin=document.get("origin"),
        status=response.get("status"),
        request_id=_mapping(service, "api_gateway").get("request_id") or service.get("request_id"),
        fault=bool(document.get("fault")),
        error=bool(document.get("error")),
        throttle=bool(document.get("throttle")),
        annotations=dict(_mapping(document, "annotations")),
        subsegments=tuple(parse_segment(inner) for inner in document.get("subsegments") or ()),
        inferred=bool(document.get("inferred")),
    )


@dataclass(slots=True)
class _Traces:
    """The traces of our ids, over all rounds."""

    client: Any
    sought: Sought
    patience: Patience
    traces: dict[str, Trace] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)
    _segments: int = 0

    def __post_init__(self) -> None:
        self._open = set(self.sought.trace_ids)

    def read_round(self) -> Missing | None:
        """Ask for the traces that are not there, or not with the stage's segment, in a few threads.

        What AWS refuses once it would refuse for every id: then no more is asked for.
        """
        batches = _batches(sorted(self._open))
        failed: Missing | None = None
        with ThreadPoolExecutor(max_workers=_THREADS) as pool:
            for start in range(0, len(batches), _BATCHES_A_TURN):
                for outcome in pool.map(self._read, batches[start : start + _BATCHES_A_TURN]):
                    if isinstance(outcome, Missing):
                        failed = outcome
                    else:
                        for trace in outcome.value:
                            self._take(trace)
                if failed is not None or not self.patience.may_go_on():
                    break
        return failed

    def is_complete(self) -> bool:
        """Return whether every trace has the stage's segment."""
        return not self._open

    def found(self) -> int:
        """Return how many segments were found."""
        return self._segments

    def _take(self, trace: Trace) -> None:
        before = self.traces.get(trace.trace_id)
        if before is None or len(trace.segments) > len(before.segments):
            self._segments += len(trace.segments) - (0 if before is None else len(before.segments))
            self.traces[trace.trace_id] = trace
        if any(segment.origin == _STAGE_ORIGIN for segment in trace.segments):
            self._open.discard(trace.trace_id)

    def _read(self, trace_ids: list[str]) -> Evidence[list[Trace]]:
        return aws.read(lambda: self._batch(trace_ids), action="xray:BatchGetTraces")

    def _batch(self, trace_ids: list[str]) -> list[Trace]:
        """Read one batch with all its pages. Ids left unprocessed stay open and are asked for again."""
        found: list[Trace] = []
        more: dict[str, str] = {}
        while True:
            page = self.client.batch_get_traces(TraceIds=trace_ids, **more)
            found.extend(parse_trace(trace) for trace in page.get("Traces", []))
            if not page.get("NextToken"):
                return found
            more = {"NextToken": page["NextToken"]}


def _attached(roots: Iterable[TraceSegment], loose: TraceSegment) -> list[TraceSegment]:
    """Return segments with one subsegment, that was sent on its own, put under its parent; at the end without one."""
    placed = [_placed(segment, loose) for segment in roots]
    return [new for new, _ in placed] if any(there for _, there in placed) else [*(new for new, _ in placed), loose]


def _placed(segment: TraceSegment, loose: TraceSegment) -> tuple[TraceSegment, bool]:
    if segment.segment_id == loose.parent_id:
        return replace(segment, subsegments=(*segment.subsegments, loose)), True
    inner = [_placed(child, loose) for child in segment.subsegments]
    if not any(there for _, there in inner):
        return segment, False
    return replace(segment, subsegments=tuple(new for new, _ in inner)), True


def _document(segment: Mapping[str, Any]) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(segment["Document"])
    return document


def _mapping(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = document.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _start(document: Mapping[str, Any]) -> float:
    return float(document.get("start_time", 0.0))


def _batches(trace_ids: list[str]) -> list[list[str]]:
    return [trace_ids[start : start + _IDS_A_CALL] for start in range(0, len(trace_ids), _IDS_A_CALL)]
