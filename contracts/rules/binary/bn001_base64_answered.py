"""BN001: a binary answer must be bytes, not base64 text."""

import base64
import binascii
import re

from contracts.bodies import media_type
from contracts.evidence import Transaction
from contracts.rule import EVERY_KIND, PerTransaction, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable

_BINARY = re.compile(r"image/(?!svg)|audio/|video/|font/|application/(octet-stream|pdf|zip|gzip|x-protobuf)")
_SHORTEST = 8
_MAY_BE_TEXT = {"application/octet-stream", "application/x-protobuf"}
_SHORTEST_OF_ANY = 64
"""No image begins like base64; of types that may hold any bytes a short text proves nothing."""


def _judge(transaction: Transaction, _run: RunEvidence) -> Finding:
    response = transaction.exchange.response
    if response is None or not response.body or not _BINARY.match(media_type(response.headers)):
        return not_applicable("the answer is not binary")
    media = media_type(response.headers)
    if _is_base64(response.body, shortest=_SHORTEST_OF_ANY if media in _MAY_BE_TEXT else _SHORTEST):
        return broken(f"the body of {media} is base64 text", evidence=transaction)
    return held("the body is bytes", evidence=transaction)


def _is_base64(body: bytes, *, shortest: int) -> bool:
    text = b"".join(body.split())
    if len(text) < shortest:
        return False
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


RULE = Rule(
    code="BN001",
    title="Binary answers are bytes, not base64 text",
    severity=Severity.ERROR,
    step=Step.INTEGRATION_RESPONSE,
    why="Images are broken and downloads are garbage, while every status is 200.",
    fix="Add the media type to binaryMediaTypes (the first Accept type counts) and set isBase64Encoded.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html",
    failure_modes=("bin-base64-garbage", "bin-accept-first-only"),
    api_kinds=EVERY_KIND,
    judge=PerTransaction(_judge),
)
