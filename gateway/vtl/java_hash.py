"""Java's `hashCode`."""

import struct
from collections.abc import Callable
from typing import Any

from gateway.vtl.errors import LimitError
from gateway.vtl.printing import java_string
from gateway.vtl.utf16 import units
from gateway.vtl.values import Character, Entry, EntrySet, KeySet

_MAXIMUM_DEPTH = 100


def java_hash(text: str) -> int:
    """`hashCode` of a string."""
    result = 0
    for unit in units(text):
        result = (result * 31 + ord(unit)) & 0xFFFFFFFF
    return wrapped(result)


def wrapped(value: int, bits: int = 32) -> int:
    """What a signed number of so many bits keeps of a number: an `int`, a `long`."""
    return int((value + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1))


def _hash_of_long(bits: int) -> int:
    bits &= 2**64 - 1
    return wrapped(bits ^ (bits >> 32))


def java_hash_of(value: Any, depth: int = 0) -> int:
    """Java's `hashCode`."""
    if depth > _MAXIMUM_DEPTH:
        raise LimitError("The hash code of a value that holds itself is taken")
    simple = _SIMPLE_HASHES.get(value.__class__)
    if simple is not None:
        return simple(value)
    if isinstance(value, (dict, EntrySet)):
        source = value if isinstance(value, dict) else value.source
        return wrapped(
            sum(java_hash_of(key, depth + 1) ^ java_hash_of(item, depth + 1) for key, item in source.items())
        )
    if isinstance(value, Entry):
        return java_hash_of(value.key, depth + 1) ^ java_hash_of(value.value, depth + 1)
    if isinstance(value, KeySet):
        return wrapped(sum(java_hash_of(key, depth + 1) for key in value))
    return _hash_of_list(value, depth) if isinstance(value, list) else java_hash(java_string(value))


def _hash_of_list(items: list[Any], depth: int) -> int:
    result = 1
    for item in items:
        result = wrapped(31 * result + java_hash_of(item, depth + 1))
    return result


_SIMPLE_HASHES: dict[type, Callable[[Any], int]] = {
    bool: lambda value: 1231 if value else 1237,
    type(None): lambda _value: 0,
    int: lambda value: value if wrapped(value) == value else _hash_of_long(value),
    float: lambda value: _hash_of_long(struct.unpack(">q", struct.pack(">d", value))[0]),
    str: java_hash,
    Character: ord,
}
