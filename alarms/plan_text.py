"""A plan for people and for scripts: readable lines, and a JSON document that can be saved and applied later.

See: https://developer.hashicorp.com/terraform/cli/commands/plan (the habit of exit codes and signs)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alarms.plan import Change, ChangeKind, Difference, Plan
from alarms.scope import StageScope
from gateway.errors import StageproofError

FORMAT = 1
_SIGNS = {
    ChangeKind.CREATE: "+",
    ChangeKind.ADOPT: "±",
    ChangeKind.UPDATE: "~",
    ChangeKind.RETAG: "~",
    ChangeKind.DELETE: "-",
}
_QUIET_TAGS = ("tags.stageproof:digest", "tags.stageproof:stage")
_LONGEST_VALUE = 100


class SavedPlanError(StageproofError):
    """A saved plan cannot be applied."""

    slug = "saved-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands over every plan: what is planned, and where."""

    what: str
    api_name: str
    stage_name: str
    api_id: str
    account_id: str
    region: str
    is_http: bool = False

    @classmethod
    def of(cls, what: str, scope: StageScope) -> Head:
        """Return the head of a plan for a stage; ``what`` is ``alarms`` or ``dashboards``."""
        return cls(
            what=what,
            api_name=scope.api.name,
            stage_name=scope.stage.stage_name,
            api_id=scope.api_id,
            account_id=scope.account_id,
            region=scope.region,
            is_http=scope.is_http,
        )

    @property
    def line(self) -> str:
        """The head as one line."""
        stage = f"{self.api_name} {self.stage_name} ({self.api_id})"
        return f"{self.what.capitalize()} of {stage} in account {self.account_id}, Region {self.region}"

    @property
    def document(self) -> dict[str, str]:
        """The head as JSON."""
        return {
            "what": self.what,
            "api_name": self.api_name,
            "stage_name": self.stage_name,
            ("http_api_id" if self.is_http else "rest_api_id"): self.api_id,
            "account_id": self.account_id,
            "region": self.region,
        }


def plan_lines(head: Head, plan: Plan, *, with_cause: bool = False) -> Iterator[str]:
    """Return a plan as lines: a head, a line a change with what differs, and the sum.

    Args:
        head: What stands over it.
        plan: The plan.
        with_cause: Whether to say why each change is needed, as drift does.
    """
    yield head.line
    for change in plan.changes:
        cause = f"  ({change.cause})" if with_cause else ""
        resource = change.resource
        yield f"  {_SIGNS[change.kind]} {change.kind:<7} {resource.kind:<15} {resource.resource_name}{cause}"
        yield from _details(change)
    for refusal in plan.refusals:
        whose = f"owned by stage {refusal.owner}" if refusal.owner else "not made by Stageproof"
        resource = refusal.resource
        yield f"  ! refused {resource.kind:<15} {resource.resource_name}  ({whose}; --adopt takes it over)"
    yield summary_line(plan)


def summary_line(plan: Plan) -> str:
    """Return what a plan would do, in one sentence."""
    if plan.is_empty:
        return "No changes: everything is as it should be."
    count = Counter(change.kind for change in plan.changes)
    changed = count[ChangeKind.UPDATE] + count[ChangeKind.RETAG]
    parts = [f"{count[ChangeKind.CREATE]} to create", f"{changed} to change", f"{count[ChangeKind.DELETE]} to delete"]
    parts += [f"{count[ChangeKind.ADOPT]} to adopt"] if count[ChangeKind.ADOPT] else []
    parts += [f"{len(plan.refusals)} refused"] if plan.refusals else []
    return f"Plan: {', '.join(parts)}."


def plan_document(head: Head, plan: Plan, thresholds: Mapping[str, float] | None = None) -> dict[str, Any]:
    """Return a plan as JSON. ``thresholds`` are those that were derived from history, by the signal's name."""
    return {
        "format": FORMAT,
        "head": head.document,
        "fingerprint": plan.fingerprint,
        "thresholds": dict(thresholds or {}),
        "changes": [_change_document(change) for change in plan.changes],
        "refusals": [
            {"name": refusal.resource.resource_name, "kind": refusal.resource.kind, "owner": refusal.owner}
            for refusal in plan.refusals
        ],
        "summary": summary_line(plan),
    }


def read_saved_plan(text: str, *, where: str) -> dict[str, Any]:
    """Read a plan that was saved.

    Raises:
        SavedPlanError: If it is no plan, or one of another format.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SavedPlanError(f"{where} is no saved plan ({error}); make one with plan --out {where}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT or "changes" not in document:
        raise SavedPlanError(f"{where} is no saved plan of format {FORMAT}; make one with plan --out {where}")
    return document


def check_unmoved(saved: Mapping[str, Any], document: Mapping[str, Any], *, where: str) -> None:
    """Refuse a saved plan that is not what would be planned now.

    Raises:
        SavedPlanError: If the stage differs, the live state moved since the plan, or the expectations did.
    """
    if saved.get("head") != document["head"]:
        raise SavedPlanError(f"{where} was made for another stage, account or Region; plan again")
    if saved.get("fingerprint") != document["fingerprint"]:
        raise SavedPlanError(f"what AWS holds has changed since {where} was made; plan again")
    if saved.get("changes") != document["changes"]:
        raise SavedPlanError(f"the expectations or the stage have changed since {where} was made; plan again")


def _change_document(change: Change) -> dict[str, Any]:
    return {
        "change": change.kind,
        "kind": change.resource.kind,
        "name": change.resource.resource_name,
        "cause": change.cause,
        "differences": [
            {"path": difference.path, "before": difference.before, "after": difference.after}
            for difference in change.differences
        ],
    }


def _details(change: Change) -> Iterator[str]:
    if change.kind is ChangeKind.DELETE:
        return
    if change.before is None:
        yield f"        {change.resource.definition.get('AlarmDescription') or ''}".rstrip()
        return
    told = [difference for difference in change.differences if difference.path not in _QUIET_TAGS]
    for difference in told or change.differences:
        yield f"        {_difference(difference)}"


def _difference(difference: Difference) -> str:
    return f"{difference.path}: {_value(difference.before)} → {_value(difference.after)}"


def _value(value: Any) -> str:
    text = "(none)" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"
