"""The Lambda functions of users-api, called as API Gateway calls them."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

LAMBDA = Path(__file__).parents[2] / "examples" / "users-api" / "lambda"
SERVICE_MODULES = ("errors", "avatars", "models", "user_store", "app", "handler")
ID = "0f8fad5bd9cb469fa165708675c0a1b2"
ADA = {"email": "ada@example.com", "name": "Ada O'Lovelace", "password": "correct-horse-1", "nationalId": "123456789"}
COMMON_HEADERS = {
    "access-control-allow-origin": "https://app.example.com",
    "access-control-expose-headers": "location,retry-after,x-amzn-requestid,x-correlation-id",
    "cache-control": "no-store",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
    "x-correlation-id": "request-1",
}

Call = Callable[..., dict[str, Any]]


def load(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def service() -> Iterator[ModuleType]:
    """The service's handler module, imported as Lambda does: with its folder on the path."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for variable in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "USERS_TABLE", "ALLOWED_ORIGIN"):
            patch.delenv(variable, raising=False)
        patch.setenv("AWS_REGION", "us-east-1")
        patch.setenv("PASSWORD_COST", "2")
        patch.syspath_prepend(str(LAMBDA / "user_service"))
        kept = {name: sys.modules.pop(name) for name in SERVICE_MODULES if name in sys.modules}
        module = importlib.import_module("handler")
        yield module
        module._loops["loop"].close()
        for name in SERVICE_MODULES:
            sys.modules.pop(name, None)
        sys.modules.update(kept)


@pytest.fixture
def handler(service: ModuleType) -> Iterator[Callable[[dict[str, Any], None], dict[str, Any]]]:
    """The handler over an empty table."""
    client = boto3.client("dynamodb", region_name="us-east-1")
    client.create_table(**json.loads((LAMBDA / "user_service" / "table.json").read_text()))
    yield service.handler
    if "users-api-users" in client.list_tables()["TableNames"]:
        client.delete_table(TableName="users-api-users")


