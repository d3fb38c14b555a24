"""The stages of HTTP APIs on the sandbox's one port: found by path or Host header, then answered.

By path: ``/_aws/execute-api/{apiId}/{stage}/…``, where ``$default`` stands in the path like any name. By host, as at
AWS: ``$default`` answers at the root, unless the first segment names a stage.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from gateway.http_api import DEFAULT_STAGE_NAME
from gateway.messages import ClientRequest, ClientResponse
from sandbox.custom_domains import MappedRequest
from sandbox.http_api.driver import HttpApiDriver, no_such_stage
from sandbox.http_api.snapshot import HttpApiSnapshots

_BY_PATH = re.compile(r"/_aws/execute-api/(?P<http_api_id>[^/]+)/(?P<stage>[^/]+)(?P<path>/.*)?", re.DOTALL)
_BY_HOST = re.compile(r"(?P<http_api_id>[A-Za-z0-9]+)\.execute-api\.[\w.-]+(?::\d+)?")
_FIRST_SEGMENT = re.compile(r"/(?P<stage>[^/]*)(?P<path>/.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApiTarget:
    """The stage that a request is for, its raw path below the stage, and the custom domain it came by."""

    http_api_id: str
    stage_name: str
    path: str
    mapped: MappedRequest | None = None


class HttpApiStages:
    """Finds and answers requests to stages of HTTP APIs."""

    def __init__(self, driver: HttpApiDriver) -> None:
        self._driver = driver
        self._snapshots = HttpApiSnapshots()

    def target(self, raw_path: str, host: str) -> HttpApiTarget | None:
        """Return the stage that a request is for; None for a request to anything else."""
        by_path = _BY_PATH.fullmatch(raw_path)
        if by_path is not None and self._snapshots.knows(by_path["http_api_id"]):
            stage_name = unquote(by_path["stage"])
            return HttpApiTarget(http_api_id=by_path["http_api_id"], stage_name=stage_name, path=by_path["path"] or "/")
        if by_path is not None:
            return None
        by_host = _BY_HOST.fullmatch(host)
        if by_host is None or not self._snapshots.knows(by_host["http_api_id"].lower()):
            return None
        http_api_id, below = by_host["http_api_id"].lower(), _FIRST_SEGMENT.fullmatch(raw_path)
        if below is not None and self._snapshots.deployed(http_api_id, below["stage"]) is not None:
            return HttpApiTarget(http_api_id=http_api_id, stage_name=below["stage"], path=below["path"] or "/")
        return HttpApiTarget(http_api_id=http_api_id, stage_name=DEFAULT_STAGE_NAME, path=raw_path)

    def mapped(self, mapped: MappedRequest) -> HttpApiTarget | None:
        """Return the stage that a custom domain leads to; None where it leads to another kind of API."""
        if not self._snapshots.knows(mapped.api_id):
            return None
        return HttpApiTarget(http_api_id=mapped.api_id, stage_name=mapped.stage_name, path=mapped.path, mapped=mapped)

    def answer(self, target: HttpApiTarget, request: ClientRequest, received_at: float) -> ClientResponse:
        """Answer a request to a stage; a disabled endpoint knows no stage.

        That it answers 404 is not confirmed on AWS: its documentation names the status of REST APIs alone.

        See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-disable-default-endpoint.html
        """
        deployed = self._snapshots.deployed(target.http_api_id, target.stage_name)
        if deployed is None or (deployed.http_api.disable_execute_api_endpoint and target.mapped is None):
            return no_such_stage()
        return self._driver.answer(deployed, request, received_at, target.mapped)
