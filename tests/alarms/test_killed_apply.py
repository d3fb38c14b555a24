"""An apply that is killed with SIGKILL, wherever that is, leaves a state from which the next one converges."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from alarms.actual import read_alarms
from alarms.apply import Pace, apply_plan
from alarms.desired import desired_resources
from alarms.plan import make_plan
from alarms.resource import Resource, held_resource
from stageproof.provisioning import Where, held_alarms, wanted_alarms
from tests.alarms.stages import StageAtSandbox, stage_at_sandbox

POINTS = 10
_FAST = Pace(sleep=lambda _: None)
_EXPECTED = """
error_rate_4xx = {rate}
error_rate_5xx = {rate}
latency_p90_ms = {latency}
latency_p99_ms = {latency}
integration_latency_p90_ms = {latency}
integration_latency_p99_ms = {latency}
no_traffic_requests = {requests}

[alarms]
tags = {{ round = "{round}" }}
"""


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StageAtSandbox]:
    with stage_at_sandbox(tmp_path, monkeypatch) as deployed:
        yield deployed


def _expected(round_number: int) -> str:
    """Return thresholds that no other round has: every alarm has to be put and tagged."""
    number = round_number + 1
    return _EXPECTED.format(rate=number / 100, latency=1000.0 + number, requests=float(number), round=number)


def _killed(stage: StageAtSandbox, *, after_writes: int, delay_s: float) -> list[str]:
    """Run an apply in a process of its own, kill it, and return the writes that it had told of."""
    arguments = ["alarms", "apply", "dev", "--yes", "--config", str(stage.config)]
    command = [sys.executable, "-u", "-m", "stageproof", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        written = []
        for line in process.stdout:
            is_write = line.startswith(("  put_", "  tag_", "  delete_"))
            written += [line] if is_write else []
            is_plan_shown = line.startswith("Plan:")
            if len(written) == after_writes and (is_write or is_plan_shown):
                threading.Event().wait(delay_s)
                process.send_signal(signal.SIGKILL)
                break
        written += [line for line in process.stdout if line.startswith(("  put_", "  tag_", "  delete_"))]
    assert process.returncode == -signal.SIGKILL
    return written


def _held(stage: StageAtSandbox) -> dict[str, Resource]:
    held = read_alarms(stage.cloudwatch, name_prefix="stageproof-")
    return {name: held_resource(alarm) for name, alarm in held.items()}


def _apply(stage: StageAtSandbox) -> None:
    """Apply as the command does, but as fast as it can."""
    found = Where(stage="dev", config=stage.config).find()
    desired = desired_resources(wanted_alarms(found), found.scope)
    plan = make_plan(desired, held_alarms(found), owner=found.scope.owner)
    assert not plan.is_empty
    assert apply_plan(stage.cloudwatch, plan, pace=_FAST).reason is None


def _destroy(stage: StageAtSandbox) -> None:
    held = _held(stage)
    (owner,) = {one.owner for one in held.values() if one.owner}
    gone = apply_plan(stage.cloudwatch, make_plan((), held, owner=owner), pace=_FAST)
    assert gone.reason is None
    assert [one.owner for one in _held(stage).values()] == [None]


@pytest.mark.slow
def test_kills_at_random_points_always_converge(stage: StageAtSandbox) -> None:
    chosen = random.Random(5)
    start = stage.config.read_text()
    amounts: list[int] = []
    unowned = stage.put_by_hand("stageproof-by-hand")
    for number in range(POINTS):
        if number % 2 == 0 and number:
            _destroy(stage)
        most = 7 if number % 2 == 0 else 13  # a new alarm is one write, a changed one is two
        stage.config.write_text(start + _expected(number))
        amounts.append(len(_killed(stage, after_writes=chosen.randint(0, most), delay_s=chosen.uniform(0, 0.4))))
        _apply(stage)
        planned = stage.run("alarms", "plan")
        assert planned.exit_code == 0, f"point {number}: {planned.output}"
        held = _held(stage)
        assert {one.tags["round"] for name, one in held.items() if name != unowned} == {str(number + 1)}
    assert sum(amount > 0 for amount in amounts) >= POINTS - 3, f"the kills came too early: {amounts}"
