"""BN002: JSON must not be declared a binary media type."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined

_TOO_WIDE = {"*/*", "application/*", "application/json"}


def _judge(run: RunEvidence) -> Finding:
    api = run.deployed_api
    if isinstance(api, Missing):
        return undetermined(api)
    wide = sorted(_TOO_WIDE & set(api.value.binary_media_types))
    if wide:
        return broken(f"binaryMediaTypes holds {', '.join(wide)}: JSON bodies are passed on as base64")
    return held("JSON is text")


RULE = Rule(
    code="BN002",
    title="JSON is not declared a binary media type",
    severity=Severity.WARNING,
    step=Step.METHOD_REQUEST,
    why="Handlers get base64 instead of JSON, and OPTIONS mocks fail with 500.",
    fix="List only the media types that are binary.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html",
    failure_modes=("bin-json-base64-request", "cors-mock-binary"),
    judge=PerStage(_judge),
)
