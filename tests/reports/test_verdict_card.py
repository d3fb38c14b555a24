from __future__ import annotations

from dataclasses import replace

from contracts.verdict import Finding, Outcome
from reports.view.proof import Absent, Proof
from reports.view.verdict_card import Labels, PathStep, card, step_cards
from tests.reports.judgements import DENIED, RULES, faulty, judgement, transaction, verdict

NIGHT = faulty()


def test_a_card_says_what_broke_where_and_how_to_mend_it() -> None:
    shown = card(NIGHT.broken[0], NIGHT)
    rule = RULES["MQ002"]
    assert replace(shown, proofs=()) == type(shown)(
        anchor="MQ002-POST-users-6ce1",
        labels=Labels(
            rule="MQ002", severity="error", step="method_request", topic="MQ", subject="POST /users", outcome="broken"
        ),
        title=rule.title,
        topic_name="Method request",
        step_title="Step 1 · Method request",
        path=(
            PathStep(name="Routing", number=None, here=False),
            PathStep(name="Method request", number=1, here=True),
            PathStep(name="Integration request", number=2, here=False),
            PathStep(name="Backend", number=None, here=False),
            PathStep(name="Integration response", number=3, here=False),
            PathStep(name="Method response", number=4, here=False),
        ),
        message=NIGHT.broken[0].message,
        counts="2 broken, 32 held",
        operations="",
        answered_by="backend",
        reached_backend="yes",
        why=rule.why,
        fix=rule.fix,
        source_url=rule.source_url,
        failure_modes=rule.failure_modes,
        proofs=(),
        evidence=("x00002", "x00003"),
    )


def test_cards_stand_by_step_in_the_order_of_the_pipeline() -> None:
    told = [(step.step, [item.labels.rule for item in step.cards]) for step in step_cards(NIGHT)]
    assert told == [
        ("method_request", ["MQ002"]),
        ("integration_request", ["IQ005"]),
        ("integration_response", ["IS003"]),
        ("gateway_response", ["CO006"]),
        ("stage", ["OB004"]),
    ]


def test_a_proof_holds_the_request_and_all_that_was_recorded_of_it() -> None:
    proof = card(next(item for item in NIGHT.broken if item.rule == "IQ005"), NIGHT).proofs[0]
    assert proof.recorded is not None
    assert proof.diff is not None
    assert proof.recorded.summary == "POST /legacy/users → 502 in 84 ms"
    assert proof.recorded.failed
    assert isinstance(proof.recorded.log, tuple)
    assert [line.text for line in proof.recorded.log if line.mark == "failure"] == [
        "Execution failed due to configuration error: Malformed Lambda proxy response",
        "Gateway response type: DEFAULT_5XX with status code: 502",
    ]
    assert [line.changed for line in proof.diff.lines if line.kind.value == "actual"] == ["\\"]
    assert [name for name, _ in proof.diff.inputs] == ["Mapping template", "Method request body"]
    assert (proof.answered_by, proof.reached_backend) == ("integration", "yes")


def test_evidence_that_could_not_be_read_says_how_to_get_it() -> None:
    proof = card(next(item for item in NIGHT.broken if item.rule == "IS003"), NIGHT).proofs[0]
    assert proof.recorded is not None
    assert proof.recorded.log == Absent(
        reason="the execution log could not be read (AccessDeniedException)", remedy=DENIED.remedy or ""
    )


def test_only_the_first_three_proofs_are_shown_in_full() -> None:
    findings = tuple(
        Finding(
            outcome=Outcome.BROKEN,
            message=f"fault {number}",
            evidence=(f"x{number:05d}",),
            answered_by="backend",
            reached_backend=False,
        )
        for number in range(5)
    )
    night = judgement([verdict("MQ002", "POST /users", findings=findings)], [transaction(n) for n in range(5)])
    proofs = card(night.broken[0], night).proofs
    assert [item.recorded is not None for item in proofs] == [True, True, True, False, False]
    assert proofs[4] == Proof(
        message="fault 4", answered_by="backend", reached_backend="no", left_out="exchange x00004"
    )


def test_a_verdict_of_a_rule_that_is_gone_still_has_a_card() -> None:
    night = replace(NIGHT, rules={})
    shown = card(night.broken[0], night)
    assert (shown.title, shown.why, shown.source_url) == ("MQ002", "", "")


def test_a_link_that_is_no_web_address_is_dropped() -> None:
    rules = {"MQ002": replace(RULES["MQ002"], source_url="javascript:alert(1)")}
    assert card(NIGHT.broken[0], replace(NIGHT, rules=rules)).source_url == ""
