"""What a tool reports, and which of it is new against the healthy API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One thing a tool reports.

    ``check`` is the tool's own name of it and ``subject`` the operation or resource. ``kind`` is the type of that
    resource, and ``status`` the status code that the client saw, where there is one.
    """

    check: str
    subject: str
    kind: str = ""
    status: int = 0


def new_failures(after: Iterable[Finding], healthy: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what Schemathesis reports that it does not report of the healthy API: by check, operation and status."""
    return tuple(sorted(set(after) - set(healthy)))


def new_findings(
    after: Iterable[Finding], healthy: Iterable[Finding], resources: frozenset[str]
) -> tuple[Finding, ...]:
    """Return what a linter reports of a template that it does not report of the healthy one: by check and resource.

    A resource that the healthy template does not have counts as the others of its type: a second function that is as
    good as the first is no fault.

    Args:
        after: Of the template with the fault.
        healthy: Of the healthy template.
        resources: The logical ids in the healthy template.
    """
    known = set(healthy)
    pairs = {(finding.check, finding.subject) for finding in known}
    kinds = {(finding.check, finding.kind) for finding in known}
    return tuple(
        sorted(
            {
                finding
                for finding in after
                if (finding.check, finding.subject) not in pairs
                and (finding.subject in resources or (finding.check, finding.kind) not in kinds)
            }
        )
    )
