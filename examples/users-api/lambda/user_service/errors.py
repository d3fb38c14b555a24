"""The one error model of the API, as an exception of the service."""

from __future__ import annotations

from typing import Any

MESSAGE_LIMIT = 160


class ServiceError(Exception):
    """A refusal that the client reads as ``{"error": {"code", "message", "requestId"}}``."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Name the refusal.

        Args:
            status: The HTTP status code.
            code: The machine-readable code, upper case with underscores.
            message: One sentence for people; never a value that the client sent.
        """
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message[:MESSAGE_LIMIT]


def error_body(code: str, message: str, request_id: str) -> dict[str, Any]:
    """Give the error model as JSON data."""
    return {"error": {"code": code, "message": message[:MESSAGE_LIMIT], "requestId": request_id}}
