"""The pages with charts in a real browser: no script error, nothing scrolls sideways, and every text can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.backtest import render_backtest
from reports.preview import render_preview
from tests.reports.backtests import backtest_document, hostile_document
from tests.reports.previews import preview_document
from tests.reports.test_chromium import pytestmark, seen_in

__all__ = ["pytestmark"]

Render = Callable[[bool], str]


def backtest(is_hostile: bool) -> str:
    document = backtest_document()
    return render_backtest(hostile_document(document) if is_hostile else document)


def preview(is_hostile: bool) -> str:
    document = preview_document()
    return render_preview(hostile_document(document) if is_hostile else document)


LINES: dict[Render, int] = {backtest: 2, preview: 4}
MARKS = 4
SHOWN: dict[Render, list[int]] = {backtest: [0, 0, 15, 8, 1], preview: [8, 4, 0, 0, 1]}
"""Widgets, tiles of alarms, shaded incidents, stretches below a chart, and tables."""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("render", [backtest, preview])
def test_the_page_can_be_read(render: Render, width: int, theme: str, tmp_path: Path) -> None:
    seen = seen_in(render(False), tmp_path, width=width, theme=theme)
    assert "failed" not in seen
    assert seen["js_error"] is None
    assert seen["scrollWidth"] <= seen["clientWidth"]
    assert seen["overflowing"] == []
    assert seen["contrast"] == {}
    assert (seen["nameless"], seen["twice"], seen["unreachable"]) == ([], [], [])
    paths, marks, *others = seen["drawn"]
    assert paths >= LINES[render]
    assert marks >= MARKS
    assert others == SHOWN[render]
    assert seen["theme"] == ("light" if theme == "dark" else "dark")


@pytest.mark.parametrize("render", [backtest, preview])
def test_hostile_values_neither_run_nor_push_the_page_wide(render: Render, tmp_path: Path) -> None:
    page = render(True).replace("alert(", "parent.hacked(")
    seen = seen_in(page, tmp_path, width=400)
    assert "failed" not in seen
    assert (seen["js_error"], seen["hackings"]) == (None, 0)
    assert seen["scrollWidth"] <= seen["clientWidth"]
