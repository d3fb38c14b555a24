"""Plans: an applied plan leaves nothing to do, others' resources stay, and order lets each call succeed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarms.alarm import Actions, Alarm, CompositeAlarm, Metric, MetricAlarm, MetricQuery, Suppressor
from alarms.apply import RefusedError, check_refusals
from alarms.composite_rule import any_in_alarm
from alarms.documents import put_arguments, read_composite_alarm, read_metric_alarm
from alarms.evaluate import ComparisonOperator, MissingData
from alarms.plan import ChangeKind, after_plan, make_plan
from alarms.plan_text import Head, SavedPlanError, check_unmoved, plan_document, plan_lines, read_saved_plan
from alarms.resource import Resource, owned_resource, resource_of
from alarms.writes import writes

OWNER = "abc123/dev"
HEAD = Head(
    what="alarms",
    api_name="pets",
    stage_name="dev",
    api_id="abc123",
    account_id="123456789012",
    region="eu-west-1",
)
_NAMES = [f"stageproof-{letter}" for letter in "abcdef"]
_names = st.sampled_from(_NAMES)
_actions = st.builds(
    Actions,
    enabled=st.booleans(),
    alarm=st.lists(st.sampled_from(["arn:1", "arn:2"]), unique=True).map(lambda arns: tuple(sorted(arns))),
)
_metrics = st.builds(
    Metric,
    namespace=st.just("AWS/ApiGateway"),
    metric_name=st.sampled_from(["Count", "Latency"]),
    dimensions=st.just((("ApiName", "pets"), ("Stage", "dev"))),
    statistic=st.sampled_from(["Sum", "Average", "p90", "p99.9"]),
    period_s=st.sampled_from([60, 300]),
    unit=st.sampled_from([None, "Count"]),
)
_math = st.builds(
    lambda metric, label: (
        MetricQuery(query_id="e", expression="m * 2", label=label),
        MetricQuery(query_id="m", metric=metric, return_data=False),
    ),
    _metrics,
    st.sampled_from([None, "twice"]),
)
_tags = st.dictionaries(st.sampled_from(["team", "cost"]), st.sampled_from(["1", "2"]))


@st.composite
def _metric_alarms(draw: st.DrawFn, name: str) -> MetricAlarm:
    periods = draw(st.integers(1, 5))
    single = _metrics.map(lambda metric: (MetricQuery(query_id="m1", metric=metric),))
    return MetricAlarm(
        alarm_name=name,
        description=draw(st.sampled_from(["", "told"])),
        queries=draw(single | _math),
        comparison_operator=draw(st.sampled_from(list(ComparisonOperator)[:4])),
        threshold=draw(st.sampled_from([0.0, 0.05, 1.0])),
        evaluation_periods=periods,
        datapoints_to_alarm=draw(st.integers(1, periods)),
        treat_missing_data=draw(st.sampled_from(list(MissingData))),
        evaluate_low_sample_count_percentile=draw(st.sampled_from([None, "ignore"])),
        actions=draw(_actions),
        tags=draw(_tags),
    )


@st.composite
def _alarm_sets(draw: st.DrawFn) -> list[Alarm]:
    """Alarms of some names; the last names are composites over the earlier ones, and over one another."""
    names = sorted(draw(st.sets(_names)))
    cut = draw(st.integers(0, len(names)))
    alarms: list[Alarm] = [draw(_metric_alarms(name)) for name in names[:cut]]
    for position in range(cut, len(names)):
        children = tuple(draw(st.lists(st.sampled_from(names[:position]), unique=True)) if position else ())
        suppressor = Suppressor(alarm_name=names[0], wait_period_s=60, extension_period_s=60)
        alarms.append(
            CompositeAlarm(
                alarm_name=names[position],
                description="",
                alarm_rule=any_in_alarm(sorted(children)),
                children=tuple(sorted(children)),
                suppressor=draw(st.sampled_from([None, suppressor])) if position else None,
                actions=draw(_actions),
                tags=draw(_tags),
            )
        )
    return alarms


def _desired(alarms: list[Alarm]) -> list[Resource]:
    return [owned_resource(alarm, OWNER) for alarm in alarms]


@st.composite
def _held(draw: st.DrawFn) -> dict[str, Resource]:
    """What AWS holds: ours, others', nobody's, and ours after a change by hand."""
    held = {}
    for alarm in draw(_alarm_sets()):
        owner = draw(st.sampled_from([OWNER, "other/dev", None]))
        resource = owned_resource(alarm, owner) if owner else resource_of(alarm)
        if draw(st.booleans()):
            resource = replace(resource, definition={**resource.definition, "AlarmDescription": "by hand"})
        held[alarm.alarm_name] = replace(resource, arn=f"arn:{alarm.alarm_name}")
    return held


@given(_alarm_sets(), _held(), st.sets(_names))
def test_an_applied_plan_leaves_nothing_to_do(alarms: list[Alarm], held: dict[str, Resource], adopt: set[str]) -> None:
    desired = _desired(alarms)
    plan = make_plan(desired, held, owner=OWNER, adopt=adopt)
    after = after_plan(plan, held)
    again = make_plan(desired, after, owner=OWNER, adopt=adopt)
    assert again.changes == ()
    assert writes(again) == ()
    assert [refusal.resource for refusal in again.refusals] == [refusal.resource for refusal in plan.refusals]


@given(_alarm_sets(), _held(), st.sets(_names))
def test_what_is_not_owned_stays(alarms: list[Alarm], held: dict[str, Resource], adopt: set[str]) -> None:
    after = after_plan(make_plan(_desired(alarms), held, owner=OWNER, adopt=adopt), held)
    for name, resource in held.items():
        if resource.owner != OWNER and name not in adopt:
            assert after[name] == resource


@given(_alarm_sets(), _held())
def test_destroying_leaves_exactly_the_others(alarms: list[Alarm], held: dict[str, Resource]) -> None:
    applied = after_plan(make_plan(_desired(alarms), held, owner=OWNER), held)
    after = after_plan(make_plan((), applied, owner=OWNER), applied)
    assert after == {name: resource for name, resource in held.items() if resource.owner != OWNER}


@given(_alarm_sets())
def test_children_come_first_and_go_last(alarms: list[Alarm]) -> None:
    desired = _desired(alarms)
    creating = [name for write in writes(make_plan(desired, {}, owner=OWNER)) for name in write.names]
    held = {resource.resource_name: resource for resource in desired}
    deleting = [name for write in writes(make_plan((), held, owner=OWNER)) for name in write.names]
    for resource in desired:
        for needed in resource.needs & held.keys():
            assert creating.index(needed) < creating.index(resource.resource_name)
            assert deleting.index(needed) > deleting.index(resource.resource_name)


@given(_alarm_sets())
def test_alarms_read_back_as_they_were_put(alarms: list[Alarm]) -> None:
    for alarm in alarms:
        document = put_arguments(alarm)
        read = read_metric_alarm if isinstance(alarm, MetricAlarm) else read_composite_alarm
        assert read(document, alarm.tags).alarm == alarm


def _alarm(**changes: object) -> MetricAlarm:
    metric = Metric(namespace="n", metric_name="m", dimensions=(), statistic="Sum", period_s=60)
    alarm = MetricAlarm(
        alarm_name="stageproof-a",
        description="",
        queries=(MetricQuery(query_id="m1", metric=metric),),
        comparison_operator=ComparisonOperator.GREATER,
        threshold=1.0,
        evaluation_periods=1,
        datapoints_to_alarm=1,
    )
    return replace(alarm, **changes)  # type: ignore[arg-type]  # any field


def test_an_unowned_name_is_refused_with_the_way_to_adopt_it() -> None:
    held = {"stageproof-a": resource_of(_alarm(threshold=2.0))}
    refused = make_plan(_desired([_alarm()]), held, owner=OWNER)
    assert refused.changes == ()
    with pytest.raises(RefusedError, match="--adopt 'stageproof-a'"):
        check_refusals(refused)
    adopted = make_plan(_desired([_alarm()]), held, owner=OWNER, adopt=["stageproof-a"])
    assert [change.kind for change in adopted.changes] == [ChangeKind.ADOPT]
    assert [write.operation for write in writes(adopted)] == ["put_metric_alarm", "tag_resource"]


def test_drift_tells_a_change_by_hand_from_other_expectations() -> None:
    applied = owned_resource(_alarm(), OWNER)
    by_hand = replace(applied, definition={**applied.definition, "Threshold": 9.0})
    (change,) = make_plan([applied], {"stageproof-a": by_hand}, owner=OWNER).changes
    assert change.cause == "changed by hand"
    (change,) = make_plan(_desired([_alarm(threshold=3.0)]), {"stageproof-a": applied}, owner=OWNER).changes
    assert change.cause == "expectations changed"
    (change,) = make_plan([applied], {}, owner=OWNER).changes
    assert change.cause == "missing"
    (change,) = make_plan([], {"stageproof-a": applied}, owner=OWNER).changes
    assert change.cause == "no longer expected"


def test_lines_show_place_and_difference() -> None:
    held = {"stageproof-a": owned_resource(_alarm(), OWNER)}
    lines = list(plan_lines(HEAD, make_plan(_desired([_alarm(threshold=3.0)]), held, owner=OWNER)))
    assert lines == [
        "Alarms of pets dev (abc123) in account 123456789012, Region eu-west-1",
        "  ~ update  metric alarm    stageproof-a",
        "        Threshold: 1.0 → 3.0",
        "Plan: 0 to create, 1 to change, 0 to delete.",
    ]


def test_a_saved_plan_is_refused_once_something_moved() -> None:
    held = {"stageproof-a": owned_resource(_alarm(), OWNER)}
    desired = _desired([_alarm(threshold=3.0)])
    document = plan_document(HEAD, make_plan(desired, held, owner=OWNER))
    saved = read_saved_plan(json.dumps(document), where="plan.json")
    check_unmoved(saved, document, where="plan.json")
    moved = {"stageproof-a": owned_resource(_alarm(threshold=2.0), OWNER)}
    with pytest.raises(SavedPlanError, match="what AWS holds has changed"):
        check_unmoved(saved, plan_document(HEAD, make_plan(desired, moved, owner=OWNER)), where="plan.json")
    with pytest.raises(SavedPlanError, match="expectations"):
        check_unmoved(saved, plan_document(HEAD, make_plan([], held, owner=OWNER)), where="plan.json")
    elsewhere = plan_document(replace(HEAD, region="us-east-1"), make_plan(desired, held, owner=OWNER))
    with pytest.raises(SavedPlanError, match="another stage"):
        check_unmoved(saved, elsewhere, where="plan.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 99, "changes": []}'])
def test_what_is_no_saved_plan_is_refused(text: str) -> None:
    with pytest.raises(SavedPlanError, match=r"plan\.json is no saved plan"):
        read_saved_plan(text, where="plan.json")
