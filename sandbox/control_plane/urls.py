"""Gap: paths of the control plane that moto does not route to API Gateway."""

from __future__ import annotations

from moto.apigateway import urls
from moto.apigateway.responses import APIGatewayResponse

_PATHS = (
    "{0}/clientcertificates$",
    "{0}/clientcertificates/(?P<client_certificate_id>[^/]+)$",
    "{0}/restapis/(?P<function_id>[^/]+)/documentation/(?P<kind>[^/]+)$",
    "{0}/sdktypes$",
    "{0}/tags/arn:(?P<partition>[^/]+):apigateway:(?P<region_name>[^/]+)::/(?P<kind>[^/]+)/(?P<identifier>[^/]+)$",
    "{0}/restapis/(?P<function_id>[^/]+)/stages/(?P<stage_name>[^/]+)/cache/(?P<cache>[^/]+)$",
    "{0}/usageplans/(?P<usage_plan_id>[^/]+)/usage$",
    "{0}/usageplans/(?P<usage_plan_id>[^/]+)/keys/(?P<api_key_id>[^/]+)/usage$",
)


def install() -> None:
    """Route them; must come before an application is created. What has no action answers that it is not served."""
    urls.url_paths.update(dict.fromkeys(_PATHS, APIGatewayResponse.dispatch))
