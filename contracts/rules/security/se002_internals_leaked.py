"""SE002: error answers must not show stack traces or internal names."""

import re

from contracts.attribution import answered_by_gateway
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Comparison, Finding, Severity, Step, broken, held, not_applicable

_LEAK = re.compile(
    rb"Traceback \(most recent call last\)|\"stackTrace\"|/var/task/|/var/runtime/"
    rb"|\bat [\w.$]+\([\w]+\.java:\d+\)"
    rb"|\"errorMessage\"(?=[\s\S]*\"errorType\")|\"errorType\"(?=[\s\S]*\"errorMessage\")"
)
"""What Lambda and its runtimes say; an error model may have an ``errorType`` of its own."""

_INTERNAL_NAME = re.compile(rb"arn:aws[\w-]*:(lambda|iam|dynamodb|execute-api|states|sqs|sns|s3):")
_DENIED = re.compile(
    rb"is not authorized to perform: execute-api:Invoke on resource: arn:aws[\w-]*:execute-api:[\w-]*:\*{4,}\d{0,4}:"
)
"""What IAM and resource policies say by default: the ARN of the caller's own request, most of the account masked."""

_FURTHER: RuleParameter[tuple[str, ...]] = RuleParameter(
    rule="SE002",
    name="further_patterns",
    default=(),
    is_pattern=True,
    meaning="More that no error answer may show, such as names of hosts or packages of your own.",
)
_FIRST_ERROR_STATUS = 400


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    response = transaction.exchange.response
    if response is None:
        return not_applicable("no answer came")
    if answered_by_gateway(transaction.exchange) and _DENIED.search(response.body):
        return held("AWS's own sentence names what was asked for, and hides the account", evidence=transaction)
    match = _LEAK.search(response.body)
    if match is None and response.status >= _FIRST_ERROR_STATUS:
        found = (re.search(pattern.encode(), response.body) for pattern in _FURTHER.of(run))
        match = _INTERNAL_NAME.search(response.body) or next(filter(None, found), None)
    if match:
        shown = match.group().decode("utf-8", "replace")
        body = Comparison(what="body", expected="no internals", actual=response.body.decode("utf-8", "replace")[:2000])
        return broken(f"{response.status} shows {shown!r}", evidence=transaction, comparison=body)
    if response.status < _FIRST_ERROR_STATUS:
        return not_applicable("no error was answered")
    return held("the error shows no internals", evidence=transaction)


RULE = Rule(
    code="SE002",
    title="Answers show no stack traces and no internal names",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Stack traces and ARNs tell an attacker how the inside is built.",
    fix="Map errors to the error model in the integration response; log the details instead.",
    source_url="https://owasp.org/www-community/Improper_Error_Handling",
    failure_modes=("int-stacktrace-leak",),
    api_kinds=EVERY_KIND,
    parameters=(_FURTHER,),
    judge=PerTransaction(_judge),
)
