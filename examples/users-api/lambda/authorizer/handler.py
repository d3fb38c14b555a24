"""The Lambda function ``users-api-authorizer``: a TOKEN authorizer for deletions.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import hmac
import os
from typing import Any

DENIED_TOKEN = "deny"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    """Decide about one token.

    Args:
        event: ``{"type": "TOKEN", "authorizationToken", "methodArn"}``.
        context: The Lambda context, unused.

    Returns:
        A policy for the whole stage: API Gateway keeps it for the token, not for the method, so a policy that named
        one method would refuse the next.

    Raises:
        Exception: ``Unauthorized``, the word that API Gateway answers with 401.
    """
    token = str(event.get("authorizationToken", "")).removeprefix("Bearer ").strip()
    expected = os.environ.get("AUTHORIZER_TOKEN", "allow")
    if hmac.compare_digest(token.encode("utf-8", "replace"), expected.encode()):
        return _policy("Allow", "operator", str(event["methodArn"]))
    if token == DENIED_TOKEN:
        return _policy("Deny", "denied", str(event["methodArn"]))
    raise Exception("Unauthorized")  # noqa: TRY002  # API Gateway compares the message alone


def _policy(effect: str, principal_id: str, method_arn: str) -> dict[str, Any]:
    rest_api, stage = method_arn.split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{rest_api}/{stage}/*"}
    return {
        "principalId": principal_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"role": principal_id},
    }
