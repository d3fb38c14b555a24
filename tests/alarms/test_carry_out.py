"""Asking before a plan is carried out: what others do while people think is not overwritten."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from alarms.plan import make_plan
from alarms.resource import Resource, ResourceKind
from gateway.errors import StageproofError
from stageproof.provisioning import carry_out

PLAN = make_plan(
    [Resource(resource_name="a", kind=ResourceKind.METRIC_ALARM, definition={"Threshold": 1.0}, owner="o")],
    {},
    owner="o",
)
MEANWHILE = Resource(resource_name="a", kind=ResourceKind.METRIC_ALARM, definition={"Threshold": 2.0}, owner="p")


class _Terminal(io.StringIO):
    """Standard input of somebody who is there."""

    def isatty(self) -> bool:
        return True


class _CloudWatch:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def put_metric_alarm(self, **arguments: Any) -> None:
        self.written.append(arguments["AlarmName"])


@pytest.fixture
def client() -> _CloudWatch:
    return _CloudWatch()


def test_nothing_is_written_where_somebody_else_wrote_meanwhile(
    client: _CloudWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal("y\n"))
    with pytest.raises(StageproofError, match="has changed since the plan was shown; nothing was written"):
        carry_out(client, PLAN, yes=False, question="Apply?", held_now=lambda: {MEANWHILE.resource_name: MEANWHILE})
    assert client.written == []


def test_a_yes_is_carried_out_and_a_no_is_not(client: _CloudWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal("n\n"))
    with pytest.raises(StageproofError, match="nothing was changed"):
        carry_out(client, PLAN, yes=False, question="Apply?", held_now=dict)
    monkeypatch.setattr(sys, "stdin", _Terminal("y\n"))
    carry_out(client, PLAN, yes=False, question="Apply?", held_now=dict)
    assert client.written == ["a"]


def test_whoever_is_not_asked_waits_for_nobody(client: _CloudWatch) -> None:
    def ask() -> dict[str, Resource]:
        raise AssertionError("the plan was made a moment ago")

    carry_out(client, PLAN, yes=True, question="Apply?", held_now=ask)
    assert client.written == ["a"]
