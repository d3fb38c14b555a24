"""Pages as they were last approved: ``tests/data/reports``."""

from __future__ import annotations

from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data" / "reports"


def golden(name: str) -> str:
    """Return an approved page."""
    return (DATA / name).read_text(encoding="utf-8")
