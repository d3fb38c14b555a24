"""Progress: a bar on a terminal, plain lines in a CI log."""

from __future__ import annotations

import io
import re

import pytest

from probes.progress import Progress
from stageproof.progress import NightProgress

NEWS = (
    Progress(phase="configuration"),
    Progress(phase="traffic", operation="GET /users", done=0, total=3, requests=4),
    Progress(phase="traffic", operation="GET /users", done=1, total=3, requests=9, failures=1, eta_s=7.6),
    Progress(phase="traffic", operation="POST /users", done=3, total=3, requests=20, failures=1, eta_s=0.0),
    Progress(phase="collection", operation="traces", done=4, total=4),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    with NightProgress(stream) as progress:
        progress.say("starting")
        for news in NEWS:
            progress(news)
    return stream.getvalue()


def test_plain_lines_in_ci_tell_the_first_and_the_last_of_a_phase() -> None:
    assert shown(io.StringIO()).splitlines() == [
        "starting",
        "configuration",
        "traffic: 0/3 GET /users · 4 requests",
        "traffic: 3/3 POST /users · 20 requests · 1 failure · about 0 s left",
        "collection: 4/4 traces",
    ]


def test_a_bar_at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    text = shown(Terminal())
    assert "\x1b[" in text
    assert "━" in text
    for words in ("starting", "traffic", "3/3", "POST /users · 20 requests · 1 failure", "collection", "4/4"):
        assert words in text
    assert "traffic: 0/3" not in text


@pytest.mark.parametrize("columns", [40, 80])
def test_the_counts_stay_in_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(columns))
    told = [re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", line).rstrip() for line in shown(Terminal()).splitlines()]
    assert max(map(len, told)) <= columns
    assert any(re.search(r"traffic .*3/3 .*POST /us", line) for line in told)
    assert not any("None" in line for line in told)


def test_no_control_characters_without_a_terminal() -> None:
    assert "\x1b" not in shown(io.StringIO())
