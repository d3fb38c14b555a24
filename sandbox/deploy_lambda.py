"""The deployer's Lambda functions: a local folder or zip becomes a function with a role.

See: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import io
import json
import re
import socket
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from gateway.errors import StageproofError

_LAMBDA_ROLE = "stageproof-lambda"
_ROLE_ATTEMPTS = 10
_CONNECT_TIMEOUT_S = 5
_LEFT_OUT = frozenset({"__pycache__", ".venv", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
_ARGUMENT = re.compile(r"(?P<name>[\w-]+)=(?P<path>.+):(?P<handler>[\w./-]+\.\w+)")
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_ACTIONS = {
    "apigateway.amazonaws.com": ["logs:*"],
    "lambda.amazonaws.com": ["logs:*", "xray:PutTraceSegments", "xray:PutTelemetryRecords", "dynamodb:*"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaSource:
    """A function's code and configuration. ``path`` is a folder or a zip; ``handler`` is ``module.function``."""

    path: Path
    handler: str
    runtime: str = "python3.11"
    timeout_s: int = 10
    memory_size_mb: int = 256
    environment: Mapping[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    tracing: bool = True


class AwsClients:
    """boto3 clients of one account, Region and endpoint; each service's client is made once."""

    def __init__(self, session: boto3.Session, *, endpoint_url: str | None = None) -> None:
        """Take the clients' session.

        Args:
            session: The session, with a Region.
            endpoint_url: An AWS-compatible endpoint in place of AWS.

        Raises:
            StageproofError: If the session has no Region.
        """
        if not session.region_name:
            raise StageproofError("no AWS Region is set; give --region, set AWS_REGION, or name one in the profile")
        self.region: str = session.region_name
        self.endpoint_url = endpoint_url
        self._session = session
        self._clients: dict[str, Any] = {}
        self._account_id: str | None = None

    @classmethod
    def local(cls, endpoint_url: str, *, region: str = "us-east-1") -> AwsClients:
        """Return the clients of a sandbox, with credentials that are none."""
        session = boto3.Session(
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",  # noqa: S106 - the sandbox asks for no secret
            region_name=region,
        )
        return cls(session, endpoint_url=endpoint_url)

    def get(self, service: str) -> Any:
        """Return the client of a service (``apigateway``).

        Raises:
            StageproofError: If the endpoint does not answer.
        """
        if service not in self._clients:
            _check_reachable(self.endpoint_url)
            config = Config(retries={"mode": "standard", "max_attempts": 10})
            make: Any = self._session.client  # the stubs know services only by literal names
            self._clients[service] = make(service, endpoint_url=self.endpoint_url, config=config)
        return self._clients[service]

    def account_id(self) -> str:
        """Return the account's number.

        Raises:
            StageproofError: If the credentials are missing or refused.
        """
        if self._account_id is None:
            try:
                self._account_id = str(self.get("sts").get_caller_identity()["Account"])
            except (ClientError, BotoCoreError) as error:
                reason = " ".join(str(error).split())
                raise StageproofError(f"AWS does not accept the credentials: {reason}; sign in again") from error
            except KeyError as error:  # botocore's, for an answer that is none of AWS's
                raise StageproofError(f"{self.endpoint_url} does not answer as AWS does; check the URL") from error
        return self._account_id


def _check_reachable(endpoint_url: str | None) -> None:
    """Say at once that an endpoint is not there: a client would try for half a minute."""
    if endpoint_url is None:
        return
    parts = urlsplit(endpoint_url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_CONNECT_TIMEOUT_S).close()
    except (OSError, ValueError) as error:
        raise StageproofError(
            f"{endpoint_url} does not answer ({error}); is 'stageproof sandbox up' running?"
        ) from error


def lambda_argument(text: str) -> tuple[str, LambdaSource]:
    """Return name and source of an argument ``NAME=PATH_OR_ZIP:module.handler``.

    Raises:
        StageproofError: If it is not of that form, or there is no such path.
    """
    matched = _ARGUMENT.fullmatch(text)
    if matched is None:
        raise StageproofError(
            f"--lambda {text!r}: write NAME=PATH_OR_ZIP:module.handler, for example api=./src:app.run"
        )
    path = Path(matched["path"])
    if not path.exists():
        raise StageproofError(f"--lambda {text!r}: there is no file or folder {path}")
    return matched["name"], LambdaSource(path=path, handler=matched["handler"])


def zipped(path: Path) -> bytes:
    """Return the code of a folder as a zip, the same bytes for the same files; a zip as it is.

    Raises:
        StageproofError: If there is no such path.
    """
    if path.is_file():
        return path.read_bytes()
    if not path.is_dir():
        raise StageproofError(f"{path}: there is no such file or folder of Lambda code")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in _files(path):
            entry = zipfile.ZipInfo(name, date_time=_ZIP_TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if file.is_file() and not _LEFT_OUT & set(relative.parts):
            yield relative.as_posix(), file


def ensure_role(role_name: str, service: str, clients: AwsClients) -> str:
    """Return the ARN of a role that a service may take, made where it is not there."""
    iam = clients.get("iam")
    try:
        return str(iam.get_role(RoleName=role_name)["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        created = iam.create_role(RoleName=role_name, AssumeRolePolicyDocument=_policy(statement))
        allowed = {"Effect": "Allow", "Action": _ACTIONS[service], "Resource": "*"}
        iam.put_role_policy(RoleName=role_name, PolicyName="stageproof", PolicyDocument=_policy(allowed))
        return str(created["Role"]["Arn"])


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def deploy_function(name: str, source: LambdaSource, clients: AwsClients) -> str:
    """Create a function, or give new code and configuration to the one that is there; return its ARN.

    Raises:
        StageproofError: If the code cannot be read, or AWS refuses.
    """
    code = zipped(source.path)
    client = clients.get("lambda")
    try:
        configuration = _configuration(name, source, clients)
        try:
            return str(_created(client, configuration, code)["FunctionArn"])
        except client.exceptions.ResourceConflictException:
            client.update_function_code(FunctionName=name, ZipFile=code)
            client.get_waiter("function_updated_v2").wait(FunctionName=name)
            return str(client.update_function_configuration(**configuration)["FunctionArn"])
    except (ClientError, BotoCoreError) as error:
        raise StageproofError(f"the Lambda function {name!r} was refused: {' '.join(str(error).split())}") from error


def _configuration(name: str, source: LambdaSource, clients: AwsClients) -> dict[str, Any]:
    return {
        "FunctionName": name,
        "Runtime": source.runtime,
        "Role": source.role_arn or ensure_role(_LAMBDA_ROLE, "lambda.amazonaws.com", clients),
        "Handler": source.handler,
        "Timeout": source.timeout_s,
        "MemorySize": source.memory_size_mb,
        "Environment": {"Variables": dict(source.environment)},
        "TracingConfig": {"Mode": "Active" if source.tracing else "PassThrough"},
    }


def _created(client: Any, configuration: Mapping[str, Any], code: bytes) -> Mapping[str, Any]:
    """Create a function; a role that is seconds old is not known everywhere, so ask again."""
    for attempt in range(_ROLE_ATTEMPTS):
        try:
            created: Mapping[str, Any] = client.create_function(**configuration, Code={"ZipFile": code})
        except client.exceptions.InvalidParameterValueException as error:
            if "assume" not in str(error) or attempt == _ROLE_ATTEMPTS - 1:
                raise
            time.sleep(1.5)
        else:
            client.get_waiter("function_active_v2").wait(FunctionName=configuration["FunctionName"])
            return created
    raise AssertionError
