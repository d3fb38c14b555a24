"""Adopting alarms that others made: which of them a desired alarm stands for, and what taking them over changes. Pure.

An alarm cannot be renamed. One with the name of a desired alarm is changed in place; one that means the same under
another name is replaced: the desired one is made, and the adopted one goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from alarms.alarm import Alarm, HeldAlarm, MetricAlarm
from alarms.meaning import meaning
from alarms.plan import Change, ChangeKind, Plan, fingerprint, make_plan
from alarms.resource import DIGEST_TAG, OWNER_TAG, Resource, held_resource, owned_resource
from gateway.errors import StageproofError


class AdoptionError(StageproofError):
    """An alarm is named that cannot be adopted."""

    slug = "adoption"


class Likeness(StrEnum):
    """Why an alarm can be adopted."""

    NAME = "same name"
    MEANING = "same meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An alarm that nobody owns, and the desired one that it would be replaced by or become."""

    held: Resource
    desired: Resource
    likeness: Likeness

    @property
    def name(self) -> str:
        """The name under which it exists."""
        return self.held.resource_name

    @property
    def is_as_desired(self) -> bool:
        """Whether adopting it changes nothing but tags."""
        return self.likeness is Likeness.NAME and self.held.definition == self.desired.definition


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The alarms of a stage that Stageproof does not own.

    ``others`` watch the stage without meaning what a desired alarm means; ``foreign`` have the name of a desired one,
    but belong to another stage or are of another kind.
    """

    candidates: tuple[Candidate, ...]
    others: tuple[Resource, ...]
    foreign: tuple[Resource, ...]

    def chosen(self, names: Collection[str]) -> tuple[Candidate, ...]:
        """Return the candidates with given names.

        Raises:
            AdoptionError: If a name is none of a candidate.
        """
        known = {candidate.name: candidate for candidate in self.candidates}
        for name in names:
            if name not in known:
                raise AdoptionError(f"{name!r} cannot be adopted: {self._why_not(name)}")
        return tuple(known[name] for name in sorted(set(names)))

    def _why_not(self, name: str) -> str:
        if any(other.resource_name == name for other in self.others):
            return "it watches the stage, but no desired alarm means the same; it stays as it is"
        if any(other.resource_name == name for other in self.foreign):
            return "it belongs to another stage, or is of another kind"
        known = ", ".join(repr(candidate.name) for candidate in self.candidates) or "there is none"
        return f"no alarm of the stage that is not owned has that name; those that can be adopted: {known}"


def findings(desired: Sequence[Alarm], held: Mapping[str, HeldAlarm], *, owner: str) -> Findings:
    """Return which alarms could be adopted.

    Args:
        desired: The desired alarms of the stage.
        held: The alarms with its names, and those that watch it, by name.
        owner: The stage's owner.
    """
    names = {alarm.alarm_name: owned_resource(alarm, owner) for alarm in desired}
    meanings = {meaning(one): names[one.alarm_name] for one in desired if isinstance(one, MetricAlarm)}
    candidates, others, foreign = list[Candidate](), list[Resource](), list[Resource]()
    for name, found in sorted(held.items()):
        resource = held_resource(found)
        if resource.owner == owner:
            continue
        namesake = names.get(name)
        if namesake is not None and (resource.owner is not None or namesake.kind is not resource.kind):
            foreign.append(resource)
        elif namesake is not None:
            candidates.append(Candidate(held=resource, desired=namesake, likeness=Likeness.NAME))
        elif resource.owner is None:
            alike = meanings.get(meaning(found.alarm)) if isinstance(found.alarm, MetricAlarm) else None
            if alike is None:
                others.append(resource)
            else:
                candidates.append(Candidate(held=resource, desired=alike, likeness=Likeness.MEANING))
    return Findings(candidates=tuple(candidates), others=tuple(others), foreign=tuple(foreign))


def tagging_plan(chosen: Sequence[Candidate], *, owner: str) -> Plan:
    """Return the plan that signs alarms as owned and leaves their definitions as they are."""
    changes = tuple(
        Change(kind=ChangeKind.RETAG, before=one.held, after=replace(one.held, tags=_tags(one, owner), owner=owner))
        for one in chosen
    )
    held = {one.name: one.held for one in chosen}
    return Plan(owner=owner, changes=changes, refusals=(), fingerprint=fingerprint(held))


def bringing_plan(chosen: Sequence[Candidate], actual: Mapping[str, Resource], *, owner: str) -> Plan:
    """Return the plan that brings alarms to the desired state: changed in place, or replaced under the desired name.

    Args:
        chosen: The alarms to adopt.
        actual: What AWS holds, by name.
        owner: The stage's owner.
    """
    adopted = {one.name: replace(one.held, owner=owner) for one in chosen}
    desired = {one.desired.resource_name: one.desired for one in chosen}
    relevant = {name: resource for name, resource in actual.items() if name in desired}
    return make_plan(desired.values(), relevant | adopted, owner=owner)


def findings_lines(found: Findings) -> Iterator[str]:
    """Return what could be adopted as lines for people."""
    for one in found.candidates:
        yield f"  ± {one.likeness:<13} {one.name}"
        yield f"        {_consequence(one)}"
    for other in found.others:
        yield f"  · {'other':<13} {other.resource_name}  (watches the stage; no desired alarm means the same)"
    for other in found.foreign:
        whose = f"belongs to stage {other.owner}" if other.owner else f"is a {other.kind}"
        yield f"  ! {'foreign':<13} {other.resource_name}  ({whose}; choose another name_prefix)"
    yield f"Alarms that can be adopted: {len(found.candidates)}."


def findings_document(found: Findings) -> dict[str, Any]:
    """Return what could be adopted as JSON."""
    return {
        "candidates": [
            {
                "name": one.name,
                "likeness": one.likeness,
                "desired_name": one.desired.resource_name,
                "as_desired": one.is_as_desired,
            }
            for one in found.candidates
        ],
        "others": [other.resource_name for other in found.others],
        "foreign": [{"name": other.resource_name, "owner": other.owner} for other in found.foreign],
    }


def _consequence(one: Candidate) -> str:
    if one.is_as_desired:
        return "is as desired: only tags are missing"
    if one.likeness is Likeness.NAME:
        return "differs from what is desired; the next apply changes it in place"
    return f"the next apply replaces it by {one.desired.resource_name}"


def _tags(one: Candidate, owner: str) -> dict[str, str]:
    """Return the tags of an adopted alarm; those of the desired one only where it is that one."""
    if one.is_as_desired:
        return {**one.held.tags, **one.desired.tags}
    return {**one.held.tags, OWNER_TAG: owner, DIGEST_TAG: one.held.digest}
