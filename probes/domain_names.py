"""Collects the custom domain names that are mapped to a stage.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from __future__ import annotations

from contracts.evidence import DomainName, Evidence, Missing, Present
from gateway.context import NO_BASE_PATH
from probes.api_reader import REST_APIS, Document, arn_of, pages
from probes.aws import AwsSession, is_not_found

_OF_ANY_STAGE = {NO_BASE_PATH, "", None}


def collect_domain_names(session: AwsSession, rest_api_id: str, stage_name: str) -> Evidence[tuple[DomainName, ...]]:
    """Read the custom domain names with a mapping to the stage.

    Args:
        session: Where to read.
        rest_api_id: The API.
        stage_name: The stage. A mapping without a stage name lets the caller choose it: it means this one too.

    Returns:
        The domain names; Missing when one of them, or its mappings, cannot be read.
    """
    domains = pages(session, REST_APIS, "get_domain_names", resource=arn_of(session, "/domainnames"))
    if isinstance(domains, Missing):
        return domains
    found: list[DomainName] = []
    for domain in domains.value:
        mappings = _mappings(session, domain)
        if isinstance(mappings, Missing):
            if is_not_found(mappings):
                continue  # removed since the names were listed
            return mappings
        wanted = {stage_name, *_OF_ANY_STAGE}
        paths = tuple(
            str(mapping.get("basePath") or NO_BASE_PATH)
            for mapping in mappings.value
            if mapping.get("restApiId") == rest_api_id and mapping.get("stage") in wanted
        )
        if paths:
            found.append(_domain_name(domain, paths))
    return Present(value=tuple(found))


def _mappings(session: AwsSession, domain: Document) -> Evidence[list[Document]]:
    """Read the mappings of a name. A private one is not the only one of its name: its identifier has to be told.

    See: https://docs.aws.amazon.com/apigateway/latest/api/API_GetBasePathMappings.html
    """
    name, name_id = str(domain["domainName"]), domain.get("domainNameId")
    path = f"/domainnames/{name}{f'+{name_id}' if name_id else ''}/basepathmappings"
    which = {"domainName": name, **({"domainNameId": name_id} if name_id else {})}
    return pages(session, REST_APIS, "get_base_path_mappings", resource=arn_of(session, path), **which)


def _domain_name(document: Document, base_paths: tuple[str, ...]) -> DomainName:
    mutual = document.get("mutualTlsAuthentication") or {}
    return DomainName(
        domain_name=str(document["domainName"]),
        security_policy=document.get("securityPolicy") or None,
        base_paths=base_paths,
        has_mutual_tls=bool(mutual.get("truststoreUri")),
    )
