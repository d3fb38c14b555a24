"""Which methods of a stage answer from its cache, and whether all of them are set as they should be.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from collections.abc import Callable

from contracts.evidence import Missing
from contracts.run_evidence import RunEvidence
from contracts.verdict import Finding, broken, held, not_applicable, undetermined
from gateway.response_cache import cache_settings
from gateway.rest_api import MethodSettings


def judge_cached(run: RunEvidence, *, is_right: Callable[[MethodSettings], bool], wrong: str, right: str) -> Finding:
    """Judge the settings of every operation that is answered from the cache.

    Args:
        run: Whose stage it is.
        is_right: What has to be true of the settings of a cached operation.
        wrong: What is wrong, said before the names of the operations.
        right: What is right.
    """
    stage = run.stage
    if isinstance(stage, Missing):
        return undetermined(stage)
    cached = {
        operation.name: settings
        for operation in run.operations
        if (settings := cache_settings(stage.value, operation.resource_path, operation.http_method)) is not None
    }
    if not cached:
        return not_applicable("no operation is cached")
    names = [name for name, settings in cached.items() if not is_right(settings)]
    return broken(f"{wrong}: {', '.join(names)}") if names else held(right)
