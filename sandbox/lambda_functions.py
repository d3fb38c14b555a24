"""Lambda functions as the AWS side's control plane holds them: configuration, code, and who may invoke them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.exceptions import UnknownAliasException, UnknownFunctionException
from moto.awslambda.models import lambda_backends

_ARN = re.compile(r"arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):function:([^:/]+)(?::([\w$-]+))?")
_SERVICE = "apigateway.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """A function's configuration and code. ``environment`` is what the user configured, in order."""

    function_arn: str
    function_name: str
    version: str
    handler: str
    runtime: str
    code_sha256: str
    code: bytes = field(repr=False, compare=False)
    timeout_s: float
    memory_size_mb: int
    region: str
    environment: tuple[tuple[str, str], ...] = ()
    layers: tuple[str, ...] = ()
    tracing_mode: str = field(default="Active", compare=False)
    reserved_concurrency: int | None = field(default=None, compare=False)
    policy_statements: Sequence[Mapping[str, Any]] = field(default=(), compare=False, repr=False, hash=False)

    @property
    def log_group_name(self) -> str:
        """The group that the function's own output goes to."""
        return f"/aws/lambda/{self.function_name}"


def find_function(arn: str) -> LambdaFunction | None:
    """Return the function that an ARN (with or without version or alias) names, or None when there is none."""
    match = _ARN.fullmatch(arn)
    if match is None:
        return None
    region, account_id, name, qualifier = match.groups()
    try:
        found = lambda_backends[account_id][region].get_function(name, qualifier)
    except (UnknownFunctionException, UnknownAliasException):
        return None
    return LambdaFunction(
        function_arn=f"arn:aws:lambda:{region}:{account_id}:function:{name}",
        function_name=name,
        version="$LATEST" if qualifier in {None, "$LATEST"} else str(found.version),
        handler=found.handler or "",
        runtime=found.run_time or "",
        code_sha256=found.code_sha_256,
        code=getattr(found, "code_bytes", b""),
        timeout_s=float(found.timeout),
        memory_size_mb=int(found.memory_size),
        region=region,
        environment=tuple((str(key), str(value)) for key, value in (found.environment_vars or {}).items()),
        layers=tuple(layer["Arn"] for layer in found.layers),
        tracing_mode=str((found.tracing_config or {}).get("Mode") or "PassThrough"),
        reserved_concurrency=None if found.reserved_concurrency is None else int(found.reserved_concurrency),
        policy_statements=tuple(found.policy.statements),
    )


def layer_code(layer_arn: str) -> bytes:
    """Return the zip of a layer version, empty when the layer is gone."""
    region, account_id = layer_arn.split(":")[3:5]
    layer = lambda_backends[account_id][region].layers_versions_by_arn(layer_arn)
    return getattr(layer, "code_bytes", b"") if layer is not None else b""


def may_invoke(function: LambdaFunction, source_arn: str, account_id: str) -> bool:
    """Return whether the function's resource policy lets API Gateway invoke it for this source.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    return any(_allows(statement, source_arn, account_id) for statement in function.policy_statements)


def _allows(statement: Mapping[str, Any], source_arn: str, account_id: str) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and _principal_fits(statement.get("Principal"))
        and _action_fits(statement.get("Action"))
        and _conditions_fit(statement.get("Condition") or {}, source_arn, account_id)
    )


def _principal_fits(principal: object) -> bool:
    if isinstance(principal, Mapping):
        return any(_principal_fits(value) for value in principal.values())
    if isinstance(principal, list):
        return any(_principal_fits(value) for value in principal)
    return principal in {"*", _SERVICE}


def _action_fits(action: object) -> bool:
    actions = action if isinstance(action, list) else [action]
    return any(fnmatch.fnmatchcase("lambda:invokefunction", str(one).lower()) for one in actions)


def _conditions_fit(conditions: Mapping[str, Mapping[str, Any]], source_arn: str, account_id: str) -> bool:
    known = {"aws:sourcearn": source_arn, "aws:sourceaccount": account_id}
    for wanted in conditions.values():
        for key, value in wanted.items():
            patterns = value if isinstance(value, list) else [value]
            actual = known.get(key.lower(), "")
            if not any(_like(actual, str(pattern)) for pattern in patterns):
                return False
    return True


def _like(text: str, pattern: str) -> bool:
    """Match an ARN pattern: ``*`` for any text, ``?`` for one character, everything else for itself."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None
