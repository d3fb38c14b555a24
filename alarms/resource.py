"""What is provisioned, of whatever kind, in the one form that plans compare: name, definition, tags, owner."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from alarms.alarm import Alarm, CompositeAlarm, HeldAlarm
from alarms.documents import put_arguments

OWNER_TAG = "stageproof:stage"
"""Who owns an alarm: ``{api_id}/{stage_name}``. Without it an alarm is not ours, and never touched."""

DIGEST_TAG = "stageproof:digest"
"""A digest of the definition as it was applied: it tells a change by hand from a change of the expectations."""

THRESHOLD_TAG = "stageproof:threshold"
"""What a threshold from history was asked to be; while it stays, so does the threshold."""


class ResourceKind(StrEnum):
    """What a resource is."""

    METRIC_ALARM = "metric alarm"
    COMPOSITE_ALARM = "composite alarm"
    DASHBOARD = "dashboard"
    METRIC_FILTER = "metric filter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One thing that is provisioned.

    ``definition`` holds the arguments of its Put call, name and tags apart; ``needs`` names what must exist before it.
    ``arn`` is None for what does not exist yet. ``applied_digest`` is the digest of the definition that was applied
    last, where no tag tells it. ``put_as`` holds the arguments of the Put call where they are not the definition.
    """

    resource_name: str
    kind: ResourceKind
    definition: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None
    needs: frozenset[str] = frozenset()
    arn: str | None = field(default=None, compare=False)
    applied_digest: str | None = field(default=None, compare=False)
    put_as: Mapping[str, Any] | None = field(default=None, compare=False)

    @property
    def digest(self) -> str:
        """A digest of the definition."""
        return hashlib.sha256(json.dumps(self.definition, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def was_changed_by_hand(self) -> bool:
        """Whether the definition differs from the one that was applied last."""
        applied = self.applied_digest or self.tags.get(DIGEST_TAG)
        return applied is not None and applied != self.digest


def owned_resource(alarm: Alarm, owner: str) -> Resource:
    """Return a desired alarm with the tags that say whose it is and what was applied."""
    plain = resource_of(alarm)
    tags = {**alarm.tags, OWNER_TAG: owner, DIGEST_TAG: plain.digest}
    return replace(plain, tags=tags, owner=owner)


def held_resource(held: HeldAlarm) -> Resource:
    """Return an alarm that AWS holds."""
    return replace(resource_of(held.alarm), arn=held.alarm_arn)


def resource_of(alarm: Alarm) -> Resource:
    """Return an alarm as what plans compare."""
    definition = put_arguments(alarm)
    del definition["AlarmName"], definition["Tags"]
    is_composite = isinstance(alarm, CompositeAlarm)
    return Resource(
        resource_name=alarm.alarm_name,
        kind=ResourceKind.COMPOSITE_ALARM if is_composite else ResourceKind.METRIC_ALARM,
        definition=definition,
        tags=alarm.tags,
        owner=alarm.tags.get(OWNER_TAG),
        needs=alarm.needs if isinstance(alarm, CompositeAlarm) else frozenset(),
    )
