"""Security schemes of a document as authorizers, API keys and IAM, and back.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.openapi.integrations import without_empty
from gateway.openapi.source import Source, enum_member, mapping, optional_text, pointer, sequence, text, whole_number
from gateway.rest_api import AuthorizationType, Authorizer, AuthorizerType, Method, RestApi

_AUTHORIZER = "x-amazon-apigateway-authorizer"
_AUTHTYPE = "x-amazon-apigateway-authtype"
_AUTH = "x-amazon-apigateway-auth"
_SIGV4 = "awsSigv4"
_UNUSED = "Unused"
_HEADER = "method.request.header."
_DEFAULT_TTL_S = 300
"""What API Gateway fills in for Lambda authorizers.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html (``authorizerResultTtlInSeconds``)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """Who may call a method, as its security requirements say."""

    authorization_type: AuthorizationType = AuthorizationType.NONE
    authorizer_name: str | None = None
    authorization_scopes: tuple[str, ...] = ()
    api_key_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySchemes:
    """The security schemes of a document, sorted by what API Gateway makes of them."""

    authorizers: Mapping[str, Authorizer]
    api_keys: frozenset[str]
    sigv4: frozenset[str]

    @classmethod
    def shared(cls, source: Source) -> SecuritySchemes:
        """Read the shared security schemes; those that API Gateway cannot use are ignored with a warning."""
        authorizers: dict[str, Authorizer] = {}
        api_keys: set[str] = set()
        sigv4: set[str] = set()
        for name, document in source.section("securitySchemes").items():
            where = pointer("components", "securitySchemes", name)
            scheme = source.resolve(document, where)
            if scheme.get(_AUTHORIZER) is not None:
                authorizers[name] = _read_authorizer(name, scheme, where)
            elif scheme.get(_AUTHTYPE) == _SIGV4:
                sigv4.add(name)
            elif scheme.get("type") != "apiKey":
                source.warn(f"Unsupported security definition type '{scheme.get('type')}' for '{name}'. Ignoring.")
            elif str(scheme.get("name")).lower() == "x-api-key" and scheme.get("in") == "header":
                api_keys.add(name)
            else:
                source.warn(
                    f"API Key security definition '{name}' has unexpected parameter name or location. Ignoring."
                )
        return cls(authorizers=authorizers, api_keys=frozenset(api_keys), sigv4=frozenset(sigv4))

    def authorization(self, source: Source, operation: Mapping[str, Any], where: str, method: str) -> Authorization:
        """Return the authorization of an operation. Alternatives are joined: API Gateway knows no alternatives."""
        auth_type = mapping(operation.get(_AUTH), f"{where}/{_AUTH}").get("type")
        kind = enum_member(AuthorizationType, auth_type or AuthorizationType.NONE, f"{where}/{_AUTH}/type")
        authorizer: Authorizer | None = None
        scopes: tuple[str, ...] = ()
        api_key_required = False
        for name, requested in _requirements(operation, where):
            if name in self.authorizers:
                authorizer, scopes = self.authorizers[name], requested
            elif name in self.sigv4:
                kind = AuthorizationType.AWS_IAM
            elif name in self.api_keys:
                api_key_required = True
            elif name not in source.section("securitySchemes"):
                source.warn(f"Security definition '{name}' for method '{method}' not found. Ignoring.")
        return Authorization(
            authorization_type=_kind_of(authorizer) if authorizer else kind,
            authorizer_name=authorizer.name if authorizer else None,
            authorization_scopes=scopes,
            api_key_required=api_key_required,
        )


