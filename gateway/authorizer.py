"""Lambda authorizers: when they are asked, with what event, and what their answer means.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway import choices, signature_refusal
from gateway.messages import AuthorizerRequest, AuthorizerResponse, EndpointFailure, GatewayContext
from gateway.method_request import MethodRequest
from gateway.parameter_mapping import MappingSource, RequestSource, resolve
from gateway.policy import Decision, evaluate
from gateway.policy_conditions import Keys
from gateway.proxy_event import authorizer_event
from gateway.refusal import Refused, refused_signature
from gateway.rest_api import Authorizer, AuthorizerType, GatewayResponseType
from gateway.vtl.errors import JavaError
from gateway.vtl.java_regex import matches

_DEFAULT_SOURCE = "method.request.header.Authorization"
EXPIRED = "The incoming token has expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An authorizer's consent: what it adds to ``$context``, and the API key it names."""

    principal_id: str
    context: Mapping[str, str] = field(default_factory=dict)
    usage_identifier_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The values of an authorizer's identity sources, by source expression, in order."""

    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every source has a value."""
        return all(self.values.values())


def method_arn(context: GatewayContext, http_method: str, path: str) -> str:
    """Return the ARN of a request, as policies name it."""
    return (
        f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.rest_api_id}"
        f"/{context.stage_name}/{http_method}/{path.removeprefix('/')}"
    )


def identity_of(
    authorizer: Authorizer, request: MethodRequest, *, context: Mapping[str, str], stage_variables: Mapping[str, str]
) -> Identity:
    """Read the identity sources of a request; an absent value is empty."""
    source = MappingSource(
        request=RequestSource(path_parameters=request.path_parameters, query=request.query, headers=request.headers),
        context=context,
        stage_variables=stage_variables,
    )
    expressions = _expressions(authorizer)
    return Identity(values={name: next(iter(resolve(name, source)), "") for name in expressions})


def check_identity(authorizer: Authorizer, identity: Identity) -> None:
    """Refuse a request without its identity, or with a token of another form, before the authorizer is invoked.

    Raises:
        Refused: 401 UNAUTHORIZED.
    """
    expression = authorizer.identity_validation_expression
    token = next(iter(identity.values.values()), "")
    is_token = authorizer.authorizer_type is AuthorizerType.TOKEN
    if not identity.is_complete or (is_token and expression and not _full_match(expression, token)):
        raise unauthorized()


def unauthorized() -> Refused:
    """Return the refusal of a request without a valid identity."""
    return Refused(GatewayResponseType.UNAUTHORIZED, "Unauthorized", failure="Unauthorized request")


def authorizer_request(  # noqa: PLR0913 - all that the event is made of
    authorizer: Authorizer,
    request: MethodRequest,
    identity: Identity,
    arn: str,
    *,
    context: Mapping[str, str],
    stage_variables: Mapping[str, str],
) -> AuthorizerRequest:
    """Build the question to an authorizer."""
    if authorizer.authorizer_type is AuthorizerType.REQUEST:
        event = authorizer_event(request, method_arn=arn, context=context, stage_variables=stage_variables)
    else:
        token = next(iter(identity.values.values()), "")
        event = {"type": "TOKEN", "methodArn": arn, "authorizationToken": token}
    ttl = choices.AUTHORIZER_DEFAULT_TTL_S if authorizer.result_ttl_s is None else authorizer.result_ttl_s
    is_cached = ttl > 0 and bool(identity.values)
    key = "\n".join((authorizer.name, *identity.values.values())) if is_cached else None
    return AuthorizerRequest(authorizer=authorizer, event=event, method_arn=arn, cache_key=key)


def authorization(
    response: AuthorizerResponse, arn: str, keys: Keys | None = None, *, resource_policy_allows: bool = False
) -> Authorization:
    """Read a Lambda authorizer's answer.

    A policy that neither allows nor denies leaves it to the resource policy (table A of the page below).

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html

    Raises:
        Refused: 401 for the error ``Unauthorized``, 403 for a policy that denies or does not allow, 500 else.
    """
    document = _document(response)
    principal_id = document.get("principalId")
    policy = document.get("policyDocument")
    if not isinstance(principal_id, str | int) or not isinstance(policy, dict):
        raise _configuration_error("Invalid JSON in response: principalId and policyDocument are required")
    added = _added_context(document.get("context"))
    decision = evaluate(policy, action="execute-api:Invoke", resource=arn, keys=keys)
    if decision is Decision.DENY or (decision is Decision.NEITHER and not resource_policy_allows):
        suffix = " with an explicit deny" if decision is Decision.DENY else ""
        raise Refused(
            GatewayResponseType.ACCESS_DENIED,
            f"User is not authorized to access this resource{suffix}",
            failure="The client is not authorized to perform this operation.",
        )
    key = document.get("usageIdentifierKey")
    return Authorization(
        principal_id=str(principal_id),
        context={**added, "authorizer.principalId": str(principal_id)},
        usage_identifier_key=key if isinstance(key, str) else None,
    )


def claims_of(response: AuthorizerResponse, scopes: tuple[str, ...] = ()) -> Authorization:
    """Read the claims of a Cognito user pool's token, as the driver verified it.

    A method with scopes takes access tokens with one of them, a method without takes identity tokens.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html

    Raises:
        Refused: 401 where it is not valid or of the other kind.
    """
    if response.body is None:
        expired = response.error_message == EXPIRED
        raise Refused(GatewayResponseType.UNAUTHORIZED, EXPIRED, failure=EXPIRED) if expired else unauthorized()
    claims = json.loads(response.body)
    if not _is_of_the_kind(claims, scopes):
        raise unauthorized()
    added = {f"authorizer.claims.{name}": _claim(value) for name, value in claims.items()}
    return Authorization(principal_id=str(claims.get("sub", "")), context=added)


def _is_of_the_kind(claims: Mapping[str, object], scopes: tuple[str, ...]) -> bool:
    if not scopes:
        return claims.get("token_use", "id") == "id"
    granted = str(claims.get("scope", "")).split()
    return claims.get("token_use", "access") == "access" and not set(granted).isdisjoint(scopes)


def iam_identity_of(response: AuthorizerResponse) -> Authorization:
    """Read the identity behind a signature, as the driver verified it: a JSON map of ``$context.identity`` members.

    Raises:
        Refused: 403 in the words of ``refused_signature``.
    """
    if response.body is None:
        raise refused_signature(response.refused_signature or signature_refusal.unknown_key())
    identity = json.loads(response.body)
    added = {f"identity.{name}": str(value) for name, value in identity.items()}
    return Authorization(principal_id=str(identity.get("user", "")), context=added)


def _full_match(expression: str, token: str) -> bool:
    try:
        return matches(token, expression)
    except JavaError:
        return False


def _expressions(authorizer: Authorizer) -> tuple[str, ...]:
    source = authorizer.identity_source
    if not source:
        return () if authorizer.authorizer_type is AuthorizerType.REQUEST else (_DEFAULT_SOURCE,)
    return tuple(part.strip() for part in source.split(",") if part.strip())


def _document(response: AuthorizerResponse) -> Mapping[str, object]:
    if response.failure is not None:
        raise _endpoint_failure(response.failure)
    if response.error_message is not None:
        if response.error_message == "Unauthorized":
            raise unauthorized()
        raise _configuration_error(
            'Invalid JSON in response: Unrecognized field "errorMessage", not marked as ignorable'
        )
    try:
        document = json.loads(response.body or "")
    except ValueError as error:
        raise _configuration_error(f"Invalid JSON in response: {error}") from error
    if not isinstance(document, dict):
        raise _configuration_error("Invalid JSON in response: not an object")
    return document


def _endpoint_failure(failure: EndpointFailure) -> Refused:
    if failure is EndpointFailure.PERMISSION_DENIED:
        return _configuration_error("Invalid permissions on Lambda function")
    if failure is EndpointFailure.THROTTLED:
        return _configuration_error("Rate Exceeded.")
    reason = "a timeout error" if failure is EndpointFailure.TIMEOUT else "configuration error: Authorizer error"
    return Refused(GatewayResponseType.AUTHORIZER_FAILURE, None, failure=reason)


def not_found(name: str | None) -> Refused:
    """Return the refusal of a method whose authorizer does not exist."""
    return _configuration_error(f"Authorizer {name} not found")


def _configuration_error(reason: str) -> Refused:
    return Refused(GatewayResponseType.AUTHORIZER_CONFIGURATION_ERROR, None, failure=f"configuration error: {reason}")


def _added_context(added: object) -> dict[str, str]:
    if added is None:
        return {}
    if not isinstance(added, dict) or any(isinstance(value, dict | list) for value in added.values()):
        raise _configuration_error("Invalid JSON in response: context values must be strings, numbers or booleans")
    return {f"authorizer.{name}": _claim(value) for name, value in added.items() if value is not None}


def _claim(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
