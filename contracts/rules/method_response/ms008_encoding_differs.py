"""MS008: a body must be encoded as its headers say, once, and as the client accepts."""

from contracts.evidence import Exchange, Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_GZIP = b"\x1f\x8b\x08"
_DECODING_ERRORS = ("DecodingError", "ContentDecodingError", "DecodeError")
_COMPRESSED_TYPES = ("gzip", "zip", "octet-stream", "compressed")


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    exchange = transaction.exchange
    if exchange.response is None:
        name = (exchange.error or "").split(":", 1)[0].strip()
        if any(known in name for known in _DECODING_ERRORS):
            return broken(f"the body is not encoded as Content-Encoding says: {exchange.error}", evidence=transaction)
        return not_applicable("there was no answer")
    encodings = [value.strip().lower() for value in (exchange.response_header("content-encoding") or "").split(",")]
    told = [encoding for encoding in encodings if encoding not in {"", "identity"}]
    media = (exchange.response_header("content-type") or "").lower()
    is_archive = any(kind in media for kind in _COMPRESSED_TYPES)
    if exchange.response.body.startswith(_GZIP) and not is_archive:
        how = "compressed twice" if told else "compressed, and no Content-Encoding says so"
        return broken(f"the body of {media or 'no type'} is {how}", evidence=transaction)
    refused = [encoding for encoding in told if not _accepts(exchange, encoding)]
    if refused:
        return broken(f"the answer is {refused[0]}, which the client does not accept", evidence=transaction)
    return held("the body is encoded as its headers say", evidence=transaction)


def _accepts(exchange: Exchange, encoding: str) -> bool:
    """Whether the client accepts an encoding; one that says nothing of it accepts any."""
    header = exchange.request.headers.get("accept-encoding")
    if header is None:
        return True
    parts = [part.strip().lower().replace(" ", "") for part in header.split(",")]
    named = {part.split(";", 1)[0]: part for part in parts}
    part = named.get(encoding, named.get("*"))
    return part is not None and not part.endswith((";q=0", ";q=0.0"))


RULE = Rule(
    code="MS008",
    title="Bodies are encoded once, as their headers say",
    severity=Severity.ERROR,
    step=Step.METHOD_RESPONSE,
    why="Where the backend and minimumCompressionSize both compress, or one forgets the header, clients read garbage.",
    fix="Let either the backend or API Gateway compress; a Lambda function returns compressed bytes as base64.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html",
    failure_modes=("cmp-compression",),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
