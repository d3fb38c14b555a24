from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.view.line_diff import DiffKind, DiffLine, line_diff


def test_a_changed_line_shows_which_characters_changed() -> None:
    assert line_diff('{\n  "a": "O\'Hara"\n}', '{\n  "a": "O\\\'Hara"\n}') == (
        DiffLine(kind=DiffKind.SAME, before="{"),
        DiffLine(kind=DiffKind.EXPECTED, before='  "a": "O', changed="", after="'Hara\""),
        DiffLine(kind=DiffKind.ACTUAL, before='  "a": "O', changed="\\", after="'Hara\""),
        DiffLine(kind=DiffKind.SAME, before="}"),
    )


def test_lines_that_share_little_are_not_marked_inside() -> None:
    assert [line.changed for line in line_diff('"name": "Ada"', '"tags": [1, 2, 3, 4, 5, 6]')] == ["", ""]


def test_added_and_missing_lines() -> None:
    lines = line_diff("a\nb", "a\nb\nc")
    assert lines[-1] == DiffLine(kind=DiffKind.ACTUAL, after="c")
    lines = line_diff("a\nb\nc", "b\nc")
    assert lines[0] == DiffLine(kind=DiffKind.EXPECTED, after="a")


def test_long_equal_stretches_are_shortened() -> None:
    equal = "\n".join(f"line {number}" for number in range(20))
    kinds = [line.kind.value for line in line_diff(f"x\n{equal}\ny", f"X\n{equal}\nY")]
    assert kinds == ["expected", "actual", *["same"] * 3, "skipped", *["same"] * 3, "expected", "actual"]
    skipped = [line.before for line in line_diff(f"x\n{equal}\ny", f"X\n{equal}\nY") if line.kind is DiffKind.SKIPPED]
    assert skipped == ["14 equal lines"]


def test_json_on_one_line_is_compared_field_by_field() -> None:
    padding = "x" * 80
    lines = line_diff(f'{{"a": 1, "b": "{padding}"}}', f'{{"a": 2, "b": "{padding}"}}')
    assert [(line.kind.value, line.changed) for line in lines][:4] == [
        ("same", ""), ("expected", "1"), ("actual", "2"), ("same", ""),
    ]  # fmt: skip


@given(st.text(alphabet="ab\n", max_size=40), st.text(alphabet="ab\n", max_size=40))
def test_a_diff_holds_both_texts(expected: str, actual: str) -> None:
    lines = line_diff(expected, actual)
    if any(line.kind is DiffKind.SKIPPED for line in lines):
        return
    texts = {
        side: "\n".join(line.before + line.changed + line.after for line in lines if line.kind in {DiffKind.SAME, side})
        for side in (DiffKind.EXPECTED, DiffKind.ACTUAL)
    }
    assert texts == {DiffKind.EXPECTED: expected, DiffKind.ACTUAL: actual}
