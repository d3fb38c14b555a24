"""Strategies of the gateway's tests, as fixtures: REST APIs as API Gateway keeps them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gateway.control_plane import MODEL_URL
from gateway.rest_api import (
    ApiKeySource,
    AuthorizationType,
    Authorizer,
    AuthorizerType,
    ConnectionType,
    ContentHandling,
    GatewayResponse,
    GatewayResponseType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    Model,
    PassthroughBehavior,
    RequestValidator,
    Resource,
    RestApi,
)

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEADERS = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
MEDIA_TYPES = st.sampled_from(["application/json", "text/plain", "image/png", "application/vnd.x+json", "$default"])
STATUSES = st.integers(100, 599).map(str)
SEGMENTS = st.one_of(NAMES, NAMES.map(lambda name: f"{{{name}}}"))
PATTERNS = st.one_of(st.none(), st.text(min_size=1, max_size=12).filter(lambda text: text != "default"))
EXPRESSIONS = st.one_of(
    TEXTS.map(lambda text: f"'{text}'"), st.just("context.requestId"), st.just("method.request.body")
)


def few(keys: SearchStrategy[str], values: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return st.dictionaries(keys, values, max_size=3)


def maybe(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


def model_schemas(names: list[str]) -> SearchStrategy[str]:
    """JSON Schema draft 4 with references to other models, as canonical text."""
    references = st.sampled_from(names).map(lambda name: {"$ref": MODEL_URL.format(rest_api_id="api") + name})
    leaves = st.one_of(
        references,
        st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "boolean"])}, optional={"title": TEXTS}),
        st.fixed_dictionaries({"enum": st.lists(st.none() | st.integers() | TEXTS, min_size=1, max_size=3)}),
    )
    schemas = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
            st.fixed_dictionaries(
                {"type": st.just("object"), "properties": st.dictionaries(TEXTS, inner, max_size=3)},
                optional={"additionalProperties": st.booleans() | inner},
            ),
            st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
        ),
        max_leaves=5,
    )
    return schemas.map(lambda schema: json.dumps(schema, sort_keys=True, separators=(",", ":")))


@st.composite
def models(draw: st.DrawFn) -> dict[str, Model]:
    names = draw(st.lists(NAMES, max_size=4, unique=True))
    return {name: Model(name=name, schema=draw(model_schemas(names))) for name in names}


AUTHORIZERS = st.one_of(
    st.builds(
        Authorizer,
        name=NAMES,
        authorizer_type=st.just(AuthorizerType.TOKEN),
        uri=TEXTS.map(lambda text: f"arn:{text}"),
        credentials=st.none() | st.just("arn:aws:iam::123456789012:role/r"),
        identity_source=HEADERS.filter(lambda name: name != "Unused").map(lambda name: f"method.request.header.{name}"),
        identity_validation_expression=maybe(TEXTS.filter(bool)),
        result_ttl_s=st.integers(0, 3600),
        authentication_type=st.sampled_from([None, "custom", "oauth2"]),
    ),
    st.builds(
        Authorizer,
        name=NAMES,
        authorizer_type=st.just(AuthorizerType.REQUEST),
        uri=st.just("arn:x"),
        identity_source=st.sampled_from(
            [None, "method.request.header.A", "method.request.header.A,method.request.querystring.b", "context.path"]
        ),
        result_ttl_s=st.integers(0, 3600),
    ),
    st.builds(
        Authorizer,
        name=NAMES,
        authorizer_type=st.just(AuthorizerType.COGNITO_USER_POOLS),
        identity_source=st.just("method.request.header.Authorization"),
        provider_arns=st.lists(TEXTS.filter(bool), min_size=1, max_size=2).map(tuple),
        authentication_type=st.just("cognito_user_pools"),
    ),
)

INTEGRATION_RESPONSES = st.lists(
    st.builds(
        IntegrationResponse,
        status_code=STATUSES,
        selection_pattern=PATTERNS,
        response_parameters=few(HEADERS.map(lambda name: f"method.response.header.{name}"), EXPRESSIONS),
        response_templates=few(MEDIA_TYPES, TEXTS),
        content_handling=maybe(st.sampled_from(ContentHandling)),
    ),
    max_size=3,
    unique_by=(lambda response: response.status_code, lambda response: response.selection_pattern),
).map(lambda responses: tuple(sorted(responses, key=lambda response: response.status_code)))

INTEGRATIONS = st.builds(
    Integration,
    integration_type=st.sampled_from(IntegrationType),
    http_method=st.sampled_from([None, "GET", "POST", "ANY"]),
    uri=maybe(TEXTS.filter(bool)),
    credentials=maybe(TEXTS.filter(bool)),
    connection_type=st.sampled_from(ConnectionType),
    connection_id=maybe(NAMES),
    request_parameters=few(HEADERS.map(lambda name: f"integration.request.header.{name}"), EXPRESSIONS),
    request_templates=few(MEDIA_TYPES, TEXTS),
    passthrough_behavior=st.sampled_from(PassthroughBehavior),
    content_handling=maybe(st.sampled_from(ContentHandling)),
    timeout_ms=st.integers(50, 29_000),
    cache_key_parameters=st.lists(TEXTS, max_size=2).map(tuple),
    insecure_skip_verification=st.booleans(),
    integration_responses=INTEGRATION_RESPONSES,
)


def model_names(known: dict[str, Model]) -> SearchStrategy[dict[str, str]]:
    return few(MEDIA_TYPES, st.sampled_from(sorted(known))) if known else st.just({})


def authorizations(known: dict[str, Authorizer]) -> SearchStrategy[dict[str, Any]]:
    kinds = [AuthorizationType.NONE, AuthorizationType.AWS_IAM]
    plain = st.fixed_dictionaries({"authorization_type": st.sampled_from(kinds)})
    if not known:
        return plain
    by_authorizer = st.sampled_from(list(known.values())).flatmap(
        lambda authorizer: st.fixed_dictionaries(
            {
                "authorization_type": st.just(
                    AuthorizationType.COGNITO_USER_POOLS
                    if authorizer.authorizer_type is AuthorizerType.COGNITO_USER_POOLS
                    else AuthorizationType.CUSTOM
                ),
                "authorizer_name": st.just(authorizer.name),
                "authorization_scopes": st.lists(NAMES, max_size=2).map(tuple),
            }
        )
    )
    return plain | by_authorizer


@st.composite
def methods(draw: st.DrawFn, http_method: str, api: dict[str, Any]) -> Method:
    locations = st.sampled_from(["path", "querystring", "header"])
    responses = st.lists(
        st.builds(
            MethodResponse,
            status_code=STATUSES,
            response_parameters=few(HEADERS.map(lambda name: f"method.response.header.{name}"), st.booleans()),
            response_models=model_names(api["models"]),
        ),
        max_size=3,
        unique_by=lambda response: response.status_code,
    )
    parameters = st.builds(lambda location, name: f"method.request.{location}.{name}", locations, HEADERS)
    return Method(
        http_method=http_method,
        operation_name=draw(maybe(NAMES)),
        **draw(authorizations(api["authorizers"])),
        api_key_required=draw(st.booleans()),
        request_validator_name=draw(st.sampled_from([None, *api["request_validators"]])),
        request_parameters=draw(few(parameters, st.booleans())),
        request_models=draw(model_names(api["models"])),
        integration=draw(maybe(INTEGRATIONS)),
        method_responses=tuple(sorted(draw(responses), key=lambda response: response.status_code)),
    )


@st.composite
def resources(draw: st.DrawFn, api: dict[str, Any]) -> tuple[Resource, ...]:
    paths = draw(
        st.lists(st.lists(SEGMENTS, max_size=3).map(lambda parts: "/" + "/".join(parts)), max_size=3, unique=True)
    )
    names = st.sampled_from(["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"])
    return tuple(
        Resource(
            path=path,
            methods=tuple(
                draw(methods(name, api)) for name in sorted(draw(st.lists(names, min_size=1, max_size=2, unique=True)))
            ),
        )
        for path in sorted(paths)
    )


GATEWAY_RESPONSES = st.lists(
    st.builds(
        GatewayResponse,
        response_type=st.sampled_from(GatewayResponseType),
        status_code=maybe(STATUSES),
        response_parameters=few(HEADERS.map(lambda name: f"gatewayresponse.header.{name}"), EXPRESSIONS),
        response_templates=few(MEDIA_TYPES, TEXTS),
    ),
    max_size=3,
).map(lambda responses: {response.response_type: response for response in responses})

VALIDATORS = st.builds(
    RequestValidator,
    name=NAMES,
    validate_request_body=st.booleans(),
    validate_request_parameters=st.booleans(),
)


@st.composite
def _rest_apis(draw: st.DrawFn) -> RestApi:
    shared: dict[str, Any] = {
        "models": draw(models()),
        "authorizers": {item.name: item for item in draw(st.lists(AUTHORIZERS, max_size=2))},
        "request_validators": {item.name: item for item in draw(st.lists(VALIDATORS, max_size=2))},
    }
    policies = st.none() | st.just('{"Statement":[],"Version":"2012-10-17"}')
    return RestApi(
        name=draw(TEXTS.filter(bool)),
        description=draw(maybe(TEXTS.filter(bool))),
        version=draw(maybe(TEXTS)),
        resources=draw(resources(shared)),
        **shared,
        gateway_responses=draw(GATEWAY_RESPONSES),
        binary_media_types=tuple(draw(st.lists(MEDIA_TYPES, max_size=2, unique=True))),
        minimum_compression_size_bytes=draw(maybe(st.integers(0, 10_485_760))),
        api_key_source=draw(st.sampled_from(ApiKeySource)),
        policy=draw(policies),
        disable_execute_api_endpoint=draw(st.booleans()),
        endpoint_types=draw(st.sampled_from([("EDGE",), ("REGIONAL",), ("PRIVATE",)])),
        vpc_endpoint_ids=tuple(draw(st.lists(NAMES, max_size=2))),
        tags=draw(few(NAMES, TEXTS)),
    )


@pytest.fixture(scope="session")
def rest_apis() -> SearchStrategy[RestApi]:
    """REST APIs in every form that an OpenAPI document can carry."""
    return _rest_apis()
