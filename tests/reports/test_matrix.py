from __future__ import annotations

from contracts.verdict import Outcome
from reports.view.matrix import Cell, Row, matrix
from tests.reports.judgements import calm, faulty, judgement, verdict


def test_every_declared_operation_has_a_row_even_when_nothing_judged_it() -> None:
    shown = matrix(calm())
    assert shown.topics == (("RT", "Routing"), ("MQ", "Method request"), ("BN", "Binary"))
    assert [row.subject for row in shown.rows] == [
        "GET /health",
        "POST /legacy/users",
        "GET /users",
        "POST /users",
        "DELETE /users/{userId}",
        "GET /users/{userId}",
        "PUT /users/{userId}",
        "GET /users/{userId}/avatar",
    ]
    assert shown.rows[0].cells == (
        Cell(topic="RT", state="held", count=1),
        Cell(topic="MQ"),
        Cell(topic="BN", state="not_applicable", count=1),
    )


def test_a_cell_shows_the_worst_and_counts_it() -> None:
    verdicts = [
        verdict("CO001", "/users", Outcome.HELD),
        verdict("CO002", "/users"),
        verdict("CO003", "/users"),
        verdict("CO011", "/users"),
        verdict("CO004", "/users", Outcome.UNDETERMINED),
    ]
    row = next(row for row in matrix(judgement(verdicts)).rows if row.subject == "/users")
    assert row == Row(subject="/users", cells=(Cell(topic="CO", state="error", count=2),))
    assert row.cells[0].sign == "✕"


def test_the_stage_stands_first_and_a_resource_before_its_operations() -> None:
    subjects = [row.subject for row in matrix(faulty()).rows]
    assert subjects[0] == "stage"
    assert subjects.index("/users") + 1 == subjects.index("GET /users")


def test_a_waived_verdict_is_not_shown_as_broken() -> None:
    row = next(row for row in matrix(faulty()).rows if row.subject == "/health")
    assert [cell.state for cell in row.cells if cell.state] == ["waived"]
