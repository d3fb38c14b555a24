"""Collects the custom domain names that are mapped to a stage.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from __future__ import annotations

from typing import Any

from contracts.evidence import DomainName, Evidence, Missing, Present
from probes.aws import AwsSession, read

_PAGE_SIZE = 500


def collect_domain_names(
    session: AwsSession, rest_api_id: str, stage_name: str, *, arn: str
) -> Evidence[tuple[DomainName, ...]]:
    """Read the custom domain names with a mapping to the stage.

    Args:
        session: Where to read.
        rest_api_id: The API.
        stage_name: The stage. A mapping without a stage name lets the caller choose it: it means this one too.
        arn: The ARN of ``/domainnames``, for the remedy where reading it is denied.

    Returns:
        The domain names; Missing when one of them, or its mappings, cannot be read.
    """
    domains = _pages(session, "get_domain_names", arn)
    if isinstance(domains, Missing):
        return domains
    found: list[DomainName] = []
    for domain in domains.value:
        name = str(domain["domainName"])
        mappings = _pages(session, "get_base_path_mappings", f"{arn}/{name}/basepathmappings", domainName=name)
        if isinstance(mappings, Missing):
            return mappings
        paths = tuple(
            str(mapping.get("basePath") or "(none)")
            for mapping in mappings.value
            if mapping["restApiId"] == rest_api_id and mapping.get("stage") in {stage_name, "", None}
        )
        if paths:
            found.append(_domain_name(name, domain, paths))
    return Present(value=tuple(found))


def _domain_name(name: str, document: dict[str, Any], base_paths: tuple[str, ...]) -> DomainName:
    mutual = document.get("mutualTlsAuthentication") or {}
    return DomainName(
        domain_name=name,
        security_policy=document.get("securityPolicy") or None,
        base_paths=base_paths,
        has_mutual_tls=bool(mutual.get("truststoreUri")),
    )


def _pages(session: AwsSession, operation: str, resource: str, **parameters: Any) -> Evidence[list[dict[str, Any]]]:
    pages = session.client("apigateway").get_paginator(operation)
    return read(
        lambda: [
            item
            for page in pages.paginate(**parameters, PaginationConfig={"PageSize": _PAGE_SIZE})
            for item in page.get("items", [])
        ],
        action="apigateway:GET",
        resource=resource,
    )
