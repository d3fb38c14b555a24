"""The contract as Schemathesis can read it: any-method and greedy paths expanded, operations chosen.

Schemathesis takes ``x-amazon-apigateway-any-method`` for no operation at all, and ``{proxy+}`` for a parameter of that
odd name. Both are expanded here, and the way back to API Gateway's resource paths is kept.
"""

from __future__ import annotations

import copy
import fnmatch
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from contracts.contract_document import security_schemes
from gateway.errors import StageproofError
from gateway.rest_api import AuthorizationType, Method, RestApi
from probes.authentication import API_KEY_HEADER, AUTHORIZATION_HEADER, SecurityNeeds

ANY_METHOD = "x-amazon-apigateway-any-method"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_BODILESS_METHODS = frozenset({"get", "head", "delete", "options"})
_IDENTITY_HEADER = re.compile(r"(?:method\.|\$)request\.header\.(?P<name>.+)")
_GREEDY = re.compile(r"\{([^{}]+)\+\}")


class NoOperationError(StageproofError):
    """The contract, the chosen operations or the safety rule leave nothing to send."""

    slug = "no-operation"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOperation:
    """An operation that traffic is sent to.

    ``document_path`` is its path in the document for Schemathesis, ``resource_path`` API Gateway's. ``weight``
    estimates how many requests its coverage makes, so that the long ones start first.
    """

    http_method: str
    document_path: str
    resource_path: str
    operation_id: str | None
    needs: SecurityNeeds
    weight: int
    is_first_of_path: bool = False

    @property
    def label(self) -> str:
        """The name that Schemathesis gives it: ``GET /files/{proxy}``."""
        return f"{self.http_method} {self.document_path}"

    @property
    def name(self) -> str:
        """The name that people give it: ``GET /files/{proxy+}``."""
        return f"{self.http_method} {self.resource_path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficDocument:
    """A document for Schemathesis and the operations to send traffic to."""

    document: Mapping[str, Any]
    operations: tuple[TrafficOperation, ...]


def traffic_document(
    document: Mapping[str, Any],
    rest_api: RestApi,
    *,
    include: Iterable[str] = (),
    exclude: Iterable[str] = (),
    destructive_traffic: bool = False,
) -> TrafficDocument:
    """Prepare a contract for Schemathesis.

    Args:
        document: The contract as it was read.
        rest_api: The contract as API Gateway's importer understands it.
        include: Globs on ``METHOD /path``; none means every operation.
        exclude: Globs of operations to leave out.
        destructive_traffic: Whether methods that may write are sent.

    Raises:
        NoOperationError: If nothing is left to send.
    """
    expanded = copy.deepcopy(dict(document))
    expanded["paths"] = dict(_expanded_paths(expanded.get("paths") or {}, is_swagger="swagger" in document))
    resource_paths = {_plain_path(path): path for path in (document.get("paths") or {})}
    chosen = [
        operation
        for operation in _operations(expanded, rest_api, resource_paths)
        if is_chosen(operation.name, tuple(include), tuple(exclude))
    ]
    if not chosen:
        raise NoOperationError("no operation of the contract matches [traffic] operations and exclude: widen the globs")
    allowed = [each for each in chosen if destructive_traffic or each.http_method in SAFE_METHODS]
    if not allowed:
        raise NoOperationError(
            "only methods that may write are left to send: set destructive_traffic = true for this stage, or choose "
            "operations that read"
        )
    return TrafficDocument(document=expanded, operations=tuple(_first_of_each_path(allowed)))


def security_needs(
    document: Mapping[str, Any], operation: Mapping[str, Any], method: Method | None, rest_api: RestApi
) -> SecurityNeeds:
    """Say what an operation asks of its caller: by its security requirement and by API Gateway's reading of it."""
    schemes = security_schemes(document)
    names = {name for requirement in _requirements(document, operation) for name in requirement}
    used = [scheme for name in names if isinstance(scheme := schemes.get(name), Mapping)]
    sigv4 = any(_is_sigv4(scheme) for scheme in used)
    api_key = any(str(scheme.get("name", "")).lower() == API_KEY_HEADER for scheme in used)
    authorization = any(_is_in_authorization(scheme) for scheme in used if not _is_sigv4(scheme))
    if method is None:
        return SecurityNeeds(api_key=api_key, authorization=authorization, sigv4=sigv4)
    token_types = {AuthorizationType.CUSTOM, AuthorizationType.COGNITO_USER_POOLS}
    return SecurityNeeds(
        api_key=api_key or method.api_key_required,
        authorization=authorization or method.authorization_type in token_types,
        sigv4=sigv4 or method.authorization_type is AuthorizationType.AWS_IAM,
        authorization_header=_identity_header(method, rest_api),
    )


