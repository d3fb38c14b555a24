"""AWS as probes reach it: standard conventions for profile, Region and endpoint, and reads that give evidence.

A read that AWS refuses, throttles or has nothing for is ``Missing``, with the IAM action that is lacking. What makes
every read fail (no credentials, an expired token, an endpoint that does not answer) is an error for the person.

See: https://docs.aws.amazon.com/boto3/latest/guide/configuration.html
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore import exceptions
from botocore.config import Config
from botocore.parsers import ResponseParserError

from contracts.evidence import Evidence, Missing, Present
from contracts.web_url import is_web_url
from gateway.errors import StageproofError
from gateway.http_api import DEFAULT_STAGE_NAME

T = TypeVar("T")

_ATTEMPTS = 8
_CONNECT_TIMEOUT_S = 10
_READ_TIMEOUT_S = 60

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "Forbidden",
        "NotAuthorized",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
_NOT_FOUND = frozenset({"NotFoundException", "ResourceNotFound", "ResourceNotFoundException"})
_FAILING = frozenset(
    {
        "500",
        "502",
        "503",
        "504",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_REFUSED = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


_DNS_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
"""What the hosts of AWS's partitions end with, where it is not ``amazonaws.com``."""

_DUAL_STACK_SUFFIXES = (
    "api.aws",
    "api.amazonwebservices.com.cn",
    "api.amazonwebservices.eu",
    "api.aws.ic.gov",
    "api.aws.scloud",
    "api.cloud-aws.adc-e.uk",
    "api.aws.hci.ic.gov",
)
_OF_AWS = tuple(f".{suffix}" for suffix in ("amazonaws.com", *_DNS_SUFFIXES.values(), *_DUAL_STACK_SUFFIXES))
_REFUSED_ACTION = re.compile(
    r"not authorized to perform:? (?P<action>[\w-]+:\w+)(?: on (?:resource:? )?(?P<arn>arn:\S+))?"
)
_EXPLICIT_DENY = re.compile(r"with an explicit deny in (?:an? |the )?(?P<policy>[a-z -]+?)(?::|$|\.)")


class AwsError(StageproofError):
    """AWS cannot be reached, or does not accept who asks."""

    slug = "aws"


@dataclass(slots=True, kw_only=True)
class AwsSession:
    """boto3 clients of one account and Region; each service's client is made once.

    Clients are safe to share between threads, and not between processes.
    """

    session: boto3.Session
    region: str
    given_endpoint_url: str | None = None
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    def client(self, service: str) -> Any:
        """Return the client of a service (``apigateway``); it backs off when AWS throttles.

        Raises:
            AwsError: If an endpoint in place of AWS does not answer.
        """
        if service not in self._clients:
            config = Config(
                retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
                connect_timeout=_CONNECT_TIMEOUT_S,
                read_timeout=_READ_TIMEOUT_S,
            )
            make: Any = self.session.client  # the stubs know services only by literal names
            client = _told(lambda: make(service, endpoint_url=self.given_endpoint_url, config=config))
            _check_reachable(str(client.meta.endpoint_url))
            self._clients[service] = client
        return self._clients[service]

    @property
    def partition(self) -> str:
        """The partition of the Region as ARNs begin with it: ``aws``, ``aws-cn``, ``aws-us-gov``."""
        try:
            return str(self.session.get_partition_for_region(self.region))
        except exceptions.UnknownRegionError:
            return "aws"  # an AWS-compatible endpoint may have Regions of its own

    @property
    def endpoint_url(self) -> str | None:
        """The AWS-compatible endpoint in place of AWS (given, of the environment or profile); None for AWS itself."""
        used = str(self.client("apigateway").meta.endpoint_url)
        return None if _is_aws(used) else used

    def account_id(self) -> str:
        """Return the account's number.

        Raises:
            AwsError: If AWS cannot be reached or does not accept the credentials.
        """
        identity = read(lambda: self.client("sts").get_caller_identity(), action="sts:GetCallerIdentity")
        if isinstance(identity, Missing):
            raise AwsError(f"AWS does not say whose credentials these are: {identity.reason}; sign in again")
        return str(identity.value["Account"])

    def invoke_url(self, rest_api_id: str, stage_name: str) -> str:
        """Return where a stage answers when no custom domain is set."""
        endpoint_url = self.endpoint_url
        if endpoint_url is not None:
            return f"{endpoint_url.rstrip('/')}/restapis/{rest_api_id}/{stage_name}/_user_request_"
        return f"{self._execute_api(rest_api_id)}/{stage_name}"

    def http_api_invoke_url(self, http_api_id: str, stage_name: str) -> str:
        """Return where a stage of an HTTP API answers when no custom domain is set.

        At AWS the stage ``$default`` answers at the root. At an endpoint in place of AWS every stage has its name in
        the path, as LocalStack has it.
        """
        endpoint_url = self.endpoint_url
        if endpoint_url is not None:
            return f"{endpoint_url.rstrip('/')}/_aws/execute-api/{http_api_id}/{stage_name}"
        url = self._execute_api(http_api_id)
        return url if stage_name == DEFAULT_STAGE_NAME else f"{url}/{stage_name}"

    def _execute_api(self, api_id: str) -> str:
        suffix = _DNS_SUFFIXES.get(self.partition, "amazonaws.com")
        return f"https://{api_id}.execute-api.{self.region}.{suffix}"


