"""The Lambda function ``notes-api-authorizer``: a REQUEST authorizer of an HTTP API with simple responses.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

import hmac
import os
from typing import Any


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    """Decide about one token.

    Args:
        event: The event in payload format 2.0; ``identitySource`` holds the value of ``Authorization``.
        context: The Lambda context, unused.
    """
    token = str(next(iter(event.get("identitySource") or ()), "")).removeprefix("Bearer ").strip()
    expected = os.environ.get("AUTHORIZER_TOKEN", "allow")
    is_authorized = hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode())
    return {"isAuthorized": is_authorized, "context": {"role": "writer"} if is_authorized else {}}
