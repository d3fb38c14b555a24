from __future__ import annotations

from contracts.verdict import Finding, Outcome
from reports.markdown import render_summary
from tests.reports.goldens import golden
from tests.reports.judgements import calm, compared, faulty, judgement, verdict


def test_the_summary_of_a_faulty_night_is_as_it_was() -> None:
    assert render_summary(faulty()) == golden("faulty.summary.md")


def test_the_summary_of_a_calm_night_is_as_it_was() -> None:
    assert render_summary(calm()) == golden("calm.summary.md")


def test_the_summary_of_a_compared_night_is_as_it_was() -> None:
    assert render_summary(compared(faulty())) == golden("compared.summary.md")


def test_a_long_table_is_shortened_and_says_so() -> None:
    night = judgement([verdict("MQ001", f"GET /{number}", Outcome.BROKEN) for number in range(70)])
    text = render_summary(night)
    assert text.count("| error |") + text.count("| warning |") == 50
    assert "20 more broken verdicts stand in the report." in text


LARGEST_SUMMARY_BYTES = 1024 * 1024
"""See: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits"""


def test_the_summary_of_the_worst_night_is_one_that_github_takes() -> None:
    """GitHub shows nothing of a summary beyond its limit; every character here takes five when it is escaped."""
    worst = "&\u202e" * 5_000
    lacking = [Finding(outcome=Outcome.UNDETERMINED, message=f"{number}{worst}", remedy=worst) for number in range(60)]
    night = judgement(
        [
            *(verdict("MQ001", f"{number}{worst}", Outcome.BROKEN, message=worst) for number in range(900)),
            *(verdict("IQ002", f"{n}{worst}", Outcome.UNDETERMINED, findings=(one,)) for n, one in enumerate(lacking)),
        ]
    )
    assert len(render_summary(compared(night)).encode()) < LARGEST_SUMMARY_BYTES / 2
