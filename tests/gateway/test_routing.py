from __future__ import annotations

from gateway.rest_api import Method, Resource, RestApi
from gateway.routing import route


def test_each_of_hundreds_of_resources_is_found() -> None:
    methods = (Method(http_method="GET"),)
    paths = [f"/v1/{{tenantId}}/things/{{thingId}}/parts{number}" for number in range(800)]
    api = RestApi(name="large", resources=tuple(Resource(path=path, methods=methods) for path in paths))
    found = [route(api, "GET", f"/v1/t/things/a%20b/parts{number}") for number in range(800)]
    assert [each.resource.path for each in found if each is not None] == paths
    assert all(each is not None and each.path_parameters == {"tenantId": "t", "thingId": "a b"} for each in found)
