from __future__ import annotations

from contracts.verdict import Finding, Outcome
from reports.view.groups import by_topic, lacking_evidence, waived_lines
from tests.reports.judgements import DENIED, calm, faulty, judgement, verdict


def test_undetermined_verdicts_are_grouped_by_what_they_lack() -> None:
    (lack,) = lacking_evidence(faulty())
    assert (lack.reason, lack.remedy) == (DENIED.reason, DENIED.remedy)
    assert [(line.labels.rule, line.labels.subject) for line in lack.lines] == [
        ("IQ002", "GET /users"),
        ("IQ002", "POST /users"),
    ]


def test_the_largest_lack_stands_first() -> None:
    few = Finding(outcome=Outcome.UNDETERMINED, message="few")
    many = Finding(outcome=Outcome.UNDETERMINED, message="many")
    night = judgement(
        [
            verdict("IQ002", "GET /a", Outcome.UNDETERMINED, findings=(few,)),
            verdict("IQ002", "GET /b", Outcome.UNDETERMINED, findings=(many,)),
            verdict("IQ003", "GET /b", Outcome.UNDETERMINED, findings=(many,)),
        ]
    )
    assert [(lack.reason, len(lack.lines)) for lack in lacking_evidence(night)] == [("many", 2), ("few", 1)]


def test_a_waived_verdict_tells_reason_and_date() -> None:
    (line,) = waived_lines(faulty())
    assert line.detail == "nobody calls it from a browser (until 2026-12-31)"
    assert line.labels.outcome == "waived"


def test_held_verdicts_are_grouped_by_topic_and_rule() -> None:
    told = [
        (topic.name, topic.count, [rule.subjects for rule in topic.rules]) for topic in by_topic(calm(), Outcome.HELD)
    ]
    assert told == [("Routing", 1, [("GET /health",)]), ("Method request", 1, [("POST /users",)])]


def test_many_subjects_are_counted_rather_than_listed() -> None:
    night = judgement([verdict("RT002", f"GET /{number}", Outcome.HELD) for number in range(100)])
    (topic,) = by_topic(night, Outcome.HELD)
    assert (topic.count, len(topic.rules[0].subjects), topic.rules[0].left_out) == (100, 60, 40)
