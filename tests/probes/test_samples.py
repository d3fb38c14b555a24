from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.samples import NoSampleError, sample

DOCUMENT: dict[str, Any] = {
    "components": {
        "schemas": {
            "Name": {"type": "string", "minLength": 8, "maxLength": 9},
            "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
            "Loop": {
                "type": "object",
                "required": ["next"],
                "properties": {"next": {"$ref": "#/components/schemas/Loop"}},
            },
        }
    }
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"example": "mine", "type": "string"}, "mine"),
        ({"examples": [3, 4]}, 3),
        ({"examples": {"one": {"value": {"a": 1}}}}, {"a": 1}),
        ({"default": 7, "type": "integer"}, 7),
        ({"const": None}, None),
        ({"enum": ["b", "a"]}, "b"),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string", "minLength": 7}, "probexx"),
        ({"type": "string", "maxLength": 2}, "pr"),
        ({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, [True, True]),
        ({"$ref": "#/components/schemas/Name"}, "probexxx"),
        ({"oneOf": [{"type": "boolean"}, {"type": "string"}]}, True),
        ({"allOf": [{"$ref": "#/components/schemas/Base"}]}, {"id": "5b0d7c1e-6f0a-4c55-9a68-2f6d9f0e8a11"}),
        ({}, "probe"),
    ],
)
def test_the_plainest_value_is_made(schema: dict[str, Any], value: Any) -> None:
    assert sample(schema, DOCUMENT) == value


@pytest.mark.parametrize("pattern", ["^[A-Z]{3}-[0-9]{4}$", "^user_[a-f0-9]{8}$", "^(a|b)+c$"])
def test_a_text_is_found_for_a_pattern(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern, "maxLength": 20}
    assert jsonschema_rs.is_valid(schema, sample(schema, {}))


def test_the_same_sample_comes_every_time() -> None:
    schema = {"type": "string", "pattern": "^[a-z]{12}$"}
    assert sample(schema, {}) == sample(schema, {})


@pytest.mark.parametrize("schema", [{"$ref": "#/components/schemas/Loop"}, {"type": "string", "pattern": "("}])
def test_what_has_no_sample_is_said(schema: dict[str, Any]) -> None:
    with pytest.raises(NoSampleError):
        sample(schema, DOCUMENT)


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    texts = st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 20),
        st.integers(0, 20),
    )
    numbers = st.builds(
        lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
        st.integers(-50, 50),
        st.integers(0, 50),
    )
    leaves = st.one_of(texts, numbers, st.just({"type": "boolean"}), st.just({"type": "null"}))
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(
                lambda items, count: {"type": "array", "items": items, "minItems": count}, inner, st.integers(0, 3)
            ),
            st.dictionaries(st.sampled_from("abc"), inner).map(
                lambda found: {"type": "object", "properties": found, "required": sorted(found)}
            ),
            st.lists(inner, min_size=1, max_size=2).map(lambda found: {"anyOf": found}),
        ),
        max_leaves=8,
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas())
def test_a_sample_is_valid(schema: dict[str, Any]) -> None:
    assert jsonschema_rs.is_valid(schema, sample(schema, {}))
