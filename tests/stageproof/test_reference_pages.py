"""The reference of configuration and recording says what the models say, and no key goes without a description."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field

from contracts.expectations import Expectations
from contracts.recording_tables import TABLES
from contracts.strict_table import StrictTable
from gateway import choices
from stageproof.configuration_page import configuration_page
from stageproof.described import attribute_descriptions, constant_descriptions
from stageproof.source_pages import choices_page, columns_page

PAGE = configuration_page(Expectations)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def _is_even(value: int) -> int:
    """Take an even number."""
    return value


class Inner(StrictTable):
    """``[outer.inner]``: what is inside.

    See: https://example.com/inner
    """

    when: date
    """A day | or none."""


class Outer(StrictTable):
    """The file."""

    colour: Colour = Colour.RED
    """Which one,
    of two.
    """
    even: Annotated[int, AfterValidator(_is_even)] | None = Field(default=None, ge=2, alias="even_number")
    """Not ``odd``."""
    kind: Literal["a", "b"] = "a"
    """The kind."""
    inner: Inner | None = None
    """What is inside."""
    several: tuple[Inner, ...] = ()
    """More of them."""
    named: dict[str, Inner] = Field(default_factory=dict)
    """By name."""


def test_a_row_says_type_limits_default_and_meaning() -> None:
    page = configuration_page(Outer)
    assert '| `colour` | `"red"` or `"blue"` | `"red"` | Which one, of two. |' in page
    assert "| `even_number` | even number, at least 2 | none | Not `odd`. |" in page
    assert '| `kind` | `"a"` or `"b"` | `"a"` | The kind. |' in page
    assert "| `when` | date, such as `2026-12-31` | **needed** | A day \\| or none. |" in page


def test_every_table_has_a_section_with_its_own_brackets() -> None:
    page = configuration_page(Outer)
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == ["## `[inner]`", "## `[[several]]`", "## `[named.NAME]`"]
    assert "What is inside.\n\nSee <https://example.com/inner>." in page


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Give a model and those that its schema names."""
    known = {each.__name__: each for each in all_below(StrictTable)}
    yield model
    for name in model.model_json_schema()["$defs"]:
        if name in known:
            yield known[name]


def all_below(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for below in model.__subclasses__():
        yield below
        yield from all_below(below)


@pytest.mark.parametrize("model", list(models(Expectations)), ids=lambda model: model.__name__)
def test_every_key_is_described_and_in_the_page(model: type[BaseModel]) -> None:
    """A key is described by the string below it in the model."""
    described = attribute_descriptions(model)
    assert [name for name in model.model_fields if name not in described] == []
    for name, field in model.model_fields.items():
        key = field.alias or name
        is_row = f"| `{key}` | " in PAGE
        is_table = any(f"{key}{end}" in PAGE for end in ("]`", "]]`", ".NAME]`", ".NAME."))
        assert is_row or is_table, key


def test_every_column_of_a_recording_is_listed() -> None:
    page = columns_page(TABLES)
    for table in TABLES:
        assert f"## {table.kind}" in page
        section = page[page.index(f"## {table.kind}") :].split("\n## ")[0]
        for name, cells in table.columns:
            assert f"| `{name}` | {cells} |" in section
    assert "| `request_url` | string |" in page
    assert "| `request_headers` | JSON text |" in page


def test_every_choice_is_told_with_its_value() -> None:
    page = choices_page(choices)
    names = [name for name in vars(choices) if name.isupper()]
    assert len(names) > 15
    assert set(names) == constant_descriptions(choices).keys()
    assert page.count("\n## ") == len(names)
    assert "## Request limit bytes\n\n`10485760`\n\nThe largest request body: documented." in page
