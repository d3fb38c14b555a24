"""Dataclasses of the recording to and from plain data that JSON can hold.

Every field is written, defaults too, so that a recording keeps its meaning when a default changes later. A field that a
recording does not have yet takes its default; one that this version does not know is passed over.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

from cattrs import BaseValidationError, Converter
from cattrs.errors import StructureHandlerNotFoundError

from contracts.evidence import Missing, Present
from gateway.execution import LogLine
from gateway.messages import Headers

T = TypeVar("T")

#: What goes wrong when plain data does not fit a dataclass.
DECODE_ERRORS = (
    BaseValidationError,
    StructureHandlerNotFoundError,
    binascii.Error,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """Return an aware time as whole microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=4096)  # the lines of one request share their times
def from_microseconds(microseconds: int) -> datetime:
    """Return whole microseconds since the epoch as an aware UTC time."""
    return _EPOCH + timedelta(microseconds=microseconds)


def encode(value: object) -> Any:
    """Return a dataclass (or a container of them) as data that JSON can hold."""
    return _CONVERTER.unstructure(value)


def decode(plain: object, wanted: type[T]) -> T:
    """Return plain data as a value of a type.

    Raises:
        DECODE_ERRORS: the data does not fit.
    """
    return _CONVERTER.structure(plain, wanted)


def decoder(wanted: Any) -> Callable[[Any], Any]:
    """Return a function that decodes one type, for many values of it."""
    hook = _CONVERTER.get_structure_hook(wanted)
    return lambda plain: hook(plain, wanted)


def _log_line(plain: Any, _: type[LogLine]) -> LogLine:
    text, microseconds = plain
    return LogLine(text=text, logged_at=None if microseconds is None else from_microseconds(microseconds))


def _log_lines(plain: Any, _: Any) -> tuple[LogLine, ...]:
    return tuple([_log_line(line, LogLine) for line in plain])


def _plain_log_line(line: LogLine) -> list[Any]:
    return [line.text, None if line.logged_at is None else to_microseconds(line.logged_at)]


def _headers(plain: Any, _: type[Headers]) -> Headers:
    return Headers((str(name), str(value)) for name, value in plain)


def _is_evidence(wanted: Any) -> bool:
    return Missing in get_args(wanted) and any(get_origin(arm) is Present for arm in get_args(wanted))


def _evidence_hook(wanted: Any) -> Callable[[Any, Any], Any]:
    present = next(arm for arm in get_args(wanted) if get_origin(arm) is Present)
    (inner,) = get_args(present)

    def structure(plain: Any, _: Any) -> Any:
        if "reason" in plain:
            return _CONVERTER.structure(plain, Missing)
        return Present(value=_CONVERTER.structure(plain["value"], inner))

    return structure


def _build() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_unstructure_hook(datetime, lambda moment: moment.astimezone(UTC).isoformat())
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    converter.register_unstructure_hook(bytes, lambda value: base64.b64encode(value).decode())
    converter.register_structure_hook(bytes, lambda text, _: base64.b64decode(text, validate=True))
    converter.register_unstructure_hook(Headers, lambda headers: [list(item) for item in headers.items()])
    converter.register_structure_hook(Headers, _headers)
    converter.register_unstructure_hook(LogLine, _plain_log_line)
    converter.register_structure_hook(LogLine, _log_line)
    converter.register_structure_hook_func(lambda wanted: wanted == tuple[LogLine, ...], _log_lines)
    converter.register_unstructure_hook(Enum, lambda value: value.value)
    converter.register_structure_hook_func(lambda wanted: wanted is object, lambda plain, _: plain)
    converter.register_structure_hook_factory(_is_evidence, _evidence_hook)
    return converter


_CONVERTER = _build()
