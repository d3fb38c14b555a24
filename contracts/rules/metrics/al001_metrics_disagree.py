"""AL001: the stage's metrics must count what was sent."""

from collections.abc import Iterator

from contracts.attribution import answered_by_edge
from contracts.evidence import ApiKind, Missing, Origin, Transaction
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined

_UNCOUNTED_STATUSES = RuleParameter(
    rule="AL001",
    name="uncounted_statuses",
    default=(413, 429),
    items=int,
    minimum=100,
    maximum=599,
    meaning="Statuses whose requests may be missing from the metrics: those that AWS names, and a proxy's own.",
)

_NAMES = {
    ApiKind.REST: ("4XXError", "5XXError", {"ApiName", "Stage"}),
    ApiKind.HTTP: ("4xx", "5xx", {"ApiId", "Stage"}),
}
"""What each kind of API calls the metrics of its errors, and by which dimensions the stage is known."""


def _judge(run: RunEvidence) -> Iterator[Finding]:
    metrics = run.metrics
    if isinstance(metrics, Missing):
        yield undetermined(metrics)
        return
    statuses = [
        item.exchange.response.status
        for item in run.transactions
        if item.exchange.response is not None and _is_counted(item)
    ]
    uncounted = sum(1 for status in statuses if status in _UNCOUNTED_STATUSES.of(run))
    client_errors, server_errors, dimensions = _NAMES[run.configuration.api_kind]
    sent = {
        "Count": (len(statuses), uncounted),
        client_errors: (sum(1 for status in statuses if 400 <= status < 500), uncounted),  # noqa: PLR2004 - HTTP's classes
        server_errors: (sum(1 for status in statuses if status >= 500), 0),  # noqa: PLR2004 - HTTP's classes
    }
    for name, (expected, excused) in sent.items():
        points = [
            point.value
            for point in metrics.value
            if point.metric_name == name and set(point.dimensions) == dimensions and point.statistic == "Sum"
        ]
        yield _compared(name, expected, excused, sum(points))


def _is_counted(transaction: Transaction) -> bool:
    """Whether the stage counts a request: test invocations and what AWS's front ends refuse do not arrive there."""
    return transaction.exchange.origin is not Origin.TEST_INVOKE and not answered_by_edge(transaction)


def _compared(name: str, expected: int, excused: int, counted: float) -> Finding:
    if counted < expected - excused:
        return broken(f"{name} counted {counted:.0f} of the {expected} that were sent")
    others = f"; {counted - expected:.0f} came from others" if counted > expected else ""
    return held(f"{name} counted {counted:.0f} for {expected} sent{others}")


RULE = Rule(
    code="AL001",
    title="The stage's metrics count what was sent",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Alarms stand on these metrics: what is not counted never rings.",
    fix="Compare the ApiName and Stage dimensions with the API's name; look for throttling and custom-domain mappings.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
    failure_modes=("route-base-path-no-mapping",),
    api_kinds=EVERY_KIND,
    parameters=(_UNCOUNTED_STATUSES,),
    judge=PerStage(_judge),
)
