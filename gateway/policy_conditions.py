"""The conditions of a policy's statement, held against what is known of a request.

See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt

Keys = Mapping[str, str | None]
"""Condition keys in lower case; None where the request is known to have no such value."""

_IF_EXISTS = "IfExists"


def holds(conditions: object, keys: Keys) -> bool | None:
    """Return whether all conditions of a statement hold; None where an operator or a key is not known here.

    Args:
        conditions: The statement's ``Condition``.
        keys: What is known of the request.
    """
    if not isinstance(conditions, Mapping):
        return True
    found = [
        _operator_holds(str(operator), str(key), _texts(values), keys)
        for operator, wanted in conditions.items()
        for key, values in (wanted.items() if isinstance(wanted, Mapping) and wanted else (("", wanted),))
    ]
    if False in found:
        return False
    return None if None in found else True


def _operator_holds(operator: str, key: str, values: list[str], keys: Keys) -> bool | None:
    bare, if_exists = operator.removesuffix(_IF_EXISTS), operator.endswith(_IF_EXISTS)
    if key.lower() not in keys:
        return None
    value = keys[key.lower()]
    if bare == "Null":
        return (value is None) == ("true" in (text.lower() for text in values))
    known = _OPERATORS.get(bare)
    if known is None:
        return None
    matches, is_negated = known
    if value is None:
        return if_exists or is_negated
    return any(matches(wanted, value) for wanted in values) != is_negated


def wildcard_matches(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern with ``*`` and ``?`` as a whole."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.compile("".join(parts), re.DOTALL)


def _is_in(network: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in values]


def _equal_ignoring_case(wanted: str, value: str) -> bool:
    return wanted.lower() == value.lower()


def _moment(text: str) -> float:
    """The seconds since 1970 of a date (ISO 8601, UTC where it names no zone) or of a number."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _compared(holds_for: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    """Return the match of an operator that compares numbers or moments; what is neither matches nothing."""

    def matches(wanted: str, value: str) -> bool:
        try:
            return holds_for(_moment(value), _moment(wanted))
        except ValueError:
            return False

    return matches


_COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], bool]] = {
    "Equals": (eq, False),
    "NotEquals": (eq, True),
    "LessThan": (lt, False),
    "LessThanEquals": (le, False),
    "GreaterThan": (gt, False),
    "GreaterThanEquals": (ge, False),
}
_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (lambda wanted, value: wanted == value, False),
    "StringNotEquals": (lambda wanted, value: wanted == value, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (wildcard_matches, False),
    "StringNotLike": (wildcard_matches, True),
    "ArnEquals": (wildcard_matches, False),
    "ArnNotEquals": (wildcard_matches, True),
    "ArnLike": (wildcard_matches, False),
    "ArnNotLike": (wildcard_matches, True),
    "Bool": (_equal_ignoring_case, False),
    "IpAddress": (_is_in, False),
    "NotIpAddress": (_is_in, True),
    **{
        f"{kind}{name}": (_compared(holds_for), is_negated)
        for kind in ("Date", "Numeric")
        for name, (holds_for, is_negated) in _COMPARISONS.items()
    },
}
"""What each operator matches, and whether it holds where nothing matches."""
