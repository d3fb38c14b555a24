"""SE004: custom domain names must refuse TLS 1.0 and 1.1."""

from collections.abc import Iterator
from dataclasses import replace

from contracts.evidence import NOT_COLLECTED, DomainName, Missing
from contracts.rule import PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_WEAK = RuleParameter(
    rule="SE004",
    name="weak_policies",
    default=("TLS_1_0", "TLS_1_1"),
    meaning="Security policies of a domain name that are not accepted, as API Gateway names them.",
)


def _judge(run: RunEvidence) -> Iterator[Finding]:
    domains = run.configuration.domain_names
    if domains == NOT_COLLECTED:
        yield not_applicable("custom domain names were not collected")
    elif isinstance(domains, Missing):
        yield undetermined(domains)
    elif not domains.value:
        yield not_applicable("no custom domain name is mapped to the stage")
    else:
        for domain in domains.value:
            yield replace(_judged(domain, _WEAK.of(run)), subject=f"domain {domain.domain_name}")


def _judged(domain: DomainName, weak: tuple[str, ...]) -> Finding:
    if domain.security_policy is None:
        return undetermined("the security policy of the domain name is not told")
    if domain.security_policy in weak:
        why = "accepts TLS older than 1.2" if domain.security_policy in _WEAK.default else "is not accepted"
        return broken(f"the security policy {domain.security_policy} {why}")
    return held(f"the security policy is {domain.security_policy}")


RULE = Rule(
    code="SE004",
    title="Custom domain names refuse TLS older than 1.2",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="TLS 1.0 and 1.1 have known weaknesses, and auditors refuse them.",
    fix="Set securityPolicy TLS_1_2 or a newer policy on the domain name.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html",
    failure_modes=("sec-tls-policy",),
    parameters=(_WEAK,),
    judge=PerStage(_judge),
)
