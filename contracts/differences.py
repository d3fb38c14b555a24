"""What differs between two configurations of a method, in API Gateway's words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from contracts.verdict import Comparison
from gateway.model_meaning import meaning
from gateway.rest_api import Integration, Method, RequestValidator, RestApi

_COMPARED_BY_MEANING = {
    "integration",
    "method_responses",
    "operation_name",
    "request_validator_name",
    "authorizer_name",
    "request_models",
}


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
    expected: Method, actual: Method, expected_api: RestApi, actual_api: RestApi
) -> tuple[Difference, ...]:
    """Return the differences in what a method asks of clients: authorization, key, validator, parameters, models.

    What validators, authorizers and models *do* is compared, not how they are named or written: each deployment tool
    has names of its own. A part that one side refers to and does not hold differs by its name only. Validators are
    compared where the contract names any.
    """
    return (
        *_fields(expected, actual, skip=_COMPARED_BY_MEANING),
        *_validators(expected, actual, expected_api, actual_api),
        *_authorizers(expected, actual, expected_api, actual_api),
        *_models(expected, actual, expected_api, actual_api),
    )


def _validators(expected: Method, actual: Method, expected_api: RestApi, actual_api: RestApi) -> Iterator[Difference]:
    if not expected_api.request_validators:
        return  # plain OpenAPI has no word for validators: such a contract leaves them to the deployment
    wanted, there = _validated(expected, expected_api), _validated(actual, actual_api)
    if wanted != there:
        yield Difference(what="request validator", expected=wanted, actual=there)


def _validated(method: Method, api: RestApi) -> str:
    validator = api.request_validators.get(method.request_validator_name or "") or RequestValidator(name="")
    parts = {"body": validator.validate_request_body, "parameters": validator.validate_request_parameters}
    return "validates " + (" and ".join(name for name, is_on in parts.items() if is_on) or "nothing")


def _authorizers(expected: Method, actual: Method, expected_api: RestApi, actual_api: RestApi) -> Iterator[Difference]:
    wanted = expected_api.authorizers.get(expected.authorizer_name or "")
    there = actual_api.authorizers.get(actual.authorizer_name or "")
    if wanted is None or there is None:
        if expected.authorizer_name != actual.authorizer_name:
            yield Difference(
                what="authorizer", expected=str(expected.authorizer_name), actual=str(actual.authorizer_name)
            )
        return
    for name in ("authorizer_type", "identity_source", "identity_validation_expression"):
        left, right = getattr(wanted, name), getattr(there, name)
        if left != right:
            yield Difference(what=f"{name.replace('_', ' ')}", expected=str(left), actual=str(right))


def _models(expected: Method, actual: Method, expected_api: RestApi, actual_api: RestApi) -> Iterator[Difference]:
    if expected.request_models.keys() != actual.request_models.keys():
        yield Difference(
            what="request models", expected=_text(expected.request_models), actual=_text(actual.request_models)
        )
    for content_type, name in expected.request_models.items():
        other = actual.request_models.get(content_type)
        if other is None:
            continue
        wanted, there = expected_api.models.get(name), actual_api.models.get(other)
        if wanted is None or there is None:
            if name != other:
                yield Difference(what=f"model for {content_type}", expected=name, actual=other)
        elif (left := meaning(expected_api.models, name)) != (right := meaning(actual_api.models, other)):
            yield Difference(what=f"model {name}", expected=_pretty(left), actual=_pretty(right))


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


def _pretty(schema: object) -> str:
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {inner}" for key, inner in sorted(value.items()))
    if isinstance(value, tuple):
        return "\n".join(str(inner) for inner in value)
    return str(value)
