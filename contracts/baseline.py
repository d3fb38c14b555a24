"""Tonight's verdicts beside those of an earlier night: what is newly broken, mended, or still broken.

The earlier night is its ``verdicts.json`` (format 1), so that scripts and CI keep one small file and no recording.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.verdict import Outcome, Verdict
from gateway.errors import StageproofError

if TYPE_CHECKING:
    from contracts.recording import Manifest

FORMAT = 1
"""The format of ``verdicts.json`` that is read."""

WAIVED = "waived"
NOT_JUDGED = "not_judged"
"""The rule, or its subject, did not take part in that night."""

_UNPROVED = frozenset((Outcome.UNDETERMINED.value, NOT_JUDGED))


class BaselineError(StageproofError):
    """The verdicts of the earlier night cannot be read, or are of another API."""

    slug = "baseline"


class Movement(StrEnum):
    """What became of a rule and its subject since the earlier night."""

    NEWLY_BROKEN = "newly_broken"
    MENDED = "mended"
    STILL_BROKEN = "still_broken"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A rule and its subject that were broken on one of two nights.

    ``before`` and ``now`` are outcomes, ``waived``, or ``not_judged``.
    """

    movement: Movement
    rule: str
    subject: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """An earlier night. ``outcomes`` are by rule and subject, ``waived`` where a broken verdict was waived."""

    run_id: str
    stage: str
    rest_api_id: str
    rest_api_name: str
    started_at: str
    outcomes: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceBaseline:
    """What moved between an earlier night and this one, sorted by rule and subject."""

    baseline: Baseline
    moved: tuple[Moved, ...] = field(default=())

    def of(self, movement: Movement) -> tuple[Moved, ...]:
        """Return what moved in one way."""
        return tuple(item for item in self.moved if item.movement is movement)

    def is_new(self, verdict: Verdict) -> bool:
        """Say whether a verdict is broken tonight and was not on the earlier night."""
        wanted = (verdict.rule, verdict.subject)
        return any((item.rule, item.subject) == wanted for item in self.of(Movement.NEWLY_BROKEN))


def load_baseline(path: Path) -> Baseline:
    """Read the ``verdicts.json`` of an earlier night.

    Raises:
        BaselineError: If the file cannot be read or is not of the format.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BaselineError(
            f"{path}: no such file; name the verdicts.json of an earlier night, or leave --baseline out"
        ) from error
    except UnicodeDecodeError as error:
        raise BaselineError(f"{path}: not UTF-8 at byte {error.start}; name the file as stageproof wrote it") from error
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}; name a verdicts.json") from error
    return read_baseline(text, source=str(path))


def read_baseline(text: str, *, source: str) -> Baseline:
    """Read the text of a ``verdicts.json``.

    A verdict that was broken before the earlier night, and could not be judged on it, is still taken as broken: one
    night without evidence mends nothing.

    Args:
        text: The document.
        source: Its name, for messages.

    Raises:
        BaselineError: If the text is not of the format.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{source}: not valid JSON: {error}; name a verdicts.json that stageproof wrote") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise BaselineError(f"{source}: not a verdicts.json of format {FORMAT}; name one that stageproof run wrote")
    try:
        read = _Document.model_validate(document)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        pointer = "".join(f"/{part}" for part in fault["loc"])
        raise BaselineError(f"{source}: {pointer}: {fault['msg'].lower()}; the file is not whole") from error
    return read.baseline()


def since_baseline(
    verdicts: Iterable[Verdict], manifest: Manifest, rest_api_name: str, baseline: Baseline
) -> SinceBaseline:
    """Compare tonight's verdicts with those of an earlier night.

    What was broken and is not proved to hold tonight (no evidence, not applicable, waived, not judged) is UNSETTLED,
    not MENDED.

    Args:
        verdicts: Tonight's.
        manifest: Of tonight's recording.
        rest_api_name: The name of the API as reports show it.
        baseline: The earlier night; of another stage too, as to compare before a promotion.

    Raises:
        BaselineError: If the earlier night is of another API, by id and by name.
    """
    if manifest.api_id != baseline.rest_api_id and rest_api_name != baseline.rest_api_name:
        raise BaselineError(
            f"the baseline is of the API {baseline.rest_api_name} ({baseline.rest_api_id}), this run is of "
            f"{rest_api_name} ({manifest.api_id}); judge the recording again with a verdicts.json of the same API"
        )
    now = {(verdict.rule, verdict.subject): _state(verdict) for verdict in verdicts}
    return SinceBaseline(baseline=baseline, moved=tuple(_moved(baseline.outcomes, now)))


def _moved(before: Mapping[tuple[str, str], str], now: Mapping[tuple[str, str], str]) -> Iterator[Moved]:
    for rule, subject in sorted({*before, *now}):
        was = before.get((rule, subject), NOT_JUDGED)
        is_now = now.get((rule, subject), NOT_JUDGED)
        movement = _movement(was, is_now)
        if movement is not None:
            yield Moved(movement=movement, rule=rule, subject=subject, before=was, now=is_now)


def _movement(was: str, is_now: str) -> Movement | None:
    if is_now == Outcome.BROKEN:
        return Movement.STILL_BROKEN if was == Outcome.BROKEN else Movement.NEWLY_BROKEN
    if was != Outcome.BROKEN:
        return None
    return Movement.MENDED if is_now == Outcome.HELD else Movement.UNSETTLED


def _state(verdict: Verdict) -> str:
    return WAIVED if verdict.waived else verdict.outcome.value


class _Part(BaseModel):
    """What is read of a document; fields may be added to the format at any time."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Run(_Part):
    run_id: str
    stage: str
    rest_api_id: str
    rest_api_name: str
    started_at: str


class _Verdict(_Part):
    rule: str
    subject: str
    outcome: Outcome
    waived: object | None

    @property
    def state(self) -> str:
        return WAIVED if self.waived else self.outcome.value


class _Unsettled(_Part):
    rule: str
    subject: str
    now: str


class _Since(_Part):
    unsettled: tuple[_Unsettled, ...] = ()


class _Document(_Part):
    run: _Run
    verdicts: tuple[_Verdict, ...]
    since_baseline: _Since | None = None

    def baseline(self) -> Baseline:
        outcomes = {(verdict.rule, verdict.subject): verdict.state for verdict in self.verdicts}
        for item in self.since_baseline.unsettled if self.since_baseline else ():
            if item.now in _UNPROVED:
                outcomes[item.rule, item.subject] = Outcome.BROKEN.value
        return Baseline(**self.run.model_dump(), outcomes=outcomes)
