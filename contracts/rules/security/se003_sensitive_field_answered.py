"""SE003: a sensitive field must not be answered unless it may be."""

from fnmatch import fnmatchcase

from contracts.bodies import NotJson, json_of, values_of_field
from contracts.evidence import HttpResponse, Transaction
from contracts.expectations import SensitiveField
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    forbidden = [
        field
        for field in run.expectations.sensitive_fields
        if not field.in_response and any(fnmatchcase(exchange.operation, glob) for glob in field.operations or ("*",))
    ]
    if not forbidden or exchange.response is None or not exchange.response.body:
        return not_applicable("no sensitive field is kept from clients here")
    value = json_of(exchange.response)
    for field in forbidden:
        name = field.header_name
        if name is not None:
            found: list[object] = [exchange.response_header(name)]
        else:
            found = [] if isinstance(value, NotJson) else list(values_of_field(value, field.field))
        if any(inner not in (None, "", field.masked_as) for inner in found):
            return broken(f"{exchange.response.status} answers {field.field!r} unmasked", evidence=transaction)
    if isinstance(value, NotJson) and (named := _named(exchange.response, forbidden)):
        return undetermined(f"the answer names {named!r} and is no JSON: {value.reason}", evidence=transaction)
    return held("no sensitive field is answered unmasked", evidence=transaction)


def _named(response: HttpResponse, fields: list[SensitiveField]) -> str | None:
    """Return a field whose name stands in a body that cannot be read as JSON."""
    names = (field.field for field in fields if field.header_name is None)
    return next((name for name in names if name.encode() in response.body), None)


RULE = Rule(
    code="SE003",
    title="Sensitive fields are not answered unmasked",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="What was declared sensitive leaves the boundary with every answer.",
    fix="Drop or mask the field in the backend or in the response template.",
    source_url="https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/",
    failure_modes=("int-stacktrace-leak",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
