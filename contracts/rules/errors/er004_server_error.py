"""ER004: no request may end in a server error."""

from contracts.attribution import answered_by, was_provoked
from contracts.evidence import Mode, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_FIRST_SERVER_ERROR = 500
ACCEPTED: RuleParameter[tuple[int, ...]] = RuleParameter(
    rule="ER004",
    name="accepted_statuses",
    default=(),
    items=int,
    minimum=500,
    maximum=599,
    meaning="Server errors that are part of the API, such as 501 for what is not built yet.",
)


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if exchange.response is None or exchange.resource_path is None:
        return not_applicable("no operation answered")
    status = exchange.response.status
    if status < _FIRST_SERVER_ERROR:
        return held("no server error", evidence=transaction)
    if was_provoked(exchange):
        return held("the server error was provoked", evidence=transaction)
    if status in ACCEPTED.of(run):
        return held(f"{status} is accepted", evidence=transaction)
    kind = "a wrong request" if exchange.mode is Mode.NEGATIVE else "a right request"
    who = answered_by(transaction)
    return broken(f"{kind} was answered {status} by the {who}", evidence=transaction, answered_by=who)


RULE = Rule(
    code="ER004",
    title="No request ends in a server error",
    severity=Severity.ERROR,
    step=Step.BACKEND,
    why="Right requests fail, or a client's mistake wakes the people on call.",
    fix="Look at the execution of the request: it names the step that failed.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/handle-errors-in-lambda-integration.html",
    failure_modes=("err-4xx-masked-5xx", "int-lambda-unhandled"),
    explained_by=(
        "IS004",
        "IS005",
        "IS006",
        "IQ001",
        "IQ004",
        "IQ005",
        "IQ007",
        "LM002",
        "MQ007",
        "MQ002",
        "IS001",
        "BN003",
        "BN004",
        "LM005",
        "CO002",
    ),
    api_kinds=EVERY_KIND,
    parameters=(ACCEPTED,),
    judge=PerTransaction(_judge),
)
