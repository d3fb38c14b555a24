"""Policies as authorizers return them: which statement speaks for a request.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache


class Decision(Enum):
    """What a policy says of a request."""

    ALLOW = auto()
    DENY = auto()
    NEITHER = auto()


def evaluate(policy: Mapping[str, object], *, action: str, resource: str) -> Decision:
    """Evaluate a policy document; an explicit deny wins over every allow.

    Statements with a ``Condition`` are not evaluated: one that denies is taken to hold, one that allows is not.

    Args:
        policy: The document, with ``Statement``.
        action: ``execute-api:Invoke``.
        resource: The ARN of the request.

    Returns:
        DENY for an explicit deny, ALLOW, or NEITHER, which denies too.
    """
    statements = policy.get("Statement") or policy.get("statement") or []
    if isinstance(statements, Mapping):
        statements = [statements]
    effects = set()
    for statement in statements if isinstance(statements, list) else []:
        if isinstance(statement, Mapping) and _applies(statement, action, resource):
            effects.add(str(statement.get("Effect")))
    if "Deny" in effects:
        return Decision.DENY
    return Decision.ALLOW if "Allow" in effects else Decision.NEITHER


def _applies(statement: Mapping[str, object], action: str, resource: str) -> bool:
    if statement.get("Condition") and statement.get("Effect") != "Deny":
        return False
    action_held = any(_matches(pattern.lower(), action.lower()) for pattern in _list(statement.get("Action")))
    if "NotResource" in statement:
        return action_held and not any(_matches(pattern, resource) for pattern in _list(statement["NotResource"]))
    return action_held and any(_matches(pattern, resource) for pattern in _list(statement.get("Resource")))


def _list(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return [] if value is None else [str(value)]


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts), re.DOTALL)
