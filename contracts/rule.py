"""A rule: one frozen object that names a healthy condition, and one pure function that judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts.evidence import ApiKind, Transaction
from contracts.rule_parameter import RuleParameter
from contracts.verdict import Finding, Severity, Step

if TYPE_CHECKING:
    from contracts.run_evidence import JudgedOperation, JudgedResource, RunEvidence


@dataclass(frozen=True, slots=True)
class PerTransaction:
    """The rule looks at one transaction at a time; its findings are gathered into one verdict an operation.

    ``test_invocations`` lets it look at test invocations too, which ran the method without authorizer, API key and
    telemetry, and not through the stage: only what a mapping does can be judged by them.
    """

    judge: Callable[[Transaction, RunEvidence], Finding]
    test_invocations: bool = False


@dataclass(frozen=True, slots=True)
class PerOperation:
    """The rule looks at one operation with all that was observed of it."""

    judge: Callable[[JudgedOperation, RunEvidence], Finding]


@dataclass(frozen=True, slots=True)
class PerResource:
    """The rule looks at one resource: its methods and its preflights."""

    judge: Callable[[JudgedResource, RunEvidence], Finding]


@dataclass(frozen=True, slots=True)
class PerStage:
    """The rule looks at the stage as a whole. It may give several findings, each with its own subject."""

    judge: Callable[[RunEvidence], Finding | Iterable[Finding]]


Judge = PerTransaction | PerOperation | PerResource | PerStage

REST_ONLY = frozenset({ApiKind.REST})
HTTP_ONLY = frozenset({ApiKind.HTTP})
EVERY_KIND = frozenset(ApiKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the catalogue.

    ``title`` states the healthy condition. ``failure_modes`` are ids of the known failure modes that the rule finds.
    ``explained_by`` names rules whose breaking on the same subject, its resource or the stage is the cause of this
    one's: then only the cause is reported.

    ``api_kinds`` says at which kinds of API the rule judges. A rule that stands on a REST API's configuration,
    execution log or trace has nothing to stand on at an HTTP API, which has none of them: there it gives no verdict at
    all, since UNDETERMINED would promise that some permission or setting could mend it. A rule that stands on
    exchanges, access entries and expectations judges both.

    ``parameters`` are what a team may set in ``[rules.parameters.CODE]``.
    """

    code: str
    title: str
    severity: Severity
    step: Step
    why: str
    fix: str
    source_url: str
    judge: Judge
    failure_modes: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    api_kinds: frozenset[ApiKind] = REST_ONLY
    parameters: tuple[RuleParameter[Any], ...] = ()

    @property
    def topic(self) -> str:
        """The two letters of the topic (``CO``)."""
        return self.code[:2]


TOPICS = {
    "RT": "Routing",
    "MQ": "Method request",
    "IQ": "Integration request",
    "IS": "Integration response",
    "MS": "Method response",
    "GR": "Gateway responses",
    "CA": "Caching",
    "CO": "CORS",
    "ER": "Error normalization",
    "OB": "Observability",
    "AL": "Alarms and metrics",
    "DP": "Deployment",
    "SE": "Security",
    "LM": "Limits",
    "BN": "Binary",
}
"""The topics, in the order in which a reviewer reads them."""
