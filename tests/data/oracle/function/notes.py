"""The notes' function: gives back what it got, or fails."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer a note, or raise that it is not there."""
    text = event.get("text")
    if text == "missing":
        raise LookupError(f'note not found: it\'s "{event.get("noteId")}"')
    return {"event": event, "length": len(text) if isinstance(text, str) else None}
