"""Gap: moto inspects its response class for the names of its actions, for every request."""

from __future__ import annotations

import functools

from moto.core import responses, utils


def install() -> None:
    """Remember the names; must come after every gap that adds an action."""
    vars(responses)["method_names_from_class"] = functools.cache(utils.method_names_from_class)
