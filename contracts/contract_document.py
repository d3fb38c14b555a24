"""A contract's file as a document: found, decoded, parsed, and with references that lead somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from contracts.yaml_documents import YamlError, read_yaml
from gateway.errors import StageproofError
from gateway.openapi.source import OpenApiError, Source

_LARGEST_BYTES = 64 * 1024 * 1024
_FREE_VALUES = frozenset({"const", "default", "enum", "example", "examples", "value"})
"""Keywords whose values are data: a ``$ref`` in them is no reference."""

_NAME_MAPS = frozenset(
    {"definitions", "headers", "parameters", "patternProperties", "properties", "responses", "schemas"}
)
"""Keywords whose values are maps of names: ``$ref`` or ``example`` may be a name there."""


class ContractError(StageproofError):
    """The contract is missing, unreadable or no OpenAPI document."""

    slug = "contract"


def security_schemes(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the security schemes of an OpenAPI document of any version, by name."""
    return (document.get("components") or {}).get("securitySchemes") or document.get("securityDefinitions") or {}


def read_document(path: Path) -> dict[str, Any]:
    """Return the document of a JSON or YAML file.

    Raises:
        ContractError: If the file is missing, too large, not UTF-8, neither JSON nor YAML, or not an object.
    """
    text = _text(path)
    try:
        document = json.loads(text) if text.lstrip()[:1] == "{" and path.suffix != ".yaml" else read_yaml(text)
    except json.JSONDecodeError as error:
        problem = f"{path}:{error.lineno}:{error.colno}: not JSON: {error.msg}"
        raise ContractError(problem) from error
    except YamlError as error:
        raise ContractError(f"{path}:{error.line}:{error.column}: not YAML: {_one_line(error)}") from error
    except RecursionError as error:
        raise ContractError(f"{path}: nested too deep to be an OpenAPI document") from error
    if document is None:
        raise ContractError(f"{path}: the file is empty; an OpenAPI document is needed")
    if not isinstance(document, dict):
        raise ContractError(f"{path}: not an OpenAPI document: its top is not an object")
    return document


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ContractError(f"{path}: larger than {_LARGEST_BYTES // 1024 // 1024} MB; split the API")
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ContractError(f"{path}: no such file; check 'contract' in stageproof.toml") from error
    except IsADirectoryError as error:
        raise ContractError(f"{path}: a folder; name the OpenAPI document in it") from error
    except UnicodeDecodeError as error:
        raise ContractError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except OSError as error:
        raise ContractError(f"{path}: cannot be read: {error.strerror}; check 'contract' in stageproof.toml") from error
    except ValueError as error:
        raise ContractError(
            f"{str(path)!r}: no path of a file: {error}; check 'contract' in stageproof.toml"
        ) from error


def _one_line(error: YamlError) -> str:
    return str(error).split(": ", 1)[-1].replace("\n", " ")


def check_references(source: Source) -> None:
    """Make sure that every reference leads somewhere inside the document.

    Raises:
        OpenApiError: For the first that does not, with where it stands.
    """
    known: set[str] = set()
    for reference, where in _references(source.document, "#", holds_names=False):
        if reference not in known:
            source.target(reference, where)
            known.add(reference)


def _references(value: object, where: str, *, holds_names: bool) -> Iterator[tuple[str, str]]:
    stack: list[tuple[object, str, bool]] = [(value, where, holds_names)]
    while stack:
        value, where, holds_names = stack.pop()
        if isinstance(value, list):
            stack.extend((item, f"{where}/{index}", False) for index, item in enumerate(value))
        elif isinstance(value, Mapping):
            reference = value.get("$ref")
            if isinstance(reference, str) and not holds_names:
                yield reference, where
            for key, inner in value.items():
                if isinstance(inner, dict | list) and (holds_names or not _is_free(key)):
                    escaped = str(key).replace("~", "~0").replace("/", "~1")
                    stack.append((inner, f"{where}/{escaped}", not holds_names and key in _NAME_MAPS))


def _is_free(key: str) -> bool:
    return key in _FREE_VALUES or key.startswith("x-")


def as_contract_error(error: OpenApiError, source: str) -> ContractError:
    """Return the error of a document with the name of its file."""
    return ContractError(f"{source}: {error}")
