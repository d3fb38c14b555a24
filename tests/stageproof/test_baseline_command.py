"""A night beside the night before, as CI runs it: what was broken already, what is new, and which of them fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.stageproof.conftest import Pets, Run

TRAFFIC = '[traffic]\nphases = ["examples"]\nmax_examples = 1\n[collection]\ndeadline = "10s"\n'


def document(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_night_before_tells_what_is_new(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    pets.config(tmp_path, rest=TRAFFIC)
    first = stageproof("run", "dev", "--out", "first")
    assert first.code == 1, first.err
    verdicts = document(tmp_path / "first" / "verdicts.json")
    broken = [item for item in verdicts["verdicts"] if item["outcome"] == "broken"]
    assert broken
    assert verdicts["since_baseline"] is None

    second = stageproof("run", "dev", "--out", "second", "--baseline", "first/verdicts.json", "--fail-on", "new")
    assert second.code == 0, second.out
    assert f"0 newly broken, 0 mended, {len(broken)} still broken" in second.out
    since = document(tmp_path / "second" / "verdicts.json")["since_baseline"]
    assert since["baseline"]["run_id"] == verdicts["run"]["run_id"]
    assert "Since the baseline" in (tmp_path / "second" / "summary.md").read_text(encoding="utf-8")
    assert "Since the baseline" in (tmp_path / "second" / "report.html").read_text(encoding="utf-8")

    mended = next(item for item in verdicts["verdicts"] if item["outcome"] == "broken")
    mended["outcome"] = "held"
    (tmp_path / "better.json").write_text(json.dumps(verdicts), encoding="utf-8")
    arguments = ("--baseline", "better.json", "--out", "third")
    third = stageproof("judge", "second", *arguments, "--fail-on", "new")
    assert third.code == 1
    told = document(tmp_path / "third" / "verdicts.json")["since_baseline"]["newly_broken"]
    assert told == [{"rule": mended["rule"], "subject": mended["subject"], "before": "held", "now": "broken"}]
    assert stageproof("report", "second", *arguments).code == 0


@pytest.mark.parametrize("command", [("run", "dev"), ("judge", "recording")])
def test_only_new_needs_a_baseline(stageproof: Run, command: tuple[str, ...]) -> None:
    ended = stageproof(*command, "--fail-on", "new")
    assert ended.code == 2
    assert ended.error == "--fail-on new needs --baseline with the verdicts.json of an earlier night"


@pytest.mark.parametrize("command", [("run", "dev"), ("judge", "recording"), ("report", "recording")])
def test_a_baseline_that_is_none_ends_the_command_before_it_begins(
    stageproof: Run, pets: Pets, tmp_path: Path, command: tuple[str, ...]
) -> None:
    pets.config(tmp_path)
    ended = stageproof(*command, "--baseline", "stageproof.toml")
    assert ended.code == 2
    assert ended.error.startswith("stageproof.toml: not valid JSON")
    assert not (tmp_path / "recordings").exists()
