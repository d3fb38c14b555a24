"""MS007: a header that may stand once must stand once."""

from collections.abc import Iterable

from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_SINGLE = (
    "access-control-allow-credentials", "access-control-allow-origin", "access-control-max-age", "age",
    "content-disposition", "content-length", "content-location", "content-type", "etag", "expires", "last-modified",
    "location", "retry-after", "strict-transport-security", "x-content-type-options", "x-frame-options",
)  # fmt: skip
_NO_COMMA = {"access-control-allow-origin", "access-control-allow-credentials", "x-content-type-options"}
"""Clients that join repeats write a comma, which no value of these may hold."""


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    response = transaction.exchange.response
    if response is None:
        return not_applicable("there was no answer")
    for name in _SINGLE:
        values = response.headers.get_all(name)
        if len(values) > 1 or (name in _NO_COMMA and any("," in value for value in values)):
            return broken(f"{name} stands {max(2, len(values))} times: {', '.join(values)[:80]}", evidence=transaction)
    cookie = _repeated(map(_cookie, response.headers.get_all("set-cookie")))
    if cookie is not None:
        return broken(f"the cookie {cookie[0]} is set more than once", evidence=transaction)
    return held("no header is repeated that may stand once", evidence=transaction)


def _cookie(value: str) -> tuple[str, ...]:
    """Return what makes a cookie one: its name, domain and path. A framework ends an old one beside a new one so."""
    name, *attributes = (part.strip() for part in value.split(";"))
    where = sorted(part.lower() for part in attributes if part.lower().startswith(("domain=", "path=")))
    return (name.split("=", 1)[0].strip(), *where)


def _repeated(cookies: Iterable[tuple[str, ...]]) -> tuple[str, ...] | None:
    seen: set[tuple[str, ...]] = set()
    for cookie in cookies:
        if cookie in seen:
            return cookie
        seen.add(cookie)
    return None


RULE = Rule(
    code="MS007",
    title="Headers that may stand once are not repeated",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="A browser refuses two Access-Control-Allow-Origin; of two Location or ETag every client takes another.",
    fix="Set the header in one place: headers and multiValueHeaders are merged, in whatever case they are written.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html",
    failure_modes=("hdr-duplicate",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
