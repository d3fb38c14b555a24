"""Lambda's Invoke API on the sandbox's port: moto's own needs Docker, ours runs the worker processes.

See: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import json
import re
import uuid
from urllib.parse import parse_qs, unquote

from sandbox.aws_mount import AwsRequest, AwsResponse
from sandbox.lambda_functions import LambdaFunction, find_function
from sandbox.lambda_workers import LambdaWorkers, TooManyRequestsError

_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/(?P<region>[^/]+)/lambda/")
_INIT_ALLOWANCE_S = 60.0


class LambdaApi:
    """Answers Invoke; every other call is the AWS side's."""

    def __init__(self, workers: LambdaWorkers, account_id: str, region: str) -> None:
        self._workers = workers
        self._account_id = account_id
        self._region = region

    def answer(self, request: AwsRequest) -> AwsResponse | None:
        """Return the answer to an invocation, None for any other request."""
        match = _PATH.fullmatch(request.raw_path) if request.http_method == "POST" else None
        if match is None:
            return None
        headers = {name.lower(): value for name, value in request.headers}
        arn = self._arn(unquote(match["name"]), parse_qs(request.query), headers.get("authorization", ""))
        function = find_function(arn)
        if function is None:
            return _error(404, "ResourceNotFoundException", f"Function not found: {arn}")
        return self._invoke(function, request.body, headers.get("x-amz-invocation-type", "RequestResponse"))

    def _arn(self, name: str, query: dict[str, list[str]], authorization: str) -> str:
        if not name.startswith("arn:"):
            scope = _SCOPE.search(authorization)
            region = scope["region"] if scope is not None else self._region
            name = f"arn:aws:lambda:{region}:{self._account_id}:function:{name}"
        qualifier = query.get("Qualifier", [""])[0]
        return f"{name}:{qualifier}" if qualifier else name

    def _invoke(self, function: LambdaFunction, payload: bytes, invocation_type: str) -> AwsResponse:
        if invocation_type == "DryRun":
            return AwsResponse(status=204, headers=(), body=b"")
        try:
            future = self._workers.submit(function, payload or b"{}")
        except TooManyRequestsError:
            return _error(429, "TooManyRequestsException", "Rate Exceeded.")
        if invocation_type == "Event":
            return AwsResponse(status=202, headers=(("x-amzn-RequestId", str(uuid.uuid4())),), body=b"")
        invocation = future.result(timeout=function.timeout_s + _INIT_ALLOWANCE_S)
        headers = [
            ("Content-Type", "application/json"),
            ("x-amzn-RequestId", invocation.request_id),
            ("X-Amz-Executed-Version", function.version),
        ]
        if invocation.function_error is not None:
            headers.append(("X-Amz-Function-Error", invocation.function_error))
        return AwsResponse(status=200, headers=tuple(headers), body=invocation.payload)


def _error(status: int, error_type: str, message: str) -> AwsResponse:
    body = json.dumps({"Type": "User", "Message": message, "message": message}).encode()
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", error_type))
    return AwsResponse(status=status, headers=headers, body=body)
