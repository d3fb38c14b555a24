"""CA004: cached answers must be encrypted."""

from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.stage_caching import Told, judge_cached
from contracts.verdict import Finding, Severity, Step


def _judge(run: RunEvidence) -> Finding:
    return judge_cached(
        run,
        tell=lambda _operation, settings: Told(is_right=settings.cache_data_encrypted),
        wrong="cached answers are not encrypted",
        right="cached answers are encrypted",
    )


RULE = Rule(
    code="CA004",
    title="Cached answers are encrypted",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Answers with personal data lie in the cache in the clear: audits fail, and so does their promise.",
    fix="Set cacheDataEncrypted in the settings of the stage.",
    source_url="https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html",
    failure_modes=("cache-unencrypted",),
    judge=PerStage(_judge),
)
