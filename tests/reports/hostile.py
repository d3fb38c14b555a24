"""The same judgement with hostile text in every field of every dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from contracts.judgement import Judgement
from gateway.messages import Headers

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    f"{SCRIPT}\"'`--></style><img src=x onerror=alert(2)>\x00\x07\x1b[31m\r\n\u202e{{{{7*7}}}}{{% raw %}}]]>"
    "| [x](javascript:alert(3)) **b** &lt; \ud800 \ufffe @octocat https://evil.example "
)


def hostile(judgement: Judgement) -> Judgement:
    """Put hostile text before every text of a judgement; links between its parts stay."""
    poisoned = poison(judgement)
    assert isinstance(poisoned, Judgement)
    return poisoned


def poison(value: Any) -> Any:
    """Put hostile text before every text below a value."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return HOSTILE + value
    if isinstance(value, bytes):
        return SCRIPT.encode() + b"\"'\x1b" + value
    if isinstance(value, Headers):
        return Headers([(poison(name), poison(held)) for name, held in value.items()])
    if isinstance(value, Mapping):
        return {poison(key): poison(held) for key, held in value.items()}
    if isinstance(value, tuple):
        return tuple(poison(held) for held in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{item.name: poison(getattr(value, item.name)) for item in fields(value) if item.init})
    return value
