"""Properties of the OpenAPI reader and writer."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import OpenAPIV30SpecValidator

from gateway.openapi import OpenApiError, read, write
from gateway.rest_api import RestApi

EXAMPLE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml").read_bytes()
)
FEWER = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ODD_VALUES: list[Any] = [
    None, True, -1, 3.5, "", "x", [], {}, [1], [[]], {"a": 1}, {"$ref": "#/components/schemas/User"}, {"$ref": "#/no"},
    {"$ref": 3}, {"$ref": "#/paths"}, "4XX",
]  # fmt: skip


@given(data=st.data())
@FEWER
def test_what_is_written_is_read_again(data: st.DataObject, rest_apis: SearchStrategy[RestApi]) -> None:
    api = data.draw(rest_apis)
    found = read(write(api))
    assert found.rest_api == api
    assert found.warnings == ()


@given(data=st.data())
@FEWER
def test_what_is_written_is_json(data: st.DataObject, rest_apis: SearchStrategy[RestApi]) -> None:
    document = write(data.draw(rest_apis))
    assert json.loads(json.dumps(document)) == document


def test_the_example_is_written_as_a_valid_document() -> None:
    written = json.loads(json.dumps(write(read(EXAMPLE).rest_api)))
    assert [error.message for error in OpenAPIV30SpecValidator(written).iter_errors()] == []


def places(value: object, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for key, inner in value.items() for place in [(*way, key), *places(inner, (*way, key))]]
    if isinstance(value, list):
        return [place for key, inner in enumerate(value) for place in [(*way, key), *places(inner, (*way, key))]]
    return []


PLACES = places(EXAMPLE)


@given(way=st.sampled_from(PLACES), value=st.sampled_from(ODD_VALUES))
@settings(max_examples=200, deadline=None)
def test_an_odd_document_is_read_or_refused_in_one_line(way: tuple[Any, ...], value: object) -> None:
    document = copy.deepcopy(EXAMPLE)
    holder: Any = document
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = value
    try:
        api = read(document).rest_api
    except OpenApiError as error:
        assert "\n" not in str(error)  # noqa: PT017 - both outcomes are right, each with its own condition
    else:
        assert read(write(api)).rest_api == api
