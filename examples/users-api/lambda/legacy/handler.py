"""The Lambda function ``users-api-legacy``, behind a custom (non-proxy) integration.

It knows nothing of HTTP: it returns data, or raises an error whose message begins with a word in brackets. The
integration's selection patterns turn that word into a status: ``[BadRequest]`` 400, ``[NotFound]`` 404, all else 502.
"""

from __future__ import annotations

from typing import Any

TAGS = frozenset({"admin", "external", "guest", "staff"})
TAGS_LIMIT = 4
NAME_LIMIT = 40
AGE_LIMIT = 150

RECORDS: tuple[dict[str, Any], ...] = (
    {"USER_NO": 1815, "FULL_NAME": 'Ada "Countess" Lovelace', "AGE": 36, "LAST4": "1215", "TAGS": ["admin", "staff"]},
    {"USER_NO": 1906, "FULL_NAME": "Grace O'Hopper", "AGE": 85, "LAST4": "1209", "TAGS": ["staff"]},
    {"USER_NO": 1912, "FULL_NAME": "Alan\tTuring", "AGE": 41, "LAST4": "0623", "TAGS": []},
    {
        "USER_NO": 1707,
        "FULL_NAME": "Leonhard Euler, b. \u00c0 Basel / \u65e5\u672c",
        "AGE": 76,
        "LAST4": "0415",
        "TAGS": ["guest"],
    },
)


class LegacyError(Exception):
    """An error that the selection patterns understand."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001  # Lambda's signature
    """Search the old user register.

    Args:
        event: What the request mapping template built: operation, requestId, criteria.
        context: The Lambda context, unused.

    Returns:
        ``{"status": "OK", "requestId", "rows": [...]}``.

    Raises:
        LegacyError: With a message that a selection pattern of the integration matches.
    """
    criteria = event.get("criteria")
    if event.get("operation") != "searchUsers" or not isinstance(criteria, dict):
        raise LegacyError("[BadRequest] The register knows no such operation")
    _check(criteria)
    rows = [record for record in RECORDS if _matches(record, criteria)]
    if not rows:
        raise LegacyError("[NotFound] No user of the register matches")
    return {"status": "OK", "requestId": event.get("requestId"), "rows": rows}


def _check(criteria: dict[str, Any]) -> None:
    """Check again what an imported model may not: API Gateway drops maxItems, and 5.0 passes as an integer."""
    name, age, active = criteria.get("name"), criteria.get("minAge", 0), criteria.get("active", True)
    tags = criteria.get("tags", [])
    if not isinstance(name, str) or not 1 <= len(name) <= NAME_LIMIT:
        raise LegacyError("[BadRequest] name must be a text of 1 to 40 characters")
    if not isinstance(age, int) or isinstance(age, bool) or not 0 <= age <= AGE_LIMIT:
        raise LegacyError("[BadRequest] minAge must be an integer from 0 to 150")
    if not isinstance(active, bool):
        raise LegacyError("[BadRequest] active must be true or false")
    if not isinstance(tags, list) or len(tags) > TAGS_LIMIT or any(str(tag) not in TAGS for tag in tags):
        raise LegacyError("[BadRequest] tags must be at most 4 of the known tags")


def _matches(record: dict[str, Any], criteria: dict[str, Any]) -> bool:
    """Say whether a record answers the criteria; nationalId arrives masked, its last four digits decide."""
    ending = str(criteria.get("nationalIdEnding", ""))
    return (
        str(criteria["name"]).casefold() in str(record["FULL_NAME"]).casefold()
        and record["AGE"] >= criteria.get("minAge", 0)
        and set(criteria.get("tags", [])) <= set(record["TAGS"])
        and ending in ("", record["LAST4"])
        and criteria.get("active", True)
    )
