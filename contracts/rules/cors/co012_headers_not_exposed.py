"""CO012: scripts must be able to read the headers that the contract promises."""

from contracts.evidence import Origin, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable
from gateway.messages import Headers

_ALWAYS_READABLE = {
    "cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma",
}  # fmt: skip
_FOR_THE_BROWSER = RuleParameter(
    rule="CO012",
    name="ignored_headers",
    default=(
        "alt-svc", "content-encoding", "content-security-policy", "cross-origin-embedder-policy",
        "cross-origin-opener-policy", "cross-origin-resource-policy", "date", "permissions-policy", "referrer-policy",
        "server", "set-cookie", "strict-transport-security", "timing-allow-origin", "vary", "via",
        "x-content-type-options", "x-frame-options", "x-permitted-cross-domain-policies", "x-xss-protection",
        "www-authenticate",
    ),
    meaning="Promised headers that no script has a use for: the browser itself obeys them.",
)  # fmt: skip


def _judge(transaction: Transaction, run: RunEvidence) -> Finding:
    exchange, operation = transaction.exchange, run.operation_of(transaction)
    if operation is None or exchange.response is None or exchange.origin is Origin.PREFLIGHT:
        return not_applicable("no declared operation answered")
    allowed = exchange.response_header("access-control-allow-origin")
    if not run.expectations.cors.allowed_origins or allowed is None:
        return not_applicable("the answer is for no script of another origin")
    declared = operation.declared.response_for(exchange.response.status)
    wanted = [
        name for name in (declared.headers if declared else ()) if _needs_exposing(name, exchange.response.headers, run)
    ]
    if not wanted:
        return not_applicable("the answer has no promised header that needs to be exposed")
    values = ",".join(exchange.response.headers.get_all("access-control-expose-headers"))
    exposed = {name.strip().lower() for name in values.split(",")}
    if "*" in exposed and exchange.response_header("access-control-allow-credentials") != "true":
        return held("all headers are exposed", evidence=transaction)
    hidden = [name for name in wanted if name.lower() not in exposed]
    if hidden:
        return broken(f"Access-Control-Expose-Headers leaves out {', '.join(hidden)}", evidence=transaction)
    return held("every promised header is exposed", evidence=transaction)


def _needs_exposing(name: str, headers: Headers, run: RunEvidence) -> bool:
    lowered = name.lower()
    ignored = {each.lower() for each in _FOR_THE_BROWSER.of(run)}
    is_for_scripts = lowered not in _ALWAYS_READABLE | ignored and not lowered.startswith("access-control-")
    return is_for_scripts and name in headers


RULE = Rule(
    code="CO012",
    title="Scripts can read every header that the contract promises",
    severity=Severity.WARNING,
    step=Step.METHOD_RESPONSE,
    why="A browser hides every header that is neither on its short list nor exposed: Location, ETag, request ids.",
    fix="Name the promised headers in Access-Control-Expose-Headers, in gateway responses too.",
    source_url="https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name",
    failure_modes=("cors-expose-headers",),
    explained_by=("CO006", "CO007", "CO009"),
    api_kinds=EVERY_KIND,
    parameters=(_FOR_THE_BROWSER,),
    judge=PerTransaction(_judge),
)
