"""What every worker process needs, loaded once: the fork server imports this module and forks the workers from it.

pyarrow takes numpy along, and pandas with the first array it makes: half a second of processor time for what writing
parts has no use for. So they are hidden while pyarrow loads. Hypothesis asks for numpy too, so it is not hidden longer.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from collections.abc import Iterator

_NEEDED = (
    "probes.shard",
    "probes.schemathesis_engine",
    "schemathesis.specs.openapi.schemas",
    "schemathesis.engine.run.unit",
    "schemathesis.engine.run.stateful",
)


@contextlib.contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Let imports of these modules fail as if they were not installed, unless they are loaded already."""
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None makes the import fail
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


def load() -> None:
    """Load everything, without a search for garbage: nothing that an import makes is."""
    gc.disable()
    with hidden(*(() if "pyarrow" in sys.modules else ("numpy", "pandas"))):  # a loaded pyarrow has chosen already
        import pyarrow as pa

        importlib.import_module("contracts.recording_tables")
        pa.array([""])
    for name in _NEEDED:
        importlib.import_module(name)
    gc.freeze()
    gc.enable()


load()
