"""Reference pages that list what a module holds: the columns of a recording, and the choices of the gateway model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from contracts.recording_tables import Table
from stageproof.described import constant_descriptions, markdown, summary

_COLUMNS = """# The columns of a recording

Generated from the dataclasses whose rows the parts hold; [Recording format](recording.md) tells of the folder around
them. A cell is null where the evidence says nothing. Times are UTC.
"""
_CHOICES = """# Choices of the gateway model

Where neither AWS's documentation nor a recording says what API Gateway does, the model of it has to choose. Every such
choice stands in `gateway/choices.py`, from which this page is generated. A recording made on AWS that shows otherwise
is the most welcome bug report.
"""


def columns_page(tables: Iterable[Table[Any]]) -> str:
    """Return the page about the tables of a recording."""
    return "\n".join([_COLUMNS, *(line for table in tables for line in _table(table))]).rstrip() + "\n"


def choices_page(module: ModuleType) -> str:
    """Return the page about every described constant of a module."""
    described = constant_descriptions(module)
    sections = (line for name, text in described.items() for line in _choice(name, getattr(module, name), text))
    return "\n".join([_CHOICES, *sections]).rstrip() + "\n"


def _table(table: Table[Any]) -> Iterator[str]:
    yield from (f"## {table.kind}", "", f"`parts/{table.kind}-*.parquet`. {summary(table.row_type)}", "")
    yield from ("| column | cells |", "| --- | --- |")
    yield from (f"| `{name}` | {cells} |" for name, cells in table.columns)
    yield ""


def _choice(name: str, value: object, text: str) -> Iterator[str]:
    words = name.replace("_", " ").capitalize()
    yield from (f"## {words}", "", f"`{_shown(value)}`", "", markdown(text), "")


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    return json.dumps(value, ensure_ascii=False)
