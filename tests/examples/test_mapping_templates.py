"""The mapping templates of users-api: valid JSON, and the value unchanged, whatever the client or the backend says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.vtl import api_gateway_variables, compile_template

DOCUMENT = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"
API: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
LEGACY = API["paths"]["/legacy/users/search"]["post"]["x-amazon-apigateway-integration"]
COUNTRY = API["paths"]["/countries/{code}"]["get"]["x-amazon-apigateway-integration"]
HEALTH = API["paths"]["/health"]["get"]["x-amazon-apigateway-integration"]
ODD_TEXTS = [
    "O'Brien",
    '"quoted"',
    "\\",
    "\\'",
    "\\\\'",
    "a\nb\r\t\x00\x1f\x7f",
    "日本😀/",
    "$x #if(true) #end ${y} ## $!z",
    "</script>",
    "x\u2028y",
]
texts = st.one_of(
    st.sampled_from(ODD_TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.text("'\"\\$#{}!/n\n", min_size=1, max_size=40),
)
searches = st.fixed_dictionaries(
    {"name": texts},
    optional={
        "nationalId": st.from_regex(r"[0-9]{6,12}", fullmatch=True).filter(str.isascii),
        "minAge": st.integers(0, 150),
        "active": st.booleans(),
        "tags": st.lists(st.sampled_from(["admin", "external", "guest", "staff"]), max_size=4),
    },
)


def rendered(template: str, body: Any) -> Any:
    variables = api_gateway_variables(
        body=json.dumps(body, ensure_ascii=False),
        path={},
        querystring={},
        header={},
        context={"requestId": "request-1", "stage": "dev"},
        stage_variables={},
    )
    return json.loads(compile_template(template).render(variables))


def template_of(response: dict[str, Any]) -> str:
    return str(response["responseTemplates"]["application/json"])


@settings(deadline=None)
@given(search=searches)
def test_the_search_reaches_the_register_unchanged_but_masked(search: dict[str, Any]) -> None:
    expected = {"tags": []} | search
    if "nationalId" in search:
        expected |= {"nationalId": "********", "nationalIdEnding": search["nationalId"][-4:]}
    answer = rendered(LEGACY["requestTemplates"]["application/json"], search)
    assert answer == {"operation": "searchUsers", "requestId": "request-1", "criteria": expected}


@pytest.mark.parametrize(
    "search",
    [
        {},
        {"name": None, "nationalId": None, "minAge": None, "active": None, "tags": None},
        {"name": "x", "minAge": '"', "active": "'", "tags": ["'", '"', "\\"]},
        {"name": "x", "minAge": {"a": ["'"]}, "active": [], "nationalId": "\"\\'\n"},
    ],
)
def test_a_search_outside_the_model_still_gives_json(search: dict[str, Any]) -> None:
    assert rendered(LEGACY["requestTemplates"]["application/json"], search)["operation"] == "searchUsers"


@settings(deadline=None)
@given(names=st.lists(texts, max_size=3), tags=st.lists(texts, max_size=3))
def test_the_registers_rows_become_users(names: list[str], tags: list[str]) -> None:
    rows = [{"USER_NO": 7, "FULL_NAME": name, "AGE": 30, "LAST4": "1234", "TAGS": tags} for name in names]
    answer = rendered(template_of(LEGACY["responses"]["default"]), {"status": "OK", "rows": rows})
    user = {"legacyId": 7, "age": 30, "nationalId": "********", "tags": tags}
    assert answer == {"count": len(names), "matches": [user | {"fullName": name} for name in names]}


@pytest.mark.parametrize("pattern", [pattern for pattern in LEGACY["responses"] if pattern != "default"])
@pytest.mark.parametrize("text", ODD_TEXTS)
def test_every_error_of_the_register_is_the_error_model(pattern: str, text: str) -> None:
    response = LEGACY["responses"][pattern]
    answer = rendered(template_of(response), {"errorMessage": f"[NotFound] {text}", "errorType": "LegacyError"})
    assert answer.keys() == {"error"}
    assert answer["error"].keys() == {"code", "message", "requestId"}
    assert answer["error"]["requestId"] == "request-1"
    if response["statusCode"] in ("400", "404"):
        assert answer["error"]["message"] == text
    else:
        assert text not in answer["error"]["message"]


@settings(deadline=None)
@given(name=texts, capitals=st.lists(texts, max_size=2), languages=st.lists(texts, max_size=3))
def test_the_directorys_country_becomes_the_contracts(name: str, capitals: list[str], languages: list[str]) -> None:
    country = {
        "iso2": "DE",
        "names": {"common": name},
        "capitals": capitals,
        "stats": {"population": 84_400_000},
        "languages": languages,
    }
    expected = {"code": "DE", "name": name, "population": 84_400_000, "languages": languages}
    if capitals:
        expected["capital"] = capitals[0]
    assert rendered(template_of(COUNTRY["responses"]["200"]), country) == expected


@pytest.mark.parametrize("status", ["default", "400", "404"])
def test_every_error_of_the_directory_is_the_error_model(status: str) -> None:
    answer = rendered(template_of(COUNTRY["responses"][status]), {"detail": "'\"\\"})
    assert answer["error"].keys() == {"code", "message", "requestId"}


def test_health_names_the_stage() -> None:
    assert rendered(HEALTH["requestTemplates"]["application/json"], {}) == {"statusCode": 200}
    assert rendered(template_of(HEALTH["responses"]["default"]), {}) == {"status": "ok", "stage": "dev"}
