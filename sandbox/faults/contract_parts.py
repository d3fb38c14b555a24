"""Parts of the example's contract, for faults that its author would have written."""

from typing import Any


def operation(document: dict[str, Any], http_method: str, path: str) -> dict[str, Any]:
    """Return an operation of an OpenAPI document, to change it in place."""
    found: dict[str, Any] = document["paths"][path][http_method.lower()]
    return found


def add_parameter(document: dict[str, Any], http_method: str, path: str, **parameter: Any) -> None:
    """Declare one more parameter of an operation."""
    changed = operation(document, http_method, path)
    changed["parameters"] = [*changed.get("parameters", []), parameter]


def integration(document: dict[str, Any], http_method: str, path: str) -> dict[str, Any]:
    """Return an operation's integration, to change it in place."""
    found: dict[str, Any] = operation(document, http_method, path)["x-amazon-apigateway-integration"]
    return found


def key_countries_by_code(document: dict[str, Any]) -> None:
    """Name the right cache key of ``GET /countries/{code}``."""
    integration(document, "GET", "/countries/{code}")["cacheKeyParameters"] = ["method.request.path.code"]