@pytest.fixture
def call(handler: Callable[[dict[str, Any], None], dict[str, Any]]) -> Call:
    """Send one proxy event and check what every answer must have."""

    def send(method: str, resource: str, **given: Any) -> dict[str, Any]:
        answer = handler(proxy_event(method, resource, **given), None)
        assert set(answer) <= {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
        assert answer["headers"].items() >= COMMON_HEADERS.items()
        assert "content-length" not in answer["headers"]
        if answer["statusCode"] >= 400:
            error = json.loads(answer["body"])["error"]
            assert error.keys() == {"code", "message", "requestId"}
            assert error["requestId"] == "request-1"
            assert len(answer["body"]) < 400
            assert answer["headers"]["content-type"] == "application/json"
        return answer

    return send


def proxy_event(  # noqa: PLR0913  # an event has that many parts
    method: str,
    resource: str,
    *,
    user_id: str | None = None,
    body: Any = None,
    raw: str | None = None,
    query: dict[str, list[str]] | None = None,
    headers: dict[str, str] | None = None,
    binary: bool = False,
) -> dict[str, Any]:
    sent = {"Host": "a:b:c", "X-Forwarded-Port": "many"} | (headers or {})
    if body is not None:
        sent = {"Content-Type": "application/json"} | sent
    return {
        "resource": resource,
        "path": resource.replace("{userId}", user_id or ""),
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "multiValueQueryStringParameters": query,
        "pathParameters": {"userId": user_id} if user_id is not None else None,
        "stageVariables": None,
        "requestContext": {"requestId": "request-1", "identity": {"sourceIp": "192.0.2.1"}},
        "body": json.dumps(body) if body is not None else raw,
        "isBase64Encoded": binary,
    }


def created(call: Call, **changes: str) -> dict[str, Any]:
    answer = call("POST", "/users", body=ADA | changes)
    assert answer["statusCode"] == 201, answer
    user: dict[str, Any] = json.loads(answer["body"])
    return user


def test_a_user_lives_from_creation_to_deletion(call: Call) -> None:
    answer = call("POST", "/users", body=ADA)
    user = json.loads(answer["body"])
    assert answer["statusCode"] == 201
    assert answer["headers"]["location"] == f"/users/{user['userId']}"
    assert user.keys() == {"userId", "email", "name", "nationalId", "createdAt", "updatedAt"}
    assert user["nationalId"] == "********"
    assert json.loads(call("GET", "/users/{userId}", user_id=user["userId"])["body"]) == user
    assert json.loads(call("GET", "/users")["body"]) == {"users": [user]}

    change = {"email": "ada.king@example.com", "name": 'Ada "King"\n\x00日本'}
    answer = call("PUT", "/users/{userId}", user_id=user["userId"], body=change)
    assert answer["statusCode"] == 200
    changed = json.loads(answer["body"])
    assert changed == user | change | {"updatedAt": changed["updatedAt"]}
    assert json.loads(call("GET", "/users/{userId}", user_id=user["userId"])["body"]) == changed

    answer = call("DELETE", "/users/{userId}", user_id=user["userId"])
    assert (answer["statusCode"], answer["body"]) == (204, "")
    for method in ("GET", "DELETE"):
        assert call(method, "/users/{userId}", user_id=user["userId"])["statusCode"] == 404
    created(call, email="ada@example.com")
    created(call, email="ada.king@example.com")


def test_an_address_belongs_to_one_user(call: Call) -> None:
    created(call)
    other = created(call, email="other@example.com")
    assert call("POST", "/users", body=ADA)["statusCode"] == 409
    change = {"email": ADA["email"], "name": "Other"}
    assert call("PUT", "/users/{userId}", user_id=other["userId"], body=change)["statusCode"] == 409
    unchanged = {"email": other["email"], "name": "Other"}
    assert call("PUT", "/users/{userId}", user_id=other["userId"], body=unchanged)["statusCode"] == 200


def test_pages_hold_every_user_once(call: Call) -> None:
    ids = {created(call, email=f"user{number}@example.com")["userId"] for number in range(5)}
    seen: list[str] = []
    query: dict[str, list[str]] = {"limit": ["2"]}
    for _ in range(3):
        page = json.loads(call("GET", "/users", query=query)["body"])
        seen += [user["userId"] for user in page["users"]]
        if "nextToken" in page:
            query = {"limit": ["2"], "nextToken": [page["nextToken"]]}
    assert "nextToken" not in page
    assert len(seen) == 5
    assert set(seen) == ids
    assert call("GET", "/users", query={"nextToken": [ID]})["statusCode"] == 200


def test_a_picture_is_bytes_both_ways(call: Call) -> None:
    user_id = created(call)["userId"]
    accept = {"Accept": "image/png, */*"}
    answer = call("GET", "/users/{userId}/avatar", user_id=user_id, headers=accept)
    assert answer["headers"]["content-type"] == "image/png"
    assert answer["isBase64Encoded"] is True
    default = base64.b64decode(answer["body"])
    assert default.startswith(b"\x89PNG\r\n\x1a\n")
    for content, expected in ((bytes(range(256)), bytes(range(256))), (b"", default)):
        given = {"raw": base64.b64encode(content).decode(), "binary": True, "headers": {"Content-Type": "image/png"}}
        assert call("PUT", "/users/{userId}/avatar", user_id=user_id, **given)["statusCode"] == 204
        answer = call("GET", "/users/{userId}/avatar", user_id=user_id, headers=accept)
        assert base64.b64decode(answer["body"]) == expected
    for wrong in ({}, {"Accept": "*/*"}, {"Accept": "text/html, image/png"}):
        assert call("GET", "/users/{userId}/avatar", user_id=user_id, headers=wrong)["statusCode"] == 406


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"raw": "AAAA", "binary": True, "headers": {"Content-Type": "image/png"}}, 404),
        ({"raw": "A", "binary": True, "headers": {"Content-Type": "image/png"}}, 400),
        ({"raw": "AAAA", "binary": True, "headers": {"Content-Type": "image/gif"}}, 415),
        ({"raw": "picture", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"raw": "A" * 200_000, "binary": True, "headers": {"Content-Type": "image/png"}}, 413),
    ],
)
def test_a_bad_picture_is_refused(call: Call, given: dict[str, Any], status: int) -> None:
    assert call("PUT", "/users/{userId}/avatar", user_id=ID, **given)["statusCode"] == status


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (None, 400),
        ("", 400),
        ("{", 400),
        ("NaN", 400),
        ('{"email": NaN}', 400),
        ("1" * 5000, 400),
        ("[" * 100_000, 400),
        ("\ud800", 400),
        ("null", 422),
        ("[]", 422),
        ('"text"', 422),
        ("1e999", 422),
        (json.dumps(ADA | {"name": "\ud800"}), 422),
        (json.dumps(ADA | {"name": ""}), 422),
        (json.dumps(ADA | {"name": "x" * 41}), 422),
        (json.dumps(ADA | {"name": 5}), 422),
        (json.dumps(ADA | {"name": None}), 422),
        (json.dumps(ADA | {"email": "ada@example.com\n"}), 422),
        (json.dumps(ADA | {"email": "Ada@example.com"}), 422),
        (json.dumps(ADA | {"nationalId": "١٢٣٤٥٦"}), 422),  # digits that are not ASCII
        (json.dumps(ADA | {"password": "short"}), 422),
        (json.dumps(ADA | {"\ud800" * 5000: 1}), 422),
        (json.dumps({"email": ADA["email"]}), 422),
    ],
)
def test_a_body_that_passed_the_gateway_unchecked_is_refused(call: Call, raw: str | None, status: int) -> None:
    assert call("POST", "/users", raw=raw)["statusCode"] == status


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
        ("", 415),
    ],
)
def test_only_json_is_taken(call: Call, content_type: str, status: int) -> None:
    answer = call("POST", "/users", raw=json.dumps(ADA), headers={"content-type": content_type})
    assert answer["statusCode"] == status


