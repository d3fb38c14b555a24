"""Web ACLs of AWS WAF in front of a stage: rules that match bytes, in their order, and the default action.

Other statements (rate, geography, managed groups) match nothing here. What the AWS side holds is configuration; this is
what a stage makes of it.

See: https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-string-match.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from moto.wafv2.models import wafv2_backends

from gateway.messages import ClientRequest
from sandbox.snapshot import DeployedStage

_MATCHES: Mapping[str, Callable[[bytes, bytes], bool]] = {
    "CONTAINS": lambda value, sought: sought in value,
    "EXACTLY": lambda value, sought: value == sought,
    "STARTS_WITH": lambda value, sought: value.startswith(sought),
    "ENDS_WITH": lambda value, sought: value.endswith(sought),
}


def is_blocked(deployed: DeployedStage, request: ClientRequest) -> bool:
    """Return whether the stage's web ACL blocks a request; a stage without one blocks none."""
    arn = deployed.stage.web_acl_arn
    acl = None if arn is None else wafv2_backends[deployed.account_id][deployed.region].wacls.get(arn)
    if acl is None:
        return False
    for rule in sorted(acl.rules, key=lambda one: int(one.priority)):
        action = rule.action or {}
        if not _is_counted(action) and _is_matched(rule.statement, request):
            return "Block" in action
    return "Block" in acl.default_action


def _is_counted(action: Mapping[str, Any]) -> bool:
    """Whether a rule lets the next ones decide."""
    return not {"Allow", "Block"} & set(action)


def _is_matched(statement: Mapping[str, Any], request: ClientRequest) -> bool:
    sought = statement.get("ByteMatchStatement")
    if not isinstance(sought, Mapping):
        return False
    matches = _MATCHES.get(str(sought.get("PositionalConstraint")))
    return matches is not None and matches(_part(sought.get("FieldToMatch") or {}, request), _bytes(sought))


def _part(field: Mapping[str, Any], request: ClientRequest) -> bytes:
    """Return the part of a request that a rule looks at."""
    if "Body" in field:
        return request.body
    if "QueryString" in field:
        return request.query.encode()
    if "UriPath" in field:
        return unquote(request.path).encode()
    if "Method" in field:
        return request.http_method.encode()
    name = str((field.get("SingleHeader") or {}).get("Name", ""))
    return (request.headers.get(name) or "").encode()


def _bytes(sought: Mapping[str, Any]) -> bytes:
    """Return what is searched for: clients send it in base64."""
    text = str(sought.get("SearchString") or "")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()
