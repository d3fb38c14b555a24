"""What is deployed is what the stage serves; what cannot be deployed is said in one line."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway import openapi
from gateway.control_plane import MODEL_URL, invocation_uri
from gateway.errors import StageproofError
from gateway.rest_api import (
    ApiKey,
    Authorizer,
    AuthorizerType,
    Integration,
    IntegrationType,
    Method,
    MethodSettings,
    Model,
    Quota,
    Resource,
    RestApi,
    Stage,
    Throttle,
    UsagePlan,
)
from sandbox.aws_side import start_aws_side
from sandbox.deploy import (
    AwsClients,
    LambdaSource,
    deploy,
    deploy_openapi,
    load_document,
    observed_stage,
    with_functions,
)
from sandbox.deploy_lambda import lambda_argument, zipped
from sandbox.deploy_rest_api import ancestry, models_in_order
from sandbox.deploy_stage import stage_patches
from sandbox.snapshot import Snapshots

EXAMPLE = Path(__file__).parents[2] / "examples" / "users-api"
MOCK = Integration(integration_type=IntegrationType.MOCK)


@pytest.fixture(scope="module")
def clients() -> Iterator[AwsClients]:
    side = start_aws_side()
    yield AwsClients.local(side.endpoint_url)
    side.stop()


def _api(*methods: Method, path: str = "/a") -> RestApi:
    return RestApi(name="small", resources=(Resource(path=path, methods=methods),))


def test_the_example_is_served_as_its_document_says(clients: AwsClients) -> None:
    document = EXAMPLE / "docs" / "openapi.yaml"
    names = {
        "users-api-user-service": "user_service",
        "users-api-authorizer": "authorizer",
        "users-api-legacy": "legacy",
    }
    lambdas = {
        name: LambdaSource(path=EXAMPLE / "lambda" / folder, handler="handler.handler")
        for name, folder in names.items()
    }
    deployed = deploy_openapi(
        document, clients=clients, stage_name="dev", lambdas=lambdas, variables={"directoryHost": "localhost"}
    )

    served = Snapshots().deployed(deployed.rest_api_id, "dev")
    assert served is not None
    assert served.rest_api == openapi.read(load_document(document)).rest_api
    assert served.stage.variables == {"directoryHost": "localhost"}
    assert deployed.invoke_url == f"{clients.endpoint_url}/restapis/{deployed.rest_api_id}/dev/_user_request_"
    (plan,) = served.usage_plans
    assert {key.name: key.value for key in plan.api_keys} == deployed.api_key_values
    functions = clients.get("lambda").list_functions()["Functions"]
    assert {function["FunctionName"] for function in functions} == set(names)
    policy = clients.get("lambda").get_policy(FunctionName="users-api-legacy")["Policy"]
    assert deployed.rest_api_id in policy


def test_a_second_deployment_gives_functions_new_code(clients: AwsClients, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("def run(event, context): return 1\n")
    lambdas = {"again": LambdaSource(path=tmp_path, handler="app.run", timeout_s=3)}
    stage = Stage(stage_name="dev")
    api = _api(Method(http_method="GET", integration=MOCK))
    first = deploy(api, clients=clients, stage=stage, lambdas=lambdas)
    before = clients.get("lambda").get_function_configuration(FunctionName="again")["CodeSha256"]
    (tmp_path / "app.py").write_text("def run(event, context): return 2\n")
    second = deploy(api, clients=clients, stage=stage, lambdas=lambdas)
    after = clients.get("lambda").get_function_configuration(FunctionName="again")["CodeSha256"]
    assert before != after
    assert first.function_arns == second.function_arns


def test_a_stage_gets_every_setting(clients: AwsClients) -> None:
    settings = MethodSettings(
        metrics_enabled=True,
        logging_level="ERROR",
        throttling_burst_limit=3,
        throttling_rate_limit=1.5,
        cache_ttl_s=60,
    )
    stage = observed_stage("prod", log_group_name="/access", clients=clients, variables={"a": "b"}, tags={"t": "u"})
    stage = replace(stage, method_settings={**stage.method_settings, "/users/{id}/GET": settings})
    deployed = deploy(_api(Method(http_method="GET", integration=MOCK)), clients=clients, stage=stage)

    served = Snapshots().deployed(deployed.rest_api_id, "prod")
    assert served is not None
    assert served.stage.method_settings["/users/{id}/GET"] == settings
    assert served.stage.method_settings["*/*"].data_trace_enabled
    assert served.stage.access_log_settings == stage.access_log_settings
    assert (served.stage.tracing_enabled, served.stage.variables, served.stage.tags) == (True, {"a": "b"}, {"t": "u"})
    assert served.cloudwatch_role_arn is not None
    groups = {group["logGroupName"] for group in clients.get("logs").describe_log_groups()["logGroups"]}
    assert {"/access", f"API-Gateway-Execution-Logs_{deployed.rest_api_id}/prod"} <= groups


def test_usage_plans_get_throttles_quota_and_keys(clients: AwsClients) -> None:
    plan = UsagePlan(
        usage_plan_id="",
        name="gold",
        throttle=Throttle(rate_limit=5, burst_limit=6),
        quota=Quota(limit=100, period="WEEK", offset=1),
        method_throttles={"/a/GET": Throttle(rate_limit=1, burst_limit=2)},
        api_keys=(ApiKey(api_key_id="", name="off", enabled=False), ApiKey(api_key_id="", name="on", value="k" * 20)),
    )
    api = _api(Method(http_method="GET", integration=MOCK))
    deployed = deploy(api, clients=clients, stage=Stage(stage_name="dev"), usage_plans=[plan])
    served = Snapshots().deployed(deployed.rest_api_id, "dev")
    assert served is not None
    (held,) = served.usage_plans
    assert (held.throttle, held.quota, held.method_throttles) == (plan.throttle, plan.quota, plan.method_throttles)
    assert [(key.name, key.enabled) for key in held.api_keys] == [("off", False), ("on", True)]
    assert deployed.api_key_values["on"] == "k" * 20
    assert deployed.api_key_values["off"]


def test_models_refer_to_each_other_under_the_apis_own_address(clients: AwsClients) -> None:
    reference = MODEL_URL.format(rest_api_id="api")
    models = {
        "A": Model(name="A", schema='{"$ref":"' + reference + 'B"}'),
        "B": Model(name="B", schema='{"type":"object"}', description="second"),
    }
    api = RestApi(
        name="m",
        models=models,
        resources=(
            Resource(
                path="/",
                methods=(Method(http_method="POST", request_models={"application/json": "A"}, integration=MOCK),),
            ),
        ),
    )
    assert models_in_order(api) == ["B", "A"]
    deployed = deploy(api, clients=clients, stage=Stage(stage_name="dev"))
    held = clients.get("apigateway").get_model(restApiId=deployed.rest_api_id, modelName="A")
    assert f"/restapis/{deployed.rest_api_id}/models/B" in held["schema"]
    served = Snapshots().deployed(deployed.rest_api_id, "dev")
    assert served is not None
    assert served.rest_api == api


def test_models_in_a_circle_are_all_created() -> None:
    reference = MODEL_URL.format(rest_api_id="api")
    circle = {
        "A": Model(name="A", schema='{"$ref":"' + reference + 'B"}'),
        "B": Model(name="B", schema='{"$ref":"' + reference + 'A"}'),
    }
    assert sorted(models_in_order(RestApi(name="c", models=circle))) == ["A", "B"]


@pytest.mark.parametrize(
    ("api", "message"),
    [
        (
            _api(Method(http_method="GET", authorizer_name="x", integration=MOCK)),
            "GET /a: the authorizer 'x' is not one",
        ),
        (_api(Method(http_method="GET", request_validator_name="y", integration=MOCK)), "the request validator 'y'"),
        (
            _api(Method(http_method="GET"), Method(http_method="PUT", integration=MOCK)),
            "No integration defined for method",
        ),
        (
            _api(
                Method(http_method="GET", integration=Integration(integration_type=IntegrationType.HTTP, uri="nowhere"))
            ),
            "AWS refused the integration of GET /a: BadRequestException",
        ),
        (_api(Method(http_method="GET", integration=MOCK), path="/a b"), "AWS refused the resource /a b"),
    ],
)
def test_a_refused_part_is_named(clients: AwsClients, api: RestApi, message: str) -> None:
    with pytest.raises(StageproofError) as raised:
        deploy(api, clients=clients, stage=Stage(stage_name="dev"))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_functions_move_to_the_account_they_are_created_in() -> None:
    foreign = invocation_uri("arn:aws:lambda:eu-west-1:999999999999:function:f")
    other = invocation_uri("arn:aws:lambda:eu-west-1:999999999999:function:g")
    proxy = Integration(integration_type=IntegrationType.AWS_PROXY, http_method="POST", uri=foreign)
    api = RestApi(
        name="moved",
        resources=(Resource(path="/", methods=(Method(http_method="GET", integration=proxy),)),),
        authorizers={
            "f": Authorizer(name="f", authorizer_type=AuthorizerType.TOKEN, uri=foreign),
            "g": Authorizer(name="g", authorizer_type=AuthorizerType.TOKEN, uri=other),
        },
    )
    own = "arn:aws:lambda:us-east-1:123456789012:function:f"
    moved = with_functions(api, {"f": own})
    method = moved.method("/", "GET")
    assert method is not None
    assert method.integration is not None
    assert method.integration.lambda_arn == own
    assert (moved.authorizers["f"].uri, moved.authorizers["g"].uri) == (invocation_uri(own), other)


def test_patch_paths_are_escaped() -> None:
    stage = Stage(stage_name="dev", method_settings={"/a~b/{c+}/GET": MethodSettings(logging_level="INFO")})
    assert dict(stage_patches(stage))["/~1a~0b~1{c+}/GET/logging/loglevel"] == "INFO"


@pytest.mark.parametrize(("path", "parts"), [("/", []), ("/a", ["/a"]), ("/a/{b+}", ["/a", "/a/{b+}"])])
def test_ancestry(path: str, parts: list[str]) -> None:
    assert ancestry(path) == parts


def test_a_folder_is_zipped_the_same_way_each_time(tmp_path: Path) -> None:
    (tmp_path / "package" / "__pycache__").mkdir(parents=True)
    (tmp_path / "package" / "a.py").write_text("a = 1")
    (tmp_path / "package" / "__pycache__" / "a.pyc").write_text("no")
    first = zipped(tmp_path)
    (tmp_path / "package" / "a.py").touch()
    assert zipped(tmp_path) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist() == ["package/a.py"]
    (tmp_path / "code.zip").write_bytes(first)
    assert zipped(tmp_path / "code.zip") == first


def test_a_lambda_argument_is_read(tmp_path: Path) -> None:
    name, source = lambda_argument(f"api={tmp_path}:package.app.run")
    assert (name, source.path, source.handler) == ("api", tmp_path, "package.app.run")


@pytest.mark.parametrize(
    ("text", "message"),
    [("api", "write NAME=PATH_OR_ZIP:module.handler"), ("api=./none:app.run", "there is no file or folder none")],
)
def test_a_wrong_lambda_argument_is_refused(text: str, message: str) -> None:
    with pytest.raises(StageproofError, match=message):
        lambda_argument(text)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.yaml", None, "cannot be read"),
        ("a.yaml", "a: [", "neither JSON nor YAML"),
        ("a.json", "{", "neither JSON nor YAML"),
        ("a.yaml", "- 1", "must hold an OpenAPI document, not list"),
        ("a.yaml", "", "must hold an OpenAPI document, not NoneType"),
    ],
)
def test_a_wrong_document_is_refused(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(StageproofError, match=message) as raised:
        load_document(tmp_path / name)
    assert "\n" not in str(raised.value)


def test_an_endpoint_that_does_not_answer_is_said() -> None:
    clients = AwsClients.local("http://127.0.0.1:9")
    with pytest.raises(StageproofError, match=r"http://127\.0\.0\.1:9 does not answer"):
        deploy(_api(Method(http_method="GET", integration=MOCK)), clients=clients, stage=Stage(stage_name="dev"))
