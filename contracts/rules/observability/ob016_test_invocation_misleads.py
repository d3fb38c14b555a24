"""OB016: the stage must answer what a test invocation answers."""

from contracts.attribution import AnsweredBy, answered_by, is_accepted
from contracts.evidence import Mode, Transaction
from contracts.rule import PerOperation, Rule
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_NOT_OF_THE_REQUEST = {AnsweredBy.BACKEND, AnsweredBy.THROTTLE, AnsweredBy.NOBODY}
"""Who may answer the same request differently from one moment to the next."""


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    key = (operation.resource_path, operation.http_method)
    tested = [one for one in run.test_invocations if (one.exchange.resource_path, one.exchange.http_method) == key]
    if not tested:
        return not_applicable("no test invocation was made")
    sent = {_request_of(one): one for one in operation.transactions if one.exchange.mode is Mode.POSITIVE}
    pairs = [(test, sent[_request_of(test)]) for test in tested if _request_of(test) in sent]
    pairs = [(test, real) for test, real in pairs if is_accepted(test.exchange) and not real.exchange.violates]
    if not pairs:
        return not_applicable("no valid request was sent to the stage and accepted as a test invocation")
    for test, real in pairs:
        who = answered_by(real)
        if real.exchange.response is None:
            return undetermined("the stage gave no answer to a request that a test invocation answers", evidence=real)
        if not is_accepted(real.exchange) and who not in _NOT_OF_THE_REQUEST:
            assert test.exchange.response is not None
            statuses = f"{test.exchange.response.status}, the stage {real.exchange.response.status}"
            return broken(f"a test invocation answers {statuses} by its {who}", evidence=real, answered_by=who)
    return held(f"the stage lets through what {len(pairs)} test invocations answer")


def _request_of(transaction: Transaction) -> tuple[str, bytes]:
    request = transaction.exchange.request
    return request.url, request.body


RULE = Rule(
    code="OB016",
    title="The stage lets through what a test invocation answers",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="Tests in the console skip authorizers and keys and run what is not deployed: clients fail where they pass.",
    fix="Deploy the API to the stage, and test with the credentials and content types of real clients.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html",
    failure_modes=("obs-test-invoke-differs",),
    judge=PerOperation(_judge),
    explained_by=("DP001", "MQ007"),
)
