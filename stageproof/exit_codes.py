"""What the exit code says: nothing broken, something broken, or that the run could not be carried out."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.baseline import Movement
from gateway.errors import StageproofError

if TYPE_CHECKING:
    from contracts.judgement import Judgement


class ExitCode(IntEnum):
    """The exit codes that CI scripts read."""

    NOTHING_BROKEN = 0
    SOMETHING_BROKEN = 1
    NOT_CARRIED_OUT = 2


class FailOn(StrEnum):
    """What makes the exit code 1. With ``new`` alone, what was broken in the baseline already does not."""

    BROKEN = "broken"
    UNDETERMINED = "undetermined"
    NEW = "new"


def exit_code(judgement: Judgement, fail_on: Collection[FailOn] = ()) -> ExitCode:
    """Return the exit code of a judged run. A rule that raised means that the run could not be judged."""
    if judgement.internal_errors:
        return ExitCode.NOT_CARRIED_OUT
    failing = judgement.summary["broken"]
    if FailOn.NEW in fail_on and FailOn.BROKEN not in fail_on:
        failing = len(judgement.since.of(Movement.NEWLY_BROKEN)) if judgement.since else failing
    if FailOn.UNDETERMINED in fail_on:
        failing += judgement.summary["undetermined"]
    return ExitCode.SOMETHING_BROKEN if failing else ExitCode.NOTHING_BROKEN


def check_fail_on(fail_on: Collection[FailOn], baseline: Path | None) -> None:
    """Make sure that what fails can be told.

    Raises:
        StageproofError: If only what is new shall fail, and nothing says what was before.
    """
    if FailOn.NEW in fail_on and baseline is None:
        raise StageproofError("--fail-on new needs --baseline with the verdicts.json of an earlier night")


def one_line(error: BaseException) -> str:
    """Return an error's message; several faults stay on several lines, each whole."""
    return "\n".join(line.rstrip() for line in str(error).splitlines() if line.strip()) or type(error).__name__
