"""The files of a recording: names, atomic writing, and reading with one clear line for what is wrong."""

from __future__ import annotations

import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from gateway.errors import StageproofError

MANIFEST = "manifest.json"
CONTRACT = "contract.json"
CONFIGURATION = "configuration.json"
EXPECTATIONS = "expectations.json"
PARTS = "parts"
REDACTION_KEY = ".redaction-key"

_KEY_BYTES = 32
_NUMBERS = re.compile(r"(\d+)")


def write_json(path: Path, document: object) -> None:
    """Write a JSON document under a temporary name and rename it.

    Raises:
        StageproofError: the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        os.replace(temporary, path)  # noqa: PTH105 - the atomic rename is the point
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise StageproofError(f"{path}: cannot be written: {error.strerror or error}") from error


def read_json(path: Path) -> Any:
    """Read a JSON document.

    Raises:
        StageproofError: the file is missing, unreadable or no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise StageproofError(f"{path}: is missing, so this folder is no whole recording; run it again") from error
    except OSError as error:
        raise StageproofError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise StageproofError(f"{path}: is damaged, no JSON ({error}); run it again") from error


def parts(directory: Path, kind: str, shard: str | None = None) -> list[Path]:
    """Return the parts of a kind (and of one shard, where it is named) in the order of their writing.

    Numbers in names count as numbers: what the tenth attempt of a run wrote comes after what the second one did.
    """
    stem = f"{kind}-{shard}-" if shard else f"{kind}-"
    found = (path for path in (directory / PARTS).glob(f"{stem}*.parquet") if not path.name.startswith("."))
    return sorted(found, key=_place)


def _place(path: Path) -> list[int | str]:
    return [int(part) if part.isdecimal() else part for part in _NUMBERS.split(path.name)]


def next_part_number(directory: Path, kind: str, shard: str | None) -> int:
    """Return the number after the last part of a kind and shard."""
    stem = f"{kind}-{shard}-" if shard else f"{kind}-"
    numbers = [path.stem.removeprefix(stem) for path in parts(directory, kind, shard)]
    return 1 + max((int(number) for number in numbers if number.isdecimal()), default=-1)


def redaction_key(directory: Path) -> bytes:
    """Return the key of a recording's redaction: the one kept in its folder, or a new one.

    The key stays in the folder (readable by its owner only) while the recording is incomplete, so that a continued run
    gives equal secrets equal tokens; finishing the recording removes it.

    Raises:
        StageproofError: the key cannot be read or written, or is damaged.
    """
    path = directory / REDACTION_KEY
    try:
        if not path.exists():
            _create_key(directory, path)
        key = path.read_bytes()
    except OSError as error:
        raise StageproofError(f"{path}: cannot be read or written: {error.strerror or error}") from error
    if len(key) != _KEY_BYTES:
        raise StageproofError(f"{path}: is damaged; remove it, or start a new recording")
    return key


def remove_redaction_key(directory: Path) -> None:
    """Remove the key, after which no token can be told from a guess; also a copy that a killed process left."""
    for path in directory.glob(f"{REDACTION_KEY}*"):
        path.unlink(missing_ok=True)


def _create_key(directory: Path, path: Path) -> None:
    """Write a new key whole and readable by the owner only; another process may win, then its key stands."""
    directory.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_KEY_BYTES))
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
