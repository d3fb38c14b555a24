"""The two ways in which a gap of moto is filled: extend what is there, or add an action that is not."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

_EXTENDED: set[tuple[object, str, str]] = set()

Function = Callable[..., Any]


def extend(owner: type, name: str) -> Callable[[Function], Function]:
    """Replace a method of a moto class by one that gets the original as its first argument.

    Each pair of method and extending function is applied once a process, however often it is installed.

    Args:
        owner: The class of moto.
        name: The method's name.
    """

    def decorate(extension: Function) -> Function:
        key = (owner, name, f"{extension.__module__}.{extension.__qualname__}")
        if key in _EXTENDED:
            return extension
        _EXTENDED.add(key)
        original = getattr(owner, name)

        @functools.wraps(original)
        def extended(*args: Any, **kwargs: Any) -> Any:
            return extension(original, *args, **kwargs)

        setattr(owner, name, extended)
        return extension

    return decorate


def action(owner: type) -> Callable[[Function], Function]:
    """Add an action (``test_invoke_method``) to a response class of moto, in place of what it may have."""

    def decorate(handler: Function) -> Function:
        setattr(owner, handler.__name__, handler)
        return handler

    return decorate
