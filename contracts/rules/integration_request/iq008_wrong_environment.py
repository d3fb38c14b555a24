"""IQ008: a stage must not call the backend of another environment."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from contracts.evidence import Missing, Transaction
from contracts.rule import PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import RestApi, lambda_arn

_PRODUCTION = RuleParameter(
    rule="IQ008",
    name="production_words",
    default=("prod", "prd", "production"),
    meaning="Words that name production in the name of a stage, a host, a function or a stage variable's value.",
)
_OTHER = RuleParameter(
    rule="IQ008",
    name="other_words",
    default=(
        "dev", "development", "test", "testing", "qa", "uat", "staging", "stg", "sandbox", "preprod", "nonprod", "int",
    ),
    meaning="Words that name any other environment.",
)  # fmt: skip
_DEFAULT_STAGE_NAME = "prod"
_VARIABLE = re.compile(r"\$\{stageVariables\.([^{}]+)\}")


def _judge(run: RunEvidence) -> Finding:
    if isinstance(run.stage, Missing):
        return undetermined(run.stage)
    stage = run.stage.value
    own = _environments(stage.stage_name, run)
    if len(own) != 1:
        return not_applicable(f"the stage's name {stage.stage_name!r} names no environment")
    is_production = own == {True}
    for transaction in run.transactions:
        called = _called(transaction)
        if called and _environments(called, run) == {not is_production} and _is_chosen(transaction, run):
            found = broken(f"the stage {stage.stage_name} calls {called}", evidence=transaction)
            return replace(found, reached_backend=True)
    api = run.deployed_api
    if isinstance(api, Missing):
        return undetermined(api)
    for name in dict.fromkeys(_variables(api.value)):
        value = stage.variables.get(name, "")
        if _environments(value, run) == {not is_production}:
            return broken(f"the stage variable {name} of {stage.stage_name} is {value!r} (by the configuration)")
    return held("no endpoint and no stage variable names another environment")


def _is_chosen(transaction: Transaction, run: RunEvidence) -> bool:
    """Whether the stage chose the endpoint, or its name was chosen for it.

    SAM calls every stage ``Prod`` and CDK ``prod``, whatever environment the API is of: there only an endpoint that a
    stage variable names can be a wrong one.
    """
    if isinstance(run.stage, Missing) or run.stage.value.stage_name.lower() != _DEFAULT_STAGE_NAME:
        return True
    integration = run.deployed_integration(transaction)
    return integration is not None and _VARIABLE.search(integration.uri or "") is not None


def _environments(text: str, run: RunEvidence) -> set[bool]:
    """Return which environments a text names as words: True for production, False for another."""
    words = set(re.split(r"[^a-z]+", text.lower()))
    production, other = ({word.lower() for word in named.of(run)} for named in (_PRODUCTION, _OTHER))
    return {True for _ in words & production} | {False for _ in words & other}


def _called(transaction: Transaction) -> str | None:
    """Return the host or the Lambda function that was called, as the execution log tells it."""
    if isinstance(transaction.execution, Missing) or transaction.execution.value.endpoint_uri is None:
        return None
    uri = transaction.execution.value.endpoint_uri
    if "/functions/" in uri:
        return uri.split("/functions/", 1)[1].removesuffix("/invocations").rpartition("function:")[2]
    return urlsplit(uri).hostname


def _variables(api: RestApi) -> Iterator[str]:
    """Give the stage variables that choose an endpoint."""
    for resource in api.resources:
        for method in resource.methods:
            uri = (method.integration.uri if method.integration else None) or ""
            yield from _VARIABLE.findall(lambda_arn(uri) or uri)


RULE = Rule(
    code="IQ008",
    title="The stage calls the backends of its own environment",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_REQUEST,
    why="Every answer has the right shape and the wrong data; a test stage that writes to production does harm.",
    fix="Set the stage variable to this stage's own backend, function or alias.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/amazon-api-gateway-using-stage-variables.html",
    failure_modes=("stage-var-wrong-env",),
    parameters=(
        _PRODUCTION,
        _OTHER,
    ),
    judge=PerStage(_judge),
)
