"""The answers that an HTTP API gives by itself, and the error that stands for one of them.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html (``Not Found``)
"""

from __future__ import annotations

import json

from gateway.messages import ClientResponse, Headers

NOT_FOUND = (404, "Not Found")
UNAUTHORIZED = (401, "Unauthorized")
FORBIDDEN = (403, "Forbidden")
_JSON = "application/json"


class OwnAnswer(Exception):  # noqa: N818 - an answer, not an error of the program
    """API Gateway answers itself; ``reason`` is what the access log says of it, ``headers`` come beside its own."""

    def __init__(
        self, status: int, message: str, reason: str = "", *, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason
        self.headers = headers

    def response(self) -> ClientResponse:
        """Return the answer: a JSON object with the message."""
        body = json.dumps({"message": self.message}, separators=(",", ":")).encode()
        return ClientResponse(status=self.status, headers=Headers([("Content-Type", _JSON), *self.headers]), body=body)


def own(answer: tuple[int, str], reason: str = "") -> OwnAnswer:
    """Return one of the fixed answers."""
    return OwnAnswer(*answer, reason)
