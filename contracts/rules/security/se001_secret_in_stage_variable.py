"""SE001: stage variables must hold no secrets."""

import re
from collections.abc import Iterator

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined

_SECRET_NAME = RuleParameter(
    rule="SE001",
    name="secret_names",
    default=r"(?i)pass(word|wd)?$|secret|token|api_?key|private_?key|credential",
    is_pattern=True,
    meaning="What is found in the name of a stage variable that holds a secret.",
)
_SECRET_VALUE = RuleParameter(
    rule="SE001",
    name="secret_values",
    default=r"^(AKIA|ASIA)[A-Z0-9]{16}$|^ghp_\w{30,}|^-----BEGIN|^eyJ[\w-]+\.eyJ[\w-]+\.",
    is_pattern=True,
    meaning="What is found in the value of a stage variable that is a secret, whatever its name is.",
)
_NO_SECRETS: RuleParameter[tuple[str, ...]] = RuleParameter(
    rule="SE001",
    name="no_secrets",
    default=(),
    meaning="Names of stage variables that are known to hold no secret.",
)
_ABOUT_A_SECRET = re.compile(
    r"(arn|name|id|url|uri|host|endpoint|header|path|parameter|ttl|seconds|minutes|days|version|issuer|audience|"
    r"type|enabled|length|algorithm|function|lambda|table|alias|source|use|prefix|policy|bucket|mode|limit|count|"
    r"required|scheme|region|provider|service|store|scope|scopes|claim|stage)$",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"arn:|https?://[^@]*$|/[\w./-]+$|-?\d+(\.\d+)?$|(true|false)$", re.IGNORECASE)
"""Where a secret is kept or how it is handled is no secret: tokenIssuer, dbSecretArn, tokenTtl."""


def _judge(run: RunEvidence) -> Iterator[Finding]:
    stage = run.stage
    if isinstance(stage, Missing):
        yield undetermined(stage)
        return
    suspects = [name for name, value in stage.value.variables.items() if _looks_secret(name, value, run)]
    for name in suspects:
        yield broken(f"the stage variable {name!r} looks like a secret")
    if not suspects:
        yield held("no stage variable looks like a secret")


def _looks_secret(name: str, value: str, run: RunEvidence) -> bool:
    if name in _NO_SECRETS.of(run):
        return False
    if re.search(_SECRET_VALUE.of(run), value):
        return True
    is_named_so = bool(re.search(_SECRET_NAME.of(run), name)) and not _ABOUT_A_SECRET.search(name)
    return is_named_so and bool(value) and not _REFERENCE.match(value)


RULE = Rule(
    code="SE001",
    title="Stage variables hold no secrets",
    severity=Severity.ERROR,
    step=Step.STAGE,
    why="Everybody with apigateway:GET reads stage variables in the clear, and so do logs.",
    fix="Keep the secret in Secrets Manager or Parameter Store and let the backend read it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/stage-variables.html",
    failure_modes=("stage-var-secret",),
    parameters=(
        _SECRET_NAME,
        _SECRET_VALUE,
        _NO_SECRETS,
    ),
    judge=PerStage(_judge),
)
