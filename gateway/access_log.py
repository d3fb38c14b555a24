"""The access log: one line a request, in the format that the stage's settings give.

API Gateway replaces every ``$context`` variable of the format by its value, without escaping, and by ``-`` where there
is none. So a value with a quote breaks a JSON format: such a line is still read as far as it goes, and marked invalid.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from gateway.execution import AccessEntry

MISSING = "-"
_MAXIMUM_TRIALS = 20_000
_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_VARIABLE = re.compile(rf"\$context\.({_NAME}(?:\.{_NAME})*)")
_STRING_OR_VARIABLE = re.compile(rf'"(?:[^"\\]|\\.)*"|{_VARIABLE.pattern}')
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?|-")
_TIME = re.compile(r"\d{1,2}/\w{3}/\d{4}:\S+ \S+|-")
_NO_BLANK = re.compile(r"\S+")
_NUMERIC_NAMES = frozenset(
    ("status", "responseLength", "responseLatency", "integrationLatency", "integrationStatus", "requestTimeEpoch")
)
_WORD_NAMES = frozenset(
    ("requestId", "extendedRequestId", "httpMethod", "protocol", "stage", "apiId", "accountId", "xrayTraceId")
)


def variables(log_format: str) -> tuple[str, ...]:
    """Return the names of the ``$context`` variables of a format, in order, each once."""
    return tuple(dict.fromkeys(_VARIABLE.findall(log_format)))


def write(log_format: str, context: Mapping[str, str]) -> str:
    """Write the line of one request.

    Args:
        log_format: The stage's format.
        context: All ``$context`` values under flat names (``identity.sourceIp``).

    Returns:
        The line, without a line break of its own. Values stand as they are: API Gateway escapes nothing.
    """
    return _VARIABLE.sub(lambda match: context.get(match[1], MISSING), log_format)


def read(log_format: str, line: str, *, logged_at: datetime | None = None) -> AccessEntry:
    """Read a line by its format (JSON, CLF, CSV, XML or any other text with ``$context`` variables).

    Args:
        log_format: The stage's format.
        line: The event as delivered.
        logged_at: The event's time, where the source gives one.

    Returns:
        The values that stand in the line. ``invalid`` says why the line does not follow the format.
    """
    values, invalid = _reader(log_format).read(line.rstrip("\n"))
    found = {name: value for name, value in values.items() if value != MISSING}
    return AccessEntry(raw=line, values=found, logged_at=logged_at, invalid=invalid)


@dataclass(frozen=True, slots=True)
class _TextFormat:
    """Text between variables: ``literals[0] v0 literals[1] v1 … literals[n]``."""

    names: tuple[str, ...]
    literals: tuple[str, ...]

    def read(self, line: str) -> tuple[dict[str, str], str | None]:
        values = self._match(line)
        if values is None:
            return {}, f"does not follow the format, which begins with {self.literals[0] or '$context'!r}"
        return values, None

    def _match(self, line: str) -> dict[str, str] | None:
        if not line.startswith(self.literals[0]):
            return None
        dead: set[tuple[int, int]] = set()
        chosen: list[str] = []
        budget = iter(range(_MAXIMUM_TRIALS))
        if self._rest(line, 0, len(self.literals[0]), chosen, dead, budget):
            return dict(zip(reversed(self.names), chosen, strict=True))
        return None

    def _rest(  # noqa: PLR0913, PLR0917 - the state of one search
        self,
        line: str,
        index: int,
        start: int,
        chosen: list[str],
        dead: set[tuple[int, int]],
        budget: Iterator[int],
    ) -> bool:
        """Match from the variable at ``index``; ``chosen`` is filled from the last variable to the first."""
        if index == len(self.names):
            return start == len(line)
        if (index, start) in dead:
            return False
        for end, after in self._ends(line, index, start):
            if next(budget, None) is None:
                return False
            value = line[start:end]
            if _fits(self.names[index], value) and self._rest(line, index + 1, after, chosen, dead, budget):
                chosen.append(value)
                return True
        dead.add((index, start))
        return False

    def _ends(self, line: str, index: int, start: int) -> Iterator[tuple[int, int]]:
        literal = self.literals[index + 1]
        if index + 1 == len(self.names):
            end = len(line) - len(literal)
            if end >= start and line.endswith(literal):
                yield end, len(line)
            return
        end = line.find(literal, start)
        while end >= 0:
            yield end, end + len(literal)
            end = line.find(literal, end + 1) if end < len(line) else -1


def _fits(name: str, value: str) -> bool:
    if name in _NUMERIC_NAMES:
        return _DIGITS.fullmatch(value) is not None
    if name == "requestTime":
        return _TIME.fullmatch(value) is not None
    if name in _WORD_NAMES:
        return _NO_BLANK.fullmatch(value) is not None
    return True


@dataclass(frozen=True, slots=True)
class _JsonFormat:
    """A JSON document whose strings hold variables; ``text`` reads a line that is no JSON."""

    template: object
    text: _TextFormat

    def read(self, line: str) -> tuple[dict[str, str], str | None]:
        try:
            document = json.loads(line, parse_int=str, parse_float=str)
        except ValueError as error:
            return self.text.read(line)[0], f"is no JSON: {error}"
        values: dict[str, str] = {}
        if self._walk(self.template, document, values):
            return values, None
        return values, "is JSON of another shape than the format"

    def _walk(self, template: object, value: object, values: dict[str, str]) -> bool:
        if isinstance(template, dict):
            if not isinstance(value, dict):
                return False
            held = [key in value and self._walk(part, value[key], values) for key, part in template.items()]
            return all(held)
        if isinstance(template, list):
            if not isinstance(value, list) or len(value) != len(template):
                return False
            held = [self._walk(part, item, values) for part, item in zip(template, value, strict=True)]
            return all(held)
        return not isinstance(template, str) or _leaf(template, value, values)


def _leaf(template: str, value: object, values: dict[str, str]) -> bool:
    text = value if isinstance(value, str) else json.dumps(value)
    whole = _VARIABLE.fullmatch(template)
    if whole is not None:
        values[whole[1]] = text
        return True
    found, invalid = _text_format(template).read(text)
    values.update(found)
    return invalid is None


@lru_cache(maxsize=256)
def _text_format(log_format: str) -> _TextFormat:
    parts = _VARIABLE.split(log_format)
    return _TextFormat(names=tuple(parts[1::2]), literals=tuple(parts[0::2]))


@lru_cache(maxsize=64)
def _reader(log_format: str) -> _JsonFormat | _TextFormat:
    text = _text_format(log_format.rstrip("\n"))
    quoted = _STRING_OR_VARIABLE.sub(
        lambda match: f'"{match[0]}"' if match[0].startswith("$") else match[0], log_format
    )
    try:
        template = json.loads(quoted)
    except ValueError:
        return text
    return _JsonFormat(template=template, text=text) if isinstance(template, dict) else text
