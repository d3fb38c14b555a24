"""Tables of a recording: rows of one dataclass as a Parquet part.

Plain fields are typed columns, so that DuckDB, Athena or pandas can ask them; nested ones are JSON text. A field that
is itself a message (``request``, ``response``) is spread over columns of its own (``request_url``).
"""

from __future__ import annotations

import json
import os
import types
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from contracts import recording_codec as codec
from contracts.evidence import AccessEntry, Exchange, Execution, HttpRequest, HttpResponse, MetricPoint, Trace
from gateway.errors import StageproofError

R = TypeVar("R")

_NATIVE: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    bytes: pa.binary(),
    datetime: pa.timestamp("us", tz="UTC"),
}
_MESSAGES = (HttpRequest, HttpResponse)


@dataclass(frozen=True, slots=True)
class _Column:
    """One field of a row: where it is found, and how it becomes a cell and again a value."""

    name: str
    field: str
    message: str | None
    arrow_type: pa.DataType
    encode: Callable[[Any], Any] | None
    decode: Callable[[Any], Any] | None
    is_json: bool = False

    def cells(self, rows: Iterable[Any]) -> pa.Array:
        owners = rows if self.message is None else (getattr(row, self.message) for row in rows)
        values = [None if owner is None else getattr(owner, self.field) for owner in owners]
        if self.encode is not None:
            values = [None if value is None else self.encode(value) for value in values]
        try:
            return pa.array(values, type=self.arrow_type)
        except UnicodeEncodeError:  # a lone surrogate, which UTF-8 cannot hold
            return pa.array([_without_surrogates(value) for value in values], type=self.arrow_type)

    def values(self, column: pa.ChunkedArray) -> list[Any]:
        if pa.types.is_timestamp(self.arrow_type):
            column = column.cast(pa.int64())
        values: list[Any] = column.to_pylist()
        decode = self.decode
        if self.is_json:
            values = _from_json(values)
        return values if decode is None else [None if value is None else decode(value) for value in values]


class Table(Generic[R]):
    """How rows of one dataclass stand in Parquet."""

    def __init__(self, kind: str, row_type: type[R]) -> None:
        self.kind = kind
        self._row_type = row_type
        self._columns = tuple(_columns(row_type))
        self._messages = _message_fields(row_type)
        self._schema = pa.schema([pa.field(column.name, column.arrow_type) for column in self._columns])

    @property
    def row_type(self) -> type[R]:
        """The dataclass whose instances are the rows."""
        return self._row_type

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a column's name and what its cells are: an Arrow type, or ``JSON text``."""
        return tuple(
            (column.name, "JSON text" if column.is_json else str(column.arrow_type)) for column in self._columns
        )

    def write(self, rows: Sequence[R], path: Path) -> None:
        """Write rows as one part, under a temporary name that is then renamed: a part is there whole or not at all."""
        table = pa.Table.from_arrays([column.cells(rows) for column in self._columns], schema=self._schema)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            pq.write_table(table, temporary, compression="zstd", write_page_checksum=True)
            os.replace(temporary, path)  # noqa: PTH105 - the atomic rename is the point
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StageproofError(f"{path}: the part cannot be written: {error.strerror or error}") from error

    def read(self, path: Path) -> list[R]:
        """Read the rows of one part.

        Raises:
            StageproofError: the part is damaged, truncated or not of this kind.
        """
        try:
            table = pq.read_table(path, page_checksum_verification=True, partitioning=None)
            return self._rows(table)
        except (pa.ArrowException, OSError, *codec.DECODE_ERRORS) as error:
            raise _damaged(path, error) from error

    def count(self, path: Path) -> int:
        """Return how many rows a part has, from its footer."""
        try:
            return int(pq.read_metadata(path).num_rows)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(path, error) from error

    def _rows(self, table: pa.Table) -> list[R]:
        own: dict[str, list[Any]] = {}
        nested: dict[str, dict[str, list[Any]]] = {name: {} for name in self._messages}
        for column in self._columns:
            if column.name in table.column_names:
                target = own if column.message is None else nested[column.message]
                target[column.field] = column.values(table.column(column.name))
        for name, message_type in self._messages.items():
            own[name] = _messages(message_type, nested[name], table.num_rows)
        names = tuple(own)
        return [self._row_type(**dict(zip(names, cells, strict=True))) for cells in zip(*own.values(), strict=True)]


def _messages(message_type: type[Any], columns: dict[str, list[Any]], count: int) -> list[Any]:
    """Build the messages of a column group; a message is absent where all its required cells are."""
    names = tuple(columns)
    required = [
        item.name for item in fields(message_type) if item.default is MISSING and item.default_factory is MISSING
    ]
    rows = (
        [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        if names
        else [{}] * count
    )
    return [None if all(row[name] is None for name in required) else message_type(**row) for row in rows]


def _columns(row_type: type[Any]) -> Iterable[_Column]:
    messages = _message_fields(row_type)
    for name, hint in _hints(row_type):
        if name in messages:
            for inner, inner_hint in _hints(messages[name]):
                yield _column(f"{name}_{inner}", inner, name, inner_hint)
        else:
            yield _column(name, name, None, hint)


def _column(name: str, field: str, message: str | None, hint: Any) -> _Column:
    kind = _required(hint)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _Column(name, field, message, pa.string(), lambda value: value.value, kind)
    if kind is datetime:
        return _Column(name, field, message, _NATIVE[kind], None, codec.from_microseconds)
    if isinstance(kind, type) and kind in _NATIVE:
        return _Column(name, field, message, _NATIVE[kind], None, None)
    return _Column(name, field, message, pa.string(), _to_json, codec.decoder(kind), is_json=True)


def _message_fields(row_type: type[Any]) -> dict[str, type[Any]]:
    return {name: _required(hint) for name, hint in _hints(row_type) if _required(hint) in _MESSAGES}


def _hints(row_type: type[Any]) -> list[tuple[str, Any]]:
    hints = get_type_hints(row_type)
    return [(item.name, hints[item.name]) for item in fields(row_type)]


def _required(hint: Any) -> Any:
    """Return a type without its ``None`` arm."""
    if get_origin(hint) not in {Union, types.UnionType}:
        return hint
    arms = [arm for arm in get_args(hint) if arm is not type(None)]
    return arms[0] if len(arms) == 1 else hint


def _from_json(texts: list[str | None]) -> list[Any]:
    """Parse all cells of a column at once, which is quicker than one by one."""
    values: list[Any] = json.loads(f"[{','.join(['null' if text is None else text for text in texts])}]")
    if len(values) != len(texts):
        raise ValueError(f"{len(texts)} cells hold {len(values)} JSON values")
    return values


def _to_json(value: Any) -> str:
    return json.dumps(codec.encode(value), separators=(",", ":"))


def _without_surrogates(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _damaged(path: Path, error: BaseException) -> StageproofError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return StageproofError(
        f"{path}: the part is damaged or truncated ({reason}); remove this file to judge what is left"
    )


EXCHANGES = Table("exchanges", Exchange)
EXECUTIONS = Table("executions", Execution)
ACCESS_ENTRIES = Table("access_entries", AccessEntry)
TRACES = Table("traces", Trace)
METRICS = Table("metrics", MetricPoint)
TABLES: tuple[Table[Any], ...] = (EXCHANGES, EXECUTIONS, ACCESS_ENTRIES, TRACES, METRICS)
