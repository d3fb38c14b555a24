"""SE006: a production stage must stand behind a web ACL."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    if run.stage_expectations is None or not run.stage_expectations.production:
        return not_applicable("the stage is not said to be one of production ([stages.NAME] production)")
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    api = run.configuration.rest_api
    if not isinstance(api, Missing) and "PRIVATE" in api.value.endpoint_types:
        return not_applicable("a private API is called from VPC endpoints only")
    if not stage.value.web_acl_arn:
        return broken("no web ACL of AWS WAF is associated with the stage")
    return held(f"the web ACL is {stage.value.web_acl_arn}")


RULE = Rule(
    code="SE006",
    title="A production stage stands behind a web ACL",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Floods and known attacks reach authorizers and backends unfiltered.",
    fix="Associate a web ACL of AWS WAF with the stage, or waive the rule where a CDN in front has one.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    failure_modes=("sec-waf-missing",),
    judge=PerStage(_judge),
)
