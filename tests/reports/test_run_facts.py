from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.evidence import HttpApiConfiguration, Missing, Present
from contracts.judgement import Judgement
from contracts.verdict import Outcome
from gateway.http_api import HttpApi
from reports.json_report import verdicts_document
from reports.view.run_facts import Headline, headline, run_facts
from stageproof.exit_codes import exit_code
from tests.reports.judgements import calm, faulty, judgement, verdict


def test_the_headline_names_the_first_broken_step() -> None:
    assert headline(faulty()) == Headline(
        state="broken",
        text="5 verdicts broken, first at step 1, method request",
        exit_meaning="2, 1 rule could not be carried out",
    )
    assert headline(replace(faulty(), internal_errors=())).exit_meaning == "1, something is broken"
    assert headline(calm()) == Headline(
        state="held", text="Every promise that was tested holds", exit_meaning="0, nothing is broken"
    )


def test_what_could_not_be_judged_is_never_called_good() -> None:
    told = headline(judgement([verdict("MQ001", "GET /users", Outcome.UNDETERMINED)]))
    assert told.state == "undetermined"
    assert told.text == "Nothing is broken, but 1 verdict is undetermined"
    assert "--fail-on undetermined" in told.exit_meaning


def test_a_night_with_a_rule_that_raised_is_never_called_good() -> None:
    told = headline(replace(calm(), internal_errors=faulty().internal_errors))
    assert told == Headline(
        state="undetermined",
        text="Nothing that was judged is broken, but 1 rule could not be carried out",
        exit_meaning="2, 1 rule could not be carried out",
    )


@pytest.mark.parametrize("night", [faulty(), calm(), replace(faulty(), internal_errors=())])
def test_the_exit_code_that_is_told_is_the_one_that_a_run_has(night: Judgement) -> None:
    assert int(headline(night).exit_meaning.partition(",")[0]) == exit_code(night)


def test_the_facts_of_the_run() -> None:
    shown = run_facts(faulty())
    assert shown.title == "users-api · dev"
    assert dict(shown.facts) == {
        "Stage": "dev",
        "REST API": "users-api (abc123)",
        "Region": "us-east-1",
        "Account": "123456789012",
        "Invoke URL": "https://abc123.execute-api.us-east-1.amazonaws.com/dev",
        "Started": "2026-03-01 03:00:00 UTC",
        "Took": "2 min 51 s",
        "Seed": "42",
        "Requests": "44",
        "Contract": "users-api 1.4.0 (digest 9c0ffee9c0ff)",
        "Run": "20260301-0300-7f3a",
        "Stageproof": "0.1.0",
        "Exit code": "2, 1 rule could not be carried out",
    }
    assert shown.severities == (("error", 4), ("warning", 0), ("note", 1))
    assert [warning[:6] for warning in shown.warnings] == ["1 rule"]


def test_the_facts_name_an_http_api_as_such() -> None:
    night = judgement([])
    missing = Missing(reason="denied")
    http = HttpApiConfiguration(http_api=Present(value=HttpApi(name="notes")), stage=missing)
    of_http_api = replace(
        night,
        manifest=replace(night.manifest, rest_api_id="", http_api_id="h1"),
        configuration=replace(night.configuration, http=http),
    )
    assert dict(run_facts(of_http_api).facts)["HTTP API"] == "notes (h1)"
    assert run_facts(of_http_api).title.startswith("notes ")
    document = verdicts_document(of_http_api)
    assert (document["run"]["rest_api_id"], document["run"]["http_api_id"]) == ("h1", "h1")


def test_an_interrupted_run_says_so() -> None:
    night = judgement([], complete=False)
    unfinished = replace(night, manifest=replace(night.manifest, finished_at=None))
    shown = run_facts(unfinished)
    assert dict(shown.facts)["Took"] == "not finished"
    assert "interrupted" in shown.warnings[0]
