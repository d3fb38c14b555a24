"""Routing, media types, models, policies and parameter mapping, each alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import models
from gateway.media_types import accepted, convert, is_binary, media_type
from gateway.messages import Headers
from gateway.method_request import query_pairs
from gateway.parameter_mapping import MappingSource, RequestSource, ResponseSource, resolve
from gateway.policy import Decision, condition_keys, evaluate
from gateway.refusal import Refused
from gateway.rest_api import Method, Model, Resource, RestApi
from gateway.routing import route, serving


def _api(*paths: str) -> RestApi:
    resources = []
    for path in paths:
        template, _, verbs = path.partition(" ")
        methods = tuple(Method(http_method=verb) for verb in verbs.split(",") if verb)
        resources.append(Resource(path=template, methods=methods))
    return RestApi(name="a", resources=tuple(resources))


_ROUTES = _api(
    "/ GET",
    "/users GET,POST",
    "/users/me GET",
    "/users/{id} GET,DELETE",
    "/users/{id}/files/{file+} ANY",
    "/users/{id}/files GET",
    "/empty",
    "/empty/{x} GET",
    "/files/{proxy+} ANY,GET",
)


@pytest.mark.parametrize(
    ("verb", "path", "resource", "parameters"),
    [
        ("GET", "/", "/", {}),
        ("POST", "/users", "/users", {}),
        ("GET", "/users/me", "/users/me", {}),
        ("DELETE", "/users/me", None, {}),
        ("GET", "/users/42", "/users/{id}", {"id": "42"}),
        ("GET", "/users/a%2Fb%20c", "/users/{id}", {"id": "a/b c"}),
        ("GET", "/users/", "/users", {}),
        ("GET", "/users//", None, {}),
        ("GET", "/Users", None, {}),
        ("PUT", "/users/1/files/a/b", "/users/{id}/files/{file+}", {"id": "1", "file": "a/b"}),
        ("GET", "/users/1/files", "/users/{id}/files", {"id": "1"}),
        ("GET", "/users/me/files", "/users/{id}/files", {"id": "me"}),
        ("GET", "/empty", None, {}),
        ("GET", "/files/a", "/files/{proxy+}", {"proxy": "a"}),
        ("TRACE", "/files/a//b/", "/files/{proxy+}", {"proxy": "a//b"}),
        ("GET", "/files/", None, {}),
        ("GET", "/files", None, {}),
        ("GET", "/nowhere", None, {}),
    ],
)
def test_routes(verb: str, path: str, resource: str | None, parameters: dict[str, str]) -> None:
    found = route(_ROUTES, verb, path)
    assert (None if found is None else found.resource.path) == resource
    assert ({} if found is None else found.path_parameters) == parameters


def test_a_named_method_wins_over_any() -> None:
    found = route(_ROUTES, "GET", "/files/a")
    assert found is not None
    assert found.method.http_method == "GET"


@pytest.mark.parametrize(
    ("verb", "meant", "resource"),
    [
        ("GET", "/users/{userId}", "/users/{id}"),
        ("DELETE", "/users/me", None),
        ("PUT", "/users/{userId}", None),
        ("GET", "/files/{name}", "/files/{proxy+}"),
        ("GET", "/files/{folder}/{name}", "/files/{proxy+}"),
        ("PATCH", "/files/{rest+}", "/files/{proxy+}"),
        ("GET", "/users/{rest+}", None),
        ("ANY", "/users/{userId}", None),
        ("ANY", "/files/{name}", "/files/{proxy+}"),
    ],
)
def test_what_serves_a_resource_path_whose_variables_have_other_names(
    verb: str, meant: str, resource: str | None
) -> None:
    found = serving(_ROUTES, verb, meant)
    assert (None if found is None else found.resource.path) == resource


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_path_is_routed_or_not_but_never_fails(path: str) -> None:
    route(_ROUTES, "GET", f"/{path}")


def test_a_semicolon_splits_the_query() -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html."""
    assert query_pairs("a=1;b=2&c=x%3By") == (("a", "1"), ("b", "2"), ("c", "x;y"))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("Text/HTML; charset=utf-8", "text/html"),
        (" image/png ", "image/png"),
    ],
)
def test_media_type(header: str | None, expected: str) -> None:
    assert media_type(header) == expected


