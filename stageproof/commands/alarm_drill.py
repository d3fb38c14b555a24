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
    from alarms.drill import Drill, NotDrilled, Provocation
    from alarms.drill_watch import Seen
    from contracts.alarm_expectations import AlarmDrill, Cause
    from probes.authentication import Credentials
    from probes.drill_traffic import DrillTraffic
    from probes.http_probe import HttpProbe
    from stageproof.provisioning import Found

HELP = (
    "Make alarms ring: send what they watch for (refused, failing or slow requests, as \\[alarms.drill] names them), "
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
    found = where.find()
    _check_allowed(found, where)
    drilled = _Drilled.choose(found, tuple(alarm or ()), is_forced=force_state)
    _tell(drilled.head())
    seen = drilled.carry_out()
    typer.echo(json.dumps(drilled.document(seen), indent=2) if as_json else "\n".join(drilled.result(seen)))
    raise typer.Exit(PlanExitCode.NO_CHANGE if _is_proved(seen) else PlanExitCode.CHANGES)


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

        credentials = _credentials(found)
        requests = _Requests(found=found, credentials=credentials)
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
        stage = f"{scope.rest_api.name} {scope.stage.stage_name}"
        return [
            f"Drill of {stage}, account {scope.account_id}, Region {scope.region}",
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

    def result(self, seen: Sequence[Seen]) -> list[str]:
        """Say what was observed, and what was not."""
        lines = [f"  {count} requests {request}: {answer}" for (request, answer), count in sorted(self.answers.items())]
        for one in seen:
            lines.append(f"{one.alarm_name}: {one.outcome}")
            lines += [f"  {arn}: executed" for arn in sorted(one.executed)]
            lines += [f"  {summary}" for summary in one.failed.values()]
        proved = sum(_is_proved([one]) for one in seen)
        lines.append(
            f"{proved} of {len(seen)} alarms rang and told. Observed in CloudWatch's alarm history; whether a "
            "subscriber received the message, CloudWatch does not know."
        )
        if self.is_forced:
            lines.append("The states were set by hand: nothing was proved about what makes these alarms ring.")
        return lines

    def document(self, seen: Sequence[Seen]) -> dict[str, Any]:
        """Return the result as data."""
        return {
            "stage": self.found.scope.owner,
            "forced": self.is_forced,
            "proved": _is_proved(seen),
            "alarms": [
                {
                    "name": one.alarm_name,
                    "outcome": one.outcome.name.lower(),
                    "rang_at": one.rang_at and one.rang_at.astimezone(UTC).isoformat(),
                    "told_at": one.told_at and one.told_at.astimezone(UTC).isoformat(),
                    "reason": one.reason,
                    "executed": sorted(one.executed),
                    "failed": dict(one.failed),
                }
                for one in seen
            ],
            "left_out": {one.alarm_name: one.reason for one in self.left_out},
            "answers": [
                {"request": request, "answer": answer, "count": count}
                for (request, answer), count in sorted(self.answers.items())
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Requests:
    """The requests that the user's file and the contract offer for a drill."""

    found: Found
    credentials: Credentials

    def has(self, provocation: Provocation) -> bool:
        """Say whether a provocation can be carried out."""
        from contracts.alarm_expectations import Cause

        return provocation.cause is Cause.SILENCE or self.of(provocation) is not None

    def of(self, provocation: Provocation) -> HttpProbe | None:
        """Return the request of a provocation; None where there is none, or none is sent."""
        from contracts.alarm_expectations import Cause
        from probes.drill_traffic import refused_request

        cause = provocation.cause
        if cause is Cause.SILENCE:
            return None
        if cause in {Cause.REFUSED, Cause.TRAFFIC}:
            contract = self.found.expected.contract
            return refused_request(contract, self.credentials, self.found.scope.rest_api, provocation.operation)
        probe = self._declared(cause)
        if probe is None:
            return None
        of_operation = f"{probe.http_method} {probe.resource_path}" == provocation.operation
        return probe if of_operation or not provocation.operation else None

    def check(self) -> None:
        """Refuse requests of the file that cannot be sent, whether they are needed or not.

        Raises:
            DrillRequestError: If there is such a request.
        """
        from contracts.alarm_expectations import Cause

        for cause in (Cause.FAILING, Cause.SLOW):
            self._declared(cause)

    def _declared(self, cause: Cause) -> HttpProbe | None:
        from contracts.alarm_expectations import Cause
        from probes.drill_traffic import declared_request

        asked = self.found.expectations.alarms.drill
        wanted = asked.failing if cause is Cause.FAILING else asked.slow
        if wanted is None:
            return None
        may_write = self.found.expected.stage.destructive_traffic
        contract = self.found.expected.contract
        return declared_request(wanted, contract, self.credentials, cause=cause, may_write=may_write)


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


def _is_proved(seen: Sequence[Seen]) -> bool:
    """Whether each alarm told, or was rightly kept silent by another; at least one must have told."""
    from alarms.drill_watch import Outcome

    outcomes = {one.outcome for one in seen}
    return Outcome.TOLD in outcomes and outcomes <= {Outcome.TOLD, Outcome.SUPPRESSED}


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"


def _tell(lines: Sequence[str]) -> None:
    sys.stderr.write("\n".join(lines) + "\n")
