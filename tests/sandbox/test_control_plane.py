"""Each gap of moto is filled: what is put comes back, what AWS answers is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from gateway import openapi
from gateway.rest_api import GatewayResponseType
from sandbox.aws_side import start_aws_side
from sandbox.control_plane import GAPS, caches, usage_plans
from sandbox.control_plane.percentiles import percentile
from sandbox.deploy import AwsClients


@pytest.fixture(scope="module")
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url)
    side.stop()


@pytest.fixture(scope="module")
def client(clients: AwsClients) -> Any:
    return clients.get("apigateway")


class _Method:
    """An API with one method, to put things on."""

    def __init__(self, client: Any) -> None:
        api = client.create_rest_api(name="pets")
        self.rest_api_id: str = api["id"]
        self.where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
        client.put_method(**self.where, authorizationType="NONE")
        client.put_integration(**self.where, type="MOCK", requestTemplates={"application/json": "{}"})


@pytest.fixture
def method(client: Any) -> _Method:
    return _Method(client)


def _replace(path: str, value: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": path, "value": value}]


def test_every_gap_says_what_it_fills() -> None:
    assert all((gap.__doc__ or "").startswith(("Gap:", "A number")) for gap in GAPS)


def test_create_rest_api_keeps_everything(client: Any) -> None:
    given = {
        "name": "kept",
        "version": "7",
        "binaryMediaTypes": ["image/png", "*/*"],
        "minimumCompressionSize": 100,
        "apiKeySource": "AUTHORIZER",
        "endpointConfiguration": {"types": ["REGIONAL"]},
        "disableExecuteApiEndpoint": True,
        "tags": {"team": "pets"},
    }
    created = client.create_rest_api(**given)
    held = client.get_rest_api(restApiId=created["id"])
    assert {name: held[name] for name in given} == given


@pytest.mark.parametrize(
    ("operation", "name", "expected"),
    [
        ({"op": "add", "path": "/binaryMediaTypes/image~1png"}, "binaryMediaTypes", ["image/png"]),
        ({"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "false"}, "disableExecuteApiEndpoint", False),
        ({"op": "replace", "path": "/minimumCompressionSize", "value": "10"}, "minimumCompressionSize", 10),
        ({"op": "replace", "path": "/name", "value": "new"}, "name", "new"),
        ({"op": "replace", "path": "/endpointConfiguration/types/EDGE", "value": "REGIONAL"},
         "endpointConfiguration", {"types": ["REGIONAL"]}),
    ],
)  # fmt: skip
def test_update_rest_api(client: Any, operation: dict[str, str], name: str, expected: object) -> None:
    rest_api_id = client.create_rest_api(name="old")["id"]
    updated = client.update_rest_api(restApiId=rest_api_id, patchOperations=[operation])
    assert updated[name] == expected


def test_an_unknown_patch_path_is_refused(client: Any, method: _Method) -> None:
    with pytest.raises(ClientError, match="Invalid patch path '/nonsense'"):
        client.update_rest_api(restApiId=method.rest_api_id, patchOperations=_replace("/nonsense", "x"))


def test_integrations_keep_cache_keys_and_get_defaults(client: Any, method: _Method) -> None:
    put = client.put_integration(
        **method.where, type="MOCK", cacheKeyParameters=["method.request.path.a"], requestTemplates={"a/b": ""}
    )
    assert put["cacheKeyParameters"] == ["method.request.path.a"]
    assert (put["passthroughBehavior"], put["timeoutInMillis"]) == ("WHEN_NO_MATCH", 29_000)
    assert client.get_integration(**method.where)["cacheKeyParameters"] == ["method.request.path.a"]


def test_a_cache_key_that_nothing_declares_is_refused(client: Any, method: _Method) -> None:
    with pytest.raises(ClientError, match="Invalid cache key parameter specified"):
        client.put_integration(**method.where, type="MOCK", cacheKeyParameters=["method.request.querystring.a"])
    name = "integration.request.querystring.a"
    put = client.put_integration(
        **method.where, type="MOCK", requestParameters={name: "'x'"}, cacheKeyParameters=[name]
    )
    assert put["cacheKeyParameters"] == [name]


def test_empty_templates_stay_empty(client: Any, method: _Method) -> None:
    client.put_integration_response(**method.where, statusCode="200", responseTemplates={"application/json": ""})
    held = client.get_integration_response(**method.where, statusCode="200")
    assert held["responseTemplates"] == {"application/json": ""}


def test_authorizers_keep_their_expression(client: Any, method: _Method) -> None:
    created = client.create_authorizer(
        restApiId=method.rest_api_id,
        name="tokens",
        type="TOKEN",
        authorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations",
        identitySource="method.request.header.Authorization",
        identityValidationExpression="^Bearer .+$",
    )
    where = {"restApiId": method.rest_api_id, "authorizerId": created["id"]}
    held = client.get_authorizer(**where)
    assert (held["identityValidationExpression"], held["authorizerResultTtlInSeconds"]) == ("^Bearer .+$", 300)
    patched = client.update_authorizer(**where, patchOperations=_replace("/authorizerResultTtlInSeconds", "0"))
    assert patched["authorizerResultTtlInSeconds"] == 0


@pytest.mark.parametrize(
    ("operation", "read", "expected"),
    [
        ({"op": "add", "path": "/variables/x", "value": "1"}, "variables", {"x": "1"}),
        ({"op": "replace", "path": "/variables/x~1y", "value": "1"}, "variables", {"x/y": "1"}),
        ({"op": "replace", "path": "/accessLogSettings/format", "value": "f"}, "accessLogSettings", {"format": "f"}),
        ({"op": "replace", "path": "/canarySettings/percentTraffic", "value": "5.5"}, "canarySettings",
         {"percentTraffic": 5.5, "useStageCache": False}),
        ({"op": "replace", "path": "/tracingEnabled", "value": "true"}, "tracingEnabled", True),
        ({"op": "replace", "path": "/description", "value": "d"}, "description", "d"),
    ],
)  # fmt: skip
def test_update_stage(client: Any, method: _Method, operation: dict[str, str], read: str, expected: object) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    updated = client.update_stage(restApiId=method.rest_api_id, stageName="dev", patchOperations=[operation])
    assert updated[read] == expected


def test_method_settings_keep_the_escaped_path(client: Any, method: _Method) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    where = {"restApiId": method.rest_api_id, "stageName": "dev"}
    path = "/~1variables~1{id}/GET/throttling/rateLimit"
    updated = client.update_stage(**where, patchOperations=_replace(path, "1.5"))
    assert updated["methodSettings"]["~1variables~1{id}/GET"]["throttlingRateLimit"] == 1.5
    with pytest.raises(ClientError, match="Invalid method setting path"):
        client.update_stage(**where, patchOperations=_replace("/*/*/logging/level", "INFO"))
    removed = client.update_stage(**where, patchOperations=[{"op": "remove", "path": "/~1variables~1{id}/GET"}])
    assert removed.get("methodSettings", {}) == {}


def test_create_stage_keeps_canary_settings(client: Any, method: _Method) -> None:
    deployment_id = client.create_deployment(restApiId=method.rest_api_id)["id"]
    canary = {"percentTraffic": 1.0, "deploymentId": deployment_id, "stageVariableOverrides": {"a": "b"}}
    where = {"restApiId": method.rest_api_id, "stageName": "prod"}
    client.create_stage(**where, deploymentId=deployment_id, canarySettings=canary, documentationVersion="3")
    held = client.get_stage(**where)
    assert held["canarySettings"] == canary
    assert held["documentationVersion"] == "3"
    assert isinstance(held["createdDate"], datetime)


def test_every_gateway_response_is_answered(client: Any, method: _Method) -> None:
    items = client.get_gateway_responses(restApiId=method.rest_api_id)["items"]
    assert {item["responseType"] for item in items} == {str(kind) for kind in GatewayResponseType}
    assert all(item["defaultResponse"] for item in items)
    one = client.get_gateway_response(restApiId=method.rest_api_id, responseType="THROTTLED")
    assert (one["statusCode"], one["responseTemplates"]) == (
        "429", {"application/json": '{"message":$context.error.messageString}'}
    )  # fmt: skip


def test_a_gateway_response_is_put_updated_and_reset(client: Any, method: _Method) -> None:
    where = {"restApiId": method.rest_api_id, "responseType": "UNAUTHORIZED"}
    header = {"gatewayresponse.header.X-A": "'1'"}
    client.put_gateway_response(**where, statusCode="418", responseParameters=header)
    held = client.get_gateway_response(**where)
    assert (held["statusCode"], held["responseParameters"], held["defaultResponse"]) == ("418", header, False)
    patched = client.update_gateway_response(**where, patchOperations=_replace("/statusCode", "401"))
    assert (patched["statusCode"], patched["responseParameters"]) == ("401", header)
    client.delete_gateway_response(**where)
    assert client.get_gateway_response(**where)["defaultResponse"] is True


_Update = tuple[str, dict[str, str], str, str, tuple[str, object]]
_UPDATES: list[_Update] = [
    ("update_method", {}, "/apiKeyRequired", "true", ("apiKeyRequired", True)),
    ("update_method", {}, "/requestParameters/method.request.header.A", "true",
     ("requestParameters", {"method.request.header.A": True})),
    ("update_integration", {}, "/requestTemplates/application~1json", "#",
     ("requestTemplates", {"application/json": "#"})),
    ("update_integration", {}, "/timeoutInMillis", "100", ("timeoutInMillis", 100)),
    ("update_integration_response", {"statusCode": "200"}, "/selectionPattern", "4\\d\\d",
     ("selectionPattern", "4\\d\\d")),
    ("update_integration_response", {"statusCode": "200"}, "/responseTemplates/a~1b", "t",
     ("responseTemplates", {"a/b": "t"})),
    ("update_method_response", {"statusCode": "200"}, "/responseParameters/method.response.header.A", "false",
     ("responseParameters", {"method.response.header.A": False})),
]  # fmt: skip


@pytest.mark.parametrize("update", _UPDATES)
def test_updates(client: Any, method: _Method, update: _Update) -> None:
    action, extra, path, value, (name, expected) = update
    client.put_method_response(**method.where, statusCode="200")
    client.put_integration_response(**method.where, statusCode="200", responseTemplates={})
    updated = getattr(client, action)(**method.where, **extra, patchOperations=_replace(path, value))
    assert updated[name] == expected


def test_updates_of_what_is_not_there_are_refused(client: Any, method: _Method) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        client.update_method_response(**method.where, statusCode="500", patchOperations=_replace("/x", "y"))


def test_models_and_resources_are_updated(client: Any, method: _Method) -> None:
    client.create_model(restApiId=method.rest_api_id, name="Pet", contentType="application/json", schema="{}")
    where = {"restApiId": method.rest_api_id, "modelName": "Pet"}
    assert client.update_model(**where, patchOperations=_replace("/schema", '{"a": 1}'))["schema"] == '{"a": 1}'
    root_id = method.where["resourceId"]
    child = client.create_resource(restApiId=method.rest_api_id, parentId=root_id, pathPart="a")
    moved = client.update_resource(
        restApiId=method.rest_api_id, resourceId=child["id"], patchOperations=_replace("/pathPart", "b")
    )
    assert moved["path"] == "/b"


def test_collections_are_paged(client: Any, method: _Method) -> None:
    for number in range(29):
        client.create_resource(
            restApiId=method.rest_api_id, parentId=method.where["resourceId"], pathPart=f"p{number:02}"
        )
    first = client.get_resources(restApiId=method.rest_api_id)
    assert len(first["items"]) == 25
    rest = client.get_resources(restApiId=method.rest_api_id, position=first["position"])
    assert (len(rest["items"]), "position" in rest) == (5, False)
    pages = client.get_paginator("get_resources").paginate(
        restApiId=method.rest_api_id, PaginationConfig={"PageSize": 7}
    )
    assert len({item["id"] for page in pages for item in page["items"]}) == 30
    with pytest.raises(ClientError, match="Invalid limit"):
        client.get_resources(restApiId=method.rest_api_id, limit=501)


def test_methods_are_embedded_only_when_asked_for(client: Any, method: _Method) -> None:
    plain = client.get_resources(restApiId=method.rest_api_id)["items"][0]
    embedded = client.get_resources(restApiId=method.rest_api_id, embed=["methods"])["items"][0]
    assert plain["resourceMethods"] == {"GET": {}}
    assert embedded["resourceMethods"]["GET"]["methodIntegration"]["type"] == "MOCK"


def test_usage_is_told_by_day_and_key(client: Any, method: _Method) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    stages = [{"apiId": method.rest_api_id, "stage": "dev"}]
    plan = client.create_usage_plan(name="counted", apiStages=stages, quota={"limit": 10, "period": "DAY"})
    key = client.create_api_key(name="counted", enabled=True)
    client.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    today = datetime.now(UTC).date()
    for _ in range(3):
        usage_plans.note_use(plan["id"], key["id"], day=today)
    usage = client.get_usage(usagePlanId=plan["id"], startDate=str(today), endDate=str(today + timedelta(days=1)))
    assert usage["items"] == {key["id"]: [[3, 7], [0, 7]]}
    given = client.update_usage(usagePlanId=plan["id"], keyId=key["id"], patchOperations=_replace("/remaining", "9"))
    assert given["items"] == {key["id"]: [[3, 9]]}
    with pytest.raises(ClientError, match="YYYY-MM-DD"):
        client.get_usage(usagePlanId=plan["id"], startDate="today", endDate="tomorrow")


def test_method_throttles_of_a_usage_plan_are_patched(client: Any, method: _Method) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    stages = [{"apiId": method.rest_api_id, "stage": "dev"}]
    plan = client.create_usage_plan(name="throttled", apiStages=stages)
    path = f"/apiStages/{method.rest_api_id}:dev/throttle/~1/GET/rateLimit"
    patched = client.update_usage_plan(usagePlanId=plan["id"], patchOperations=_replace(path, "2"))
    assert patched["apiStages"][0]["throttle"] == {"//GET": {"rateLimit": 2.0}}


def test_flushing_a_cache_tells_its_holder(client: Any, method: _Method) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    flushed: list[tuple[str, str, str]] = []
    caches.on_flush(lambda *what: flushed.append(what))
    client.flush_stage_cache(restApiId=method.rest_api_id, stageName="dev")
    client.flush_stage_authorizers_cache(restApiId=method.rest_api_id, stageName="dev")
    assert flushed == [(method.rest_api_id, "dev", "data"), (method.rest_api_id, "dev", "authorizers")]


def test_apis_and_stages_are_tagged(client: Any, method: _Method) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    for path in ("", "/stages/dev"):
        arn = f"arn:aws:apigateway:us-east-1::/restapis/{method.rest_api_id}{path}"
        client.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        client.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert client.get_tags(resourceArn=arn)["tags"] == {"b": "2"}


def test_client_certificates_come_and_go(client: Any) -> None:
    made = client.generate_client_certificate(description="for the directory")
    assert made["pemEncodedCertificate"].startswith("-----BEGIN CERTIFICATE-----")
    told = client.get_client_certificate(clientCertificateId=made["clientCertificateId"])
    assert (told["description"], told["expirationDate"]) == ("for the directory", made["expirationDate"])
    client.delete_client_certificate(clientCertificateId=made["clientCertificateId"])
    assert made["clientCertificateId"] not in {
        one["clientCertificateId"] for one in client.get_client_certificates()["items"]
    }
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_client_certificate(clientCertificateId=made["clientCertificateId"])


def test_a_domain_name_keeps_its_mutual_tls(client: Any) -> None:
    mutual = {"truststoreUri": "s3://truststore/clients.pem"}
    client.create_domain_name(domainName="mutual.example.com", mutualTlsAuthentication=mutual)
    assert client.get_domain_name(domainName="mutual.example.com")["mutualTlsAuthentication"] == mutual
    client.create_domain_name(domainName="plain.example.com")
    assert "mutualTlsAuthentication" not in client.get_domain_name(domainName="plain.example.com")


def test_the_account_keeps_its_role(client: Any) -> None:
    role = "arn:aws:iam::123456789012:role/logs"
    client.update_account(patchOperations=_replace("/cloudwatchRoleArn", role))
    assert client.get_account()["cloudwatchRoleArn"] == role


@pytest.mark.parametrize(("export_type", "version"), [("oas30", "openapi"), ("swagger", "swagger")])
def test_the_export_is_what_the_deployment_froze(client: Any, method: _Method, export_type: str, version: str) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    client.delete_method(**method.where)
    where = {"restApiId": method.rest_api_id, "stageName": "dev", "exportType": export_type}
    parameters = {"extensions": "integrations,authorizers,apigateway"}
    document = json.loads(client.get_export(**where, parameters=parameters)["body"].read())
    assert version in document
    integration = document["paths"]["/"]["get"]["x-amazon-apigateway-integration"]
    assert integration["type"] == "mock"
    method_read = openapi.read(document).rest_api.method("/", "GET")
    assert method_read is not None

    plain = yaml.safe_load(client.get_export(**where, accepts="application/yaml")["body"].read())
    assert "x-amazon-apigateway-integration" not in plain["paths"]["/"]["get"]


def test_an_unknown_export_type_is_refused(client: Any, method: _Method) -> None:
    client.create_deployment(restApiId=method.rest_api_id, stageName="dev")
    with pytest.raises(ClientError, match="No API exporter for type 'raml'"):
        client.get_export(restApiId=method.rest_api_id, stageName="dev", exportType="raml")


def test_percentiles_of_metrics(clients: AwsClients) -> None:
    cloudwatch = clients.get("cloudwatch")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    values = [float(number) for number in range(1, 101)]
    data = [{"MetricName": "Latency", "Timestamp": now, "Values": values, "Unit": "Milliseconds"}]
    cloudwatch.put_metric_data(Namespace="AWS/ApiGateway", MetricData=data)
    window = {"StartTime": now - timedelta(minutes=1), "EndTime": now + timedelta(minutes=1)}
    metric = {"Namespace": "AWS/ApiGateway", "MetricName": "Latency"}
    (point,) = cloudwatch.get_metric_statistics(
        **metric, **window, Period=60, ExtendedStatistics=["p50", "p90", "p99"]
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {"p50": 50.0, "p90": 90.0, "p99": 99.0}
    queries = [
        {"Id": stat.replace(".", "_").lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        for stat in ("p90", "p99.9", "Sum")
    ]
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, **window)["MetricDataResults"]
    assert {result["Id"]: result["Values"] for result in found} == {"p90": [90.0], "p99_9": [100.0], "sum": [5050.0]}


@pytest.mark.parametrize(
    ("values", "statistic", "expected"),
    [([5.0], "p1", 5.0), ([1.0, 2.0], "p50", 1.0), ([1.0, 2.0], "p51", 2.0), ([], "p50", None), ([1.0], "Sum", None)],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], statistic: str, expected: float | None) -> None:
    assert percentile(values, statistic) == expected
