"""The page in a real browser: no script error, filters work, nothing scrolls sideways, and every text can be read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reports.html import render_html
from reports.view.anchors import anchor
from tests.reports.goldens import golden
from tests.reports.hostile import hostile
from tests.reports.judgements import calm, faulty

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.chromium,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is absent (Debian: apt-get install chromium)"),
]


def dom_of(url: str, folder: Path) -> str:
    """The page's DOM after its scripts ran."""
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
    ]
    command = [
        str(CHROMIUM),
        *flags,
        f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=4000",
        "--dump-dom",
        url,
    ]
    return subprocess.run(command, capture_output=True, check=True, timeout=120, text=True).stdout


def seen_in(page: str, folder: Path, *, width: int, theme: str = "light") -> dict[str, Any]:
    """What the harness wrote down about a page in a frame of a width."""
    script = json.dumps(page).replace("<", "\\u003c")
    values = {"PAGE": script, "WIDTH": str(width), "THEME": theme}
    text = re.sub(r"\b(PAGE|WIDTH|THEME)\b", lambda match: values[match[0]], golden("harness.html"))
    path = folder / "harness.html"
    path.write_text(text, encoding="utf-8")
    found = re.search(r'<script type="application/json" id="seen">(.*?)</script>', dom_of(path.as_uri(), folder))
    assert found is not None
    seen = json.loads(found[1])
    assert isinstance(seen, dict)
    return seen


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_works_and_can_be_read(width: int, theme: str, tmp_path: Path) -> None:
    seen = seen_in(render_html(faulty()), tmp_path, width=width, theme=theme)
    assert "failed" not in seen
    assert (seen["ready"], seen["js_error"]) == ("true", None)
    assert seen["scrollWidth"] <= seen["clientWidth"]
    assert seen["pipelines"] == (["narrow"] if width == 400 else ["wide"])
    assert seen["overflowing"] == []
    assert seen["contrast"] == {}
    assert (seen["nameless"], seen["twice"], seen["unreachable"]) == ([], [], [])
    assert seen["scrolled"] == 0, "a log does not open at the line that tells of the step"
    assert seen["cards"] == seen["cards_again"] == 5
    assert seen["all_items"] == 12
    assert seen["after_click"] == ["MQ002"]
    assert seen["said"] == "1 shown"
    assert seen["empty_groups"] == 0
    assert seen["theme"] == ("light" if theme == "dark" else "dark")


def test_hostile_values_neither_run_nor_push_the_page_wide(tmp_path: Path) -> None:
    seen = seen_in(render_html(hostile(faulty())).replace("alert(", "parent.hacked("), tmp_path, width=400)
    assert "failed" not in seen
    assert (seen["ready"], seen["js_error"], seen["hackings"]) == ("true", None, 0)
    assert seen["scrollWidth"] <= seen["clientWidth"]


@pytest.mark.parametrize("wanted", ["step=integration_request&outcome=broken", "text=MALFORMED lambda proxy"])
def test_the_page_opens_from_a_file_and_a_link_filters_it(wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(faulty()), encoding="utf-8")
    dom = dom_of(f"{path.as_uri()}#filter:{wanted.replace(' ', '+')}", tmp_path)
    assert 'data-ready="true"' in dom
    assert not re.search(r"<html[^>]*data-js-error", dom)
    assert re.search(r'<output id="shown"[^>]*>1 shown</output>', dom)
    hidden = re.findall(r'<article class="item card \w+" id="(\w+)-[^"]*"[^>]* hidden=""', dom)
    assert hidden == ["MQ002", "IS003", "CO006", "OB004"]


def test_a_link_to_a_verdict_opens_its_first_proof(tmp_path: Path) -> None:
    """The link is the same on every night: it is made of rule and subject."""
    path = tmp_path / "report.html"
    path.write_text(render_html(faulty()), encoding="utf-8")
    dom = dom_of(f"{path.as_uri()}#{anchor('IS003', 'POST /legacy/users')}", tmp_path)
    cards = re.findall(r'<article class="item card \w+" id="(\w+)-.*?</article>', dom, re.DOTALL)
    opened = [
        card
        for card in cards
        if re.search(rf'id="{card}-(?:(?!</article>).)*<details class="proof" open', dom, re.DOTALL)
    ]
    assert opened == ["MQ002", "IS003"]


def test_the_calm_page_has_no_script_error(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_html(calm()), encoding="utf-8")
    dom = dom_of(path.as_uri(), tmp_path)
    assert 'data-ready="true"' in dom
    assert not re.search(r"<html[^>]*data-js-error", dom)
