"""Valid values for a schema: the contract's own examples first, else the plainest value that the schema accepts.

Targeted probes need one good request of an operation, from which they violate one thing at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from contracts.operation import Operation, Parameter

_FORMATS: Final[Mapping[str, str]] = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "email": "probe@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "5b0d7c1e-6f0a-4c55-9a68-2f6d9f0e8a11",
}
_MAX_DEPTH = 12
_JSON_SUFFIXES = ("/json", "+json")


class NoSampleError(ValueError):
    """No value could be made that the schema accepts."""


def sample(schema: Any, document: Mapping[str, Any]) -> Any:
    """Return a value that a schema accepts.

    Args:
        schema: A schema of the contract; references point into ``document``.
        document: The contract.

    Raises:
        NoSampleError: If none could be made.
    """
    return _sample(schema, document, 0)


def parameter_sample(parameter: Parameter, document: Mapping[str, Any]) -> str:
    """Return a value of a parameter as text.

    Raises:
        NoSampleError: If none could be made.
    """
    found = _example_of(parameter.declaration, document)
    value = found[0] if found else sample(parameter.schema or parameter.declaration, document)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return json.dumps(value) if isinstance(value, dict) else str(value)


def filled_path(operation: Operation, document: Mapping[str, Any]) -> str:
    """Return an operation's path below the stage with its parameters filled in and percent-encoded.

    Raises:
        NoSampleError: If a parameter could not be filled.
    """
    path = operation.resource_path
    for name, greedy in _path_names(path):
        declared = operation.parameter(name, "path") or operation.parameter(f"{name}+", "path")
        value = "probe" if declared is None else parameter_sample(declared, document)
        path = path.replace(f"{{{name}{greedy}}}", quote(value, safe="/" if greedy else ""))
    return path


def json_media_type(operation: Operation) -> str | None:
    """Return the JSON media type of an operation's body, or None."""
    kinds = operation.request_media_types
    return next((kind for kind in kinds if kind.split(";")[0].strip().lower().endswith(_JSON_SUFFIXES)), None)


