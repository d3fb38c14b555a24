"""What workers are forked from: the engine loaded, nothing that they do not need, no garbage search left off."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from probes.worker_preload import hidden

LOADED = """
import gc, json, sys, threading
sys.path.insert(0, {root!r})
import probes.worker_preload
print(json.dumps([sorted(sys.modules), gc.isenabled(), threading.active_count()]))
"""


def test_loads_the_engine_and_no_tables_of_pandas() -> None:
    script = LOADED.format(root=str(Path(__file__).parent.parent.parent))
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    modules, collects_garbage, threads = json.loads(told)
    assert {"schemathesis", "pyarrow", "probes.shard", "contracts.recording_tables"} <= set(modules)
    assert not {"numpy", "pandas", "boto3", "botocore", "pydantic", "rich", "typer"} & set(modules)
    assert collects_garbage
    assert threads == 1


def test_can_be_loaded_where_pyarrow_is_loaded_already() -> None:
    script = "import numpy, pyarrow, probes.worker_preload; print(pyarrow.array(['a']).to_pylist())"
    root = Path(__file__).parent.parent.parent
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root).stdout
    assert told == "['a']\n"


def test_hidden_modules_cannot_be_imported_and_can_afterwards() -> None:
    with hidden("antigravity", "json"), pytest.raises(ModuleNotFoundError):
        __import__("antigravity")
    assert "antigravity" not in sys.modules
    assert json is sys.modules["json"]
