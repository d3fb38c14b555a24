"""The importer by cases: tests/data/openapi/*.yaml."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.openapi import OpenApiError, read, write
from gateway.rest_api import Method, RestApi

DATA = Path(__file__).parents[1] / "data" / "openapi"
EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"
FILES = ("integrations", "methods", "security", "api_settings")


def cases(*names: str) -> list[Any]:
    loaded = [case for name in names for case in yaml.load(DATA.joinpath(f"{name}.yaml").read_bytes(), yaml.BaseLoader)]
    typed = [case for name in names for case in yaml.safe_load(DATA.joinpath(f"{name}.yaml").read_bytes())]
    return [pytest.param(case, id=plain["case"]) for case, plain in zip(typed, loaded, strict=True)]


def completed(document: Mapping[str, Any]) -> dict[str, Any]:
    version = {} if "swagger" in document else {"openapi": "3.0.1"}
    return {**version, "info": {"title": "cases", "version": "1"}, **document}


def view_of_method(method: Method) -> dict[str, Any]:
    view = dataclasses.asdict(method)
    view["method_responses"] = {item["status_code"]: item for item in view["method_responses"]}
    if view["integration"]:
        responses = view["integration"]["integration_responses"]
        view["integration"]["integration_responses"] = {item["status_code"]: item for item in responses}
    return view


def view_of(api: RestApi) -> dict[str, Any]:
    view = dataclasses.asdict(api)
    view["resources"] = {
        resource.path: {method.http_method: view_of_method(method) for method in resource.methods}
        for resource in api.resources
    }
    return view


def assert_holds(actual: object, expected: object, where: str = "") -> None:
    """An expected object names what must be there; an expected empty object, list or scalar must be equal."""
    if isinstance(expected, Mapping) and expected:
        assert isinstance(actual, Mapping), where
        for key, value in expected.items():
            assert key in actual, f"{where}.{key}"
            assert_holds(actual[key], value, f"{where}.{key}")
    else:
        assert (list(actual) if isinstance(actual, tuple) else actual) == expected, where


@pytest.mark.parametrize("case", cases(*FILES))
def test_read(case: dict[str, Any]) -> None:
    found = read(completed(case["document"]))
    assert_holds(view_of(found.rest_api), case["expected"])
    expected = case.get("warnings", [])
    assert len(found.warnings) == len(expected), found.warnings
    for warning in expected:
        assert any(warning in told for told in found.warnings), (warning, found.warnings)
    for path in case.get("absent_resources", []):
        assert found.rest_api.resource(path) is None


@pytest.mark.parametrize("case", cases(*FILES))
def test_what_was_read_survives_writing(case: dict[str, Any]) -> None:
    api = read(completed(case["document"])).rest_api
    again = read(write(api))
    assert again.rest_api == api
    assert again.warnings == ()


@pytest.mark.parametrize("case", cases("refused"))
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(OpenApiError) as caught:
        read(case["document"])
    assert str(caught.value) == case["message"]


def test_the_example_is_read_without_loss() -> None:
    document = yaml.safe_load(EXAMPLE.read_bytes())
    found = read(document)
    assert found.warnings == ()
    assert read(write(found.rest_api)).rest_api == found.rest_api
    operations = {(path, method) for path, item in document["paths"].items() for method in item}
    methods = {(item.path, method.http_method.lower()) for item in found.rest_api.resources for method in item.methods}
    assert methods == operations
    for path, http_method in operations:
        operation = document["paths"][path][http_method]
        method = found.rest_api.method(path, http_method.upper())
        assert method is not None
        assert method.integration is not None
        assert method.operation_name == operation["operationId"]
        assert {item.status_code for item in method.method_responses} == set(operation["responses"])
        written = operation["x-amazon-apigateway-integration"]
        assert len(method.integration.integration_responses) == len(written.get("responses", {}))
        assert method.integration.request_templates == written.get("requestTemplates", {})


def test_only_oas30_is_written() -> None:
    with pytest.raises(ValueError, match="only oas30"):
        write(RestApi(name="x"), version="swagger")


def test_a_model_that_is_no_json_cannot_be_written() -> None:
    api = read(completed({"paths": {}, "components": {"schemas": {"A": {}}}})).rest_api
    broken = dataclasses.replace(api, models={"A": dataclasses.replace(api.models["A"], schema="{")})
    with pytest.raises(OpenApiError, match="#/components/schemas/A: the model's schema is not JSON"):
        write(broken)