def _requirements(operation: Mapping[str, Any], where: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    for alternative in sequence(operation.get("security"), f"{where}/security"):
        for name, scopes in mapping(alternative, f"{where}/security").items():
            yield name, tuple(text(scope) for scope in sequence(scopes, f"{where}/security/{name}"))


def _kind_of(authorizer: Authorizer) -> AuthorizationType:
    if authorizer.authorizer_type is AuthorizerType.COGNITO_USER_POOLS:
        return AuthorizationType.COGNITO_USER_POOLS
    return AuthorizationType.CUSTOM


def _read_authorizer(name: str, scheme: Mapping[str, Any], where: str) -> Authorizer:
    document = mapping(scheme[_AUTHORIZER], f"{where}/{_AUTHORIZER}")
    kind = enum_member(AuthorizerType, document.get("type"), f"{where}/{_AUTHORIZER}/type")
    ttl_s = whole_number(document.get("authorizerResultTtlInSeconds"), f"{where}/{_AUTHORIZER}")
    default_ttl_s = None if kind is AuthorizerType.COGNITO_USER_POOLS else _DEFAULT_TTL_S
    return Authorizer(
        name=name,
        authorizer_type=kind,
        uri=optional_text(document.get("authorizerUri")),
        credentials=optional_text(document.get("authorizerCredentials")),
        identity_source=_identity_source(scheme, document, kind),
        identity_validation_expression=optional_text(document.get("identityValidationExpression")),
        result_ttl_s=default_ttl_s if ttl_s is None else ttl_s,
        provider_arns=tuple(
            text(arn) for arn in sequence(document.get("providerARNs"), f"{where}/{_AUTHORIZER}/providerARNs")
        ),
        authentication_type=optional_text(scheme.get(_AUTHTYPE)),
    )


def _identity_source(scheme: Mapping[str, Any], document: Mapping[str, Any], kind: AuthorizerType) -> str | None:
    """Return the identity sources joined by commas; a token's is the header that the scheme names."""
    stated = document.get("identitySource")
    if stated:
        return ",".join(part.strip() for part in str(stated).split(","))
    header = optional_text(scheme.get("name"))
    if kind is AuthorizerType.REQUEST or header in {None, _UNUSED}:
        return None
    return f"{_HEADER}{header}"


def write_security_schemes(api: RestApi) -> dict[str, Any]:
    """Return the security schemes of an API: its authorizers, the API key and SigV4 where a method asks for them."""
    schemes = {name: _written_authorizer(authorizer) for name, authorizer in api.authorizers.items()}
    methods = [method for resource in api.resources for method in resource.methods]
    if any(method.api_key_required for method in methods):
        schemes[_free_name("api_key", api)] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    if any(method.authorization_type is AuthorizationType.AWS_IAM for method in methods):
        schemes[_free_name("sigv4", api)] = {
            "type": "apiKey",
            "name": "Authorization",
            "in": "header",
            _AUTHTYPE: _SIGV4,
        }
    return schemes


def write_authorization(api: RestApi, method: Method) -> dict[str, Any]:
    """Return the keys of an operation that say who may call it."""
    security: list[dict[str, list[str]]] = []
    written: dict[str, Any] = {}
    if method.authorizer_name in api.authorizers:
        security.append({str(method.authorizer_name): list(method.authorization_scopes)})
    elif method.authorization_type is AuthorizationType.AWS_IAM:
        security.append({_free_name("sigv4", api): []})
    elif method.authorization_type is not AuthorizationType.NONE:
        written[_AUTH] = {"type": method.authorization_type.value}
    if method.api_key_required:
        security.append({_free_name("api_key", api): []})
    return {**written, "security": security} if security else written


def _written_authorizer(authorizer: Authorizer) -> dict[str, Any]:
    by_header = authorizer.authorizer_type is not AuthorizerType.REQUEST and _is_one_header(authorizer.identity_source)
    document = {
        "type": authorizer.authorizer_type.value.lower(),
        "authorizerUri": authorizer.uri,
        "authorizerCredentials": authorizer.credentials,
        "identitySource": None if by_header else authorizer.identity_source,
        "identityValidationExpression": authorizer.identity_validation_expression,
        "authorizerResultTtlInSeconds": authorizer.result_ttl_s,
        "providerARNs": list(authorizer.provider_arns),
    }
    scheme = {
        "type": "apiKey",
        "name": str(authorizer.identity_source).removeprefix(_HEADER) if by_header else _UNUSED,
        "in": "header",
        _AUTHTYPE: authorizer.authentication_type,
        _AUTHORIZER: without_empty(document),
    }
    return without_empty(scheme)


def _is_one_header(identity_source: str | None) -> bool:
    return identity_source is not None and identity_source.startswith(_HEADER) and "," not in identity_source


def _free_name(name: str, api: RestApi) -> str:
    """Return a name that no authorizer has."""
    while name in api.authorizers:
        name += "_"
    return name