def resolved(schema: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a schema's reference into the document and merge its ``allOf``; what is no schema is an empty one."""
    return _resolved(schema, document, 0)


def body_example(operation: Operation, media_type: str, document: Mapping[str, Any]) -> Any:
    """Return a valid body of an operation: the example of the media type, else a sample of its schema.

    Raises:
        NoSampleError: If none could be made.
    """
    path_item = (document.get("paths") or {}).get(operation.path) or {}
    declared = path_item.get(operation.http_method.lower()) or {}
    request_body = _followed(declared.get("requestBody") or {}, document)
    media = (request_body.get("content") or {}).get(media_type) or {}
    if found := _example_of(media, document):
        return found[0]
    assert operation.request_body is not None
    return sample(operation.request_body.schemas[media_type], document)


def _sample(schema: Any, document: Mapping[str, Any], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise NoSampleError("the schema refers to itself without end")
    plain = _resolved(schema, document, depth)
    if "const" in plain:
        return plain["const"]
    if found := _example_of(plain, document):
        return found[0]
    if plain.get("enum"):
        return plain["enum"][0]
    for choice in ("oneOf", "anyOf"):
        if plain.get(choice):
            rest = {key: value for key, value in plain.items() if key != choice}
            return _sample({"allOf": [rest, plain[choice][0]]} if rest else plain[choice][0], document, depth + 1)
    return _of_type(_type(plain), plain, document, depth)


def _of_type(kind: str, schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Any:
    if kind == "object":
        properties = schema.get("properties") or {}
        return {name: _sample(properties.get(name, {}), document, depth + 1) for name in schema.get("required") or ()}
    if kind == "array":
        count = int(schema.get("minItems") or 0)
        return [_sample(schema.get("items") or {}, document, depth + 1) for _ in range(count)]
    if kind in {"integer", "number"}:
        return _number(schema, is_integer=kind == "integer")
    if kind == "boolean":
        return True
    return None if kind == "null" else _text(schema)


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "required" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _number(schema: Mapping[str, Any], *, is_integer: bool) -> int | float:
    step = schema.get("multipleOf") or 1
    lower, upper = schema.get("minimum"), schema.get("maximum")
    exclusive_lower, exclusive_upper = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if isinstance(exclusive_lower, int | float) and not isinstance(exclusive_lower, bool):
        lower = exclusive_lower + step
    elif exclusive_lower is True and lower is not None:
        lower += step
    if isinstance(exclusive_upper, int | float) and not isinstance(exclusive_upper, bool):
        upper = exclusive_upper - step
    elif exclusive_upper is True and upper is not None:
        upper -= step
    value = lower if lower is not None else (min(1, upper) if upper is not None else 1)
    value = -(-value // step) * step
    return int(value) if is_integer else value


def _text(schema: Mapping[str, Any]) -> str:
    if isinstance(schema.get("pattern"), str):
        return _matching(schema)
    text = _FORMATS.get(schema.get("format") or "", "probe")
    shortest, longest = int(schema.get("minLength") or 0), schema.get("maxLength")
    text = text + "x" * (shortest - len(text))
    return text if longest is None else text[: int(longest)]


def _matching(schema: Mapping[str, Any]) -> str:
    """Let Hypothesis find a text for a pattern; it is loaded only where a pattern has no example beside it."""
    from hypothesis import HealthCheck, Phase, Verbosity, errors, given, seed, settings, strategies

    shortest, longest = int(schema.get("minLength") or 0), schema.get("maxLength")
    found: list[str] = []
    texts = strategies.from_regex(schema["pattern"]).filter(
        lambda text: shortest <= len(text) and (longest is None or len(text) <= int(longest)) and text.isprintable()
    )

    @seed(0)
    @settings(
        database=None,
        max_examples=1,
        deadline=None,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(texts)
    def keep(text: str) -> None:
        found.append(text)

    try:
        keep()
    except (errors.HypothesisException, ValueError, re.error) as error:
        raise NoSampleError(f"no text matches {schema['pattern']!r}") from error
    return found[0]


def _example_of(schema: Mapping[str, Any], document: Mapping[str, Any]) -> list[Any]:
    """Return the first example that stands beside a schema, in a list of one; an empty list without any."""
    if "example" in schema:
        return [schema["example"]]
    examples = schema.get("examples")
    if isinstance(examples, Mapping):
        for named in examples.values():
            followed = _followed(named, document)
            if "value" in followed:
                return [followed["value"]]
    if isinstance(examples, Sequence) and not isinstance(examples, str) and examples:
        return [examples[0]]
    return [schema["default"]] if "default" in schema else []


def _resolved(schema: Any, document: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
    if depth > _MAX_DEPTH:
        raise NoSampleError("the schema refers to itself without end")
    followed = _followed(schema, document)
    if not followed.get("allOf"):
        return followed
    merged: dict[str, Any] = {key: value for key, value in followed.items() if key != "allOf"}
    for part in followed["allOf"]:
        for key, value in _resolved(part, document, depth + 1).items():
            if key == "properties":
                merged["properties"] = {**merged.get("properties", {}), **value}
            elif key == "required":
                merged["required"] = list(dict.fromkeys([*merged.get("required", ()), *value]))
            else:
                merged.setdefault(key, value)
    return merged


def _followed(schema: Any, document: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(_MAX_DEPTH):
        if not isinstance(schema, Mapping):
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        schema = document
        for part in reference[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            schema = schema.get(name) if isinstance(schema, Mapping) else None
    return {}


def _path_names(path: str) -> Iterator[tuple[str, str]]:
    for part in path.split("{")[1:]:
        name = part.split("}", 1)[0]
        yield name.removesuffix("+"), "+" if name.endswith("+") else ""