@pytest.mark.parametrize(
    ("wanted", "types", "expected"),
    [
        ("image/png", ("image/png",), True),
        ("image/png", ("IMAGE/*",), True),
        ("image/png", ("*/*",), True),
        ("image/png", ("image/jpeg",), False),
        ("image/png", (), False),
    ],
)
def test_is_binary(wanted: str, types: tuple[str, ...], expected: bool) -> None:
    assert is_binary(wanted, types) is expected


def test_accepted_keeps_the_order() -> None:
    headers = Headers([("Accept", "text/html;q=0.1, image/png"), ("accept", "*/*")])
    assert accepted(headers) == ("text/html", "image/png", "*/*")


@given(st.binary())
def test_binary_survives_the_way_to_text_and_back(body: bytes) -> None:
    as_text = convert(body, from_binary=True, to_binary=False)
    assert as_text is not None
    assert convert(as_text, from_binary=False, to_binary=True) == body


def _model(schema: object, name: str = "M") -> Model:
    return Model(name=name, schema=json.dumps(schema))


@pytest.mark.parametrize(
    ("schema", "body", "errors"),
    [
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, "3", 1),
        ({"exclusiveMinimum": 3}, "1", 0),
        (
            {"properties": {"exclusiveMinimum": {"exclusiveMinimum": 3, "type": "integer"}}},
            '{"exclusiveMinimum":"1"}',
            1,
        ),
        ({"items": {"required": []}}, "[{}]", 0),
        ({"const": 1}, "2", 0),
        ({"enum": ["a"]}, '"b"', 1),
        ({"pattern": "^a$"}, '"b"', 1),
        ({"maxItems": 1}, "[1,2]", 1),
        ({"additionalProperties": False}, '{"x":1}', 1),
        ({"oneOf": [{"type": "string"}, {"minLength": 1}]}, '"x"', 1),
        ({"not": {}}, "1", 1),
        ({"format": "email", "type": "string"}, '"no"', 0),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "required": ["a", "b"]}, "{}", 1),
    ],
)
def test_models_are_draft_4(schema: object, body: str, errors: int) -> None:
    found = models.validate({"M": _model(schema)}, "M", body)
    assert len(found) == errors, found


def test_models_refer_to_each_other() -> None:
    reference = {"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Leaf"}
    tree = {
        "properties": {"leaf": reference, "next": {"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Tree"}}
    }
    both = {"Tree": _model(tree, "Tree"), "Leaf": _model({"type": "string"}, "Leaf")}
    assert models.validate(both, "Tree", '{"next":{"leaf":"x"}}') == ()
    assert len(models.validate(both, "Tree", '{"next":{"leaf":1}}')) == 1


@pytest.mark.parametrize(
    "schema", ["{", '{"type": 5}', '{"$ref":"https://apigateway.amazonaws.com/restapis/a/models/Gone"}']
)
def test_a_model_that_is_no_schema_is_a_configuration_error(schema: str) -> None:
    with pytest.raises(Refused, match="Internal server error"):
        models.validate({"M": Model(name="M", schema=schema)}, "M", "{}")


def test_the_empty_model_accepts_everything() -> None:
    assert models.validate({}, "Empty", "no json") == ()


