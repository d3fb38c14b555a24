"""Which methods of a stage answer from its cache.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

from gateway.rest_api import MethodSettings, Stage


def cache_settings(stage: Stage, resource_path: str, http_method: str) -> MethodSettings | None:
    """Return the settings of a method that is cached, None for one that is not.

    The stage's own setting (``*/*``) caches GET alone; any other method is cached only where its own setting says so.
    """
    own = stage.method_settings.get(f"{resource_path}/{http_method}")
    settings = own or (stage.method_settings.get("*/*") if http_method == "GET" else None)
    if not stage.cache_cluster_enabled or settings is None:
        return None
    return settings if settings.caching_enabled and settings.cache_ttl_s != 0 else None
