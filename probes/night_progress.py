"""How far a night came, beside its recording, so that an interrupted one can be continued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.recording import RecordingRedactor
from contracts.recording_files import read_json, write_json
from gateway.errors import StageproofError
from probes.traffic_phases import PhaseOutcome

FILE_NAME = "progress.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightProgress:
    """What is done. ``attempts`` counts the runs that wrote to this recording, the present one included.

    ``probes`` is how many targeted probes there were, and ``probes_sent`` how many of them went out.
    """

    attempts: int = 1
    is_probed: bool = False
    probes: int = 0
    probes_sent: int = 0
    outcomes: tuple[PhaseOutcome, ...] = ()


def read_progress(directory: Path) -> NightProgress:
    """Read how far the interrupted night came.

    Raises:
        StageproofError: If the folder holds no night that can be continued.
    """
    path = directory / FILE_NAME
    if not path.exists():
        raise StageproofError(f"{directory}: holds no run that can be continued (no {FILE_NAME}); start a new one")
    plain = read_json(path)
    try:
        return _progress(plain)
    except (KeyError, TypeError) as error:
        raise StageproofError(f"{path}: is damaged; start a new run") from error


def write_progress(directory: Path, progress: NightProgress, redactor: RecordingRedactor) -> None:
    """Write how far the night came; the reasons in it may repeat what was sent, so secrets are replaced."""
    write_json(directory / FILE_NAME, redactor.document(asdict(progress)))


def remove_progress(directory: Path) -> None:
    """Forget it: the night came to its end."""
    (directory / FILE_NAME).unlink(missing_ok=True)


def _progress(plain: Mapping[str, Any]) -> NightProgress:
    outcomes = tuple(PhaseOutcome(**outcome) for outcome in plain["outcomes"])
    counts = {name: plain.get(name, 0) for name in ("probes", "probes_sent")}
    return NightProgress(attempts=plain["attempts"], is_probed=plain["is_probed"], **counts, outcomes=outcomes)
