"""Templates inside the steps: gateway responses, and what overrides become."""

import json

import pytest

from gateway.refusal import Refused
from gateway.templates import (
    RequestOverrides,
    ResponseOverrides,
    TemplateInput,
    render_gateway_response,
    render_request,
    render_response,
    request_overrides,
    response_overrides,
)
from gateway.vtl import Overrides

CONTEXT = {"error.message": 'no "x"', "error.messageString": json.dumps('no "x"'), "requestId": "r-1", "stage": "dev"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"message":$context.error.messageString}', '{"message":"no \\"x\\""}'),
        ("$context.requestId.", "r-1."),
        ("${context.requestId}x ${stageVariables.v}", "r-1x 1"),
        ("$context.requestId.x|$context.none|$stageVariables.none|$stageVariables.v", "r-1.x|||1"),
        ("#if($context.stage == 'dev')a#end $input.body \\$x ${context.stage", None),
        ("#set($x = 1)$x $util.urlEncode('a b')", None),
        ("#if($context.stage)", "#if(dev)"),
        (
            "$method.request.header.X-Own. ${method.request.path.id}",
            "<method.request.header.X-Own>. <method.request.path.id>",
        ),
    ],
)
def test_a_gateway_response_knows_variables_alone(template: str, expected: str | None) -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html"""
    got = render_gateway_response(template, context=CONTEXT, stage_variables={"v": "1"}, parameter="<{}>".format)
    assert got == (template.replace("$context.stage ", "dev ") if expected is None else expected)


def test_overrides_become_the_text_that_java_prints() -> None:
    overrides = Overrides()
    template = (
        "#set($context.requestOverride.header.a = [1, 'b'])#set($context.requestOverride.header.d = 12345678.0)"
        "#set($context.requestOverride.path.t = true)#set($context.requestOverride.querystring.j = $input.path('$'))"
    )
    assert render_request(template, '{"k": [1]}', TemplateInput(), overrides) == ""
    expected = RequestOverrides(
        header={"a": "[1, b]", "d": "1.2345678E7"}, path={"t": "true"}, querystring={"j": "{k=[1]}"}
    )
    assert request_overrides(overrides) == expected


@pytest.mark.parametrize(("status", "expected"), [("404", 404), ("'404'", None), ("99", None), ("600", None)])
def test_a_status_is_an_integer_of_http(status: str, expected: int | None) -> None:
    overrides = Overrides()
    render_response(f"#set($context.responseOverride.status = {status})", "", TemplateInput(), overrides)
    assert response_overrides(overrides) == ResponseOverrides(status=expected)


def test_an_override_that_is_set_twice_is_a_configuration_error() -> None:
    """See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html"""
    template = "#set($context.responseOverride.status = 400)#set($context.responseOverride.status = 409)"
    with pytest.raises(Refused) as caught:
        render_response(template, "{}", TemplateInput(), Overrides())
    assert "configuration error" in str(caught.value.failure)


def test_a_body_that_is_no_json_is_a_bad_request_body() -> None:
    with pytest.raises(Refused) as caught:
        render_request("$input.path('$')", '{"a": ', TemplateInput(), Overrides())
    assert caught.value.response_type.value == "BAD_REQUEST_BODY"