@pytest.mark.parametrize(
    "user_id", ["", "x", "a/b", "%2F", "..", "\x00", "\ud800", ID.upper(), ID + "\n", "é", "{userId}"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_strange_id_is_refused(call: Call, method: str, user_id: str) -> None:
    body = {"email": ADA["email"], "name": "x"} if method == "PUT" else None
    expected = 422 if user_id else 404
    assert call(method, "/users/{userId}", user_id=user_id, body=body)["statusCode"] == expected


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": ["1"]}, 200),
        ({"limit": ["50"]}, 200),
        ({"unknown": ["x", "\ud800"]}, 200),
        ({"limit": ["0"]}, 422),
        ({"limit": ["51"]}, 422),
        ({"limit": ["-1"]}, 422),
        ({"limit": ["1.0"]}, 422),
        ({"limit": ["٣"]}, 422),
        ({"limit": ["9" * 5000]}, 422),
        ({"limit": [""]}, 422),
        ({"limit": ["1", "2"]}, 422),
        ({"nextToken": [""]}, 422),
        ({"nextToken": ["x"]}, 422),
        ({"nextToken": [ID + "\n"]}, 422),
        ({"nextToken": [ID, ID]}, 422),
    ],
)
def test_a_page_is_asked_for_within_bounds(call: Call, query: dict[str, list[str]], status: int) -> None:
    assert call("GET", "/users", query=query)["statusCode"] == status


def test_unknown_routes_have_the_error_model(call: Call) -> None:
    assert call("GET", "/nothing")["statusCode"] == 404
    assert call("PATCH", "/users")["statusCode"] == 405


def test_a_failing_store_is_one_internal_error(call: Call) -> None:
    boto3.client("dynamodb", region_name="us-east-1").delete_table(TableName="users-api-users")
    answer = call("GET", "/users")
    assert answer["statusCode"] == 500
    assert json.loads(answer["body"])["error"]["code"] == "INTERNAL_ERROR"


def test_the_password_is_stored_only_as_a_digest(call: Call) -> None:
    created(call)
    items = boto3.client("dynamodb", region_name="us-east-1").scan(TableName="users-api-users")["Items"]
    assert ADA["password"] not in repr(items)
    assert ADA["nationalId"] not in repr(items)


