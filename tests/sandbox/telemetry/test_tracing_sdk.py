"""Nothing stays open behind a process that only imported the sandbox, as a collection of tests does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_no_socket_is_left_open_by_an_import() -> None:
    program = [sys.executable, "-W", "default::ResourceWarning", "-c", "import sandbox.sandbox, sandbox.faults"]
    ended = subprocess.run(program, capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stderr == ""