def _is_aws(endpoint_url: str) -> bool:
    return (urlsplit(endpoint_url).hostname or "").endswith(_OF_AWS)


def _check_reachable(endpoint_url: str) -> None:
    """Say at once that an endpoint in place of AWS is not there: a client would try for half a minute."""
    if not is_web_url(endpoint_url):
        raise AwsError(f"the endpoint URL {endpoint_url!r} is no URL; write for example http://127.0.0.1:4566")
    if _is_aws(endpoint_url):
        return
    parts = urlsplit(endpoint_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=_CONNECT_TIMEOUT_S).close()
    except OSError as error:
        raise AwsError(
            f"{endpoint_url} does not answer ({error}); check the endpoint URL, or start what it names"
        ) from error


def aws_session(
    *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None
) -> AwsSession:
    """Return a session by AWS's own conventions (environment, profile, instance role), with what is given in front.

    Args:
        profile: A named profile; None takes ``AWS_PROFILE`` or the default.
        region: The Region; None takes ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or the profile's.
        endpoint_url: An AWS-compatible endpoint; None takes ``AWS_ENDPOINT_URL``, the profile's, or AWS.

    Raises:
        AwsError: If there is no such profile, or no Region.
    """
    wanted = region or os.environ.get("AWS_REGION")  # boto3 itself knows only AWS_DEFAULT_REGION
    session = _told(lambda: boto3.Session(profile_name=profile, region_name=wanted))
    if not session.region_name:
        raise AwsError(
            "no AWS Region is set; give 'region' in stageproof.toml, set AWS_REGION, or name one in the profile"
        )
    if endpoint_url is not None and not is_web_url(endpoint_url):
        raise AwsError(f"the endpoint URL {endpoint_url!r} is no URL; write for example http://127.0.0.1:4566")
    return AwsSession(session=session, region=session.region_name, given_endpoint_url=endpoint_url)


def read(call: Callable[[], T], *, action: str, resource: str | None = None) -> Evidence[T]:
    """Return what a call to AWS reads, or why it could not be read.

    Throttling was backed off by the client before it gets here.

    Args:
        call: The call.
        action: The IAM action it needs (``apigateway:GET``).
        resource: The ARN it needs it on; None for ``*``.

    Returns:
        The value, or Missing when AWS denies, throttles, fails, or has no such thing.

    Raises:
        AwsError: If no call at all can succeed: no or refused credentials, expired token, unreachable endpoint.
    """
    try:
        return Present(value=_told(call))
    except exceptions.ClientError as error:
        return missing(error, action=action, resource=resource)


