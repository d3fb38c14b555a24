"""Writing a file that a person asked for: whole or not at all, with one clear line where it cannot be written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gateway.errors import StageproofError


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8 under a temporary name and rename it; folders are made.

    What is no plain file (``/dev/stdout``, a pipe, a link) is written to, not replaced.

    Raises:
        StageproofError: If the file cannot be written.
    """
    is_replaced = not path.is_symlink() and (path.is_file() or not path.exists())
    partial = path.with_name(f"{path.name}.partial") if is_replaced else path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8", newline="\n")
        if is_replaced:
            partial.replace(path)
    except OSError as error:
        if is_replaced:
            with suppress(OSError):
                partial.unlink()
        raise StageproofError(f"{path}: cannot be written: {error.strerror or error}; choose another place") from error