def _identity_header(method: Method, rest_api: RestApi) -> str:
    """Return the header that the method's authorizer reads, as its identity source says.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
    """
    authorizer = rest_api.authorizers.get(method.authorizer_name or "")
    source = (authorizer.identity_source if authorizer else None) or ""
    named = (_IDENTITY_HEADER.fullmatch(part.strip()) for part in source.split(","))
    return next((found["name"] for found in named if found is not None), AUTHORIZATION_HEADER)


def _expanded_paths(paths: Mapping[str, Any], *, is_swagger: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in paths.items():
        if not isinstance(item, Mapping):
            continue
        expanded = dict(item)
        if isinstance(any_method := expanded.pop(ANY_METHOD, None), Mapping):
            for http_method in _METHODS:
                expanded.setdefault(http_method, _any_method_operation(any_method, http_method))
        for name in _GREEDY.findall(path):
            expanded["parameters"] = _with_greedy_parameter(expanded, name, is_swagger=is_swagger)
        yield _plain_path(path), expanded


def _any_method_operation(any_method: Mapping[str, Any], http_method: str) -> dict[str, Any]:
    operation = copy.deepcopy(dict(any_method))
    operation.setdefault("responses", {"default": {"description": "any"}})
    if "operationId" in operation:
        operation["operationId"] = f"{operation['operationId']}_{http_method}"
    if http_method in _BODILESS_METHODS:
        operation.pop("requestBody", None)
        parameters = operation.get("parameters") or []
        operation["parameters"] = [each for each in parameters if each.get("in") not in {"body", "formData"}]
    return operation


def _with_greedy_parameter(item: Mapping[str, Any], name: str, *, is_swagger: bool) -> list[Any]:
    """Declare ``{proxy+}`` as a plain path parameter, under either of the names people give it."""
    for operation in [item, *(each for each in item.values() if isinstance(each, dict))]:
        for parameter in operation.get("parameters") or []:
            if isinstance(parameter, dict) and parameter.get("name") == f"{name}+":
                parameter["name"] = name
    parameters = list(item.get("parameters") or [])
    if not any(isinstance(each, Mapping) and each.get("name") == name for each in parameters):
        text = {"type": "string", "minLength": 1}
        typed = text if is_swagger else {"schema": text}
        parameters.append({"name": name, "in": "path", "required": True, **typed})
    return parameters


def _plain_path(path: str) -> str:
    return _GREEDY.sub(r"{\1}", path)


def _operations(
    document: Mapping[str, Any], rest_api: RestApi, resource_paths: Mapping[str, str]
) -> Iterator[TrafficOperation]:
    for path, item in document["paths"].items():
        for http_method in _METHODS:
            operation = item.get(http_method)
            if not isinstance(operation, Mapping):
                continue
            resource_path = resource_paths[path]
            method = rest_api.method(resource_path, http_method.upper())
            yield TrafficOperation(
                http_method=http_method.upper(),
                document_path=path,
                resource_path=resource_path,
                operation_id=operation.get("operationId"),
                needs=security_needs(document, operation, method, rest_api),
                weight=_weight(item, operation),
            )


def _weight(item: Mapping[str, Any], operation: Mapping[str, Any]) -> int:
    parameters = [*(item.get("parameters") or []), *(operation.get("parameters") or [])]
    has_body = "requestBody" in operation or any(
        isinstance(each, Mapping) and each.get("in") == "body" for each in parameters
    )
    return 10 + 10 * len(parameters) + (50 if has_body else 0)


def _first_of_each_path(operations: Iterable[TrafficOperation]) -> Iterator[TrafficOperation]:
    """Mark the first operation of each path: it alone tries the methods that the path does not declare."""
    seen: set[str] = set()
    for operation in operations:
        is_first = operation.document_path not in seen
        seen.add(operation.document_path)
        yield replace(operation, is_first_of_path=is_first)


def is_chosen(name: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    """Say whether an operation is chosen by globs on ``METHOD /path``; no globs to include mean all."""
    if any(_matches(name, glob) for glob in exclude):
        return False
    return not include or any(_matches(name, glob) for glob in include)


def _matches(name: str, glob: str) -> bool:
    """Match a glob in which braces and brackets stand for themselves, as paths are written."""
    return fnmatch.fnmatchcase(name, glob.replace("[", "[[]"))


def _requirements(document: Mapping[str, Any], operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    security = operation.get("security", document.get("security"))
    return [each for each in security if isinstance(each, Mapping)] if isinstance(security, list) else []


def _is_sigv4(scheme: Mapping[str, Any]) -> bool:
    return str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4"


def _is_in_authorization(scheme: Mapping[str, Any]) -> bool:
    if scheme.get("type") in {"oauth2", "openIdConnect", "http", "basic"}:
        return True
    return str(scheme.get("name", "")).lower() == "authorization"
