"""Which methods of a stage answer from its cache, and whether all of them are set as they should be.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.evidence import Missing, Transaction
from contracts.run_evidence import JudgedOperation, RunEvidence
from contracts.verdict import Finding, broken, held, not_applicable, undetermined
from gateway.response_cache import cache_settings
from gateway.rest_api import MethodSettings

BY_THE_CONFIGURATION = "(by the configuration)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whether a cached operation is as it should be: ``observed`` tells it, where it is None a setting does."""

    is_right: bool
    observed: Transaction | None = None


def judge_cached(
    run: RunEvidence, *, tell: Callable[[JudgedOperation, MethodSettings], Told], wrong: str, right: str
) -> Finding:
    """Judge every operation that is answered from the cache.

    Args:
        run: Whose stage it is.
        tell: Says of a cached operation with its settings whether it is right, and by what.
        wrong: What is wrong, said before the names of the operations.
        right: What is right.
    """
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    told = {
        operation.name: tell(operation, settings)
        for operation in run.operations
        if (settings := cache_settings(stage.value, operation.resource_path, operation.http_method)) is not None
    }
    if not told:
        return not_applicable("no operation is cached")
    faulty = {name: one for name, one in told.items() if not one.is_right}
    judged = faulty or told
    proof = next((one.observed for one in judged.values() if one.observed is not None), None)
    if not faulty:
        return held(f"{right} {_by_what(told)}", evidence=proof)
    names = ", ".join(f"{name}{'' if one.observed is None else ' (observed)'}" for name, one in faulty.items())
    return broken(f"{wrong}: {names}" + ("" if proof else f" {BY_THE_CONFIGURATION}"), evidence=proof)


def _by_what(told: dict[str, Told]) -> str:
    observed = [name for name, one in told.items() if one.observed is not None]
    if not observed:
        return BY_THE_CONFIGURATION
    rest = "" if len(observed) == len(told) else "; by the configuration for the rest"
    return f"(observed: {', '.join(observed)}{rest})"
