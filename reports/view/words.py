"""The words of the reports: one name for each step, severity, outcome and topic."""

from __future__ import annotations

from contracts.rule import TOPICS
from contracts.verdict import Outcome, Severity, Step

STEP_NAMES = {
    Step.ROUTING: "Routing",
    Step.METHOD_REQUEST: "Method request",
    Step.INTEGRATION_REQUEST: "Integration request",
    Step.BACKEND: "Backend",
    Step.INTEGRATION_RESPONSE: "Integration response",
    Step.METHOD_RESPONSE: "Method response",
    Step.GATEWAY_RESPONSE: "Gateway responses",
    Step.STAGE: "Stage",
}
"""The steps in the order in which a request passes them, and what lies beside."""

STEP_NUMBERS = {
    Step.METHOD_REQUEST: 1,
    Step.INTEGRATION_REQUEST: 2,
    Step.INTEGRATION_RESPONSE: 3,
    Step.METHOD_RESPONSE: 4,
}

OUTCOME_NAMES = {
    Outcome.BROKEN: "broken",
    Outcome.UNDETERMINED: "undetermined",
    Outcome.HELD: "held",
    Outcome.NOT_APPLICABLE: "not applicable",
}

SEVERITY_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def step_title(step: Step) -> str:
    """Return a step with its number: ``Step 1 · Method request``."""
    number = STEP_NUMBERS.get(step)
    return STEP_NAMES[step] if number is None else f"Step {number} · {STEP_NAMES[step]}"


def step_phrase(step: Step) -> str:
    """Return a step inside of a sentence: ``step 1, method request``."""
    number = STEP_NUMBERS.get(step)
    name = STEP_NAMES[step].lower()
    return f"the {name}" if number is None else f"step {number}, {name}"


_REACHED = {True: "reached the backend", False: "did not reach the backend", None: ""}


def reached_words(reached: bool | None) -> str:  # noqa: FBT001 - the value itself is worded
    """Say whether a request came to the backend; nothing where that cannot be told."""
    return _REACHED[reached]


def answer_words(answered_by: str, reached: bool | None) -> str:  # noqa: FBT001 - the value itself is worded
    """Say who answered and whether the backend was reached: ``answered by the mapping, did not reach the backend``."""
    who = f"answered by {answered_by}" if answered_by in {"", "nobody"} else f"answered by the {answered_by}"
    return ", ".join(filter(None, (who, reached_words(reached)))) if answered_by else ""


def topic_name(code: str) -> str:
    """Return the name of a rule's topic; the two letters where they are unknown."""
    return TOPICS.get(code[:2], code[:2])


def plural(count: int, noun: str, many: str | None = None) -> str:
    """Return a count with its noun: ``1 request``, ``2,000 requests``."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"
