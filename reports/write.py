"""All reports of a judgement."""

from __future__ import annotations

from pathlib import Path

from contracts.judgement import Judgement
from reports.html import write_html
from reports.json_report import write_verdicts
from reports.junit import write_junit
from reports.markdown import write_summary

WRITERS = {
    "report.html": write_html,
    "verdicts.json": write_verdicts,
    "junit.xml": write_junit,
    "summary.md": write_summary,
}
"""What is written, under which name."""


def write_reports(judgement: Judgement, directory: Path) -> tuple[Path, ...]:
    """Write report.html, verdicts.json, junit.xml and summary.md into a folder, and return their paths.

    Raises:
        StageproofError: If a file cannot be written.
    """
    for name, write in WRITERS.items():
        write(judgement, directory / name)
    return tuple(directory / name for name in WRITERS)
