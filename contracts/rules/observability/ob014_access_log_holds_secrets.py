"""OB014: the access log must hold no secrets and no personal data."""

import re
from urllib.parse import urlsplit

from contracts.evidence import Missing, Present, Transaction
from contracts.rule import EVERY_KIND, PerOperation, Rule
from contracts.rule_parameter import RuleParameter
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined

_REDACTED = "redacted:"
"""What stands in a recording where a secret or a sensitive value stood in the log."""

_PATH_VARIABLE = re.compile(r"\$context\.(path|requestOverride\.(path|querystring)\.[\w-]+)(?![\w.])")
_PERSONAL = RuleParameter(
    rule="OB014",
    name="personal_names",
    default=r"(?i)e_?mail|phone|ssn|social_?security|national_?id|passport|iban|tax_?id|birth|msisdn",
    is_pattern=True,
    meaning="What is found in the name of a path parameter that is personal, beside the declared sensitive fields.",
)


def _judge(operation: JudgedOperation, run: RunEvidence) -> Finding:
    access_log = run.access_log_settings
    if isinstance(access_log, Missing):
        return undetermined(access_log)
    settings = access_log.value
    if settings is None:
        return not_applicable("there is no access log")
    leaking = next((item for item in operation.transactions if _holds_a_secret(item)), None)
    if leaking is not None:
        return broken("an access-log line holds a credential or a sensitive value", evidence=leaking)
    personal = _personal_parameters(operation, run)
    if not personal:
        return held("no line holds a known secret, and no path parameter is personal")
    variable = _PATH_VARIABLE.search(settings.log_format)
    if variable is None:
        return held(f"the format leaves the path out, and with it {', '.join(personal)}")
    proof = next((item for item in operation.transactions if _holds_its_path(item)), None)
    how = "" if proof is not None else " (by the configuration)"
    return broken(f"{variable.group()} writes {', '.join(personal)} into every line{how}", evidence=proof)


def _personal_parameters(operation: JudgedOperation, run: RunEvidence) -> list[str]:
    sensitive = {field.field.lower() for field in run.expectations.sensitive_fields}
    return [
        parameter.name
        for parameter in operation.declared.parameters
        if parameter.location == "path"
        and (
            parameter.name.lower() in sensitive
            or re.search(_PERSONAL.of(run), parameter.name)
            or parameter.schema.get("format") == "email"
        )
    ]


def _holds_a_secret(transaction: Transaction) -> bool:
    entry = transaction.access_entry
    return isinstance(entry, Present) and _REDACTED in entry.value.raw


def _holds_its_path(transaction: Transaction) -> bool:
    entry = transaction.access_entry
    return isinstance(entry, Present) and urlsplit(transaction.exchange.request.url).path in entry.value.raw


RULE = Rule(
    code="OB014",
    title="The access log holds no secrets and no personal paths",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Whoever reads the log reads keys and people's data, for as long as the log group keeps them.",
    fix="Write $context.resourcePath in place of $context.path, and leave $context.identity.apiKey out of the format.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
    failure_modes=("obs-access-log-path-pii",),
    api_kinds=EVERY_KIND,
    parameters=(_PERSONAL,),
    judge=PerOperation(_judge),
)
