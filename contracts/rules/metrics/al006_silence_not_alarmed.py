"""AL006: some alarm must ring when no requests arrive."""

from contracts.alarm_evidence import alarms_of, rings_below
from contracts.evidence import DeployedAlarm
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held


def _judge(run: RunEvidence) -> Finding:
    alarms = alarms_of(run)
    if isinstance(alarms, Finding):
        return alarms
    heard = [alarm.alarm_name for alarm in alarms if _hears_silence(alarm)]
    if not heard:
        return broken(f"none of the {len(alarms)} alarms rings when no request arrives")
    return held(f"{heard[0]} rings when no request arrives")


def _hears_silence(alarm: DeployedAlarm) -> bool:
    if not any(metric.metric_name == "Count" for metric in alarm.metrics):
        return False
    filled = any("FILL(" in expression.upper() for expression in alarm.expressions)
    below = rings_below(alarm) and (alarm.treat_missing_data == "breaching" or filled)
    return below or bool(alarm.actions_enabled and alarm.insufficient_data_actions)


RULE = Rule(
    code="AL006",
    title="Some alarm rings when no requests arrive",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="A dead entry has no errors and no latency: with missing data taken for good, an outage looks like health.",
    fix="Add an alarm on Count below what is usual, with missing data treated as breaching.",
    source_url="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
    failure_modes=("obs-alarm-no-traffic-blind",),
    api_kinds=EVERY_KIND,
    judge=PerStage(_judge),
)
