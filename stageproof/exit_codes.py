"""What the exit code says: nothing broken, something broken, or that the run could not be carried out."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.judgement import Judgement


class ExitCode(IntEnum):
    """The exit codes that CI scripts read."""

    NOTHING_BROKEN = 0
    SOMETHING_BROKEN = 1
    NOT_CARRIED_OUT = 2


class FailOn(StrEnum):
    """What makes the exit code 1."""

    BROKEN = "broken"
    UNDETERMINED = "undetermined"


def exit_code(judgement: Judgement, fail_on: Collection[FailOn] = ()) -> ExitCode:
    """Return the exit code of a judged run. A rule that raised means that the run could not be judged."""
    if judgement.internal_errors:
        return ExitCode.NOT_CARRIED_OUT
    failing = judgement.summary["broken"]
    if FailOn.UNDETERMINED in fail_on:
        failing += judgement.summary["undetermined"]
    return ExitCode.SOMETHING_BROKEN if failing else ExitCode.NOTHING_BROKEN


def one_line(error: BaseException) -> str:
    """Return an error's message; several faults stay on several lines, each whole."""
    return "\n".join(line.rstrip() for line in str(error).splitlines() if line.strip()) or type(error).__name__
