"""Every recorded case: AWS's own renders, Velocity 1.7's, and Jayway's JSONPath."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from gateway.vtl import Overrides, TemplateError, api_gateway_variables, compile_template
from gateway.vtl.errors import JavaError
from gateway.vtl.json_path import PathNotFound, read_path
from gateway.vtl.json_text import parse_json
from gateway.vtl.printing import json_text

DATA = Path(__file__).parents[2] / "data" / "vtl"


def load(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def named(case: dict[str, Any]) -> str:
    return str(case["id"])


RECORDED = {name: load(f"velocity_{name}.json") for name in ("random", "probes", "bodies")}
PATHS = load("jsonpath_cases.json")
PROBES = load("jsonpath_probes.json")


@pytest.mark.parametrize("case", load("aws_recorded.json"), ids=named)
def test_renders_as_aws_recorded(case: dict[str, Any]) -> None:
    got = compile_template(case["template"]).render(case["context"])
    expected = case["expected"]
    if not isinstance(expected, str):
        assert json.loads(got) == expected
    elif case["ignore_whitespace"]:
        assert "".join(got.split()) == "".join(expected.split())
    else:
        assert got == expected


def given_to(recorded: dict[str, Any]) -> dict[str, object]:
    """The variables of recorded cases, anew for each of them, with `$input` where they have a body."""
    variables: dict[str, object] = deepcopy(recorded["variables"])
    if "body" in recorded:
        given = api_gateway_variables(
            body=recorded["body"], path={}, querystring={}, header={}, context={}, stage_variables={}
        )
        variables["input"] = given["input"]
    return variables


@pytest.mark.parametrize("name", RECORDED)
def test_renders_templates_as_velocity_does(name: str) -> None:
    recorded = RECORDED[name]
    different = []
    for case in recorded["cases"]:
        try:
            got: str | None = compile_template(case["template"]).render(given_to(recorded))
        except TemplateError:
            got = None
        if got != case["expected"]:
            different.append((case["id"], got, case["expected"]))
    assert different == []


def variables_of(case: dict[str, Any], overrides: Overrides) -> dict[str, object]:
    inputs = case["inputs"]
    if case["kind"] == "core":
        return dict(inputs["vars"])
    given = inputs["input"] or {}
    parameters = given.get("params") or {}
    return api_gateway_variables(
        body=given.get("body") or "",
        path=parameters.get("path", {}),
        querystring=parameters.get("querystring", {}),
        header=parameters.get("header", {}),
        context=inputs["context"] or {},
        stage_variables=inputs["stageVariables"] or {},
        overrides=overrides,
    )


@pytest.mark.parametrize("case", load("cases.json"), ids=named)
def test_renders_each_case(case: dict[str, Any]) -> None:
    overrides = Overrides()
    variables = variables_of(case, overrides)
    expected = case["expected_aws_null_mode"] if case["kind"] == "core" else case["expected"]
    if expected is None:
        with pytest.raises(TemplateError):
            compile_template(case["template"]).render(variables)
        return
    got = compile_template(case["template"]).render(variables)
    if case.get("json_equal"):
        assert json.loads(got) == json.loads(expected)
    elif case.get("ignore_ws"):
        assert "".join(got.split()) == "".join(expected.split())
    else:
        assert got == expected
    if "expect_status" in case:
        assert overrides.response_status == case["expect_status"]


@pytest.mark.parametrize("case", PATHS["cases"], ids=lambda case: case["path"])
def test_reads_paths_as_jayway_does(case: dict[str, Any]) -> None:
    expected = case["jayway"]
    if isinstance(expected, str) and expected.startswith("ERR:PathNotFound"):
        with pytest.raises(PathNotFound):
            read_path(PATHS["body"], case["path"])
    else:
        assert read_path(PATHS["body"], case["path"]) == expected


def outcome(path: str) -> Any:
    """What a path finds, or how it fails."""
    try:
        return read_path(PROBES["body"], path)
    except PathNotFound:
        return "ERR:PathNotFoundException"
    except JavaError:
        return "ERR:InvalidPathException"


def test_reads_probed_paths_as_jayway_does() -> None:
    found = [(case["path"], outcome(case["path"])) for case in PROBES["cases"]]
    assert found == [(case["path"], case["jayway"]) for case in PROBES["cases"]]


def test_reads_bodies_as_json_smart_does() -> None:
    different = []
    for case in load("json_bodies.json")["cases"]:
        try:
            got: str | None = json_text(parse_json(case["body"]), escape_slash=False)
        except JavaError:
            got = None
        if got != case["json"]:
            different.append((case["body"], got, case["json"]))
    assert different == []