@pytest.mark.parametrize(
    ("token", "effect"), [("Bearer allow", "Allow"), ("allow", "Allow"), ("Bearer deny", "Deny"), ("deny", "Deny")]
)
def test_the_authorizer_decides_for_the_whole_stage(token: str, effect: str) -> None:
    authorizer = load(LAMBDA / "authorizer" / "handler.py", "users_api_authorizer")
    arn = "arn:aws:execute-api:us-east-1:123456789012:abc123/dev/DELETE/users/x"
    answer = authorizer.handler({"type": "TOKEN", "authorizationToken": token, "methodArn": arn}, None)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == effect
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:123456789012:abc123/dev/*"


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer other", "é", "\ud800"])
def test_the_authorizer_knows_no_other_token(token: str) -> None:
    authorizer = load(LAMBDA / "authorizer" / "handler.py", "users_api_authorizer")
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        authorizer.handler({"authorizationToken": token, "methodArn": "a/b/DELETE/users/x"}, None)


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        ({"name": "o'h"}, [1906]),
        ({"name": "a", "minAge": 80}, [1906]),
        (
            {
                "name": "LOVELACE",
                "nationalId": "********",
                "nationalIdEnding": "1215",
                "tags": ["admin"],
                "active": True,
            },
            [1815],
        ),
    ],
)
def test_the_register_finds(criteria: dict[str, Any], found: list[int]) -> None:
    legacy = load(LAMBDA / "legacy" / "handler.py", "users_api_legacy")
    answer = legacy.handler({"operation": "searchUsers", "requestId": "r", "criteria": criteria}, None)
    assert [row["USER_NO"] for row in answer["rows"]] == found


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({"operation": "searchUsers", "criteria": {"name": "nobody"}}, "NotFound"),
        ({"operation": "searchUsers", "criteria": {"name": "a", "active": False}}, "NotFound"),
        (
            {
                "operation": "searchUsers",
                "criteria": {"name": "a", "nationalId": "********", "nationalIdEnding": "1111"},
            },
            "NotFound",
        ),
        ({"operation": "searchUsers", "criteria": {"name": "a", "minAge": 5.0}}, "BadRequest"),
        ({"operation": "searchUsers", "criteria": {"name": "a", "minAge": True}}, "BadRequest"),
        ({"operation": "searchUsers", "criteria": {"name": "a", "tags": ["guest"] * 5}}, "BadRequest"),
        ({"operation": "searchUsers", "criteria": {"name": "a", "tags": [["guest"]]}}, "BadRequest"),
        ({"operation": "searchUsers", "criteria": {"name": "a", "active": "yes"}}, "BadRequest"),
        ({"operation": "searchUsers", "criteria": {}}, "BadRequest"),
        ({"operation": "drop", "criteria": {"name": "a"}}, "BadRequest"),
        ({}, "BadRequest"),
    ],
)
def test_the_register_raises_words_for_the_selection_patterns(event: dict[str, Any], word: str) -> None:
    legacy = load(LAMBDA / "legacy" / "handler.py", "users_api_legacy")
    with pytest.raises(legacy.LegacyError, match=rf"\A\[{word}\] [\w ]+\Z"):
        legacy.handler(event, None)


async def _answer(path: str) -> httpx.Response:
    directory = load(LAMBDA / "directory" / "app.py", "users_api_directory")
    transport = httpx.ASGITransport(app=directory.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://directory") as client:
        return await client.get(path, headers={"X-Correlation-Id": "request-1"})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/countries/DE", 200),
        ("/countries/NR", 200),
        ("/countries/ZZ", 404),
        ("/countries/de", 400),
        ("/countries/%00", 400),
        ("/countries/a%2Fb", 400),
        ("/countries/DE%0A", 400),
        ("/countries/", 400),
        ("/", 404),
        ("/..%2F", 404),
    ],
)
def test_the_directory_answers_json_in_its_own_shape(path: str, status: int) -> None:
    answer = asyncio.run(_answer(path))
    assert answer.status_code == status
    body = answer.json()
    assert body.keys() == ({"detail"} if status >= 400 else body.keys() - {"detail"})
    if status == 200:
        assert body["correlation"] == "request-1"
