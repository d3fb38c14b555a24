"""Where two configurations differ, for tests that hold what one tool deploys against what another does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

BY_TERRAFORM = {
    "version": "the provider's aws_api_gateway_rest_api has no argument for it; only an import sets it",
    "authorizers.operator_token.authentication_type": "only an import sets it; it changes nothing for a Lambda",
}
"""Where the RestApi that Terraform deploys differs from the contract's, and why; docs/README.md has the same table."""

BY_SAM: dict[str, str] = {}
"""The same for SAM: CloudFormation imports the document, as the contract's RestApi is read."""


def differences(said: Any, found: Any, where: str = "") -> Iterator[str]:
    """Yield where two configurations differ, as deep inside as can be told."""
    if said == found:
        return
    pairs: list[tuple[str, Any, Any]] = []
    if is_dataclass(said) and type(said) is type(found):
        compared = (field.name for field in fields(said) if field.compare)
        pairs = [(name, getattr(said, name), getattr(found, name)) for name in compared]
    elif isinstance(said, dict) and isinstance(found, dict):
        pairs = [(str(key), said.get(key), found.get(key)) for key in {**said, **found}]
    elif isinstance(said, tuple) and isinstance(found, tuple) and len(said) == len(found):
        pairs = [(str(number), *pair) for number, pair in enumerate(zip(said, found, strict=True))]
    if not pairs:
        yield where
    for name, one, other in pairs:
        yield from differences(one, other, f"{where}.{name}".lstrip("."))
