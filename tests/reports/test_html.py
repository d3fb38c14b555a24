from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.verdict import Comparison, Finding, Outcome
from gateway.errors import StageproofError
from reports.html import render_html, write_html
from reports.write import write_reports
from tests.reports.goldens import golden
from tests.reports.judgements import RULES, calm, compared, faulty, judgement, transaction, verdict

MAIN = re.compile(r"<main.*</main>", re.DOTALL)


def test_the_page_of_a_calm_night_is_as_it_was() -> None:
    found = MAIN.search(render_html(calm()))
    assert found is not None
    assert found[0] + "\n" == golden("calm.main.html")


def test_the_page_loads_nothing() -> None:
    page = render_html(faulty())
    assert not re.findall(r"(?:src|srcset|poster|data)=|<link|@import|url\((?!#)|<iframe|<object", page)
    assert "default-src 'none'" in page


def test_links_inside_of_the_page_lead_somewhere() -> None:
    for night in (faulty(), calm(), compared(faulty())):
        page = render_html(night)
        names = set(re.findall(r'\bid="([^"]+)"', page))
        assert set(re.findall(r'href="#([^"]+)"', page)) <= names
        assert len(names) == len(re.findall(r'\bid="', page))


def test_the_page_tells_what_moved_since_the_baseline() -> None:
    page = render_html(compared(faulty()))
    section = page[page.index('<section id="since"') : page.index('aria-labelledby="pipeline-title"')]
    assert "4 newly broken, 1 mended, 1 still broken, 1 unsettled." in section
    assert "Compared with 20260228-0300-1a2b, stage dev, 2026-02-28T03:00:00Z." in section
    order = [section.index(text) for text in ("IQ005", "RT002", "MQ002", "IQ002")]
    assert order == sorted(order)
    assert "broken → undetermined" in section
    leads = re.findall(r'href="#([^"]+)"', section)
    assert [lead[:5] for lead in leads] == ["CO006", "IQ005", "IS003", "OB004", "MQ002"]
    assert set(leads) <= set(re.findall(r'<article class="item card \w+" id="([^"]+)"', page))
    assert 'id="since"' not in render_html(faulty())


def test_a_page_of_20_000_exchanges_stays_below_five_megabytes() -> None:
    body = b'{"text": "' + b"<&>'" * 2_000 + b'"}'
    transactions = [transaction(number, body=body, lines=("'<&>\"" * 200,) * 40) for number in range(20_000)]
    long = '"<>&\n' * 2_000
    shown = Comparison(what="body", expected=long, actual=long.replace("<", "("), inputs=(("template", long),) * 3)
    codes = list(RULES)
    verdicts = [
        verdict(
            codes[number % len(codes)],
            f"GET /{'resource' * 5}/{number % 60}",
            findings=tuple(
                Finding(
                    outcome=Outcome.BROKEN,
                    message="<" * 400,
                    evidence=(f"x{(number * 5 + place) % 20_000:05d}",),
                    comparison=shown if number % 2 else None,
                )
                for place in range(5)
            ),
        )
        for number in range(1_500)
    ]
    held = [
        verdict(code, f"GET /{'resource' * 5}/{place}", Outcome.HELD, message="x" * 900)
        for code in codes
        for place in range(700)
    ]
    page = render_html(judgement([*verdicts, *held], transactions))
    assert len(page.encode()) < 5_000_000
    assert page.count('class="item card') == 300


def test_all_reports_are_written(tmp_path: Path) -> None:
    paths = write_reports(faulty(), tmp_path / "deep" / "out")
    assert [path.name for path in paths] == ["report.html", "verdicts.json", "junit.xml", "summary.md"]
    assert sorted(path.name for path in (tmp_path / "deep" / "out").iterdir()) == sorted(path.name for path in paths)


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StageproofError, match=r"report\.html: cannot be written: .*choose another place"):
        write_html(calm(), tmp_path / "file" / "report.html")
