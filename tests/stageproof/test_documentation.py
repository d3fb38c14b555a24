"""Rule pages and the coverage table are generated from the catalogue; what is stale or left over fails the check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.catalogue import CATALOGUE
from contracts.verdict import Severity
from stageproof import documentation
from stageproof.documentation import load_modes, main, pages

MODES = load_modes()


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of freshly written pages."""
    monkeypatch.setattr(documentation, "DOCS", tmp_path)
    assert main([]) == 0
    return tmp_path


def test_every_rule_has_a_page_that_says_why_how_and_whence() -> None:
    made = pages(CATALOGUE, MODES)
    assert set(made) == {f"rules/{rule.code}.md" for rule in CATALOGUE} | {"rules/README.md", "coverage.md"}
    for rule in CATALOGUE:
        page = made[f"rules/{rule.code}.md"]
        for text in (rule.title, rule.why, rule.fix, rule.source_url, rule.severity.value):
            assert text in page, rule.code
        assert all(f"({code}.md)" in page for code in rule.explained_by), rule.code
        assert f"({rule.code}.md)" in made["rules/README.md"]


def test_coverage_counts_the_modes_that_a_rule_finds() -> None:
    first = next(rule for rule in CATALOGUE if rule.failure_modes)
    coverage = pages([first], MODES)["coverage.md"]
    assert f"{len(first.failure_modes)} of {len(MODES)} known failure modes have a rule; 0 have" in coverage
    for mode in MODES:
        row = next(line for line in coverage.splitlines() if line.startswith(f"| `{mode}` |"))
        assert (first.code in row) is (mode in first.failure_modes)
        assert row.endswith("| none yet |  |") is (mode not in first.failure_modes)


def test_coverage_names_the_planted_faults() -> None:
    first = next(iter(MODES))
    coverage = pages(CATALOGUE, MODES, {first: ["a-fault", "another"]})["coverage.md"]
    row = next(line for line in coverage.splitlines() if line.startswith(f"| `{first}` |"))
    assert row.endswith("| `a-fault`, `another` |")
    assert "1 have a planted fault" in coverage


def test_fresh_pages_pass_the_check(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (docs / "rules" / "README.md").is_file()
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["rules/CO001.md", "rules/README.md", "coverage.md", "configuration.md"])
def test_a_stale_or_missing_page_fails_the_check(docs: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    (docs / name).write_text("an older text", encoding="utf-8")
    assert main(["--check"]) == 1
    assert f"docs/{name} is out of date: run python -m stageproof.documentation" in capsys.readouterr().err
    (docs / name).unlink()
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_the_page_of_a_rule_that_is_gone_fails_the_check_and_is_removed(docs: Path) -> None:
    orphan = docs / "rules" / "ZZ999.md"
    orphan.write_text("a rule of old", encoding="utf-8")
    assert main(["--check"]) == 1
    assert orphan.is_file()
    assert main([]) == 0
    assert not orphan.exists()


def test_a_changed_rule_changes_its_page_and_the_index() -> None:
    rule = CATALOGUE[0]
    before = pages([rule], MODES)
    after = pages([replace(rule, severity=Severity.NOTE, title="Another title")], MODES)
    assert before[f"rules/{rule.code}.md"] != after[f"rules/{rule.code}.md"]
    assert before["rules/README.md"] != after["rules/README.md"]
