"""Gap: an empty template of an integration response becomes null in moto."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.apigateway import models

from sandbox.control_plane.patching import Function, extend


def install() -> None:
    """Keep templates as they were given."""

    @extend(models.IntegrationResponse, "__init__")
    def keep_templates(
        original: Function,
        response: Any,
        status_code: str,
        selection_pattern: str | None = None,
        response_templates: Mapping[str, str | None] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        given = dict(response_templates or {})
        original(response, status_code, selection_pattern, dict(given), *args, **kwargs)
        response.response_templates = {kind: template or "" for kind, template in given.items()}
