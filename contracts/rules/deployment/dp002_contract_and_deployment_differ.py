"""DP002: the deployed method must ask and answer what the contract says."""

from dataclasses import replace

from contracts.differences import interface_differences
from contracts.evidence import Missing
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined
from gateway.rest_api import AuthorizationType, Method, RestApi

_TOLD_OTHERWISE = {f"method.request.header.{name}" for name in ("accept", "authorization", "content-type")}
"""OpenAPI has the contents and the security schemes tell of these headers, never a parameter."""


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    if isinstance(operation.deployed, Missing):
        return undetermined(operation.deployed)
    api = run.deployed_api
    if operation.deployed.value is None or operation.method is None or isinstance(api, Missing):
        return not_applicable("is not deployed")
    expected, actual = _as_far_as_told(operation, operation.method, operation.deployed.value, run.contract.rest_api)
    differences = interface_differences(expected, actual, run.contract.rest_api, api.value)
    if differences:
        names = ", ".join(difference.what for difference in differences)
        return broken(f"differs from the contract in {names}", comparison=differences[0].as_comparison())
    return held("the deployed method is the contract's")


def _as_far_as_told(
    operation: JudgedOperation, expected: Method, actual: Method, contract: RestApi
) -> tuple[Method, Method]:
    """Leave out what plain OpenAPI has no word for, and what nothing at the gateway looks at.

    A contract without API Gateway's extensions leaves to the deployment who checks a token or a key. Parameters and
    models of a proxy integration that no validator looks at are passed on, declared or not.
    """
    expected = replace(expected, http_method=actual.http_method)  # ANY serves what the contract declares by name
    if expected.integration is None:
        expected = replace(expected, api_key_required=actual.api_key_required)
    if expected.authorization_type is AuthorizationType.NONE and any(operation.declared.security):
        expected = replace(
            expected,
            authorization_type=actual.authorization_type,
            authorizer_name=actual.authorizer_name,
            authorization_scopes=actual.authorization_scopes,
        )
    if _is_passed_on(actual) and not (contract.request_validators or actual.request_validator_name):
        expected, actual = (replace(each, request_parameters={}, request_models={}) for each in (expected, actual))
    return _as_openapi(expected), _as_openapi(actual)


def _is_passed_on(method: Method) -> bool:
    return method.integration is not None and method.integration.integration_type.is_proxy


def _as_openapi(method: Method) -> Method:
    """Leave out the path's variables, which tools name as they like, and headers that OpenAPI tells otherwise."""
    told = {
        name: needed
        for name, needed in method.request_parameters.items()
        if ".path." not in name and name.lower() not in _TOLD_OTHERWISE
    }
    return replace(method, request_parameters=told)


RULE = Rule(
    code="DP002",
    title="Deployed methods ask and answer what the contract says",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Contract and stage drift apart: tests, documentation and generated clients describe another API.",
    fix="Deploy the contract, or bring the contract up to date.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html",
    failure_modes=("deploy-import-warnings", "deploy-export-drift", "deploy-root-security-ignored"),
    explained_by=("MQ001", "MQ005", "MQ006", "RT002", "DP001", "MQ010"),
    judge=PerOperation(_judge),
)
