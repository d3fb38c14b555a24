"""What the caches of the stages hold.

A new deployment keeps what is cached: AWS documents no flush of it, and deployment tools flush by a call of their own.
FlushStageCache empties a cache; so do another capacity and switching it off, for the cache instance is removed then.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

import threading
from collections import defaultdict

from gateway.messages import CacheEntry, CacheFound, CacheKey, CacheLookup, CacheStore, CacheStored
from sandbox.control_plane.caches import DATA
from sandbox.snapshot import DeployedStage

MAX_ENTRIES = 10_000


class ResponseCaches:
    """The entries of every stage that has a cache. Whether an entry is still fresh is for the gateway model to say.

    Args:
        max_entries: So many entries a stage at most; the oldest goes first.
    """

    def __init__(self, *, max_entries: int = MAX_ENTRIES) -> None:
        self._max_entries = max_entries
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, str], dict[CacheKey, CacheEntry]] = defaultdict(dict)

    def answer(self, deployed: DeployedStage, effect: CacheLookup | CacheStore) -> CacheFound | CacheStored:
        """Return an entry of a stage, or keep one."""
        stage = (deployed.rest_api.rest_api_id or "", deployed.stage.stage_name)
        with self._lock:
            entries = self._entries[stage]
            if isinstance(effect, CacheLookup):
                return CacheFound(entry=entries.get(effect.key))
            entries.pop(effect.key, None)
            entries[effect.key] = effect.entry
            if len(entries) > self._max_entries:
                del entries[next(iter(entries))]
            return CacheStored()

    def flush(self, rest_api_id: str, stage_name: str, cache: str) -> None:
        """Forget all entries of a stage, where this is the cache that is to be flushed."""
        if cache == DATA:
            with self._lock:
                self._entries.pop((rest_api_id, stage_name), None)
