"""Calls of AWS services: they arrive at the AWS side with the mapped headers, and answer as AWS does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote_plus

import pytest

from gateway.messages import EndpointFailure, EndpointRequest, EndpointResponse, Headers
from gateway.rest_api import IntegrationType
from sandbox.deploy_lambda import AwsClients
from sandbox.sandbox import Sandbox
from sandbox.service_integration import ServiceIntegration

TABLE = "https://dynamodb.us-east-1.amazonaws.com/?Action=GetItem"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        clients = AwsClients.local(sandbox.endpoint_url)
        clients.get("dynamodb").create_table(
            TableName="things",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        clients.get("dynamodb").put_item(TableName="things", Item={"pk": {"S": "O'Brien"}, "size": {"N": "3"}})
        clients.get("sqs").create_queue(QueueName="events")
        yield sandbox


@pytest.fixture
def services(sandbox: Sandbox) -> Iterator[ServiceIntegration]:
    credentials = sandbox.credentials
    services = ServiceIntegration(sandbox.endpoint_url, credentials.access_key_id, credentials.secret_access_key)
    yield services
    services.close()


def posted(services: ServiceIntegration, uri: str, body: str, **headers: str) -> EndpointResponse:
    sent = {"accept": "application/json", "content-type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = EndpointRequest(
        integration_type=IntegrationType.AWS,
        http_method="POST",
        uri=uri,
        headers=Headers(sent.items()),
        body=body.encode(),
        credentials="arn:aws:iam::123456789012:role/any",
    )
    return services.call(request)


def test_get_item_reads_the_table(services: ServiceIntegration) -> None:
    answer = posted(services, TABLE, json.dumps({"TableName": "things", "Key": {"pk": {"S": "O'Brien"}}}))
    assert answer.status == 200
    assert json.loads(answer.body) == {"Item": {"pk": {"S": "O'Brien"}, "size": {"N": "3"}}}


def test_a_service_is_found_by_the_name_of_its_endpoint(services: ServiceIntegration) -> None:
    """Step Functions is ``states`` in a URI, and ``stepfunctions`` in the SDK."""
    answer = posted(services, "https://states.us-east-1.amazonaws.com/?Action=ListStateMachines", "{}")
    assert (answer.status, json.loads(answer.body)) == (200, {"stateMachines": []})


def test_a_service_that_takes_forms_reads_its_parameters_from_the_query(
    sandbox: Sandbox, services: ServiceIntegration
) -> None:
    """As in AWS's own example of an integration with SNS: the action and its parameters stand in the URI."""
    topic = AwsClients.local(sandbox.endpoint_url).get("sns").create_topic(Name="notes")["TopicArn"]
    query = f"Action=Publish&TopicArn={quote_plus(topic)}&Message=hello"
    answer = posted(services, f"https://sns.us-east-1.amazonaws.com/?{query}", '{"a": 1}')
    assert answer.status == 200
    assert json.loads(answer.body)["PublishResponse"]["PublishResult"]["MessageId"]


def test_mapped_headers_reach_the_service(sandbox: Sandbox, services: ServiceIntegration) -> None:
    s3 = AwsClients.local(sandbox.endpoint_url).get("s3")
    s3.create_bucket(Bucket="pictures")
    request = EndpointRequest(
        integration_type=IntegrationType.AWS,
        http_method="PUT",
        uri="https://s3.us-east-1.amazonaws.com/pictures/a",
        headers=Headers.of({"Content-Type": "image/png", "Cache-Control": "max-age=5", "x-amz-meta-own": "1"}),
        body=b"png",
        credentials="arn:aws:iam::123456789012:role/any",
    )
    assert services.call(request).status == 200
    held = s3.head_object(Bucket="pictures", Key="a")
    assert (held["ContentType"], held["CacheControl"], held["Metadata"]) == ("image/png", "max-age=5", {"own": "1"})


def test_an_absent_item_is_an_empty_answer(services: ServiceIntegration) -> None:
    answer = posted(services, TABLE, json.dumps({"TableName": "things", "Key": {"pk": {"S": "none"}}}))
    assert (answer.status, json.loads(answer.body)) == (200, {})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"TableName": "nothing", "Key": {"pk": {"S": "x"}}}, "ResourceNotFoundException"),
        ({"TableName": "things", "Key": {"pk": {"S": ""}}}, "ValidationException"),
    ],
)
def test_what_the_table_refuses_is_named(services: ServiceIntegration, body: dict[str, object], error: str) -> None:
    answer = posted(services, TABLE, json.dumps(body))
    assert answer.status == 400
    assert json.loads(answer.body)["__type"].endswith(f"#{error}")


def test_a_form_becomes_a_message_with_its_attributes(sandbox: Sandbox, services: ServiceIntegration) -> None:
    text = '100% "a" & b = ä'
    attribute = "MessageAttribute.1.Name=requestId&MessageAttribute.1.Value.DataType=String"
    form = f"Action=SendMessage&MessageBody={quote_plus(text)}&{attribute}&MessageAttribute.1.Value.StringValue=r-1"
    answer = posted(services, QUEUE, form, content_type=FORM, x_correlation_id="r-1")
    assert answer.status == 200, answer.body
    result = json.loads(answer.body)["SendMessageResponse"]["SendMessageResult"]
    sqs = AwsClients.local(sandbox.endpoint_url).get("sqs")
    url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert (message["MessageId"], message["Body"]) == (result["MessageId"], text)
    assert message["MessageAttributes"]["requestId"]["StringValue"] == "r-1"


def test_a_form_under_another_content_type_sends_nothing(services: ServiceIntegration) -> None:
    """The mapped Content-Type decides how the service reads the body, as at AWS."""
    answer = posted(services, QUEUE, "Action=SendMessage&MessageBody=x", content_type="application/json")
    assert answer.status is not None
    assert answer.status >= 400, answer.body


def test_a_queue_that_is_not_there_is_an_error_in_json(services: ServiceIntegration) -> None:
    answer = posted(services, f"{QUEUE}-none", "Action=SendMessage&MessageBody=x", content_type=FORM)
    assert answer.status == 400
    assert json.loads(answer.body)["Error"]["Code"].endswith("NonExistentQueue")


def test_who_accepts_no_json_gets_xml(services: ServiceIntegration) -> None:
    answer = posted(services, QUEUE, "Action=SendMessage&MessageBody=x", content_type=FORM, accept="text/xml")
    assert answer.body.lstrip().startswith(b"<")


@pytest.mark.parametrize("uri", ["https://nonsense.us-east-1.amazonaws.com/?Action=X", "https://example.com/"])
def test_an_unknown_service_cannot_be_called(services: ServiceIntegration, uri: str) -> None:
    assert posted(services, uri, "{}").failure is EndpointFailure.INVALID_ENDPOINT
