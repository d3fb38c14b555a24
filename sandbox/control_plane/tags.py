"""Gap: moto tags only stages.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from moto.apigateway.exceptions import NotFoundException
from moto.apigateway.responses import APIGatewayResponse

from sandbox.control_plane.documents import Answer, answered, parameters_of
from sandbox.control_plane.patching import action


def _tagged(response: APIGatewayResponse) -> Any:
    """Return what an ARN (``arn:aws:apigateway:us-east-1::/restapis/abc/stages/dev``) names."""
    arn = unquote(response.path.split("/tags/", 1)[1])
    kind, *rest = arn.split("::/", 1)[-1].split("/")
    backend = response.backend
    if kind == "restapis" and rest[1:2] == ["stages"]:
        return backend.get_stage(rest[0], rest[2])
    holders: dict[str, dict[str, Any]] = {
        "restapis": dict(backend.apis),
        "apikeys": dict(backend.keys),
        "usageplans": dict(backend.usage_plans),
        "vpclinks": dict(backend.vpc_links),
        "domainnames": dict(backend.domain_names),
    }
    holder = holders.get(kind, {}).get(rest[0]) if rest else None
    if holder is None:
        raise NotFoundException(f"Invalid resource ARN specified: {arn}")
    return holder


def install() -> None:
    """Tag everything that API Gateway tags."""

    @action(APIGatewayResponse)
    def get_tags(self: APIGatewayResponse) -> Answer:
        return answered({"tags": dict(_tagged(self).tags or {})})

    @action(APIGatewayResponse)
    def tag_resource(self: APIGatewayResponse) -> Answer:
        tagged = _tagged(self)
        tagged.tags = {**(tagged.tags or {}), **(parameters_of(self).get("tags") or {})}
        return 204, {"status": 204}, ""

    @action(APIGatewayResponse)
    def untag_resource(self: APIGatewayResponse) -> Answer:
        tagged, names = _tagged(self), self.querystring.get("tagKeys") or ()
        tagged.tags = {name: value for name, value in (tagged.tags or {}).items() if name not in names}
        return 204, {"status": 204}, ""
