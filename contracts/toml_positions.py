"""Where in a TOML text a key stands, for messages: the TOML reader of Python keeps no positions."""

from __future__ import annotations

import tomllib

Location = tuple[str | int, ...]


def line_of(text: str, location: Location) -> int | None:
    """Return the line (from 1) of a key, of its table where the key is absent, or None where neither is written.

    Args:
        text: The TOML document.
        location: The way to the key: table and key names, and indexes in arrays of tables.
    """
    lines = _positions(text)
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return None


def _positions(text: str) -> dict[Location, int]:
    lines: dict[Location, int] = {}
    counts: dict[Location, int] = {}
    table: Location = ()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            table = _table(stripped, counts) or table
            lines.setdefault(table, number)
        elif "=" in stripped and not stripped.startswith("#"):
            key = _keys(stripped.split("=", 1)[0] + "= 0")
            if key:
                lines.setdefault((*table, *key), number)
    return lines


def _table(header: str, counts: dict[Location, int]) -> Location:
    """Return the way to a table; a table inside an array of tables goes through the newest element."""
    way: Location = ()
    names = _keys(header)
    for position, name in enumerate(names, start=1):
        way = (*way, name)
        if header.startswith("[[") and position == len(names):
            counts[way] = counts.get(way, -1) + 1
        if way in counts:
            way = (*way, counts[way])
    return way


def _keys(statement: str) -> tuple[str, ...]:
    """Return the dotted key of one TOML statement as its parts; empty where the line is not a statement by itself."""
    try:
        value: object = tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return ()
    keys: list[str] = []
    while isinstance(value, dict | list) and value:
        if isinstance(value, list):
            value = value[0]
            continue
        name = next(iter(value))
        keys.append(name)
        value = value[name]
    return tuple(keys)
