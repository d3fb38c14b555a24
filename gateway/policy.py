"""Policies as authorizers return them: which statement speaks for a request.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto

from gateway.messages import Headers
from gateway.policy_conditions import Keys, holds, wildcard_matches

_ASSUMED_ROLE = re.compile(r"arn:aws:sts::\d+:assumed-role/(?P<role>.+)/[^/]+")


class Decision(Enum):
    """What a policy says of a request."""

    ALLOW = auto()
    DENY = auto()
    NEITHER = auto()


def evaluate(
    policy: Mapping[str, object], *, action: str, resource: str, keys: Keys | None = None, caller: str | None = None
) -> Decision:
    """Evaluate a policy document; an explicit deny wins over every allow.

    With a condition that is not known here, a statement that denies is taken to hold, one that allows is not: the model
    never lets through what AWS may refuse.

    Args:
        policy: The document, with ``Statement``.
        action: ``execute-api:Invoke``.
        resource: The ARN of the request; ``execute-api:/stage/…`` in a statement is short for it.
        keys: What is known of the request, for conditions.
        caller: The ARN of who signed the request; None for an anonymous caller, whom only ``*`` names.

    Returns:
        DENY for an explicit deny, ALLOW, or NEITHER, which denies too.
    """
    statements = policy.get("Statement") or policy.get("statement") or []
    if isinstance(statements, Mapping):
        statements = [statements]
    effects = set()
    for statement in statements if isinstance(statements, list) else []:
        if isinstance(statement, Mapping) and _applies(statement, action, resource, keys or {}, caller):
            effects.add(str(statement.get("Effect")))
    if "Deny" in effects:
        return Decision.DENY
    return Decision.ALLOW if "Allow" in effects else Decision.NEITHER


def condition_keys(*, source_ip: str, headers: Headers, requested_at: datetime) -> dict[str, str | None]:
    """Return what is known of a request from the Internet, for the conditions of policies."""
    return {
        "aws:currenttime": requested_at.isoformat(),
        "aws:epochtime": str(int(requested_at.timestamp())),
        "aws:referer": headers.get("Referer"),
        "aws:securetransport": "true",
        "aws:sourceip": source_ip,
        "aws:sourcevpc": None,
        "aws:sourcevpce": None,
        "aws:useragent": headers.get("User-Agent"),
        "aws:vpcsourceip": None,
    }


def _applies(statement: Mapping[str, object], action: str, resource: str, keys: Keys, caller: str | None) -> bool:
    held = holds(statement.get("Condition"), keys)
    if not (statement.get("Effect") == "Deny" if held is None else held):
        return False
    if not _is_named(statement.get("Principal", "*"), caller):
        return False
    action_held = any(wildcard_matches(pattern.lower(), action.lower()) for pattern in _list(statement.get("Action")))
    if "NotResource" in statement:
        return action_held and not any(_names(pattern, resource) for pattern in _list(statement["NotResource"]))
    return action_held and any(_names(pattern, resource) for pattern in _list(statement.get("Resource")))


def _is_named(principal: object, caller: str | None) -> bool:
    """Whether a statement speaks of a caller: by ``*``, the ARN, the assumed role, or the account.

    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = {"*"} if principal == "*" else set(_list(principal.get("AWS")) if isinstance(principal, Mapping) else ())
    if caller is None:
        return "*" in named
    account = caller.split(":")[4]
    known = {"*", caller, account, f"arn:aws:iam::{account}:root"}
    assumed = _ASSUMED_ROLE.fullmatch(caller)
    if assumed is not None:
        known.add(f"arn:aws:iam::{account}:role/{assumed['role']}")
    return bool(named & known)


def _names(pattern: str, resource: str) -> bool:
    """Match a resource; the short form leaves out Region, account and API."""
    if pattern.startswith("execute-api:/"):
        pattern = "arn:*:execute-api:*:*:*" + pattern.removeprefix("execute-api:")
    return wildcard_matches(pattern, resource)


def _list(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [] if value is None else [str(value)]
