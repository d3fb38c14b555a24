"""AL009: every alarm must reach somebody."""

from contracts.alarm_evidence import each_alarm
from contracts.evidence import NOT_COLLECTED, DeployedAlarm, Missing
from contracts.rule import EVERY_KIND, PerStage, Rule
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, Severity, Step, broken, held, undetermined


def _judge(alarm: DeployedAlarm, run: RunEvidence) -> Finding:
    if alarm.composite_alarms:
        return held(f"the composite alarm {alarm.composite_alarms[0]} acts for it")
    if not alarm.actions_enabled:
        return broken("the alarm's actions are switched off")
    if not alarm.alarm_actions:
        return broken("the alarm has no action")
    topics = run.configuration.alarm_topics
    arns = set(alarm.alarm_actions)
    if topics == NOT_COLLECTED or not all(":sns:" in arn for arn in arns):
        return held(f"the alarm acts on {alarm.alarm_actions[0]}")
    if isinstance(topics, Missing):
        return undetermined(topics)
    own = [topic for topic in topics.value if topic.topic_arn in arns]
    gone = [topic.topic_arn for topic in own if not topic.exists]
    if gone and len(gone) == len(own):
        return broken(f"the topic {gone[0]} does not exist")
    if own and not any(topic.confirmed_subscriptions for topic in own):
        return broken(f"the topic {own[0].topic_arn} has no confirmed subscription")
    return held("somebody is told when the alarm rings")


RULE = Rule(
    code="AL009",
    title="Every alarm tells somebody",
    severity=Severity.WARNING,
    step=Step.STAGE,
    why="An alarm without an action, or on a topic without a confirmed subscription, rings in silence.",
    fix="Enable the actions, and name a topic that exists and has a confirmed subscription, or use a composite alarm.",
    source_url="https://docs.aws.amazon.com/config/latest/developerguide/cloudwatch-alarm-action-check.html",
    failure_modes=("obs-alarm-no-action",),
    api_kinds=EVERY_KIND,
    judge=PerStage(each_alarm(_judge)),
)
