"""The contract: an OpenAPI document as its operations and as the REST API that API Gateway makes of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.contract_document import ContractError, as_contract_error, check_references, read_document
from contracts.operation import ANY, DeclaredHeader, DeclaredResponse, Operation, Parameter, RequestBody
from contracts.operation_reader import read_operations
from gateway.openapi import OpenApiError, read
from gateway.openapi.source import Source, dialect_of
from gateway.rest_api import RestApi

__all__ = [
    "Contract",
    "ContractError",
    "DeclaredHeader",
    "DeclaredResponse",
    "Operation",
    "Parameter",
    "RequestBody",
    "contract_of",
    "load_contract",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """An OpenAPI document, the REST API it describes, and its operations.

    ``warnings`` are those of API Gateway's importer; ``source`` is the name of the file; ``digest`` is the SHA-256 of
    the document as canonical JSON, so that layout and comments do not count.
    """

    document: Mapping[str, Any] = field(repr=False)
    rest_api: RestApi = field(repr=False)
    operations: tuple[Operation, ...] = field(repr=False)
    warnings: tuple[str, ...] = ()
    source: str = ""
    digest: str = ""
    _by_key: Mapping[tuple[str, str], Operation] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_key = {(operation.resource_path, operation.http_method): operation for operation in self.operations}
        object.__setattr__(self, "_by_key", by_key)

    def operation(self, resource_path: str, http_method: str) -> Operation | None:
        """Return the operation that serves a resource and HTTP method: the named one, else ``ANY``, else None."""
        return self._by_key.get((resource_path, http_method)) or self._by_key.get((resource_path, ANY))

    def operations_of(self, resource_path: str) -> tuple[Operation, ...]:
        """Return the operations of a resource."""
        return tuple(operation for operation in self.operations if operation.resource_path == resource_path)

    def schema(self, name: str) -> Mapping[str, Any] | None:
        """Return a shared schema (``components/schemas``, or ``definitions``) by name, or None."""
        return Source(document=self.document, dialect=dialect_of(self.document)).section("schemas").get(name)


def load_contract(path: Path) -> Contract:
    """Read a contract from a JSON or YAML file.

    Raises:
        ContractError: With one line that says what is wrong, where, and the mend.
    """
    return contract_of(read_document(path), source=str(path))


def contract_of(document: Mapping[str, Any], *, source: str) -> Contract:
    """Return the contract of a parsed document, for example of a recording.

    Args:
        document: The document with text keys.
        source: The name for messages.

    Raises:
        ContractError: If it is no OpenAPI document, has no operations, or a reference leads nowhere.
    """
    try:
        openapi = Source(document=document, dialect=dialect_of(document))
        check_references(openapi)
        imported = read(document)
        operations = read_operations(openapi)
    except OpenApiError as error:
        raise as_contract_error(error, source) from error
    if not operations:
        raise ContractError(f"{source}: has no operations: 'paths' names no path with a method")
    return Contract(
        document=document,
        rest_api=imported.rest_api,
        operations=operations,
        warnings=imported.warnings,
        source=source,
        digest=digest_of(document),
    )


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document as canonical JSON, in hexadecimal digits."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
