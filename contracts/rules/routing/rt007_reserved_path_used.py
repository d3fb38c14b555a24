"""RT007: /ping and /sping at the root are API Gateway's own with a custom domain."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from contracts.evidence import NOT_COLLECTED, Missing, Transaction
from contracts.request_parts import custom_domain, is_execute_api
from contracts.rule import PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_RESERVED = RuleParameter(
    rule="RT007",
    name="reserved_paths",
    default=("/ping", "/sping"),
    meaning="Paths that something before the API answers: API Gateway's own, and those of a CDN or load balancer.",
)


def _judge(run: RunEvidence) -> Finding | Iterable[Finding]:
    domain = custom_domain(run.configuration) or _mapped_domain(run) or _declared_domain(run)
    api, names = run.deployed_api, run.configuration.domain_names
    if domain is None and isinstance(names, Missing) and names != NOT_COLLECTED and _uses_reserved(run):
        return undetermined(names)
    if domain is None:
        return not_applicable("no custom domain is used, neither by invoke_url nor by the contract's servers")
    paths = [] if isinstance(api, Missing) else [resource.path for resource in api.value.resources if resource.methods]
    declared = [operation.resource_path for operation in run.contract.operations]
    reserved = _RESERVED.of(run)
    used = [path for path in reserved if path in {*paths, *declared}]
    if used:
        return list(_used(run, used, domain))
    return undetermined(api) if isinstance(api, Missing) else held(f"none of {', '.join(reserved)} is used")


def _uses_reserved(run: RunEvidence) -> bool:
    return any(operation.resource_path in _RESERVED.of(run) for operation in run.contract.operations)


def _used(run: RunEvidence, paths: list[str], domain: str) -> Iterator[Finding]:
    for path in paths:
        stray = next((found for found in run.transactions if _answered_elsewhere(found, path)), None)
        if stray is not None:
            found = broken(f"{path} was answered without x-amz-apigw-id: not by this API", evidence=stray)
        else:
            found = broken(
                f"{path} is a resource, and {domain} answers it with its health check (by the configuration)"
            )
        yield replace(found, subject=path)


def _answered_elsewhere(transaction: Transaction, path: str) -> bool:
    exchange = transaction.exchange
    answered = exchange.response is not None and exchange.extended_request_id is None and exchange.request_id is None
    return exchange.resource_path == path and answered


def _mapped_domain(run: RunEvidence) -> str | None:
    names = run.configuration.domain_names
    return None if isinstance(names, Missing) or not names.value else names.value[0].domain_name


def _declared_domain(run: RunEvidence) -> str | None:
    servers = run.contract.document.get("servers") or ()
    urls = [str(server.get("url", "")) for server in servers if isinstance(server, dict)]
    hosts = [urlsplit(url).hostname for url in urls if not is_execute_api(url)]
    return next((host for host in hosts if host and not _is_local(host)), None)


def _is_local(host: str) -> bool:
    """Whether a host is the developer's own, as many contracts list it."""
    return host == "localhost" or host.endswith((".localhost", ".local", ".test")) or host.replace(".", "").isdigit()


RULE = Rule(
    code="RT007",
    title="The reserved paths /ping and /sping are not used",
    severity=Severity.WARNING,
    step=Step.ROUTING,
    why="With a custom domain both are the service's own health check: the API's resource is never reached.",
    fix="Give the resource another name, for example /health.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html",
    failure_modes=("route-ping-reserved",),
    parameters=(_RESERVED,),
    judge=PerStage(_judge),
)
