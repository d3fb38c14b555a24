"""The mapping templates of users-api: valid JSON, and the value unchanged, whatever the client or the backend says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.vtl import api_gateway_variables, compile_template

DOCUMENT = Path(__file__).parents[2] / "examples" / "users-api" / "docs" / "openapi.yaml"
API: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
LEGACY = API["paths"]["/legacy/users/search"]["post"]["x-amazon-apigateway-integration"]
COUNTRY = API["paths"]["/countries/{code}"]["get"]["x-amazon-apigateway-integration"]
PREFERENCES = API["paths"]["/users/{userId}/preferences"]["get"]["x-amazon-apigateway-integration"]
EVENTS = API["paths"]["/events"]["post"]["x-amazon-apigateway-integration"]
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


def rendered(template: str, body: Any, **path: str) -> Any:
    return json.loads(rendered_text(template, json.dumps(body, ensure_ascii=False), **path))


def rendered_text(template: str, body: str, **path: str) -> str:
    variables = api_gateway_variables(
        body=body,
        path=path,
        querystring={},
        header={},
        context={"requestId": "request-1", "stage": "dev"},
        stage_variables={},
    )
    return compile_template(template).render(variables)


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


@settings(deadline=None)
@given(user_id=texts)
def test_a_users_key_reaches_the_table_unchanged(user_id: str) -> None:
    asked = rendered(PREFERENCES["requestTemplates"]["application/json"], {}, userId=user_id)
    assert asked == {
        "TableName": "users-api-users",
        "Key": {"pk": {"S": f"PREFERENCES#{user_id}"}},
        "ConsistentRead": True,
    }


@settings(deadline=None)
@given(language=texts)
def test_an_item_becomes_preferences(language: str) -> None:
    item = {"pk": {"S": "x"}, "language": {"S": language}, "newsletter": {"BOOL": False}, "pageSize": {"N": "20"}}
    answer = rendered(template_of(PREFERENCES["responses"]["200"]), {"Item": item})
    assert answer == {"language": language, "newsletter": False, "pageSize": 20}


def test_no_item_is_not_found() -> None:
    answer = rendered(template_of(PREFERENCES["responses"]["200"]), {})
    assert answer["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("integration", [PREFERENCES, EVENTS])
@pytest.mark.parametrize("status", ["default", "400"])
@pytest.mark.parametrize(
    "body",
    [
        '{"__type": "com.amazon.coral.validate#ValidationException", "message": "\'""}',
        '{"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": null}',
        '{"Error": {"Code": "InvalidMessageContents", "Message": "\\u0000"}}',
        "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
        "",
        "{",
        "null",
    ],
)
def test_every_error_of_a_service_is_the_error_model(integration: dict[str, Any], status: str, body: str) -> None:
    answer = json.loads(rendered_text(template_of(integration["responses"][status]), body))
    refused = status == "400" and ("ValidationException" if integration is PREFERENCES else "InvalidMessage") in body
    assert answer["error"]["code"] == ("BAD_REQUEST" if refused else "BACKEND_ERROR")
    assert answer["error"].keys() == {"code", "message", "requestId"}


@settings(deadline=None)
@given(note=texts)
def test_an_event_becomes_a_form_that_holds_it_unchanged(note: str) -> None:
    event = {"type": "LOGIN", "note": note}
    form = rendered_text(EVENTS["requestTemplates"]["application/json"], json.dumps(event, ensure_ascii=False))
    fields = parse_qs(form, strict_parsing=True)
    assert fields["Action"] == ["SendMessage"]
    assert json.loads(fields["MessageBody"][0]) == event
    assert fields["MessageAttribute.1.Value.StringValue"] == ["request-1"]


def test_the_queues_receipt_is_its_message_id() -> None:
    sent = {"SendMessageResponse": {"SendMessageResult": {"MessageId": "5fea7756"}}}
    assert rendered(template_of(EVENTS["responses"]["200"]), sent) == {"eventId": "5fea7756"}


def test_health_names_the_stage() -> None:
    assert rendered(HEALTH["requestTemplates"]["application/json"], {}) == {"statusCode": 200}
    assert rendered(template_of(HEALTH["responses"]["default"]), {}) == {"status": "ok", "stage": "dev"}
