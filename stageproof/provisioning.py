"""What the commands about alarms and dashboards share: the stage they are for, exit codes, and the two questions.

Exit codes are those of Terraform's ``plan -detailed-exitcode``: 0 no change, 2 changes, 1 error.
"""

from __future__ import annotations

import functools
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, TypeVar

import typer

from gateway.errors import StageproofError
from stageproof.commands import options
from stageproof.exit_codes import one_line
from stageproof.target import DEFAULT_CONFIG

if TYPE_CHECKING:
    from alarms.alarm import Alarm, HeldAlarm
    from alarms.apply import Applied
    from alarms.plan import Plan
    from alarms.plan_text import Head
    from alarms.recommended import Resolve
    from alarms.resource import Resource
    from alarms.scope import StageScope
    from alarms.thresholds import ThresholdsFromHistory
    from contracts.evidence import Configuration, Evidence
    from contracts.expectations import Expectations
    from gateway.http_api import HttpApi, HttpApiStage
    from gateway.rest_api import RestApi, Stage
    from probes.aws import AwsSession
    from stageproof.target import Expected

StageArgument = Annotated[str, typer.Argument(metavar="STAGE", help="NAME of a table stages.NAME in the file.")]

P = ParamSpec("P")
T = TypeVar("T")


class PlanExitCode(IntEnum):
    """What the exit code of a plan says."""

    NO_CHANGE = 0
    ERROR = 1
    CHANGES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """How a stage is found: the options that every command has."""

    stage: str
    config: Path
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    def find(self) -> Found:
        """Read the expectations and the stage's configuration.

        Raises:
            StageproofError: If the file, the credentials or the stage are not as they must be.
        """
        from alarms.scope import StageScope
        from probes.found_api import read_stage
        from stageproof.target import reach, read_expected

        access = {"profile": self.profile, "region": self.region, "endpoint_url": self.endpoint_url}
        expected = read_expected(self.config, self.stage, access=access)
        target = reach(expected.stage)
        stage = expected.stage
        read = read_stage(target.session, target.found, stage)
        scope = StageScope(
            api=_api(read),
            stage=_stage(read),
            api_id=target.found.api_id,
            region=target.session.region,
            account_id=read.metadata.account_id or target.session.account_id(),
            partition=str(target.session.client("cloudwatch").meta.partition),
        )
        return Found(
            expectations=expected.expectations,
            expected=expected,
            session=target.session,
            scope=scope,
            invoke_url=read.metadata.invoke_url,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A stage as it was found: what is expected of it, the session, its configuration, and where it answers."""

    expectations: Expectations
    expected: Expected
    session: AwsSession
    scope: StageScope
    invoke_url: str


def _api(read: Configuration) -> RestApi | HttpApi:
    """Return the API as it is served: an HTTP API as it is now, a REST API as it was deployed where that is known."""
    from contracts.evidence import Missing

    if read.http is not None:
        return _present(read.http.http_api)
    return _present(read.rest_api if isinstance(read.deployed, Missing) else read.deployed)


def _stage(read: Configuration) -> Stage | HttpApiStage:
    return _present(read.stage) if read.http is None else _present(read.http.stage)


def _present(evidence: Evidence[T]) -> T:
    from contracts.evidence import Missing

    if isinstance(evidence, Missing):
        mend = f"; {evidence.remedy}" if evidence.remedy else ""
        raise StageproofError(f"the stage's configuration could not be read: {evidence.reason}{mend}")
    return evidence.value


def stage_alarms(found: Found) -> dict[str, HeldAlarm]:
    """Return the alarms that are called as the stage's are and those that watch it, whoever owns them, by name."""
    from alarms.actual import Orphans, read_stage_alarms
    from alarms.desired import alarm_name

    orphans = Orphans(
        name_prefix=f"{found.expectations.alarms.name_prefix}-",
        stage_name=found.scope.stage.stage_name,
        api_names=lambda: _api_names(found),
    )
    return read_stage_alarms(
        found.session.client("cloudwatch"),
        name_start=alarm_name(found.expectations.alarms, found.scope, ""),
        dimensions=found.scope.dimensions(),
        owner=found.scope.owner,
        orphans=None if found.scope.is_http else orphans,
    )


def _api_names(found: Found) -> frozenset[str] | None:
    """Return the names of all REST APIs; None, with a warning, where only the stage's own may be read."""
    from probes.aws import AwsError
    from probes.configuration import published_api_names

    try:
        return published_api_names(found.session)
    except AwsError as error:
        text = f"alarms from before a renaming of the API are not looked for: {one_line(error)}"
        sys.stderr.write(f"warning: {text}\n")
        return None


def held_alarms(found: Found) -> dict[str, Resource]:
    """Return the alarms that AWS holds under the stage's names, and those that it owns with other names, by name."""
    from alarms.desired import alarm_name
    from alarms.resource import held_resource

    start = alarm_name(found.expectations.alarms, found.scope, "")
    held = {name: held_resource(alarm) for name, alarm in stage_alarms(found).items()}
    owned = {name: one for name, one in held.items() if one.owner == found.scope.owner}
    everything = held | _held_filters(found, owned)
    return {name: one for name, one in everything.items() if name.startswith(start) or one.owner == found.scope.owner}


def _held_filters(found: Found, owned: Mapping[str, Resource]) -> dict[str, Resource]:
    """Read metric filters only where alarms on logs are wanted or there: else nothing of CloudWatch Logs is called."""
    from alarms.log_patterns import counts_log_lines, read_metric_filters

    if not found.expectations.alarms.log_patterns and not counts_log_lines(owned.values()):
        return {}
    return read_metric_filters(found.session.client("logs"), found.scope)


def thresholds_of(
    found: Found, held: Mapping[str, Resource], saved: Mapping[str, float] | None = None
) -> ThresholdsFromHistory:
    """Return what gives thresholds from history; alarms that are owned keep theirs."""
    from alarms.desired import alarm_name
    from alarms.thresholds import ThresholdsFromHistory

    start = alarm_name(found.expectations.alarms, found.scope, "")
    owned = {
        name.removeprefix(start): resource
        for name, resource in held.items()
        if name.startswith(start) and resource.owner == found.scope.owner
    }
    return ThresholdsFromHistory(
        client=found.session.client("cloudwatch"), now=datetime.now(UTC), held=owned, saved=saved or {}
    )


def wanted_alarms(found: Found, resolve: Resolve | None = None) -> tuple[Alarm, ...]:
    """Return the alarms that a stage should have."""
    from alarms.desired import desired_alarms

    resolve = resolve or thresholds_of(found, held_alarms(found))
    return desired_alarms(found.expectations.alarms, found.scope, resolve=resolve)


def stage_command(command: Callable[Concatenate[Where, P], None]) -> Callable[..., None]:
    """Make a command about one stage: it gets the stage's argument and options, and exits with 1 on an error.

    Args:
        command: Takes the stage as ``where``, and its own options by name. Exit code 2 is left to say that there are
            changes.

    Returns:
        The same command with ``STAGE``, ``--config``, ``--profile``, ``--region`` and ``--endpoint-url`` for ``where``.
    """

    @functools.wraps(command)
    def run(*args: P.args, **given: P.kwargs) -> None:
        where = Where(**{name: given.pop(name) for name in _WHERE})  # type: ignore[arg-type]  # typer has checked them
        try:
            command(where, *args, **given)
        except StageproofError as error:
            sys.stderr.write(f"stageproof: {one_line(error)}\n")
            raise typer.Exit(PlanExitCode.ERROR) from error

    stage, *access = _WHERE.values()
    _, *own = inspect.signature(command, eval_str=True).parameters.values()
    positional = [parameter for parameter in own if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
    named = [parameter for parameter in own if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    taken = [stage, *positional, *named, *access]
    run.__signature__ = inspect.Signature(taken)  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in taken}
    return run


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    is_option = default is not inspect.Parameter.empty
    kind = inspect.Parameter.KEYWORD_ONLY if is_option else inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


_WHERE = {
    parameter.name: parameter
    for parameter in (
        _parameter("stage", StageArgument),
        _parameter("config", options.Config, DEFAULT_CONFIG),
        _parameter("profile", options.Profile, None),
        _parameter("region", options.Region, None),
        _parameter("endpoint_url", options.EndpointUrl, None),
    )
}
"""The parameters that say which stage is meant and how it is reached, the argument first."""


def show_plan(head: Head, plan: Plan, document: Mapping[str, Any], *, as_json: bool, with_cause: bool = False) -> None:
    """Print a plan: lines for people, or one JSON document."""
    from alarms.plan_text import plan_lines

    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(plan_lines(head, plan, with_cause=with_cause)))


def plan_exit(plan: Plan) -> typer.Exit:
    """Return the exit of a plan: 0 no change, 2 changes, 1 where names are refused."""
    if plan.refusals:
        return typer.Exit(PlanExitCode.ERROR)
    return typer.Exit(PlanExitCode.NO_CHANGE if plan.is_empty else PlanExitCode.CHANGES)


def carry_out(  # noqa: PLR0913 - one keyword a part of the question
    client: Any,
    plan: Plan,
    *,
    yes: bool,
    question: str,
    held_now: Callable[[], Mapping[str, Resource]],
    logs: Any = None,
) -> None:
    """Ask, and carry out a plan with a line a write.

    Args:
        client: A boto3 client of CloudWatch.
        plan: The plan.
        yes: Whether not to ask.
        question: What to ask.
        held_now: Reads what AWS holds; asked after an answer, for which people take their time.
        logs: A boto3 client of CloudWatch Logs, where the plan has metric filters.

    Raises:
        StageproofError: If names are refused, nobody can be asked, somebody else wrote meanwhile, or AWS broke it off.
    """
    from alarms.apply import apply_plan, check_refusals
    from alarms.plan import fingerprint

    check_refusals(plan)
    if plan.is_empty:
        return
    if not yes:
        _ask(question)
        if fingerprint(held_now()) != plan.fingerprint:
            raise StageproofError(
                "what AWS holds has changed since the plan was shown; nothing was written: plan again"
            )
    applied = apply_plan(
        client, plan, logs=logs, on_write=lambda write: typer.echo(f"  {write.operation}: {', '.join(write.names)}")
    )
    for warning in applied.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    _check_whole(applied)
    typer.echo(f"Done; calls that wrote: {len(applied.done)}.")


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        raise StageproofError("nobody can be asked here: look at the plan, then give --yes")
    if not typer.confirm(question):
        raise StageproofError("nothing was changed")


def _check_whole(applied: Applied) -> None:
    if applied.reason is not None:
        raise StageproofError(
            f"broke off after {len(applied.done)} writes, {len(applied.remaining)} remain: {applied.reason}; "
            "apply again: it goes on from here"
        )
