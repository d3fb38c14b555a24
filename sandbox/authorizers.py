"""Authorizers: Lambda authorizers with their result cache, signatures of AWS_IAM, and tokens of Cognito user pools.

The documents that come back to the pipeline: a Lambda authorizer's own; for AWS_IAM the caller's identity
(``{"accountId", "caller", "user", "userArn", "accessKey"}``), or how its signature is refused; for Cognito the
verified token's claims.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.authorizer import EXPIRED
from gateway.messages import AuthorizerRequest, AuthorizerResponse, ClientRequest, EndpointFailure, EndpointResponse
from gateway.rest_api import Authorizer, AuthorizerType, lambda_arn
from gateway.signature_refusal import SignatureRefusal
from sandbox.cognito import ExpiredTokenError, verified_claims
from sandbox.control_plane.caches import AUTHORIZERS
from sandbox.lambda_integration import LambdaCall, call_lambda
from sandbox.lambda_workers import LambdaWorkers
from sandbox.signatures import Signatures
from sandbox.snapshot import DeployedStage

DEFAULT_TTL_S = 300
TIMEOUT_MS = 29_000
UNAUTHORIZED = "Unauthorized"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizedRequest:
    """The client's request that is to be authorized, and the raw path it asked the server for."""

    request: ClientRequest
    signed_path: str
    deployed: DeployedStage
    trace_header: str = ""


class ResultCache:
    """Answers of authorizers by stage, authorizer and identity, for the authorizer's time to live."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], tuple[float, AuthorizerResponse]] = {}

    def get(self, key: tuple[str, ...]) -> AuthorizerResponse | None:
        """Return what is cached and still valid."""
        with self._lock:
            ends_at, answer = self._answers.get(key, (0.0, None))
            if answer is not None and ends_at <= self._clock():
                del self._answers[key]
                return None
            return answer

    def put(self, key: tuple[str, ...], answer: AuthorizerResponse, ttl_s: float) -> None:
        """Keep an answer for ``ttl_s`` seconds."""
        with self._lock:
            self._answers[key] = (self._clock() + ttl_s, answer)

    def flush(self, rest_api_id: str, stage_name: str) -> None:
        """Forget every answer of a stage."""
        with self._lock:
            for key in [key for key in self._answers if key[:2] == (rest_api_id, stage_name)]:
                del self._answers[key]


class Authorizers:
    """Answers the pipeline's authorizer questions."""

    def __init__(self, workers: LambdaWorkers, signatures: Signatures) -> None:
        self._workers = workers
        self._signatures = signatures
        self._cache = ResultCache()

    def flush(self, rest_api_id: str, stage_name: str, cache: str) -> None:
        """Forget a stage's results, where this is the cache that is to be flushed (FlushStageAuthorizersCache)."""
        if cache == AUTHORIZERS:
            self._cache.flush(rest_api_id, stage_name)

    def authorize(self, question: AuthorizerRequest, asked: AuthorizedRequest) -> AuthorizerResponse:
        """Return the authorizer's document, or why there is none."""
        authorizer = question.authorizer
        if authorizer is None:
            return self._verify_signature(asked)
        if authorizer.authorizer_type is AuthorizerType.COGNITO_USER_POOLS:
            return _verify_token(authorizer, question)
        return self._ask_lambda(authorizer, question, asked)

    def _verify_signature(self, asked: AuthorizedRequest) -> AuthorizerResponse:
        caller = self._signatures.verify(asked.request, asked.signed_path, region=asked.deployed.region)
        if isinstance(caller, SignatureRefusal):
            return AuthorizerResponse(refused_signature=caller)
        identity = {
            "accountId": caller.account_id,
            "caller": caller.user_id,
            "user": caller.user_id,
            "userArn": caller.user_arn,
            "accessKey": caller.access_key_id,
        }
        return AuthorizerResponse(body=json.dumps(identity))

    def _ask_lambda(
        self, authorizer: Authorizer, question: AuthorizerRequest, asked: AuthorizedRequest
    ) -> AuthorizerResponse:
        deployed = asked.deployed
        ttl_s = DEFAULT_TTL_S if authorizer.result_ttl_s is None else authorizer.result_ttl_s
        api_id, stage_name = deployed.rest_api.rest_api_id or "", deployed.stage.stage_name
        key = (api_id, stage_name, authorizer.authorizer_id or authorizer.name, question.cache_key or "")
        cached = self._cache.get(key) if question.cache_key is not None else None
        if cached is not None:
            return cached
        answer = self._call(authorizer, question, asked)
        if question.cache_key is not None and ttl_s > 0 and answer.body is not None:
            self._cache.put(key, AuthorizerResponse(body=answer.body), ttl_s)
        return answer

    def _call(
        self, authorizer: Authorizer, question: AuthorizerRequest, asked: AuthorizedRequest
    ) -> AuthorizerResponse:
        deployed = asked.deployed
        source = f"arn:aws:execute-api:{deployed.region}:{deployed.account_id}:{deployed.rest_api.rest_api_id}"
        arn = lambda_arn(_with_stage_variables(authorizer.uri or "", deployed))
        if arn is None:
            return AuthorizerResponse(failure=EndpointFailure.INVALID_ENDPOINT)
        call = LambdaCall(
            lambda_arn=arn,
            payload=json.dumps(question.event).encode(),
            source_arn=f"{source}/authorizers/{authorizer.authorizer_id}",
            account_id=deployed.account_id,
            timeout_ms=TIMEOUT_MS,
            credentials=authorizer.credentials,
            trace_header=asked.trace_header,
        )
        return _answer(call_lambda(self._workers, call))


def _answer(response: EndpointResponse) -> AuthorizerResponse:
    if response.failure is not None:
        return AuthorizerResponse(failure=response.failure, latency_ms=response.latency_ms)
    text = response.body.decode("utf-8", "replace")
    if response.function_error is None:
        return AuthorizerResponse(body=text, latency_ms=response.latency_ms)
    document = json.loads(text)
    return AuthorizerResponse(error_message=str(document.get("errorMessage", "")), latency_ms=response.latency_ms)


def _with_stage_variables(uri: str, deployed: DeployedStage) -> str:
    for name, value in deployed.stage.variables.items():
        uri = uri.replace(f"${{stageVariables.{name}}}", value)
    return uri


def _verify_token(authorizer: Authorizer, question: AuthorizerRequest) -> AuthorizerResponse:
    """Verify the token of the event against the authorizer's user pools."""
    token = str(question.event.get("authorizationToken") or "").removeprefix("Bearer ").strip()
    try:
        claims = verified_claims(token, authorizer.provider_arns) if token else None
    except ExpiredTokenError:
        return AuthorizerResponse(error_message=EXPIRED)
    if claims is None:
        return AuthorizerResponse(error_message=UNAUTHORIZED)
    return AuthorizerResponse(body=json.dumps(claims))
