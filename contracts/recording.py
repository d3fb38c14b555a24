"""The recording: the one place where the rooms meet. Probes write it, contracts judge it, reports render it.

A folder: ``manifest.json``, ``contract.json``, ``configuration.json``, ``expectations.json`` and Parquet parts
``parts/{exchanges,executions,access_entries,traces,metrics}-{n:05d}.parquet`` (``…-{shard}-{n:05d}.parquet`` where
several processes write). A part is there whole or not at all, so a run that is killed leaves a readable recording, and
a later run can add parts. Everything passes the redactor before it is written.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from contracts import recording_codec as codec
from contracts import recording_files as files
from contracts import recording_tables as tables
from contracts.evidence import (
    AccessEntry,
    Completeness,
    Configuration,
    Exchange,
    Execution,
    MetricPoint,
    TimeWindow,
    Trace,
)
from contracts.recording_files import redaction_key
from gateway.errors import StageproofError

if TYPE_CHECKING:
    from contracts.expectations import Expectations

__all__ = ["FORMAT", "Manifest", "Recording", "RecordingRedactor", "RecordingWriter", "redaction_key"]

#: The version of the folder's layout that this Stageproof writes, and the newest it reads.
FORMAT = 1

_DEFAULT_PART_SIZE = 300
_FLUSH_AFTER_S = 5.0
_FLUSH_AFTER_BYTES = 16 * 1024 * 1024
"""API Gateway takes and gives bodies of 10 MB: a part of 300 such would be 6 GB in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a recording is of, and how whole it is.

    ``window`` is the time in which evidence was looked for. ``counts`` maps a kind (``exchanges``) to its rows.
    ``requested`` and ``sent`` map an operation (``POST /users``) to examples. ``completeness`` maps a kind of evidence
    to how much of it was found. ``complete`` is False while a run writes, and after it was interrupted.
    ``http_api_id`` names the API where it is an HTTP API; then ``rest_api_id`` is empty.
    """

    run_id: str
    stage: str
    rest_api_id: str
    started_at: datetime
    http_api_id: str | None = None
    format: int = FORMAT
    seed: int | None = None
    contract_digest: str = ""
    finished_at: datetime | None = None
    window: TimeWindow | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    requested: Mapping[str, int] = field(default_factory=dict)
    sent: Mapping[str, int] = field(default_factory=dict)
    completeness: Mapping[str, Completeness] = field(default_factory=dict)
    complete: bool = False
    stageproof_version: str = ""

    @property
    def api_id(self) -> str:
        """The identifier of the API, of whichever kind it is."""
        return self.http_api_id or self.rest_api_id


class RecordingRedactor(Protocol):
    """What the writer needs of ``contracts.redaction.Redactor``."""

    def exchange(self, exchange: Exchange, /) -> Exchange:
        """Return an exchange without secrets."""

    def execution(self, execution: Execution, /) -> Execution:
        """Return an execution without secrets."""

    def access_entry(self, access_entry: AccessEntry, /) -> AccessEntry:
        """Return an access entry without secrets."""

    def trace(self, trace: Trace, /) -> Trace:
        """Return a trace without secrets."""

    def configuration(self, configuration: Configuration, /) -> Configuration:
        """Return a configuration without secrets."""

    def contract(self, document: Mapping[str, Any], /) -> Mapping[str, Any]:
        """Return a contract without secrets in its examples."""

    def document(self, plain: Any, /) -> Any:
        """Return plain data without the known secrets."""


class RecordingWriter:
    """Writes a recording, redacted, in parts. As a context manager it flushes at the end.

    Several processes may write one recording when each has a writer with a ``shard`` name of its own. An existing
    recording is continued: part numbers go on.
    """

    def __init__(
        self,
        directory: Path,
        *,
        redactor: RecordingRedactor,
        part_size: int = _DEFAULT_PART_SIZE,
        shard: str | None = None,
    ) -> None:
        if part_size < 1:
            raise ValueError(f"part_size must be at least 1, not {part_size}")
        if shard is not None and not shard.isalnum():
            raise ValueError(f"a shard is named by letters and digits, not {shard!r}")
        self.directory = directory
        self._redactor = redactor
        self._part_size = part_size
        self._shard = shard
        self._buffers: dict[str, list[Any]] = {table.kind: [] for table in tables.TABLES}
        self._body_bytes = 0
        self._flushed_at_s = time.monotonic()
        try:
            (directory / files.PARTS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StageproofError(f"{directory}: cannot be created: {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.flush()

    def add_exchange(self, exchange: Exchange) -> None:
        """Record what a client sent and got."""
        redacted = self._redactor.exchange(exchange)
        self._body_bytes += len(redacted.request.body) + len(redacted.response.body if redacted.response else b"")
        self._add(tables.EXCHANGES, redacted)
        if self._body_bytes > _FLUSH_AFTER_BYTES:
            self._flush(tables.EXCHANGES)

    def add_execution(self, execution: Execution) -> None:
        """Record a request as the gateway logged it."""
        self._add(tables.EXECUTIONS, self._redactor.execution(execution))

    def add_access_entry(self, access_entry: AccessEntry) -> None:
        """Record a line of the access log."""
        self._add(tables.ACCESS_ENTRIES, self._redactor.access_entry(access_entry))

    def add_trace(self, trace: Trace) -> None:
        """Record a trace."""
        self._add(tables.TRACES, self._redactor.trace(trace))

    def add_metric(self, point: MetricPoint) -> None:
        """Record a statistic of a metric."""
        self._add(tables.METRICS, point)

    def write_contract(self, document: Mapping[str, Any]) -> None:
        """Write the contract the stage is held against."""
        files.write_json(self.directory / files.CONTRACT, self._redactor.contract(document))

    def write_configuration(self, configuration: Configuration) -> None:
        """Write the stage's configuration as it was read."""
        redacted = self._redactor.configuration(configuration)
        files.write_json(self.directory / files.CONFIGURATION, codec.encode(redacted))

    def write_expectations(self, expectations: Expectations) -> None:
        """Write the user's expectations."""
        plain = expectations.model_dump(mode="json", by_alias=True)
        files.write_json(self.directory / files.EXPECTATIONS, self._redactor.document(plain))

    def write_manifest(self, manifest: Manifest) -> None:
        """Write the manifest; at a run's start with ``complete=False``, so that what follows is readable."""
        files.write_json(self.directory / files.MANIFEST, self._redactor.document(codec.encode(manifest)))

    def flush(self) -> None:
        """Write what is still in memory as parts."""
        for table in tables.TABLES:
            self._flush(table)

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the rest and the manifest as complete, with the counts of all shards, and remove the redaction key.

        Returns:
            The manifest as it was written.
        """
        self.flush()
        finished = replace(manifest, counts=count_rows(self.directory), complete=True)
        self.write_manifest(finished)
        files.remove_redaction_key(self.directory)
        return finished

    def _add(self, table: tables.Table[Any], row: Any) -> None:
        buffer = self._buffers[table.kind]
        buffer.append(row)
        if len(buffer) >= self._part_size:
            self._flush(table)
        elif time.monotonic() - self._flushed_at_s > _FLUSH_AFTER_S:
            self.flush()

    def _flush(self, table: tables.Table[Any]) -> None:
        self._flushed_at_s = time.monotonic()
        rows = self._buffers[table.kind]
        if not rows:
            return
        number = files.next_part_number(self.directory, table.kind, self._shard)
        stem = f"{table.kind}-{self._shard}" if self._shard else table.kind
        table.write(rows, self.directory / files.PARTS / f"{stem}-{number:05d}.parquet")
        rows.clear()
        if table is tables.EXCHANGES:
            self._body_bytes = 0


class Recording:
    """A recording as it was found on disk. Rows are read when they are asked for; each call reads them anew."""

    def __init__(self, directory: Path, manifest: Manifest) -> None:
        self.directory = directory
        self.manifest = manifest

    @classmethod
    def open(cls, directory: Path) -> Recording:
        """Open a recording, complete or interrupted.

        Raises:
            StageproofError: there is no recording, its manifest is damaged, or a newer Stageproof wrote it.
        """
        if not directory.is_dir():
            raise StageproofError(f"{directory}: is no folder; give the folder that a run wrote (--out)")
        path = directory / files.MANIFEST
        plain = files.read_json(path)
        found = plain.get("format") if isinstance(plain, dict) else None
        if not isinstance(found, int):
            raise StageproofError(f"{path}: is damaged: it has no format number; run it again")
        if found > FORMAT:
            raise StageproofError(
                f"{path}: has format {found}, newer than {FORMAT}, the newest read here; update Stageproof"
            )
        return cls(directory, _decode(path, plain, Manifest))

    @cached_property
    def contract(self) -> Mapping[str, Any]:
        """The contract's document."""
        path = self.directory / files.CONTRACT
        document = files.read_json(path)
        if not isinstance(document, dict):
            raise StageproofError(f"{path}: is damaged: no JSON object; run it again")
        return document

    @cached_property
    def configuration(self) -> Configuration:
        """The stage's configuration as it was read."""
        path = self.directory / files.CONFIGURATION
        return _decode(path, files.read_json(path), Configuration)

    @cached_property
    def expectations(self) -> Expectations:
        """The user's expectations as of the run."""
        from contracts.expectations import Expectations

        path = self.directory / files.EXPECTATIONS
        plain = files.read_json(path)
        try:
            return Expectations.model_validate_json(json.dumps(plain))
        except ValueError as error:
            raise StageproofError(f"{path}: does not fit this version ({str(error).splitlines()[0]})") from error

    def exchanges(self) -> tuple[Exchange, ...]:
        """Read all exchanges."""
        return self._read(tables.EXCHANGES)

    def executions(self) -> tuple[Execution, ...]:
        """Read all executions."""
        return self._read(tables.EXECUTIONS)

    def access_entries(self) -> tuple[AccessEntry, ...]:
        """Read all access entries."""
        return self._read(tables.ACCESS_ENTRIES)

    def traces(self) -> tuple[Trace, ...]:
        """Read all traces."""
        return self._read(tables.TRACES)

    def metrics(self) -> tuple[MetricPoint, ...]:
        """Read all points of metrics."""
        return self._read(tables.METRICS)

    def counts(self) -> dict[str, int]:
        """Return how many rows of each kind are there, from the parts' footers."""
        return count_rows(self.directory)

    def _read(self, table: tables.Table[Any]) -> tuple[Any, ...]:
        with _without_cycle_search():
            return tuple([row for part in files.parts(self.directory, table.kind) for row in table.read(part)])


@contextmanager
def _without_cycle_search() -> Iterator[None]:
    """Hold the search for reference cycles: rows have none, and it would walk over all of them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def count_rows(directory: Path) -> dict[str, int]:
    """Return how many rows of each kind a recording's parts hold.

    Raises:
        StageproofError: a part is damaged.
    """
    return {table.kind: sum(map(table.count, files.parts(directory, table.kind))) for table in tables.TABLES}


def _decode(path: Path, plain: object, wanted: type[codec.T]) -> codec.T:
    try:
        return codec.decode(plain, wanted)
    except codec.DECODE_ERRORS as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StageproofError(f"{path}: is damaged or of another version ({reason}); run it again") from error