_ARN = "arn:aws:execute-api:us-east-1:1:api/dev/GET/a/b"


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([], Decision.NEITHER),
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, Decision.ALLOW),
        ([{"Effect": "Allow", "Action": ["execute-api:Inv*"], "Resource": [_ARN]}], Decision.ALLOW),
        ([{"Effect": "Allow", "Action": "EXECUTE-API:invoke", "Resource": "*/GET/*"}], Decision.ALLOW),
        ([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], Decision.NEITHER),
        ([{"Effect": "Allow", "Action": "*", "Resource": "arn:*/POST/*"}], Decision.NEITHER),
        ([{"Effect": "Allow", "Action": "*", "Resource": "arn:*/GET/a"}], Decision.NEITHER),
        (
            [
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "*", "Resource": "*/a/?"},
            ],
            Decision.DENY,
        ),
        ([{"Effect": "Deny", "Action": "*", "NotResource": "*/a/*"}], Decision.NEITHER),
        ([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}}], Decision.NEITHER),
    ],
)
def test_policies(statements: object, decision: Decision) -> None:
    assert evaluate({"Statement": statements}, action="execute-api:Invoke", resource=_ARN) is decision


_KEYS = condition_keys(
    source_ip="192.0.2.7",
    headers=Headers.of({"User-Agent": "curl/8"}),
    requested_at=datetime(2026, 5, 4, 3, 2, 1, 500_000, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ({"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "192.0.2.0/24"]}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "no network"}}, False),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringLike": {"AWS:userAgent": ["wget/*", "curl/*"]}}, True),
        ({"StringNotLike": {"aws:UserAgent": "curl/?"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:UserAgent": "CURL/8"}}, True),
        ({"Null": {"aws:Referer": "true"}}, True),
        ({"Null": {"aws:UserAgent": "true"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2026-05-04T03:02:01Z"}}, False),
        ({"DateLessThanEquals": {"aws:CurrentTime": ["nonsense", "2026-05-04"]}}, False),
        ({"DateLessThan": {"aws:EpochTime": "2026-05-05"}}, True),
        ({"NumericEquals": {"aws:EpochTime": 1777863721}}, True),
        ({"NumericNotEquals": {"aws:EpochTime": "1777863721"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, None),
    ],
)
def test_conditions(condition: object, held: bool | None) -> None:
    """What is not known never lets through: it holds for a statement that denies, and not for one that allows.

    See: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    for effect, decision in (("Allow", Decision.ALLOW), ("Deny", Decision.DENY)):
        statement = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}
        found = evaluate({"Statement": [statement]}, action="execute-api:Invoke", resource=_ARN, keys=_KEYS)
        is_held = effect == "Deny" if held is None else held
        assert found is (decision if is_held else Decision.NEITHER)


_SOURCE = MappingSource(
    request=RequestSource(
        path_parameters={"id": "7"},
        query=(("q", "1"), ("q", "2")),
        headers=Headers([("X-A", "1"), ("x-a", "2")]),
        body='{"a":{"b":[1,"two",null]}}',
    ),
    response=ResponseSource(headers=Headers([("ETag", "e")]), body='{"id":1.5,"list":[{"n":"x"}]}'),
    context={"requestId": "r", "identity.sourceIp": "192.0.2.1"},
    stage_variables={"v": "w"},
)


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("'static'", ("static",)),
        ("''", ("",)),
        ("method.request.path.id", ("7",)),
        ("method.request.querystring.q", ("2",)),
        ("method.request.multivaluequerystring.q", ("1", "2")),
        ("method.request.header.X-A", ("2",)),
        ("method.request.multivalueheader.x-A", ("1", "2")),
        ("method.request.header.gone", ()),
        ("method.request.body", ('{"a":{"b":[1,"two",null]}}',)),
        ("method.request.body.a.b[1]", ("two",)),
        ("method.request.body.$.a.b[0]", ("1",)),
        ("method.request.body.a", ('{"b":[1,"two",null]}',)),
        ("method.request.body.gone", ()),
        ("integration.response.header.etag", ("e",)),
        ("integration.response.body.list[0].n", ("x",)),
        ("integration.response.body.id", ("1.5",)),
        ("context.requestId", ("r",)),
        ("context.identity.sourceIp", ("192.0.2.1",)),
        ("context.gone", ()),
        ("stageVariables.v", ("w",)),
        ("nonsense", ()),
    ],
)
def test_mapping_expressions(expression: str, values: tuple[str, ...]) -> None:
    assert resolve(expression, _SOURCE) == values
