"""Gap: AWS's own managed policies (``arn:aws:iam::aws:policy/…``) are absent in moto unless all of them are loaded.

Terraform and SAM attach them to the roles of functions and of API Gateway; each is made when it is first asked for.

See: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from sandbox.control_plane.patching import Function, extend

_PREFIX = ":iam::aws:policy/"


def install() -> None:
    """Know AWS's policies wherever a policy is attached or read by its ARN."""
    for name in ("attach_role_policy", "attach_user_policy", "attach_group_policy"):

        @extend(IAMBackend, name)
        def attach(original: Function, backend: IAMBackend, policy_arn: str, holder_name: str) -> Any:
            _make_known(backend, policy_arn)
            return original(backend, policy_arn, holder_name)

    for name in ("get_policy", "get_policy_version", "list_policy_versions"):

        @extend(IAMBackend, name)
        def read(original: Function, backend: IAMBackend, policy_arn: str, *others: Any) -> Any:
            _make_known(backend, policy_arn)
            return original(backend, policy_arn, *others)


def _make_known(backend: IAMBackend, policy_arn: str) -> None:
    if _PREFIX not in policy_arn or policy_arn in backend.managed_policies:
        return
    name = policy_arn.rsplit("/", 1)[-1]
    document = _documents().get(name)
    if document is None:
        return
    policy = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, document)
    if policy.arn == policy_arn:
        backend.managed_policies[policy_arn] = policy


@cache
def _documents() -> dict[str, Any]:
    documents: dict[str, Any] = json.loads(aws_managed_policies_data)
    return documents
