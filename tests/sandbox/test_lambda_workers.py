"""Lambda functions in worker processes: answers, errors, timeouts, configuration, and their end."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.lambda_functions import LambdaFunction, may_invoke
from sandbox.lambda_workers import Invocation, LambdaWorkers, TooManyRequestsError

CODE = """
import logging, os, time

def ok(event, context):
    print("printed")
    logging.getLogger().warning("warned")
    return {
        "event": event,
        "function": context.function_name,
        "request": context.aws_request_id,
        "remaining": context.get_remaining_time_in_millis(),
        "colour": os.environ.get("COLOUR"),
        "endpoint": os.environ.get("AWS_ENDPOINT_URL"),
        "root": os.environ["LAMBDA_TASK_ROOT"],
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "process": os.getpid(),
    }

def slow(event, context):
    time.sleep(30)

def nap(event, context):
    time.sleep(0.5)

def boom(event, context):
    raise ValueError("no such user")

def die(event, context):
    os._exit(3)

def unserializable(event, context):
    return {1, 2}

def big(event, context):
    return "x" * 7_000_000
"""


def zipped(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    return buffer.getvalue()


def function(handler: str, **changes: object) -> LambdaFunction:
    values: dict[str, object] = {
        "function_arn": f"arn:aws:lambda:us-east-1:123456789012:function:{handler.replace('.', '-')}",
        "function_name": handler.replace(".", "-"),
        "version": "$LATEST",
        "handler": handler,
        "runtime": "python3.11",
        "code_sha256": "1",
        "code": zipped(app=CODE, broken="def x(:", raising="raise OSError('no disk')"),
        "timeout_s": 5.0,
        "memory_size_mb": 128,
        "region": "us-east-1",
    }
    return LambdaFunction(**{**values, **changes})  # type: ignore[arg-type]  # a table of fields for tests


@pytest.fixture(scope="module")
def workers() -> Iterator[LambdaWorkers]:
    running = LambdaWorkers({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    yield running
    running.stop()


def run(workers: LambdaWorkers, handler: str, event: object = None, **changes: object) -> Invocation:
    payload = json.dumps(event).encode()
    return workers.submit(function(handler, **changes), payload, trace_header="Root=1-x").result(timeout=20)


def test_a_handler_sees_its_event_context_and_environment(workers: LambdaWorkers) -> None:
    invocation = run(workers, "app.ok", {"a": "é"}, environment=(("COLOUR", "red"),))
    answer = json.loads(invocation.payload)
    assert invocation.function_error is None
    assert answer["event"] == {"a": "é"}
    assert answer["request"] == invocation.request_id
    assert 4_000 < answer["remaining"] <= 5_000
    assert (answer["colour"], answer["endpoint"], answer["trace"]) == ("red", "http://127.0.0.1:1", "Root=1-x")
    assert answer["process"] != os.getpid()
    assert "printed\n" in invocation.printed
    assert "[WARNING]" in invocation.printed
    assert invocation.init_duration_ms is not None


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("app.boom", "ValueError", "no such user"),
        ("app.die", "Runtime.ExitError", "exit status 3"),
        ("app.unserializable", "Runtime.MarshalError", "not JSON serializable"),
        ("app.big", "Function.ResponseSizeTooLarge", "6291556 bytes"),
        ("app.absent", "Runtime.HandlerNotFound", "Handler 'absent' missing on module 'app'"),
        ("absent.handler", "Runtime.ImportModuleError", "Unable to import module 'absent'"),
        ("broken.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'broken'"),
        ("raising.handler", "OSError", "no disk"),
        ("nodot", "Runtime.MalformedHandlerName", "nodot"),
    ],
)
def test_what_goes_wrong_is_lambdas_error_document(
    workers: LambdaWorkers, handler: str, error_type: str, message: str
) -> None:
    invocation = run(workers, handler)
    document = json.loads(invocation.payload)
    assert invocation.function_error == "Unhandled"
    assert document["errorType"] == error_type
    assert message in document["errorMessage"]


def test_an_exception_carries_the_stack_of_the_handler_only(workers: LambdaWorkers) -> None:
    frames = json.loads(run(workers, "app.boom").payload)["stackTrace"]
    assert len(frames) == 1
    assert "in boom" in frames[0]


def test_a_slow_function_is_killed_at_its_timeout_and_the_next_call_works(workers: LambdaWorkers) -> None:
    started = time.monotonic()
    invocation = run(workers, "app.slow", timeout_s=0.4)
    assert time.monotonic() - started < 4
    document = json.loads(invocation.payload)
    assert document["errorMessage"].endswith(f"{invocation.request_id} Task timed out after 0.40 seconds")
    assert "errorType" not in document
    assert run(workers, "app.ok").function_error is None


def test_a_worker_is_reused_and_a_new_configuration_gets_new_workers(workers: LambdaWorkers) -> None:
    first = json.loads(run(workers, "app.ok", code_sha256="2").payload)["process"]
    assert json.loads(run(workers, "app.ok", code_sha256="2").payload)["process"] == first
    changed = json.loads(run(workers, "app.ok", code_sha256="3").payload)
    assert changed["process"] != first


def test_reserved_concurrency_refuses_what_is_above_it(workers: LambdaWorkers) -> None:
    limited = function("app.nap", reserved_concurrency=1)
    running = workers.submit(limited, b"{}")
    with pytest.raises(TooManyRequestsError):
        workers.submit(limited, b"{}")
    running.result(timeout=20)
    assert workers.submit(limited, b"{}").result(timeout=20).function_error is None


def test_other_runtimes_are_refused_by_name(workers: LambdaWorkers) -> None:
    document = json.loads(run(workers, "app.ok", runtime="nodejs20.x").payload)
    assert "nodejs20.x" in document["errorMessage"]


def test_stop_ends_every_process_and_removes_the_code() -> None:
    workers = LambdaWorkers({})
    root = json.loads(run(workers, "app.ok").payload)["root"]
    pending = workers.submit(function("app.slow"), b"{}")
    while len(workers.process_ids()) < 2:
        time.sleep(0.01)
    process_ids = workers.process_ids()
    workers.stop()
    assert pending.result(timeout=5).function_error == "Unhandled"
    for process_id in process_ids:
        with pytest.raises(ProcessLookupError):
            os.kill(process_id, 0)
    assert not Path(root).exists()


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, True),
        ({"Effect": "Deny"}, False),
        ({"Principal": {"Service": "s3.amazonaws.com"}}, False),
        ({"Principal": "*"}, True),
        ({"Action": "lambda:*"}, True),
        ({"Action": "lambda:GetFunction"}, False),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:1:abc/*/*/users/*"}}}, True),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:1:other/*"}}}, False),
        ({"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:1:abc/prod/*"}}}, False),
        ({"Condition": {"StringEquals": {"AWS:SourceAccount": "1"}}}, True),
        ({"Condition": {"StringEquals": {"AWS:SourceAccount": "2"}}}, False),
    ],
)
def test_a_resource_policy_decides_who_may_invoke(changes: dict[str, object], allowed: bool) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        **changes,
    }
    permitted = function("app.ok", policy_statements=(statement,))
    assert may_invoke(permitted, "arn:aws:execute-api:us-east-1:1:abc/dev/GET/users/7", "1") is allowed


def test_without_a_policy_no_one_may_invoke() -> None:
    assert not may_invoke(function("app.ok"), "arn:aws:execute-api:us-east-1:1:abc/dev/GET/users", "1")
