"""OB008: the account must have a CloudWatch role for API Gateway where logging is on."""

from contracts.evidence import Missing
from contracts.rule import PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, not_applicable, undetermined


def _judge(run: RunEvidence) -> Finding:
    stage, account = run.stage, run.configuration.account
    if isinstance(stage, Missing):
        return undetermined(stage)
    if all(settings.logging_level == "OFF" for settings in stage.value.method_settings.values()):
        return not_applicable("execution logging is off")
    if isinstance(account, Missing):
        return undetermined(account)
    if account.value.cloudwatch_role_arn is None:
        return broken("the account has no CloudWatch role for API Gateway in this Region")
    return held(f"the role is {account.value.cloudwatch_role_arn}")


RULE = Rule(
    code="OB008",
    title="The account has a CloudWatch role for API Gateway",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="Logging is switched on, and nothing is ever written.",
    fix="Set the account's cloudwatchRoleArn to a role with AmazonAPIGatewayPushToCloudWatchLogs.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    failure_modes=("obs-exec-log-role",),
    judge=PerStage(_judge),
)
