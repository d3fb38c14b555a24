"""Ctrl-C and SIGTERM in the middle of the traffic: what was recorded is kept, and the run goes on later."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contracts.recording import Recording

if TYPE_CHECKING:
    from tests.stageproof.conftest import Pets, Run

TRAFFIC = '[traffic]\nmax_examples = 8\nseed = 3\nphases = ["examples", "coverage", "fuzzing"]\n'
PATIENCE = '[collection]\npoll_interval = "1s"\ndeadline = "20s"\n'
TIMEOUT_S = 60


def interrupted(arguments: list[str], folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Run a command in a process group of its own, and send the group a signal once traffic flows."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stageproof", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stderr is not None
    watch = threading.Timer(TIMEOUT_S, process.kill)
    watch.start()
    try:
        lines = []
        with process.stderr:
            for line in process.stderr:
                lines.append(line)
                if line.startswith("traffic:") and len([each for each in lines if each.startswith("traffic:")]) == 1:
                    if number is signal.SIGINT:
                        os.killpg(process.pid, number)  # as a terminal does
                    else:
                        process.send_signal(number)  # as a CI service does
        return process.wait(), "".join(lines)
    finally:
        watch.cancel()
        process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_is_kept_and_goes_on(
    stageproof: Run, pets: Pets, tmp_path: Path, number: signal.Signals
) -> None:
    config = pets.config(tmp_path, rest=f'{TRAFFIC}rate_limit = "6/s"\n{PATIENCE}').rename(tmp_path / "night.toml")
    arguments = ["run", "dev", "--config", "night.toml", "--out", "night", "--operation", "GET /pets"]
    code, told = interrupted(arguments, tmp_path, number)

    assert code == 2
    assert "Traceback" not in told
    line = told.splitlines()[-1]
    found = re.fullmatch("stageproof: interrupted: what was recorded is in night; go on with: stageproof (.*)", line)
    assert found, told
    kept = Recording.open(tmp_path / "night")
    before = {exchange.exchange_id for exchange in kept.exchanges()}
    assert before
    assert not kept.manifest.complete

    config.write_text(config.read_text().replace('rate_limit = "6/s"', ""))
    ended = stageproof(*shlex.split(found[1]))
    assert ended.code in {0, 1}, ended.err
    whole = Recording.open(tmp_path / "night")
    assert whole.manifest.complete
    assert whole.manifest.run_id == kept.manifest.run_id
    assert whole.manifest.requested == whole.manifest.sent
    assert before < {exchange.exchange_id for exchange in whole.exchanges()}
    assert (tmp_path / "night" / "report.html").is_file()

    again = stageproof(*shlex.split(found[1]))
    assert (again.code, again.error) == (2, "night: is complete already; see: stageproof report night")


def test_an_interrupted_recording_can_be_judged(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    pets.config(tmp_path, table='invoke_url = "http://127.0.0.1:9/dev"')
    assert stageproof("run", "dev", "--out", "night").code == 2
    ended = stageproof("judge", "night")
    assert ended.code in {0, 1}
    assert "the recording is incomplete: the run was interrupted" in ended.out


def test_another_stage_or_contract_is_not_gone_on_with(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    config = pets.config(tmp_path, table='invoke_url = "http://127.0.0.1:9/dev"')
    assert stageproof("run", "dev", "--out", "night").code == 2
    document = tmp_path / "other.json"
    document.write_text(pets.contract.read_text().replace('"title": "pets"', '"title": "cats"'))
    right = config.read_text()
    config.write_text(right.replace(str(pets.contract), str(document)))
    ended = stageproof("run", "dev", "--continue", "night")
    assert (ended.code, ended.error) == (2, f"night: {document} has changed since; start a new run")
    config.write_text(right.replace("[stages.dev", "[stages.prod"))
    ended = stageproof("run", "prod", "--continue", "night")
    assert ended.code == 2
    assert ended.error.startswith("night: was recorded of the stage dev of ")
