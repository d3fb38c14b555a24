"""Every slug of an error names a section of ``docs/errors.md``, and every section a slug."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("gateway", "contracts", "probes", "alarms", "dashboards", "reports", "sandbox", "stageproof")


def slugs() -> Iterator[tuple[str, str]]:
    """Give each slug with the class that has it, from the source: not every module can be imported at once."""
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                for statement in node.body:
                    if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "slug":
                        yield ast.literal_eval(statement.value), f"{path.relative_to(ROOT)}: {node.name}"


def test_every_slug_has_its_section() -> None:
    sections = re.findall(r"^## (.+)$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = dict(slugs())
    assert len(named) > 20
    assert {slug: where for slug, where in named.items() if slug not in sections} == {}
    assert [section for section in sections if section not in named] == []
    assert len(set(sections)) == len(sections)
