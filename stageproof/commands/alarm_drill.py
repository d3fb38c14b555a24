"""``stageproof alarms drill``: causes what alarms watch, and waits until they ring and tell."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.errors import StageproofError
from stageproof.provisioning import PlanExitCode, Where, stage_alarms, stage_command

if TYPE_CHECKING:
    from alarms.drill import Drill, NotDrilled
    from alarms.drill_text import DrillReport
    from alarms.drill_watch import Seen
    from contracts.alarm_expectations import AlarmDrill
    from probes.authentication import Credentials
    from probes.drill_traffic import DrillTraffic
    from probes.http_probe import HttpProbe
    from stageproof.provisioning import Found

HELP = (
    "Make alarms ring: send what they watch for (refused, failing or slow requests, as alarms.drill names them), "
    "and wait until CloudWatch says that they rang and carried out their actions. Only alarms that this stage owns are "
    "drilled. Exit codes: 0 all rang and told, 2 one did not, 1 error.\n\n"
    "Examples:\n\n  stageproof alarms drill dev\n\n  stageproof alarms drill dev --alarm stageproof-pets-dev-5xx-rate"
)
_LINE_EVERY_S = 60.0


@stage_command
def drill(
    where: Where,
    *,
    alarm: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Drill this alarm; may be repeated. All by default.")
    ] = None,
    force_state: Annotated[
        bool,
        typer.Option(
            "--force-state", help="Send nothing and set the state by hand: this tests the actions, not the alarm."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Choose the alarms, cause what they watch, and wait."""
    from alarms.drill_text import report_document, report_lines

    found = where.find()
    _check_allowed(found, where)
    drilled = _Drilled.choose(found, tuple(alarm or ()), is_forced=force_state)
    _tell(drilled.head())
    report = drilled.report(drilled.carry_out())
    typer.echo(json.dumps(report_document(report), indent=2) if as_json else "\n".join(report_lines(report)))
    raise typer.Exit(PlanExitCode.NO_CHANGE if report.is_proved else PlanExitCode.CHANGES)


