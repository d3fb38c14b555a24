"""The credentials that the traffic carries: API key, bearer token, SigV4. They stay in memory and are never written.

Every worker process imports this module, so pydantic and botocore are loaded only where they are used.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.errors import StageproofError

if TYPE_CHECKING:
    from contracts.expectations import AuthExpectations, SecretReference
    from probes.aws import AwsSession

API_KEY_HEADER = "x-api-key"
AUTHORIZATION_HEADER = "Authorization"
COMMAND_TIMEOUT_S = 60
KEYS_EXPIRED = "the AWS credentials that sign the requests have expired; sign in again"
_SIGNED_SERVICE = "execute-api"


class AuthenticationError(StageproofError):
    """A credential could not be had."""

    slug = "authentication"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsKeys:
    """The AWS credentials that sign requests for ``AWS_IAM`` methods."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What requests are authenticated with. ``authorization`` is the whole value of the header that carries the token.

    ``second`` is another identity, with which a few probes ask what the first one asked; it lacks nothing that the
    first one has.
    """

    api_key: str | None = field(default=None, repr=False)
    authorization: str | None = field(default=None, repr=False)
    aws_keys: AwsKeys | None = None
    second: Credentials | None = field(default=None, repr=False)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret value, those of the second identity too; with a scheme also the bare token."""
        values = [self.api_key, self.authorization, *(self.second.secrets if self.second is not None else ())]
        if self.authorization is not None and " " in self.authorization:
            values.append(self.authorization.split(" ", 1)[1])
        if self.aws_keys is not None:
            values += [self.aws_keys.secret_key, self.aws_keys.session_token]
        return tuple(value for value in values if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityNeeds:
    """What a method asks of its caller, as the contract declares it.

    ``authorization_header`` is where its authorizer looks for the token.
    """

    api_key: bool = False
    authorization: bool = False
    sigv4: bool = False
    authorization_header: str = AUTHORIZATION_HEADER


def resolve_credentials(
    auth: AuthExpectations, *, environ: Mapping[str, str], aws_keys: AwsKeys | None = None
) -> Credentials:
    """Fetch the secrets that the user's file refers to.

    Args:
        auth: The table ``[stages.NAME.auth]``.
        environ: The environment, for ``env:NAME``.
        aws_keys: The AWS credentials in force, used where ``sigv4`` is asked for.

    Raises:
        AuthenticationError: If a variable is not set, a command fails, or SigV4 is wanted without AWS credentials.
    """
    if auth.sigv4 and aws_keys is None:
        raise AuthenticationError("[auth] sigv4: no AWS credentials were found; log in or set AWS_PROFILE")

    def secret(key: str) -> str | None:
        reference = getattr(auth, key)
        return None if reference is None else _secret(key, reference, environ)

    def authorization(key: str) -> str | None:
        token = secret(key)
        return None if token is None else f"{auth.authorization_scheme} {token}".strip()

    first = Credentials(
        api_key=secret("api_key"),
        authorization=authorization("bearer_token"),
        aws_keys=aws_keys if auth.sigv4 else None,
    )
    if auth.second_api_key is None and auth.second_bearer_token is None:
        return first
    second = replace(
        first,
        api_key=secret("second_api_key") or first.api_key,
        authorization=authorization("second_bearer_token") or first.authorization,
    )
    return replace(first, second=second)


def authentication_headers(credentials: Credentials, needs: SecurityNeeds) -> dict[str, str]:
    """Return the headers that carry what a method needs and the user gave; SigV4 is signed later, over the request."""
    headers: dict[str, str] = {}
    if needs.api_key and credentials.api_key is not None:
        headers[API_KEY_HEADER] = credentials.api_key
    if needs.authorization and credentials.authorization is not None:
        headers[needs.authorization_header] = credentials.authorization
    return headers


def have_expired(error_type: str | None) -> bool:
    """Return whether an answer's ``x-amzn-ErrorType`` says that the keys behind a signature are valid no more.

    Such an answer tells nothing of the stage: session tokens of roles last from fifteen minutes to hours.
    """
    return (error_type or "").startswith("ExpiredToken")


def sigv4_headers(  # noqa: PLR0913 - one keyword a part that is signed
    keys: AwsKeys, *, http_method: str, url: str, body: bytes, content_type: str | None, signed_ago_s: int = 0
) -> dict[str, str]:
    """Sign a request for API Gateway and return the headers to add.

    Only the host, the content type and the ``x-amz-`` headers are signed, so that no proxy on the way breaks the
    signature. ``signed_ago_s`` gives a signature that was made so many seconds ago.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-use-postman-to-call-api.html
    """
    from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as BotocoreCredentials

    signed = AWSRequest(method=http_method, url=url, data=body)
    if content_type is not None:
        signed.headers["Content-Type"] = content_type
    credentials = BotocoreCredentials(keys.access_key, keys.secret_key, keys.session_token)
    signer: type[SigV4Auth] = SigV4Auth
    if signed_ago_s:
        signed_at = datetime.now(UTC) - timedelta(seconds=signed_ago_s)

        class EarlierAuth(SigV4Auth):
            def _modify_request_before_signing(self, request: AWSRequest) -> None:
                request.context["timestamp"] = signed_at.strftime(SIGV4_TIMESTAMP)
                super()._modify_request_before_signing(request)  # type: ignore[misc]  # not in botocore's stubs

        signer = EarlierAuth
    signer(credentials, _SIGNED_SERVICE, keys.region).add_auth(signed)
    return {name: str(value) for name, value in signed.headers.items() if name.lower() != "content-type"}


def signing_keys(session: AwsSession) -> AwsKeys:
    """Return the AWS credentials of a session, to sign requests with.

    Raises:
        AuthenticationError: If it has none.
    """
    found = session.session.get_credentials()
    frozen = None if found is None else found.get_frozen_credentials()
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise AuthenticationError(
            "no AWS credentials to sign requests with; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or sign in"
        )
    return AwsKeys(
        access_key=frozen.access_key,
        secret_key=frozen.secret_key,
        session_token=frozen.token,
        region=session.region,
    )


def _secret(key: str, text: str, environ: Mapping[str, str]) -> str:
    from contracts.expectations import secret_reference

    reference = secret_reference(text)
    if reference.env_name is not None:
        value = environ.get(reference.env_name, "").strip()
        if not value:
            raise AuthenticationError(f"[auth] {key}: the environment variable {reference.env_name} is not set")
        return value
    return _command_output(key, reference)


def _command_output(key: str, reference: SecretReference) -> str:
    program = reference.argv[0]
    try:
        finished = subprocess.run(  # noqa: S603 - the user's own command, as a list of arguments, without a shell
            reference.argv, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=True
        )
    except FileNotFoundError as error:
        raise AuthenticationError(f"[auth] {key}: the program {program!r} was not found") from error
    except subprocess.TimeoutExpired as error:
        raise AuthenticationError(f"[auth] {key}: {program!r} gave no answer in {COMMAND_TIMEOUT_S} s") from error
    except subprocess.CalledProcessError as error:
        raise AuthenticationError(f"[auth] {key}: {program!r} ended with exit code {error.returncode}") from error
    value = finished.stdout.strip()
    if not value:
        raise AuthenticationError(f"[auth] {key}: {program!r} printed nothing")
    return value
