from __future__ import annotations

from contracts.verdict import Outcome
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
