from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from contracts.verdict import Finding, Outcome
from reports.html import render_html
from reports.view.anchors import anchor
from reports.view.glance import MOST_ROWS, glance
from reports.view.verdict_card import step_cards
from tests.reports.judgements import calm, faulty, judgement, verdict


def test_every_broken_verdict_tells_step_operation_who_answered_and_whether_the_backend_was_reached() -> None:
    rows = glance(step_cards(faulty()), len(faulty().broken)).rows
    assert [(row.step_title, row.rule, row.subject, row.answered_by, row.reached_backend) for row in rows] == [
        ("Step 1 · Method request", "MQ002", "POST /users", "backend", "reached the backend"),
        ("Step 2 · Integration request", "IQ005", "POST /legacy/users", "integration", "reached the backend"),
        ("Step 3 · Integration response", "IS003", "POST /legacy/users", "backend", "reached the backend"),
        ("Gateway responses", "CO006", "/users", "", ""),
        ("Stage", "OB004", "stage", "", ""),
    ]


def test_every_row_leads_to_its_card() -> None:
    page = render_html(faulty())
    section = page[page.index('<section class="panel glance"') : page.index('<details class="panel facts"')]
    leads = re.findall(r'href="#([^"]+)"', section)
    assert leads == re.findall(r'<article class="item card \w+" id="([^"]+)"', page)
    assert len(leads) == len(faulty().broken)


def test_a_calm_night_has_nothing_to_glance_at() -> None:
    assert "What is broken" not in render_html(calm())


def test_many_broken_verdicts_are_counted_rather_than_listed() -> None:
    findings = tuple(
        Finding(outcome=Outcome.BROKEN, message="m", answered_by="backend", reached_backend=reached)
        for reached in (True, False)
    )
    night = judgement(verdict("MQ002", f"GET /{number}", findings=findings) for number in range(400))
    shown = glance(step_cards(night), len(night.broken))
    assert (len(shown.rows), shown.left_out) == (MOST_ROWS, 400 - MOST_ROWS)
    assert [row.begins_step for row in shown.rows] == [True, *[False] * (MOST_ROWS - 1)]


@given(st.text(), st.text())
def test_an_anchor_is_a_word_that_tells_subjects_apart(one: str, other: str) -> None:
    assert re.fullmatch(r"MQ002-[A-Za-z0-9-]*[0-9a-f]{4}", anchor("MQ002", one))
    if anchor("MQ002", one) == anchor("MQ002", other):
        words = [re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:70] for text in (one, other)]
        assert words[0] == words[1]


def test_anchors_of_subjects_that_look_alike_differ() -> None:
    alike = ("GET /users/{userId}", "GET /users/userId", "GET /users-userId", "GET /users/{userId+}")
    assert len({anchor("MQ002", subject) for subject in alike}) == len(alike)
