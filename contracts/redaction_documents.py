"""Redaction of documents: the contract's examples, a configuration's credentials, and plain data.

Here a sensitive name says nothing by itself: ``password: {type: string}`` is a schema, and a mapping template that
names a field holds no secret. Only examples, defaults, static values and API keys are replaced.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from contracts.evidence import Configuration
from contracts.redaction_text import redact_userinfo
from gateway.http_api import HttpApiStage, HttpIntegration
from gateway.messages import Headers
from gateway.rest_api import (
    ApiKey,
    CanarySettings,
    GatewayResponse,
    Integration,
    IntegrationResponse,
    Model,
    Stage,
)

V = TypeVar("V")

_WITHOUT_TEXT = frozenset({bool, int, float, datetime})
_EXAMPLES = frozenset({"example", "examples", "default"})
_TEXTS_OF_EXAMPLES = frozenset({"summary", "description", "externalValue", "$ref"})


def map_strings(value: V, change: Callable[[str], str], *, special: Callable[[Any], Any] | None = None) -> V:
    """Return a value in which every text (of dataclasses, containers, headers and bodies) went through ``change``.

    ``special`` may replace a dataclass first; when it returns another object, that one is taken as it is.
    """
    return _mapped(value, change, special)  # type: ignore[no-any-return]  # the shape of the value is kept


def _mapped(value: Any, change: Callable[[str], str], special: Callable[[Any], Any] | None) -> Any:
    kind = value.__class__
    if kind is str:
        return change(value)
    if value is None or kind in _WITHOUT_TEXT or isinstance(value, Enum):
        return value
    if kind is bytes:
        return change(value.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if kind in {tuple, list}:
        return kind([_mapped(item, change, special) for item in value])
    if isinstance(value, Mapping):
        return {_mapped(key, change, special): _mapped(item, change, special) for key, item in value.items()}
    if isinstance(value, Headers):
        return Headers((change(name), change(text)) for name, text in value.items())
    if is_dataclass(value) and not isinstance(value, type):
        replaced = value if special is None else special(value)
        return replaced if replaced is not value else _mapped_dataclass(value, change, special)
    return value


def _mapped_dataclass(value: Any, change: Callable[[str], str], special: Callable[[Any], Any] | None) -> Any:
    changes = {}
    for name in _field_names(value.__class__):
        old = getattr(value, name)
        if old is not None and old.__class__ not in _WITHOUT_TEXT:
            new = _mapped(old, change, special)
            if new is not old and new != old:
                changes[name] = new
    return replace(value, **changes) if changes else value


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


class DocumentRedactor:
    """Redacts contracts and configurations by the rules of their structure."""

    def __init__(
        self, names: Collection[str], value: Callable[[str, str], str], known_secrets: Callable[[str], str]
    ) -> None:
        self._names = frozenset(names)
        self._value = value
        self._known_secrets = known_secrets

    def contract(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Redact examples and defaults of sensitive fields and parameters, static credentials and known secrets."""
        redacted: Mapping[str, Any] = map_strings(self._node(document, ""), self._hidden)
        return redacted

    def configuration(self, configuration: Configuration) -> Configuration:
        """Redact API keys, static credentials, sensitive stage variables, examples of models and known secrets."""
        by_structure = map_strings(configuration, lambda text: text, special=self._part)
        return map_strings(by_structure, self._hidden)

    def _hidden(self, text: str) -> str:
        """Replace known secrets, and passwords in the addresses of backends."""
        return redact_userinfo(self._known_secrets(text), lambda password: self._value("", password))

    def _node(self, node: Any, sensitive: str) -> Any:
        """Redact one node of an OpenAPI document; ``sensitive`` is the sensitive name it belongs to, or empty."""
        if isinstance(node, list):
            return [self._node(item, sensitive) for item in node]
        if not isinstance(node, Mapping):
            return node
        if isinstance(node.get("name"), str) and "in" in node and self._is_sensitive(node["name"]):
            sensitive = node["name"]
        return {key: self._member(str(key), value, sensitive) for key, value in node.items()}

    def _member(self, key: str, value: Any, sensitive: str) -> Any:
        if key in _EXAMPLES:
            return self._example(value, sensitive)
        if key in {"properties", "headers"} and isinstance(value, Mapping):
            return {
                name: self._node(item, name if self._is_sensitive(str(name)) else sensitive)
                for name, item in value.items()
            }
        if isinstance(value, str):
            return self._static(key, value)
        return self._node(value, sensitive)

    def _example(self, value: Any, sensitive: str) -> Any:
        if isinstance(value, list):
            return [self._example(item, sensitive) for item in value]
        if isinstance(value, Mapping):
            return {
                key: item
                if key in _TEXTS_OF_EXAMPLES
                else self._example(item, str(key) if self._is_sensitive(str(key)) else sensitive)
                for key, item in value.items()
            }
        if not sensitive or value is None:
            return value
        return self._value(sensitive, value if isinstance(value, str) else json.dumps(value))

    def _part(self, part: Any) -> Any:
        """Return a part of a configuration with its secrets replaced, and its own parts too; others as they are."""
        changes: dict[str, Any] = {}
        match part:
            case ApiKey(value=str() as value):
                changes["value"] = self._value("x-api-key", value)
            case Integration():
                changes["request_parameters"] = self._statics(part.request_parameters)
                changes["integration_responses"] = tuple(map(self._part, part.integration_responses))
            case HttpIntegration():
                changes["request_parameters"] = self._plain_statics(part.request_parameters)
                changes["response_parameters"] = {
                    status: self._plain_statics(parameters) for status, parameters in part.response_parameters.items()
                }
            case HttpApiStage():
                changes["stage_variables"] = self._variables(part.stage_variables)
            case IntegrationResponse() | GatewayResponse():
                changes["response_parameters"] = self._statics(part.response_parameters)
            case Stage():
                changes["variables"] = self._variables(part.variables)
                changes["canary_settings"] = self._part(part.canary_settings)
            case CanarySettings():
                changes["stage_variable_overrides"] = self._variables(part.stage_variable_overrides)
            case Model():
                changes["schema"] = self._schema(part.schema)
        return replace(part, **changes) if changes else part

    def _schema(self, schema: str) -> str:
        try:
            plain = json.loads(schema)
        except ValueError:
            return schema
        redacted = self._node(plain, "")
        return schema if redacted == plain else json.dumps(redacted, sort_keys=True, separators=(",", ":"))

    def _statics(self, parameters: Mapping[str, str]) -> dict[str, str]:
        return {key: self._static(key, value) for key, value in parameters.items()}

    def _plain_statics(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """Replace static credentials of an HTTP API's mapping (``overwrite:header.Authorization: Basic …``).

        A static value there stands without quotes; one with a ``$`` is an expression.
        """
        return {
            key: value
            if "$" in value or not self._is_sensitive(key.rpartition(".")[2])
            else self._value(key.rpartition(".")[2], value)
            for key, value in parameters.items()
        }

    def _static(self, key: str, value: str) -> str:
        """Replace a static credential of a mapping (``integration.request.header.Authorization: 'Basic …'``)."""
        name = key.rpartition(".")[2]
        if "." not in key or not self._is_sensitive(name) or not (value.startswith("'") and value.endswith("'")):
            return value
        return f"'{self._value(name, value[1:-1])}'"

    def _variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        return {
            name: self._value(name, value) if self._is_sensitive(name) else value for name, value in variables.items()
        }

    def _is_sensitive(self, name: str) -> bool:
        return name.lower() in self._names
