"""What is switched off in Hypothesis is off, and strategies work as before: a new version must pass this first."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

from hypothesis import strategies
from hypothesis.internal import reflection
from hypothesis.internal.conjecture import providers

from probes.hypothesis_internals import UNDESCRIBED, quieten_hypothesis

DRAWN = """
import sys
from hypothesis import given, seed, settings, strategies
from probes.hypothesis_internals import quieten_hypothesis
quieten_hypothesis()
sys.path.insert(0, sys.argv[1])
import constants_of_mine
drawn = []

@seed(1)
@settings(max_examples=200, database=None, derandomize=False)
@given(strategies.text(max_size=30), strategies.integers())
def draw(text, number):
    drawn.append((text, number))

draw()
print(ascii(drawn))
"""


def test_pinned_version() -> None:
    assert importlib.metadata.version("hypothesis").startswith("6.")


def test_lambdas_are_not_described() -> None:
    quieten_hypothesis()
    assert reflection.get_pretty_function_description(lambda value: value + 1) == UNDESCRIBED
    assert repr(strategies.integers().map(lambda value: value * 2)) == f"integers().map({UNDESCRIBED})"


def test_no_constants_of_local_modules_are_drawn() -> None:
    quieten_hypothesis()
    assert len(providers._get_local_constants()) == 0


def test_cases_do_not_depend_on_local_source(tmp_path: Path) -> None:
    """A module of one's own with constants in it, in or out, changes nothing and is not kept in a folder."""
    told = [_drawn(tmp_path / name, source) for name, source in (("a", "X = 'needle-in-the-hay'"), ("b", ""))]
    assert told[0] == told[1]
    assert not list(tmp_path.glob("*/.hypothesis/constants"))


def _drawn(folder: Path, source: str) -> str:
    folder.mkdir()
    (folder / "constants_of_mine.py").write_text(source, encoding="utf-8")
    root = str(Path(__file__).parent.parent.parent)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n{DRAWN}", str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