def missing(error: exceptions.ClientError, *, action: str, resource: str | None = None) -> Missing:
    """Return why a read failed.

    Raises:
        AwsError: If the credentials are expired or refused.
    """
    told = error.response.get("Error", {})
    code = str(told.get("Code") or "Unknown")
    message = " ".join(str(told.get("Message") or "").split())
    if code in _EXPIRED:
        raise AwsError(
            f"the AWS credentials have expired ({code}); sign in again, for example with 'aws sso login'"
        ) from error
    if code in _REFUSED:
        raise AwsError(
            f"AWS does not accept the credentials ({code}): {message}; check the profile and keys"
        ) from error
    named = f"{error.operation_name}: {message or code}"
    if code in _DENIED:
        return Missing(
            reason=f"denied: {named}",
            aws_error_code=code,
            remedy=_permission(message, action=action, resource=resource),
        )
    if code in _THROTTLED:
        reason = f"throttled after {_ATTEMPTS} attempts: {named}"
        return Missing(reason=reason, aws_error_code=code, remedy="run again when less calls the account's API")
    if code in _NOT_FOUND:
        return Missing(reason=f"not found: {named}", aws_error_code=code)
    return Missing(reason=named, aws_error_code=code, remedy="run again; if it stays, see the AWS Health Dashboard")


def _permission(message: str, *, action: str, resource: str | None) -> str:
    """Say what to allow: what AWS itself names as refused (it may be ``kms:Decrypt``), else what the call needs."""
    told = _REFUSED_ACTION.search(message)
    if told is not None and told["action"] != action:
        action, resource = told["action"], told["arn"]
    denied = _EXPLICIT_DENY.search(message)
    words = "" if denied is None else f"; an explicit deny stands in the {denied['policy']}"
    return f"allow {action}{f' on {resource}' if resource else ''}{words}"


def is_throttled(absent: Missing) -> bool:
    """Return whether AWS throttled a read, so that it may succeed later."""
    return absent.aws_error_code in _THROTTLED


def is_busy(absent: Missing) -> bool:
    """Return whether AWS throttled a read or failed by itself, so that it may succeed later."""
    return is_throttled(absent) or absent.aws_error_code in _FAILING


def is_not_found(absent: Missing) -> bool:
    """Return whether AWS knows no such thing, or none yet."""
    return absent.aws_error_code in _NOT_FOUND


def _told(call: Callable[[], T]) -> T:
    """Make a call; say in one line what botocore could not do without AWS's answer."""
    try:
        return call()
    except exceptions.ProfileNotFound as error:
        raise AwsError(f"{error}; name one of those in ~/.aws/config, or drop 'profile'") from error
    except (exceptions.NoRegionError, exceptions.InvalidRegionError) as error:
        raise AwsError(f"the AWS Region is missing or wrong: {error}; write for example us-east-1") from error
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
        raise AwsError(f"no AWS credentials: {error}; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or sign in") from error
    except (exceptions.SSOError, exceptions.TokenRetrievalError, exceptions.CredentialRetrievalError) as error:
        raise AwsError(
            f"the AWS credentials cannot be fetched: {_line(error)}; sign in, for example 'aws sso login'"
        ) from error
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise AwsError(
            f"AWS does not answer: {_line(error)}; check the Region, the endpoint URL and the network"
        ) from error
    except exceptions.BotoCoreError as error:
        raise AwsError(f"the AWS client refused: {_line(error)}") from error
    except ResponseParserError as error:
        raise AwsError("what answers is not AWS, perhaps a proxy; check the endpoint URL and the network") from error
    except ValueError as error:  # of the environment's or profile's endpoint URL; botocore has no error of its own
        if "endpoint" not in str(error):
            raise
        raise AwsError(f"{_line(error)}; set AWS_ENDPOINT_URL to a URL such as http://127.0.0.1:4566") from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
