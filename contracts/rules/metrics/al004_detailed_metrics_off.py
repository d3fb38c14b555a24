"""AL004: every operation must have metrics of its own."""

from contracts.evidence import Evidence, HttpApiConfiguration, Missing, Present
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    if not run.operations:
        return not_applicable("the contract has no operations")
    without = []
    for operation in run.operations:
        is_counted = _has_metrics(operation, run)
        if isinstance(is_counted, Missing):
            return undetermined(is_counted)
        without += [] if is_counted.value else [operation.name]
    if len(without) == len(run.operations):
        return broken("detailed metrics are off: nothing is counted by resource and method")
    if without:
        return broken(f"detailed metrics are off for {', '.join(without)}")
    return held("every operation has metrics of its own")


def _has_metrics(operation: JudgedOperation, run: RunEvidence) -> Evidence[bool]:
    http = run.configuration.http
    if http is not None:
        return _route_has_metrics(operation, run, http)
    if isinstance(run.stage, Missing):
        return run.stage
    settings = run.stage.value.settings_for(operation.resource_path, operation.http_method)
    return Present(value=settings.metrics_enabled)


def _route_has_metrics(operation: JudgedOperation, run: RunEvidence, http: HttpApiConfiguration) -> Evidence[bool]:
    """Say whether the route of an operation is counted; the route $default has no path to be counted by."""
    route = run.route_of(operation)
    if isinstance(route, Missing):
        return route
    if isinstance(http.stage, Missing):
        return http.stage
    if route.value is None or route.value.is_default:
        return Present(value=False)
    return Present(value=http.stage.value.settings_for(route.value.route_key).detailed_metrics_enabled)


RULE = Rule(
    code="AL004",
    title="Every operation has metrics of its own",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="Without the dimensions Resource and Method no alarm sees that one operation fails while the others are well.",
    fix="Set metricsEnabled in the stage's method settings, or detailedMetricsEnabled in an HTTP API's route settings.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("obs-detailed-metrics-off",),
    api_kinds=EVERY_KIND,
    judge=PerStage(_judge),
)
