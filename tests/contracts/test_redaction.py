"""No secret survives redaction, equal secrets stay equal, and the layout of all else stays as it was."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.evidence import (
    NOT_OF_HTTP_APIS,
    AccountSettings,
    Configuration,
    Exchange,
    HttpApiConfiguration,
    HttpRequest,
    HttpResponse,
    Missing,
    Mode,
    Origin,
    Present,
    StageMetadata,
    Trace,
    TraceSegment,
)
from contracts.redaction import Redactor, is_redacted
from contracts.redaction_documents import map_strings
from gateway.execution import AccessEntry, AuthorizerExecution, Execution, LoggedMap, LoggedText, LogLine
from gateway.execution_log import read
from gateway.http_api import HttpApi, HttpApiStage, HttpIntegration, Route
from gateway.messages import Headers
from gateway.rest_api import (
    ApiKey,
    Integration,
    IntegrationType,
    Method,
    Model,
    Resource,
    RestApi,
    Stage,
    UsagePlan,
)

KEY = b"k" * 32
NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
REDACTOR = Redactor(
    KEY, header_names=["X-Session"], field_names=["password", "ssn", "пароль"], secrets=["s3cr3t-key/+ü"]
)
TOKEN = REDACTOR.token

secret_values = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=6, max_size=20
).map(lambda text: f"1{text}9")

nothing_sensitive = st.text('xy"\\\n{}[]:=&<é€ ')


def exchange(*, request: HttpRequest | None = None, response: HttpResponse | None = None) -> Exchange:
    return Exchange(
        exchange_id="x1",
        resource_path="/users/{ssn}/items",
        http_method="POST",
        origin=Origin.FUZZING,
        mode=Mode.POSITIVE,
        request=request or HttpRequest(http_method="POST", url="https://h/dev/users/1/items"),
        response=response,
        sent_at=NOW,
        elapsed_ms=1.0,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"a":1, "password" : "p1"}', f'{{"a":1, "password" : "{TOKEN("p1")}"}}', id="member"),
        pytest.param('{"Password":"p1"}', f'{{"Password":"{TOKEN("p1")}"}}', id="name without regard to case"),
        pytest.param('{"password":""}', '{"password":""}', id="empty stays"),
        pytest.param('{"password":null,"x":1}', '{"password":null,"x":1}', id="null stays"),
        pytest.param('{"password":12.5e3 }', f'{{"password":"{TOKEN("12.5e3")}" }}', id="number"),
        pytest.param('{"ssn":true}', f'{{"ssn":"{TOKEN("true")}"}}', id="boolean"),
        pytest.param('{"password_hint":"p1"}', '{"password_hint":"p1"}', id="longer name is another"),
        pytest.param('{"x":"password","y":"z"}', '{"x":"password","y":"z"}', id="value is no name"),
        pytest.param('{"password":"a\\"b"}', f'{{"password":"{TOKEN(chr(97) + chr(34) + chr(98))}"}}', id="quote"),
        pytest.param('{"password":"a\\\\"}', f'{{"password":"{TOKEN("a" + chr(92))}"}}', id="backslash at the end"),
        pytest.param('{"pass\\u0077ord":"p1"}', f'{{"pass\\u0077ord":"{TOKEN("p1")}"}}', id="escaped name"),
        pytest.param('{"\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c":"p"}', None, id="escaped name beyond ASCII"),
        pytest.param(
            '{"ssn":{"k":["a1", 5, {"n":null}]},"z":1}',
            f'{{"ssn":{{"k":["{TOKEN("a1")}", "{TOKEN("5")}", {{"n":null}}]}},"z":1}}',
            id="container",
        ),
        pytest.param(
            '{"body":"{\\n \\"password\\": \\"p1\\",\\"i\\":\\"{\\\\\\"ssn\\\\\\":\\\\\\"p1\\\\\\"}\\"}"}',
            f'{{"body":"{{\\n \\"password\\": \\"{TOKEN("p1")}\\",'
            f'\\"i\\":\\"{{\\\\\\"ssn\\\\\\":\\\\\\"{TOKEN("p1")}\\\\\\"}}\\"}}"}}',
            id="JSON in JSON in JSON",
        ),
        pytest.param('{"password":"a"b","c":1}', f'{{"password":"{TOKEN("a" + chr(34) + "b")}","c":1}}', id="broken"),
        pytest.param('{"a":1,"password":"abc [TRUNCATED]', f'{{"a":1,"password":"{TOKEN("abc")} [TRUNCATED]', id="cut"),
        pytest.param('{"password": [TRUNCATED]', '{"password": [TRUNCATED]', id="cut before the value"),
        pytest.param("password=p%201&x=2", f"password={TOKEN('p 1')}&x=2", id="form"),
        pytest.param("GET https://h/p?x=1&ssn=a+b HTTP", f"GET https://h/p?x=1&ssn={TOKEN('a b')} HTTP", id="query"),
        pytest.param(
            "<u><password a='1'>p1</password></u>", f"<u><password a='1'>{TOKEN('p1')}</password></u>", id="XML"
        ),
        pytest.param(
            '--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\np1\r\n--b--',
            f'--b\r\nContent-Disposition: form-data; name="ssn"\r\n\r\n{TOKEN("p1")}\r\n--b--',
            id="multipart",
        ),
        pytest.param(
            '{"headers":{"Authorization":"Bearer abc","Cookie":"s=1; t=2"}}',
            f'{{"headers":{{"Authorization":"Bearer {TOKEN("abc")}","Cookie":"s={TOKEN("1")}; t={TOKEN("2")}"}}}}',
            id="proxy event",
        ),
        pytest.param(
            "(rid) Endpoint request URI: https://svc:p%40ss@backend.example/v1?x=a@b",
            f"(rid) Endpoint request URI: https://svc:{TOKEN('p%40ss')}@backend.example/v1?x=a@b",
            id="password in an address",
        ),
        pytest.param(
            "ProxyError: http://proxy.example:8080/x@y and https://host:443",
            "ProxyError: http://proxy.example:8080/x@y and https://host:443",
            id="port is no password",
        ),
        pytest.param(
            '{"access_token":"t1","token_type":"Bearer","refresh_token":"t2"}',
            f'{{"access_token":"{TOKEN("t1")}","token_type":"Bearer","refresh_token":"{TOKEN("t2")}"}}',
            id="answer of an authorization server",
        ),
    ],
)
def test_text(text: str, expected: str | None) -> None:
    redacted = REDACTOR.text(text)
    if expected is None:
        assert is_redacted(redacted)
    else:
        assert redacted == expected
    assert REDACTOR.text(redacted) == redacted


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Method request headers: {Authorization=Bearer abc, X-Api-Key=k1, Host=h}",
            f"Method request headers: {{Authorization=Bearer {TOKEN('abc')}, X-Api-Key={TOKEN('k1')}, Host=h}}",
        ),
        (
            "headers: {Authorization=AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=a;b, Signature=ff, Host=h}",
            (
                f"headers: {{Authorization=AWS4-HMAC-SHA256 {TOKEN('Credential=AK/x')}, SignedHeaders={TOKEN('a;b')}, "
                f"Signature={TOKEN('ff')}, Host=h}}"
            ),
        ),
        (
            "response headers: {Set-Cookie=a=1; Path=/; Secure, b-c=2; HttpOnly, X-Y=3}",
            f"response headers: {{Set-Cookie=a={TOKEN('1')}; Path=/; Secure, b-c={TOKEN('2; HttpOnly')}, X-Y=3}}",
        ),
        (
            "Endpoint request headers: {x-api-key=abc [TRUNCATED]",
            f"Endpoint request headers: {{x-api-key={TOKEN('abc')} [TRUNCATED]",
        ),
        ("Method request path: {ssn=12}", f"Method request path: {{ssn={TOKEN('12')}}}"),
        ("Incoming identity: tok1", f"Incoming identity: {TOKEN('tok1')}"),
        ("Incoming identity: ****abc", "Incoming identity: ****abc"),
        ("Sending request to https://h/x?password=p", f"Sending request to https://h/x?password={TOKEN('p')}"),
        ("HTTP Method: GET, Resource Path: /a", "HTTP Method: GET, Resource Path: /a"),
    ],
)
def test_log_line(line: str, expected: str) -> None:
    assert REDACTOR.log_text(line) == expected


@pytest.mark.parametrize(
    "write",
    [
        str,
        json.dumps,
        lambda value: json.dumps(json.dumps({"a": value})),
        lambda value: json.dumps(json.dumps(json.dumps([value], ensure_ascii=False)), ensure_ascii=False),
        lambda value: json.dumps(value).replace("/", "\\/"),
        lambda value: quote(value, safe=""),
        lambda value: f"https://h/p?q={quote(value)}",
        lambda value: value.replace("+", "%2b"),
    ],
)
def test_known_secret_in_every_escaping(write: Callable[[str], str]) -> None:
    secret = "s3cr3t-key/+ü"
    text = f"before {write(secret)} after"
    redacted = REDACTOR.text(text)
    assert TOKEN(secret) in redacted
    assert "s3cr3t" not in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")


def test_known_secret_cut_by_the_log() -> None:
    execution = Execution(
        request_id="r",
        lines=(LogLine(text="Endpoint request body: xx s3cr3t-k [TRUNCATED]"),),
        endpoint_request_body=LoggedText(text="xx s3cr3t-k", truncated=True),
    )
    redacted = REDACTOR.execution(execution)
    assert "s3cr" not in repr(redacted)
    assert redacted.endpoint_request_body == LoggedText(text=f"xx {TOKEN('s3cr3t-k')}", truncated=True)


def test_short_known_values_are_not_hunted() -> None:
    assert Redactor(KEY, secrets=["abc"]).text("abcdef abc") == "abcdef abc"


def test_masks_stay() -> None:
    redactor = Redactor(KEY, field_names=["ssn"], masks=["HIDDEN"])
    assert redactor.text('{"ssn":"HIDDEN"}{"ssn":"HIDDEN1"}').startswith('{"ssn":"HIDDEN"}{"ssn":"redacted:')


def test_base64_body_of_a_proxy_event() -> None:
    body = base64.b64encode(b'{"password":"hunter2222","x":1}').decode()
    redacted = REDACTOR.text(json.dumps({"body": body, "isBase64Encoded": True}))
    inside = base64.b64decode(json.loads(redacted)["body"])
    assert inside == f'{{"password":"{TOKEN("hunter2222")}","x":1}}'.encode()


def test_binary_body_stays() -> None:
    body = bytes(range(256)) * 3
    assert REDACTOR.body(body) == body


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://h/dev/users/12%203/items?ssn=1&x=%22",
            f"https://h/dev/users/{TOKEN('12 3')}/items?ssn={TOKEN('1')}&x=%22",
        ),
        ("https://h/dev/users/1/items?X-Amz-Security-Token=abc", None),
        ("https://[bad", "https://[bad"),
    ],
)
def test_url(url: str, expected: str | None) -> None:
    redacted = REDACTOR.url(url, resource_path="/users/{ssn}/items")
    assert redacted == expected if expected is not None else "abc" not in redacted


def test_headers_keep_what_is_no_secret() -> None:
    headers = Headers(
        [
            ("authorization", "Bearer tok"),
            ("Set-Cookie", "sid=abc; Path=/; HttpOnly"),
            ("x-session", "q"),
            ("Accept", "*/*"),
        ]
    )
    assert REDACTOR.headers(headers) == Headers(
        [
            ("authorization", f"Bearer {TOKEN('tok')}"),
            ("Set-Cookie", f"sid={TOKEN('abc')}; Path=/; HttpOnly"),
            ("x-session", TOKEN("q")),
            ("Accept", "*/*"),
        ]
    )


def test_a_secret_of_one_place_is_replaced_in_all_places_of_the_record() -> None:
    sent = exchange(
        request=HttpRequest(http_method="POST", url="https://h/", body=b'{"password":"hunter-22"}'),
        response=HttpResponse(status=400, body=b'{"message":"hunter-22 is too weak"}'),
    )
    redacted = REDACTOR.exchange(sent)
    assert redacted.response is not None
    assert redacted.response.body == f'{{"message":"{TOKEN("hunter-22")} is too weak"}}'.encode()


def test_a_list_with_a_secret_in_every_row_takes_seconds_not_minutes() -> None:
    """What is secret in one place of a record is looked for in all others: once for all secrets, not once for each."""
    rows = [{"ssn": f"{number:09d}-x", "note": f"is {number:09d}-x " + "y" * 100} for number in range(8_000)]
    sent = exchange(
        request=HttpRequest(http_method="GET", url="https://h/dev/users/1/items?of=000007999-x"),
        response=HttpResponse(status=200, body=json.dumps(rows).encode()),
    )
    began_s = time.process_time()
    redacted = REDACTOR.exchange(sent)
    assert time.process_time() - began_s < 5.0
    assert redacted.response is not None
    told = json.loads(redacted.response.body)
    assert [row["ssn"] for row in told] == [TOKEN(row["ssn"]) for row in rows]
    assert all(row["note"].startswith(f"is {row['ssn']} y") for row in told)
    assert redacted.request.url.endswith(f"?of={told[-1]['ssn']}")


def test_a_password_in_a_backends_address_is_in_no_document() -> None:
    uri = "https://svc:hunter22@backend.example/v1"
    hidden = f"https://svc:{TOKEN('hunter22')}@backend.example/v1"
    operation = {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": uri}}
    document = REDACTOR.contract({"paths": {"/a": {"get": operation}}})
    assert document["paths"]["/a"]["get"]["x-amazon-apigateway-integration"]["uri"] == hidden
    integration = Integration(integration_type=IntegrationType.HTTP_PROXY, http_method="GET", uri=uri)
    api = RestApi(
        name="a", resources=(Resource(path="/a", methods=(Method(http_method="GET", integration=integration),)),)
    )
    absent = Missing(reason="not read")
    found = REDACTOR.configuration(
        Configuration(
            metadata=StageMetadata(account_id=None, region="r", read_at=NOW, invoke_url="https://h/dev"),
            rest_api=Present(value=api),
            deployed=absent,
            stage=absent,
            usage_plans=absent,
            account=absent,
            log_groups=absent,
        )
    )
    assert isinstance(found.rest_api, Present)
    method = found.rest_api.value.method("/a", "GET")
    assert method is not None
    assert method.integration is not None
    assert method.integration.uri == hidden


def test_access_entry_hides_the_api_key_variable() -> None:
    entry = AccessEntry(raw="1.2.3.4 key77 abc", values={"identity.apiKey": "key77", "requestId": "abc"})
    assert REDACTOR.access_entry(entry) == AccessEntry(
        raw=f"1.2.3.4 {TOKEN('key77')} abc", values={"identity.apiKey": TOKEN("key77"), "requestId": "abc"}
    )


def test_configuration() -> None:
    integration = Integration(
        integration_type=IntegrationType.HTTP,
        request_parameters={
            "integration.request.header.Authorization": "'Basic abc'",
            "integration.request.header.X-A": "'abc'",
            "integration.request.header.x-api-key": "method.request.header.x-api-key",
        },
        request_templates={"application/json": '{"password": "$input.path(\'$.password\')"}'},
    )
    schema = '{"properties":{"password":{"example":"p1","type":"string"}},"type":"object"}'
    configuration = Configuration(
        metadata=StageMetadata(account_id=None, region="us-east-1", read_at=NOW, invoke_url="https://h"),
        rest_api=Present(
            value=RestApi(
                name="a",
                resources=(Resource(path="/", methods=(Method(http_method="GET", integration=integration),)),),
                models={"M": Model(name="M", schema=schema)},
            )
        ),
        deployed=Missing(reason="denied"),
        stage=Present(value=Stage(stage_name="dev", variables={"password": "p1", "url": "s3cr3t-key/+ü"})),
        usage_plans=Present(
            value=(UsagePlan(usage_plan_id="u", name="u", api_keys=(ApiKey(api_key_id="i", name="n", value="v1"),)),)
        ),
        account=Present(value=AccountSettings()),
        log_groups=Missing(reason="denied"),
    )
    redacted = REDACTOR.configuration(configuration)
    assert isinstance(redacted.rest_api, Present)
    assert isinstance(redacted.stage, Present)
    assert isinstance(redacted.usage_plans, Present)
    method = redacted.rest_api.value.method("/", "GET")
    assert method is not None
    assert method.integration is not None
    assert method.integration.request_templates == integration.request_templates
    assert method.integration.request_parameters == {
        "integration.request.header.Authorization": f"'Basic {TOKEN('abc')}'",
        "integration.request.header.X-A": "'abc'",
        "integration.request.header.x-api-key": "method.request.header.x-api-key",
    }
    assert redacted.rest_api.value.models["M"].schema == schema.replace("p1", TOKEN("p1"))
    assert redacted.stage.value.variables == {"password": TOKEN("p1"), "url": TOKEN("s3cr3t-key/+ü")}
    assert redacted.usage_plans.value[0].api_keys[0].value == TOKEN("v1")


def test_an_http_apis_static_credentials_and_stage_variables_are_replaced() -> None:
    integration = HttpIntegration(
        integration_type=IntegrationType.HTTP_PROXY,
        request_parameters={
            "overwrite:header.Authorization": "Basic abc",
            "append:header.x-api-key": "$request.header.x-api-key",
            "overwrite:path": "/in",
        },
        response_parameters={"200": {"overwrite:header.Set-Cookie": "session=abc", "remove:header.x": "''"}},
    )
    http = HttpApiConfiguration(
        http_api=Present(value=HttpApi(name="a", routes=(Route(route_key="GET /", integration=integration),))),
        stage=Present(value=HttpApiStage(stage_name="$default", stage_variables={"password": "p1", "host": "h"})),
    )
    names = ("rest_api", "deployed", "stage", "usage_plans", "account", "log_groups")
    parts: dict[str, Any] = dict.fromkeys(names, NOT_OF_HTTP_APIS)
    metadata = StageMetadata(account_id=None, region="us-east-1", read_at=NOW, invoke_url="https://h")
    configuration = Configuration(metadata=metadata, http=http, **parts)
    redacted = REDACTOR.configuration(configuration).http
    assert redacted is not None
    assert isinstance(redacted.http_api, Present)
    assert isinstance(redacted.stage, Present)
    written = redacted.http_api.value.routes[0].integration
    assert written is not None
    assert written.request_parameters["append:header.x-api-key"] == "$request.header.x-api-key"
    assert written.request_parameters["overwrite:path"] == "/in"
    assert "abc" not in written.request_parameters["overwrite:header.Authorization"]
    assert "abc" not in written.response_parameters["200"]["overwrite:header.Set-Cookie"]
    assert redacted.stage.value.stage_variables == {"password": TOKEN("p1"), "host": "h"}


def test_contract_examples() -> None:
    document = {
        "paths": {
            "/x": {
                "get": {
                    "parameters": [
                        {"name": "X-Api-Key", "in": "header", "schema": {"type": "string"}, "example": "e1"}
                    ],
                    "requestBody": {"content": {"application/json": {"example": {"password": "e1", "a": [1]}}}},
                }
            }
        },
        "components": {
            "schemas": {
                "U": {"properties": {"password": {"type": "string", "example": "e1"}, "example": {"type": "string"}}}
            },
            "securitySchemes": {"apiKey": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        },
    }
    text = json.dumps(document)
    assert json.dumps(REDACTOR.contract(document)) == text.replace('"e1"', f'"{TOKEN("e1")}"')


def test_trace_and_authorizer() -> None:
    trace = Trace(
        trace_id="1",
        segments=(
            TraceSegment(segment_id="a", name="s3cr3t-key/+ü", start_s=0.5, end_s=None, annotations={"password": 1}),
        ),
    )
    assert REDACTOR.trace(trace).segments[0].name == TOKEN("s3cr3t-key/+ü")
    execution = Execution(
        request_id="r",
        api_key="key1",
        authorizer=AuthorizerExecution(
            authorizer_id="a", identity="tok", request_body=LoggedText(text='{"authorizationToken":"tok"}')
        ),
    )
    redacted = REDACTOR.execution(execution)
    assert redacted.api_key == TOKEN("key1")
    assert redacted.authorizer is not None
    assert redacted.authorizer.identity == TOKEN("tok")
    assert redacted.authorizer.request_body == LoggedText(text=f'{{"authorizationToken":"{TOKEN("tok")}"}}')


@given(secret_values, st.integers(0, 3), st.booleans(), st.sampled_from([None, 1, 2]))
def test_a_member_is_equal_at_every_level(value: str, levels: int, ensure_ascii: bool, indent: int | None) -> None:
    document: object = {"a": [1, {"password": value}], "z": "\\"}
    expected: object = {"a": [1, {"password": TOKEN(value)}], "z": "\\"}
    for _ in range(levels):
        document = {"body": json.dumps(document, ensure_ascii=ensure_ascii, indent=indent)}
        expected = {"body": json.dumps(expected, ensure_ascii=ensure_ascii, indent=indent)}
    text = json.dumps(document, ensure_ascii=ensure_ascii, indent=indent)
    assert REDACTOR.text(text) == json.dumps(expected, ensure_ascii=ensure_ascii, indent=indent)


@given(secret_values, st.integers(0, 3), st.booleans())
def test_no_known_secret_survives_anywhere(value: str, levels: int, ensure_ascii: bool) -> None:
    redactor = Redactor(KEY, secrets=[value])
    text = f"x {value} y"
    for _ in range(levels):
        text = json.dumps({"m": text}, ensure_ascii=ensure_ascii)
    execution = Execution(
        request_id="r",
        lines=(LogLine(text=f"Unheard-of line: {text}"), LogLine(text=f"Sending request to https://h/{quote(value)}")),
        request_headers=LoggedMap(items=(("X", text),)),
        lambda_error=text,
    )
    redacted = redactor.execution(execution)
    strings: list[str] = []
    map_strings(redacted, lambda seen: strings.append(seen) or seen)  # type: ignore[func-returns-value]
    assert len([seen for seen in strings if redactor.token(value) in seen]) == 4
    assert not any(value in seen or quote(value) in seen for seen in strings)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | nothing_sensitive,
        lambda inner: st.lists(inner) | st.dictionaries(nothing_sensitive, inner),
    )
)
def test_text_without_secrets_stays_to_the_byte(document: object) -> None:
    redactor = Redactor(KEY, field_names=["a name that is nowhere"])
    body = json.dumps(document).encode()
    assert redactor.body(body) == body


@given(st.text())
def test_whatever_follows_the_secret_it_goes(text: str) -> None:
    for before in (
        '{"password":"',
        '{"password":',
        "headers: {X-Api-Key=",
        "<password>",
        "?ssn=",
        "{Authorization=Basic ",
    ):
        redacted = REDACTOR.log_text(f"{before}zq7secret{text}")
        assert redacted.startswith(before)
        assert "zq7secret" not in redacted


def test_a_log_read_after_redaction_says_the_same_as_one_redacted_after_reading() -> None:
    lines = tuple(
        LogLine(text=text)
        for text in (
            "HTTP Method: POST, Resource Path: /users",
            "Method request headers: {Authorization=Bearer abc, Host=h}",
            'Method request body before transformations: {"password":"p1","a":1}',
            "Method completed with status: 200",
        )
    )
    after_reading = REDACTOR.execution(read(lines, request_id="r"))
    before_reading = read((LogLine(text=REDACTOR.log_text(line.text)) for line in lines), request_id="r")
    assert after_reading == before_reading
