"""What is new since an earlier night, what is mended, and what one night without evidence cannot mend."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.baseline import (
    NOT_JUDGED,
    WAIVED,
    Baseline,
    BaselineError,
    Movement,
    load_baseline,
    read_baseline,
    since_baseline,
)
from contracts.verdict import Outcome, Verdict
from reports.json_report import verdicts_document
from tests.reports.judgements import calm, faulty, judgement, verdict

HELD, BROKEN, UNDETERMINED = Outcome.HELD, Outcome.BROKEN, Outcome.UNDETERMINED
KEY = ("MQ002", "POST /users")
STATES = [*(outcome.value for outcome in Outcome), WAIVED, NOT_JUDGED]


def baseline(**outcomes: str) -> Baseline:
    return Baseline(
        run_id="r",
        stage="dev",
        rest_api_id="abc123",
        rest_api_name="users-api",
        started_at="2026-02-28T03:00:00Z",
        outcomes={(code, KEY[1]): state for code, state in outcomes.items()},
    )


def tonight(state: str) -> tuple[Verdict, ...]:
    if state == NOT_JUDGED:
        return ()
    if state == WAIVED:
        waived = next(item.waived for item in faulty().verdicts if item.waived)
        return (verdict(*KEY, BROKEN, waived=waived),)
    return (verdict(*KEY, Outcome(state)),)


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("now", STATES)
def test_every_pair_of_states_moves_as_it_should(before: str, now: str) -> None:
    known = baseline() if before == NOT_JUDGED else baseline(MQ002=before)
    since = since_baseline(tonight(now), calm().manifest, "users-api", known)
    if now == "broken":
        expected = Movement.STILL_BROKEN if before == "broken" else Movement.NEWLY_BROKEN
    elif before == "broken":
        expected = Movement.MENDED if now == "held" else Movement.UNSETTLED
    else:
        assert since.moved == ()
        return
    (moved,) = since.moved
    assert (moved.movement, moved.rule, moved.subject, moved.before, moved.now) == (expected, *KEY, before, now)
    assert since.is_new(verdict(*KEY)) is (expected is Movement.NEWLY_BROKEN)


def document(*verdicts: Verdict, before: Baseline | None = None) -> dict[str, Any]:
    night = judgement(verdicts)
    if before is not None:
        night = replace(night, since=since_baseline(night.verdicts, night.manifest, night.rest_api_name, before))
    return verdicts_document(night)


def read(made: dict[str, Any]) -> Baseline:
    return read_baseline(json.dumps(made), source="verdicts.json")


def test_what_a_night_wrote_is_read_as_the_next_ones_baseline() -> None:
    night = faulty()
    found = read(verdicts_document(night))
    assert found.run_id == night.manifest.run_id
    assert found.rest_api_name == night.rest_api_name
    assert len(found.outcomes) == len(night.verdicts)
    assert sorted(key for key, state in found.outcomes.items() if state == "broken") == sorted(
        (item.rule, item.subject) for item in night.broken
    )
    assert found.outcomes["CO002", "/health"] == WAIVED
    assert since_baseline(night.verdicts, night.manifest, night.rest_api_name, found).of(Movement.NEWLY_BROKEN) == ()


def test_a_night_without_evidence_mends_nothing() -> None:
    first = read(document(verdict(*KEY)))
    blind = read(document(verdict(*KEY, UNDETERMINED), before=first))
    blinder = read(document(before=blind))
    third = since_baseline((verdict(*KEY),), calm().manifest, "users-api", blinder)
    assert [item.movement for item in third.moved] == [Movement.STILL_BROKEN]
    mended = since_baseline((verdict(*KEY, HELD),), calm().manifest, "users-api", blinder)
    assert [item.movement for item in mended.moved] == [Movement.MENDED]


def test_what_was_waived_is_new_once_the_waiver_has_expired() -> None:
    first = read(document(verdict(*KEY)))
    waived = read(document(*tonight(WAIVED), before=first))
    since = since_baseline((verdict(*KEY),), calm().manifest, "users-api", waived)
    assert [item.movement for item in since.moved] == [Movement.NEWLY_BROKEN]


@given(st.dictionaries(st.sampled_from(["MQ001", "MQ002", "CO001"]), st.sampled_from(list(Outcome))))
def test_a_night_beside_itself_has_nothing_new_and_nothing_mended(states: dict[str, Outcome]) -> None:
    verdicts = [verdict(code, "POST /users", outcome) for code, outcome in states.items()]
    since = since_baseline(verdicts, calm().manifest, "users-api", read(document(*verdicts)))
    assert {item.movement for item in since.moved} <= {Movement.STILL_BROKEN}
    assert len(since.moved) == list(states.values()).count(BROKEN)


def test_the_same_api_made_anew_or_renamed_can_be_compared() -> None:
    known = baseline()
    for other in (
        replace(known, rest_api_id="zzz"),
        replace(known, rest_api_name="old-name"),
        replace(known, stage="prod"),
    ):
        assert since_baseline((), calm().manifest, "users-api", other).moved == ()


def test_another_api_is_refused() -> None:
    other = replace(baseline(), rest_api_id="zzz", rest_api_name="orders")
    with pytest.raises(BaselineError, match=r"is of the API orders \(zzz\), this run is of users-api \(abc123\)"):
        since_baseline((), calm().manifest, "users-api", other)


def test_fields_that_a_later_version_adds_are_let_be() -> None:
    made = verdicts_document(faulty())
    made["later"] = made["run"]["later"] = made["verdicts"][0]["later"] = 1
    del made["since_baseline"]
    assert read(made).outcomes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", r"old\.json: not valid JSON: "),
        ("[]", r"old\.json: not a verdicts\.json of format 1"),
        ('{"format": 2}', r"old\.json: not a verdicts\.json of format 1"),
        ('{"format": 1}', r"old\.json: /run: field required"),
        (
            json.dumps({**verdicts_document(calm()), "verdicts": [{"rule": "X", "subject": "s", "outcome": "odd"}]}),
            r"old\.json: /verdicts/0/outcome: input should be",
        ),
    ],
)
def test_what_is_no_baseline_is_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BaselineError, match=message) as caught:
        load_baseline(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_no_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"none\.json: no such file; .*leave --baseline out"):
        load_baseline(tmp_path / "none.json")
    with pytest.raises(BaselineError, match="cannot be read: Is a directory"):
        load_baseline(tmp_path)
