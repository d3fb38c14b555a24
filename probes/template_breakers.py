"""Values that break careless mapping templates, in every field that a template or a parameter mapping carries.

Texts of a field are sent only where the contract allows them: others never come to a template. What is missing, null,
empty or too big a number is sent too where the contract refuses it, for then the validator must.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from contracts.contract import Contract
from contracts.evidence import Mode, Origin
from contracts.operation import ANY, Operation, Parameter
from contracts.request_parts import parameter_fault
from gateway.rest_api import Integration, IntegrationType
from probes.authentication import Credentials
from probes.good_request import GoodRequest, good_request
from probes.http_probe import HttpProbe
from probes.samples import resolved

TEXTS: Mapping[str, str] = {
    "quotes": 'say "hello"',
    "apostrophes": "O'Hara's",
    "backslashes": "C:\\new\\table\\",
    "newlines": "one\ntwo\r\nthree\tfour",
    "unicode": "Zo\u00eb \u65e5\u672c \U0001f600\u2028",
    "a dollar": "$input.path('$') $5 ${x}",
    "a hash": "#set($x = 1) ## #end",
}
_LONGEST = 1_000
_BIG = 2**63
_DEEPEST = 4
_MAPPED = {IntegrationType.AWS, IntegrationType.HTTP}
_SOURCES = {
    "querystring": "query",
    "multivaluequerystring": "query",
    "path": "path",
    "header": "header",
    "multivalueheader": "header",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A property of the body: where it is, its schema, and whether its object requires it."""

    names: tuple[str, ...]
    schema: Mapping[str, Any]
    is_required: bool

    @property
    def name(self) -> str:
        return ".".join(self.names)


def template_breakers(
    contract: Contract, operations: tuple[Operation, ...], credentials: Credentials
) -> tuple[HttpProbe, ...]:
    """List them for every operation whose integration maps what it is sent.

    Args:
        contract: The contract, whose integration is the one that is looked at.
        operations: Those of it that were chosen.
        credentials: Of the run; every request carries what its operation needs.
    """
    found: list[HttpProbe] = []
    for operation in operations:
        method = contract.rest_api.method(operation.resource_path, operation.http_method)
        integration = None if method is None else method.integration
        if operation.http_method == ANY or integration is None or integration.integration_type not in _MAPPED:
            continue
        good = good_request(contract, operation, credentials)
        if good is not None:
            found += _of_body(good, contract) if integration.request_templates else ()
            found += _of_parameters(good, integration, contract)
    return tuple(found)


def _of_body(good: GoodRequest, contract: Contract) -> Iterator[HttpProbe]:
    if good.media_type is None or good.operation.request_body is None or not isinstance(good.body, dict):
        return
    schema = resolved(good.operation.request_body.schemas.get(good.media_type), contract.document)
    for each in _fields(schema, contract.document, ()):
        yield from _texts_of(good, each, contract)
        yield from _numbers_of(good, each)
        if _kind(each.schema) != "array":
            yield _with(good, each, None, "null", is_allowed=each.schema.get("nullable") is True)
            yield _without(good, each)


def _texts_of(good: GoodRequest, field: _Field, contract: Contract) -> Iterator[HttpProbe]:
    is_list = _kind(field.schema) == "array"
    schema = resolved(field.schema.get("items"), contract.document) if is_list else field.schema
    if _kind(schema) != "string":
        return
    declared = Parameter(name=field.name, location="body", schema=schema)
    for what, text in _texts(schema).items():
        if parameter_fault(declared, text, contract.document) is None:
            yield _with(good, field, [text] if is_list else text, what)
    if not is_list:
        is_allowed = parameter_fault(declared, "", contract.document) is None
        yield _with(good, field, "", "empty", is_allowed=is_allowed)


def _texts(schema: Mapping[str, Any]) -> dict[str, str]:
    longest = min(int(schema.get("maxLength", _LONGEST)), _LONGEST)
    return {**TEXTS, "very long": "x" * longest}


def _numbers_of(good: GoodRequest, field: _Field) -> Iterator[HttpProbe]:
    if _kind(field.schema) in {"integer", "number"}:
        is_allowed = field.schema.get("maximum", _BIG) >= _BIG and field.schema.get("format") != "int32"
        yield _with(good, field, _BIG, "2^63", is_allowed=is_allowed)


def _of_parameters(good: GoodRequest, integration: Integration, contract: Contract) -> Iterator[HttpProbe]:
    """Break the texts of query, path and headers that a parameter mapping carries."""
    mapped = {source.removeprefix("method.request.").lower() for source in integration.request_parameters.values()}
    for parameter in good.operation.parameters:
        names = {f"{word}.{parameter.name}" for word, place in _SOURCES.items() if place == parameter.location}
        schema = resolved(parameter.schema, contract.document)
        if not mapped & {name.lower() for name in names} or _kind(schema) != "string":
            continue
        for what, text in _texts(schema).items():
            can_be_sent = parameter.location != "header" or (text.isascii() and text.isprintable())
            if can_be_sent and parameter_fault(parameter, text, contract.document) is None:
                yield _in_parameter(good, parameter, text, f"{parameter.location}:{parameter.name}: {what}")


def _in_parameter(good: GoodRequest, parameter: Parameter, text: str, intent: str) -> HttpProbe:
    query = {**good.query, parameter.name: text} if parameter.location == "query" else None
    headers = {**good.headers, parameter.name: text} if parameter.location == "header" else None
    probe = good.probe(origin=Origin.BREAKER, mode=Mode.POSITIVE, intent=intent, query=query, headers=headers)
    if parameter.location != "path":
        return probe
    return replace(probe, path=good.path_with(parameter.name, quote(text, safe="")))


def _with(good: GoodRequest, field: _Field, value: Any, what: str, *, is_allowed: bool = True) -> HttpProbe:
    body = copy.deepcopy(good.body)
    _object_of(body, field)[field.names[-1]] = value
    return _probe(good, body, f"{field.name}: {what}", is_allowed=is_allowed)


def _without(good: GoodRequest, field: _Field) -> HttpProbe:
    body = copy.deepcopy(good.body)
    _object_of(body, field).pop(field.names[-1], None)
    return _probe(good, body, f"{field.name}: absent", is_allowed=not field.is_required)


def _object_of(body: dict[str, Any], field: _Field) -> dict[str, Any]:
    """Return the object that holds a field; those on the way that the body lacks are added."""
    held = body
    for name in field.names[:-1]:
        held = held.setdefault(name, {})
    return held


def _probe(good: GoodRequest, body: Any, intent: str, *, is_allowed: bool) -> HttpProbe:
    return good.probe(
        origin=Origin.BREAKER,
        mode=Mode.POSITIVE if is_allowed else Mode.NEGATIVE,
        intent=intent,
        violates=() if is_allowed else ("body",),
        body=json.dumps(body, ensure_ascii=False).encode(),
    )


def _fields(schema: Mapping[str, Any], document: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[_Field]:
    """Give the properties of a body that hold values, at any depth that a sample of the body can have."""
    required = schema.get("required") or ()
    for name, declared in (schema.get("properties") or {}).items():
        inner = resolved(declared, document)
        path = (*names, name)
        if _kind(inner) != "object":
            yield _Field(names=path, schema=inner, is_required=name in required)
        elif len(path) < _DEEPEST:
            yield from _fields(inner, document, path)


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    return kind if isinstance(kind, str) else "object" if "properties" in schema else "string"
