"""OB015: the access log must name an id that no client can set."""

from collections import Counter

from contracts.evidence import Missing, Present, Transaction
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    settings = stage.value.access_log_settings
    if settings is None:
        return not_applicable("there is no access log")
    if "$context.extendedRequestId" in settings.log_format:
        return held("a line names the extended request id, which the gateway alone assigns")
    if "$context.requestId" not in settings.log_format:
        return not_applicable("a line names no request id at all")
    message = "a line is known by $context.requestId alone, which a client sets by x-amzn-RequestId"
    proof = _echoed(run.transactions) or _repeated(run.transactions)
    return broken(message + ("" if proof else " (by the configuration)"), evidence=proof)


def _echoed(transactions: tuple[Transaction, ...]) -> Transaction | None:
    """Return a request whose own id became the gateway's."""
    for item in transactions:
        sent = item.exchange.request.headers.get("x-amzn-requestid")
        if sent is not None and sent == item.exchange.request_id:
            return item
    return None


def _repeated(transactions: tuple[Transaction, ...]) -> Transaction | None:
    """Return a request whose id another line of the access log has too."""
    entries = [item for item in transactions if isinstance(item.access_entry, Present)]
    ids = Counter(item.access_entry.value.request_id for item in entries if isinstance(item.access_entry, Present))
    return next((item for item in entries if item.exchange.request_id and ids[item.exchange.request_id] > 1), None)


RULE = Rule(
    code="OB015",
    title="The access log names the extended request id",
    severity=Severity.NOTE,
    step=Step.STAGE,
    why="A client may send x-amzn-RequestId with a UUID of its own: then lines share an id, and one is false.",
    fix="Add $context.extendedRequestId to the format and join by it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-requestid-spoof",),
    judge=PerStage(_judge),
)
