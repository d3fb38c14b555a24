from __future__ import annotations

import itertools

from contracts.verdict import Outcome, Step
from reports.view.pipeline import Box, pipelines
from reports.view.run_facts import first_broken_step
from reports.view.words import STEP_NAMES
from tests.reports.judgements import calm, faulty, judgement, verdict


def box_of(boxes: tuple[Box, ...], name: str) -> Box:
    return next(box for box in boxes if box.spoken.startswith(f"{name}:"))


def test_every_step_tells_its_state_and_counts() -> None:
    for drawing in pipelines(faulty()):
        told = {box.spoken: (box.state, box.href, box.breaks_here) for box in drawing.boxes if box.spoken}
        assert told == {
            "Routing: ✓ 8 held": ("held", "", False),
            "Method request: ✕ 1 broken": ("error", "#step-method_request", True),
            "Integration request: ✕ 1 broken, ? 2 undetermined": ("error", "#step-integration_request", False),
            "Backend: ✓ 8 held": ("held", "", False),
            "Gateway responses: ✕ 1 broken": ("error", "#step-gateway_response", False),
            "Integration response: ✕ 1 broken": ("error", "#step-integration_response", False),
            "Method response: ✓ 8 held": ("held", "", False),
            "Stage: ✕ 1 broken": ("note", "#step-stage", False),
        }


def test_the_label_of_a_step_carries_its_number() -> None:
    wide, narrow = pipelines(faulty())
    texts = [(label.kind, label.text) for label in box_of(wide.boxes, "Integration request").labels]
    assert texts == [
        ("number", "2"),
        ("name", "Integration request"),
        ("broken", "✕ 1 broken"),
        ("undetermined", "? 2 undetermined"),
    ]
    texts = [(label.kind, label.text) for label in box_of(narrow.boxes, "Integration request").labels]
    assert texts[:3] == [("number", "2"), ("name", "Integration"), ("name", "request")]


def test_nothing_breaks_on_a_calm_night() -> None:
    wide, _ = pipelines(calm())
    assert not any(box.breaks_here for box in wide.boxes)
    assert box_of(wide.boxes, "Backend").spoken == "Backend: nothing to judge"
    assert box_of(wide.boxes, "Backend").state == "idle"


def test_the_first_step_with_the_worst_severity_is_where_it_breaks() -> None:
    note_first = judgement([verdict("OB004", "stage"), verdict("MS001", "GET /users"), verdict("IS003", "GET /users")])
    assert first_broken_step(note_first) is Step.INTEGRATION_RESPONSE
    assert first_broken_step(judgement([verdict("MS001", "GET /users", Outcome.HELD)])) is None


def test_boxes_stand_inside_the_drawing_and_do_not_overlap() -> None:
    for drawing in pipelines(faulty()):
        assert len(drawing.boxes) == len(STEP_NAMES) + 1
        for box in drawing.boxes:
            assert 0 <= box.x <= box.x + box.width <= drawing.width
            assert 0 <= box.y <= box.y + box.height <= drawing.height
            assert all(box.y < label.y < box.y + box.height for label in box.labels)
        for one, other in itertools.combinations(drawing.boxes, 2):
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
