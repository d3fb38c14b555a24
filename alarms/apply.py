"""Carries out a plan: the only module here that writes to AWS.

A plan that breaks off leaves a state from which the next plan converges: every call is whole by itself, and none
depends on something that an earlier one would have to undo.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from alarms.calls import AlarmCallError, called
from alarms.plan import Plan
from alarms.writes import Write, writes
from gateway.errors import StageproofError

WRITES_PER_S = 3.0
"""CloudWatch takes about three PutMetricAlarm calls a second of an account and Region."""


class RefusedError(StageproofError):
    """A plan would overwrite what is not owned."""

    slug = "not-owned"


@dataclass(slots=True, kw_only=True)
class Pace:
    """Spaces calls evenly, so that AWS does not have to throttle them."""

    calls_per_s: float = WRITES_PER_S
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    _next_at: float = field(default=0.0, init=False)

    def wait(self) -> None:
        """Wait until the next call may be made."""
        now = self.monotonic()
        if now < self._next_at:
            self.sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / self.calls_per_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What was written; ``reason`` says why it broke off, None where everything was written.

    ``warnings`` are what CloudWatch said of what it took: parts of a dashboard that it may not be able to show.
    """

    done: tuple[Write, ...]
    remaining: tuple[Write, ...] = ()
    reason: str | None = None
    warnings: tuple[str, ...] = ()


def apply_plan(
    client: Any,
    plan: Plan,
    *,
    logs: Any = None,
    pace: Pace | None = None,
    on_write: Callable[[Write], None] = lambda _: None,
) -> Applied:
    """Carry out a plan, call by call; stop at the first call that AWS refuses.

    Args:
        client: A boto3 client of CloudWatch.
        plan: The plan. An empty one writes nothing.
        logs: A boto3 client of CloudWatch Logs; needed where the plan has metric filters.
        pace: How fast to write.
        on_write: Told of each call once it is made.

    Raises:
        RefusedError: If names of the plan are not owned; nothing is written then.
    """
    check_refusals(plan)
    pace, done, todo = pace or Pace(), list[Write](), writes(plan)
    warnings: list[str] = []
    for write in todo:
        pace.wait()
        try:
            reply = called(
                partial(getattr(logs if write.service == "logs" else client, write.operation), **write.arguments),
                action=write.action,
            )
        except AlarmCallError as error:
            return Applied(done=tuple(done), remaining=todo[len(done) :], reason=str(error), warnings=tuple(warnings))
        done.append(write)
        warnings += _warnings(write, reply)
        on_write(write)
    return Applied(done=tuple(done), warnings=tuple(warnings))


def _warnings(write: Write, reply: Any) -> Iterator[str]:
    """Yield what CloudWatch says of a dashboard that it took, in one line each."""
    for message in (reply or {}).get("DashboardValidationMessages") or ():
        told = " ".join(str(message.get("Message", "")).split())
        yield f"{', '.join(write.names)}: {message.get('DataPath', '')}: {told}"


def check_refusals(plan: Plan) -> None:
    """Refuse a plan that would overwrite what is not owned.

    Raises:
        RefusedError: If there is such a name; the message says how to adopt it.
    """
    if not plan.refusals:
        return
    first = plan.refusals[0]
    whose = f"belongs to stage {first.owner}" if first.owner else "was not made by Stageproof"
    others = f" (and {len(plan.refusals) - 1} more)" if len(plan.refusals) > 1 else ""
    name = first.resource.resource_name
    raise RefusedError(
        f"{first.resource.kind} {name!r} exists and {whose}{others}; "
        f"take it over with --adopt '{name}', or choose another name_prefix"
    )
