"""What moto lacks and the suite needs, one file a gap. ``GAPS`` is the one list of them, in the order of filling."""

from __future__ import annotations

from types import ModuleType

from sandbox.control_plane import deployments, revision

GAPS: tuple[ModuleType, ...] = (
    revision,
    deployments,
)


def fill_gaps() -> None:
    """Fill every gap in the moto of this process; filling twice changes nothing."""
    for gap in GAPS:
        gap.install()
