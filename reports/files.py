"""Writing a report: whole or not at all, with one clear line where it cannot be written."""

from __future__ import annotations

from pathlib import Path

from gateway.errors import StageproofError


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 under a temporary name and rename it; folders are made.

    Raises:
        StageproofError: If the file cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(path)
    except OSError as error:
        raise StageproofError(
            f"{path}: the report cannot be written: {error.strerror or error}; choose another folder with --out"
        ) from error
