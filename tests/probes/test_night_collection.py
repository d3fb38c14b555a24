"""Collectors run side by side; none of them holds up the end of a night that is interrupted."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from contracts.evidence import Completeness, MetricPoint
from contracts.recording import RecordingWriter
from contracts.redaction import Redactor
from probes.aws import AwsError
from probes.collection import Collected, Patience
from probes.night_collection import run_jobs
from probes.progress import Progress

NOTHING: Collected[MetricPoint] = Collected(items=(), completeness=Completeness(expected=0, found=0))


@pytest.fixture
def writer(tmp_path: Path) -> RecordingWriter:
    return RecordingWriter(tmp_path, redactor=Redactor(b"k" * 32))


def _waits(patience: Patience) -> Collected[MetricPoint]:
    patience.sleep(600.0)
    return NOTHING


def test_ctrl_c_ends_the_waiting_of_all(writer: RecordingWriter) -> None:
    def interrupted(progress: Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    patience = Patience()
    began_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_jobs({"metrics": lambda: NOTHING, "traces": lambda: _waits(patience)}, patience, writer, interrupted)
    assert time.monotonic() - began_s < 60


def test_one_that_cannot_go_on_ends_the_waiting_of_all(writer: RecordingWriter) -> None:
    def expired() -> Collected[MetricPoint]:
        raise AwsError("the AWS credentials have expired")

    patience = Patience()
    with pytest.raises(AwsError, match="expired"):
        run_jobs({"metrics": expired, "traces": lambda: _waits(patience)}, patience, writer, lambda _: None)