def _check_allowed(found: Found, where: Where) -> None:
    stage, asked = found.expected.stage, found.expectations.alarms.drill
    if not (stage.destructive_traffic or asked.enabled):
        raise StageproofError(
            f"{where.config}: stage {where.stage!r} does not allow drills: a drill makes its alarms ring; set "
            "[alarms.drill] enabled = true (or destructive_traffic = true for the stage)"
        )
    fewest, sent = found.expectations.alarms.thresholds.minimum_requests, asked.requests_per_s * 60
    if sent < fewest:
        raise StageproofError(
            f"[alarms.drill] requests_per_s: {sent:g} requests a minute are fewer than minimum_requests = {fewest}, so "
            f"no rate alarm could ring; set it to {fewest / 60 * 1.5:.2g} or more"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drilled:
    """What is drilled, and with which requests."""

    found: Found
    asked: AlarmDrill
    chosen: Sequence[Drill]
    left_out: Sequence[NotDrilled]
    requests: Sequence[HttpProbe]
    credentials: Credentials
    is_forced: bool
    cloudwatch: Any
    answers: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def choose(cls, found: Found, names: tuple[str, ...], *, is_forced: bool) -> _Drilled:
        """Choose what to drill.

        Raises:
            StageproofError: If nothing can be drilled, or not what was asked for.
        """
        from alarms.drill import DrillError, drills
        from alarms.resource import OWNER_TAG
        from stageproof.drill_requests import DrillRequests

        credentials = _credentials(found)
        requests = DrillRequests(found=found, credentials=credentials)
        requests.check()
        owner = found.scope.owner
        held = {name: one for name, one in stage_alarms(found).items() if one.alarm.tags.get(OWNER_TAG) == owner}
        chosen, left_out = drills(held, names, (lambda _: True) if is_forced else requests.has)
        if not chosen:
            why = f": {left_out[0].alarm_name!r}: {left_out[0].reason}" if left_out else "; apply some first"
            raise DrillError(f"no alarm of this stage can be drilled{why}")
        needed = sorted({one for each in chosen for one in each.provocations})
        sent = [] if is_forced else [probe for probe in map(requests.of, needed) if probe is not None]
        return cls(
            found=found,
            asked=found.expectations.alarms.drill,
            chosen=chosen,
            left_out=left_out,
            requests=sent,
            credentials=credentials,
            is_forced=is_forced,
            cloudwatch=found.session.client("cloudwatch"),
        )

    def head(self) -> list[str]:
        """Say what will happen, and how long it takes at least."""
        scope = self.found.scope
        what = f"sends {self.asked.requests_per_s:g} requests a second to {self.found.invoke_url}"
        what = what if self.requests else "sends nothing and waits for silence to be noticed"
        what = (
            "sets states by hand: this tests the actions, not whether the alarms would ring" if self.is_forced else what
        )
        return [
            f"Drill of {scope.title}, account {scope.account_id}, Region {scope.region}",
            f"It {what}.",
            *(f"  {probe.http_method} {probe.path}: {probe.intent}" for probe in self.requests),
            *(f"  - {one.alarm.alarm_name}{self._earliest(one)}" for one in self.chosen),
            *(f"  ({one.alarm_name} is left out: {one.reason})" for one in self.left_out),
            f"Waits {_duration(self.asked.deadline_s)} at most.",
        ]

    def _earliest(self, one: Drill) -> str:
        return "" if self.is_forced else f": can ring after {_duration(one.least_s)} at the earliest"

    def carry_out(self) -> list[Seen]:
        """Cause it, and wait until every alarm has told or the deadline has come."""
        from alarms.drill_watch import force

        since = datetime.now(UTC) - timedelta(seconds=1)
        with _prober(self) as prober, self._traffic(prober) as traffic:
            for one in self.chosen if self.is_forced else ():
                force(self.cloudwatch, one.alarm)
            seen = self._watch(since, traffic)
        if traffic is not None:
            self.answers.update(traffic.answers)
        return seen

    def _traffic(self, prober: Any) -> Any:
        from probes.drill_traffic import DrillTraffic

        return DrillTraffic(prober, self.requests, self.asked.requests_per_s) if self.requests else nullcontext()

    def _watch(self, since: datetime, traffic: DrillTraffic | None) -> list[Seen]:
        from alarms.drill_watch import Outcome, look

        alarms = [one.alarm for one in self.chosen]
        told: dict[str, Outcome] = {}
        started_s = line_s = time.monotonic()
        while True:
            seen = look(self.cloudwatch, alarms, since)
            for one in seen:
                if one.outcome is not told.get(one.alarm_name, Outcome.WAITS):
                    rang = f" ({one.reason})" if one.alarm_name not in told else ""
                    said = "rang; its actions are awaited" if one.outcome is Outcome.RANG else one.outcome
                    told[one.alarm_name] = one.outcome
                    _tell([f"{datetime.now(UTC):%H:%M:%S} {one.alarm_name}: {said}{rang}"])
            passed_s = time.monotonic() - started_s
            open_ones = [
                one for one in seen if one.outcome not in {Outcome.TOLD, Outcome.SUPPRESSED} and not one.failed
            ]
            if not open_ones or passed_s >= self.asked.deadline_s:
                return seen
            if time.monotonic() - line_s >= _LINE_EVERY_S:
                line_s = time.monotonic()
                sent = sum(traffic.answers.values()) if traffic is not None else 0
                waiting = ", ".join(one.alarm_name for one in open_ones)
                _tell([f"{_duration(passed_s)}: {sent} requests sent; waiting for {waiting}"])
            time.sleep(self.asked.poll_s)

    def report(self, seen: Sequence[Seen]) -> DrillReport:
        """Return what was observed, for people and for scripts."""
        from alarms.drill_text import DrillReport

        return DrillReport(
            owner=self.found.scope.owner,
            seen=seen,
            left_out=self.left_out,
            answers=self.answers,
            is_forced=self.is_forced,
        )


def _credentials(found: Found) -> Credentials:
    from probes.authentication import resolve_credentials, signing_keys

    auth = found.expected.stage.auth
    keys = signing_keys(found.session) if auth.sigv4 else None
    return resolve_credentials(auth, environ=os.environ, aws_keys=keys)


def _prober(drilled: _Drilled) -> Any:
    from probes.http_probe import Prober

    return Prober(
        drilled.found.invoke_url,
        user_agent="stageproof (alarms drill)",
        shard="drill",
        timeout_s=drilled.found.expectations.traffic.request_timeout_s,
        aws_keys=drilled.credentials.aws_keys,
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"


def _tell(lines: Sequence[str]) -> None:
    sys.stderr.write("\n".join(lines) + "\n")
