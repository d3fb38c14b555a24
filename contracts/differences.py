"""What differs between two configurations of a method, in API Gateway's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from contracts.verdict import Comparison
from gateway.rest_api import Integration, Method, Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference: what it is about, and both sides as text."""

    what: str
    expected: str
    actual: str

    def as_comparison(self) -> Comparison:
        """Return the difference for a diff in the report."""
        return Comparison(what=self.what, expected=self.expected, actual=self.actual)


def method_differences(expected: Method, actual: Method) -> tuple[Difference, ...]:
    """Return every difference between two methods, their integrations included."""
    return (*_fields(expected, actual, skip={"integration"}), *_integration(expected.integration, actual.integration))


def interface_differences(
    expected: Method, actual: Method, expected_models: Mapping[str, Model], actual_models: Mapping[str, Model]
) -> tuple[Difference, ...]:
    """Return the differences in what a method asks of clients: authorization, key, validator, parameters, models."""
    skipped = {"integration", "method_responses", "operation_name"}
    found = list(_fields(expected, actual, skip=skipped))
    for name in sorted(set(expected.request_models.values()) & set(actual.request_models.values())):
        wanted, there = expected_models.get(name), actual_models.get(name)
        if wanted is not None and there is not None and _schema(wanted) != _schema(there):
            found.append(Difference(what=f"model {name}", expected=wanted.schema, actual=there.schema))
    return tuple(found)


def _integration(expected: Integration | None, actual: Integration | None) -> Iterator[Difference]:
    if expected is None or actual is None:
        if expected is not actual:
            yield Difference(what="integration", expected=_text(expected), actual=_text(actual))
        return
    yield from _fields(expected, actual, skip=set())


def _fields(expected: object, actual: object, *, skip: set[str]) -> Iterator[Difference]:
    for item in fields(expected):  # type: ignore[arg-type]  # both are dataclasses
        if item.name in skip or not item.compare:
            continue
        wanted, there = getattr(expected, item.name), getattr(actual, item.name)
        if wanted != there:
            yield Difference(what=item.name.replace("_", " "), expected=_text(wanted), actual=_text(there))


def _schema(model: Model) -> object:
    return json.loads(model.schema)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {inner}" for key, inner in sorted(value.items()))
    if isinstance(value, tuple):
        return "\n".join(str(inner) for inner in value)
    return str(value)
