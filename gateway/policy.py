"""Policies as authorizers return them: which statement speaks for a request.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from functools import lru_cache
from ipaddress import ip_address, ip_network


class Decision(Enum):
    """What a policy says of a request."""

    ALLOW = auto()
    DENY = auto()
    NEITHER = auto()


def evaluate(policy: Mapping[str, object], *, action: str, resource: str, source_ip: str | None = None) -> Decision:
    """Evaluate a policy document; an explicit deny wins over every allow.

    Of conditions only ``IpAddress`` and ``NotIpAddress`` on ``aws:SourceIp`` are evaluated. With any other one, a
    statement that denies is taken to hold, one that allows is not: the model never lets through what AWS may refuse.

    Args:
        policy: The document, with ``Statement``.
        action: ``execute-api:Invoke``.
        resource: The ARN of the request; ``execute-api:/stage/…`` in a statement is short for it.
        source_ip: The client's address, for conditions.

    Returns:
        DENY for an explicit deny, ALLOW, or NEITHER, which denies too.
    """
    statements = policy.get("Statement") or policy.get("statement") or []
    if isinstance(statements, Mapping):
        statements = [statements]
    effects = set()
    for statement in statements if isinstance(statements, list) else []:
        if isinstance(statement, Mapping) and _applies(statement, action, resource, source_ip):
            effects.add(str(statement.get("Effect")))
    if "Deny" in effects:
        return Decision.DENY
    return Decision.ALLOW if "Allow" in effects else Decision.NEITHER


def _applies(statement: Mapping[str, object], action: str, resource: str, source_ip: str | None) -> bool:
    if not _condition_holds(statement, source_ip):
        return False
    if not _is_anyone(statement.get("Principal", "*")):
        return False
    action_held = any(_matches(pattern.lower(), action.lower()) for pattern in _list(statement.get("Action")))
    if "NotResource" in statement:
        return action_held and not any(_names(pattern, resource) for pattern in _list(statement["NotResource"]))
    return action_held and any(_names(pattern, resource) for pattern in _list(statement.get("Resource")))


def _is_anyone(principal: object) -> bool:
    return principal == "*" or (isinstance(principal, Mapping) and "*" in _list(principal.get("AWS")))


def _condition_holds(statement: Mapping[str, object], source_ip: str | None) -> bool:
    conditions = statement.get("Condition")
    if not isinstance(conditions, Mapping) or not conditions:
        return True
    held = []
    for operator, keys in conditions.items():
        known = (
            operator in {"IpAddress", "NotIpAddress"} and isinstance(keys, Mapping) and set(keys) == {"aws:SourceIp"}
        )
        if not known or source_ip is None:
            held.append(statement.get("Effect") == "Deny")
        else:
            inside = any(_is_in(source_ip, network) for network in _list(keys["aws:SourceIp"]))
            held.append(inside == (operator == "IpAddress"))
    return all(held)


def _is_in(address: str, network: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def _names(pattern: str, resource: str) -> bool:
    """Match a resource; the short form leaves out Region, account and API."""
    if pattern.startswith("execute-api:/"):
        pattern = "arn:*:execute-api:*:*:*" + pattern.removeprefix("execute-api:")
    return _matches(pattern, resource)


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
