"""Progress of a night: a live bar at a terminal, plain lines in CI."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

from probes import progress as probes_progress

_PLAIN_EVERY_S = 5.0

_WIDE = 100
"""Columns from which there is room for a bar and the time."""


class NightProgress:
    """Shows what probes tell; call it as their ``on_progress``."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        console = Console(file=self._stream)
        self._bar = _bar(console) if console.is_terminal else None
        self._tasks: dict[str, TaskID] = {}
        self._last = ("", 0.0)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, progress: probes_progress.Progress) -> None:
        """Show one piece of news."""
        if self._bar is None:
            self._print_line(progress)
            return
        if progress.phase not in self._tasks:
            phase = progress.phase.replace("_", " ")
            self._tasks[progress.phase] = self._bar.add_task(phase, total=None, details="", count="")
        task, total = self._tasks[progress.phase], progress.total or None
        self._bar.update(task, completed=progress.done, total=total, details=_details(progress), count=_count(progress))

    def say(self, text: str) -> None:
        """Print one line above the bar."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False)
        else:
            self._stream.write(text + "\n")
            self._stream.flush()

    def _print_line(self, progress: probes_progress.Progress) -> None:
        phase, printed_at_s = self._last
        finished = progress.total > 0 and progress.done >= progress.total
        if phase == progress.phase and not finished and time.monotonic() - printed_at_s < _PLAIN_EVERY_S:
            return
        self._last = (progress.phase, time.monotonic())
        words = " ".join(part for part in (_count(progress), _details(progress)) if part)
        phase = progress.phase.replace("_", " ")
        self.say(f"{phase}: {words}" if words else phase)


def _count(progress: probes_progress.Progress) -> str:
    return f"{progress.done}/{progress.total}" if progress.total else ""


def _details(progress: probes_progress.Progress) -> str:
    parts = [progress.operation] if progress.operation else []
    if progress.requests:
        parts.append(_counted(progress.requests, "request"))
    if progress.failures:
        parts.append(_counted(progress.failures, "failure"))
    if progress.eta_s is not None:
        parts.append(f"about {progress.eta_s:.0f} s left")
    return " · ".join(parts)


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _bar(console: Console) -> Progress:
    """Return the bar; in a narrow terminal the counts stay, and what they are of is cut."""
    is_wide = console.width >= _WIDE
    details = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description:<13}"),
        *((BarColumn(bar_width=24),) if is_wide else ()),
        TextColumn("{task.fields[count]}"),
        *((TimeElapsedColumn(),) if is_wide else ()),
        TextColumn("{task.fields[details]}", markup=False, table_column=details),
        console=console,
        transient=False,
        expand=True,
    )
