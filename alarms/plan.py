"""A plan: what must change so that AWS holds what is desired. Pure: it reads nothing and writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from alarms.resource import Resource

_ABSENT = object()


class ChangeKind(StrEnum):
    """What happens to a resource. ``RETAG`` changes nothing but tags."""

    CREATE = "create"
    ADOPT = "adopt"
    UPDATE = "update"
    RETAG = "retag"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that changes; None stands for no value."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a plan: a resource before and after."""

    kind: ChangeKind
    before: Resource | None
    after: Resource | None

    @property
    def resource(self) -> Resource:
        """The resource as it will be, or as it was where it goes."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change without a resource")
        return found

    @property
    def differences(self) -> tuple[Difference, ...]:
        """Every value that changes, sorted by path."""
        return tuple(_differences(self.before, self.after))

    @property
    def cause(self) -> str:
        """Why the change is needed, in words."""
        if self.before is None:
            return "missing"
        if self.kind is ChangeKind.ADOPT:
            return "not owned yet"
        if self.before.was_changed_by_hand:
            return "changed by hand"
        return "no longer expected" if self.after is None else "expectations changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A name that is desired, but belongs to someone else; ``owner`` None where nobody signed."""

    resource: Resource
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All changes of one stage, sorted by name, and what is refused.

    ``fingerprint`` is a digest of what AWS held when the plan was made.
    """

    owner: str
    changes: tuple[Change, ...]
    refusals: tuple[Refusal, ...]
    fingerprint: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done, and nothing is in the way."""
        return not self.changes and not self.refusals


def make_plan(
    desired: Iterable[Resource],
    actual: Mapping[str, Resource],
    *,
    owner: str,
    adopt: Collection[str] = (),
) -> Plan:
    """Compare what is desired with what AWS holds.

    Args:
        desired: What should exist; each owned by ``owner``.
        actual: What exists, by name, whoever owns it.
        owner: Whose plan it is; resources of others are never changed or deleted.
        adopt: Names that may be taken over though they are not owned.
    """
    wanted = {resource.resource_name: resource for resource in desired}
    changes: list[Change] = []
    refusals: list[Refusal] = []
    for name, after in sorted(wanted.items()):
        before = actual.get(name)
        if before is None:
            changes.append(Change(kind=ChangeKind.CREATE, before=None, after=after))
        elif before.owner == owner:
            changes += _changes(before, after)
        elif name in adopt and before.kind is after.kind:
            changes.append(Change(kind=ChangeKind.ADOPT, before=before, after=after))
        else:
            refusals.append(Refusal(resource=after, owner=before.owner))
    changes += [
        Change(kind=ChangeKind.DELETE, before=before, after=None)
        for name, before in sorted(actual.items())
        if before.owner == owner and name not in wanted
    ]
    changes.sort(key=lambda change: change.resource.resource_name)
    return Plan(owner=owner, changes=tuple(changes), refusals=tuple(refusals), fingerprint=fingerprint(actual))


def after_plan(plan: Plan, actual: Mapping[str, Resource]) -> dict[str, Resource]:
    """Return what AWS holds once a plan is applied: the model that a real apply is measured against."""
    held = dict(actual)
    for change in plan.changes:
        if change.after is None:
            del held[change.resource.resource_name]
        else:
            tags = {**(change.before.tags if change.before else {}), **change.after.tags}
            held[change.after.resource_name] = Resource(
                resource_name=change.after.resource_name,
                kind=change.after.kind,
                definition=change.after.definition,
                tags=tags,
                owner=change.after.owner,
                needs=change.after.needs,
            )
    return held


def fingerprint(actual: Mapping[str, Resource]) -> str:
    """Return a digest of what AWS holds; it changes when anything of it does."""
    held = {name: [resource.definition, dict(resource.tags)] for name, resource in actual.items()}
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()[:16]


def _changes(before: Resource, after: Resource) -> Iterator[Change]:
    if before.definition != after.definition:
        yield Change(kind=ChangeKind.UPDATE, before=before, after=after)
    elif any(before.tags.get(key) != value for key, value in after.tags.items()):
        yield Change(kind=ChangeKind.RETAG, before=before, after=after)


def _differences(before: Resource | None, after: Resource | None) -> Iterator[Difference]:
    old, new = _values(before), _values(after)
    if before and after:  # tags beyond the desired ones stay as they are
        old = {path: value for path, value in old.items() if path in new or not path.startswith("tags.")}
    for path in sorted(old.keys() | new.keys()):
        if old.get(path, _ABSENT) != new.get(path, _ABSENT):
            yield Difference(path=path, before=old.get(path), after=new.get(path))


def _values(resource: Resource | None) -> dict[str, Any]:
    if resource is None:
        return {}
    return dict(_flat("", resource.definition)) | {f"tags.{key}": value for key, value in resource.tags.items()}


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Return the leaves of a document, each with its path; empty containers are leaves too."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _flat(f"{path}[{index}]", inner)
    else:
        yield path, value
