"""Durations and rates as people write them: ``90s``, ``10m``, ``1h30m``, ``50/s``."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_RATE = re.compile(r"(\d+(?:\.\d+)?)/([smhd])")


def parse_duration_s(text: str) -> float:
    """Return the seconds of a duration such as ``90s``, ``10m``, ``1h30m`` or ``500ms``.

    Raises:
        ValueError: If the text is not such a duration.
    """
    compact = text.replace(" ", "")
    parts = _PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError('must be a duration such as "90s", "10m" or "1h30m"')
    return sum(float(number) * _UNITS_S[unit] for number, unit in parts)


def parse_rate_per_s(text: str) -> float:
    """Return the requests a second of a rate such as ``50/s`` or ``3000/m``.

    Raises:
        ValueError: If the text is not such a rate, or the rate is zero.
    """
    found = _RATE.fullmatch(text.replace(" ", ""))
    if found is None or float(found[1]) == 0:
        raise ValueError('must be a rate such as "50/s" or "3000/m"')
    return float(found[1]) / _UNITS_S[found[2]]


def _seconds(value: object) -> object:
    """Take a duration such as ``90s``, ``10m`` or ``1h30m``, or seconds."""
    return parse_duration_s(value) if isinstance(value, str) else value


DurationS = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
"""Seconds, given as a number or as text such as ``10m``."""
