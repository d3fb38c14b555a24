"""The Lambda runtime of one worker process: loads a handler and answers invocations over pipes.

It is started as a file of its own (``python -P lambda_runtime.py HANDLER REPLY_FD TASK_ROOT…``) and imports nothing of
this distribution, so that a function sees only its own code. A frame is two big-endian 32-bit lengths, a JSON header,
and a payload. The runtime ends when its standard input ends: no worker outlives its sandbox.

See: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import logging
import os
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, BinaryIO

Handler = Callable[[Any, "LambdaContext"], Any]
LENGTHS = struct.Struct(">II")
_HANDLER_ARGUMENT, _REPLY_FD_ARGUMENT, _ROOTS_ARGUMENT = 1, 2, 3


class LambdaContext:
    """The context object that a handler gets.

    See: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    identity = None
    client_context = None

    def __init__(self, header: dict[str, Any]) -> None:
        self.aws_request_id: str = header["request_id"]
        self.invoked_function_arn: str = header["function_arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._ends_at = time.monotonic() + float(header["timeout_s"])

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's timeout."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


class _LogHandler(logging.Handler):
    """Writes records as Lambda's own runtime does, to whatever standard output is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        sys.stdout.write(f"[{record.levelname}]\t{stamp}\t{os.environ.get('_REQUEST_ID', '')}\t{self.format(record)}\n")


def _read_exactly(stream: BinaryIO, size: int) -> bytes | None:
    data = stream.read(size)
    return data if len(data) == size else None


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return header and payload of the next frame, or None at the end of the stream."""
    lengths = _read_exactly(stream, LENGTHS.size)
    if lengths is None:
        return None
    header_size, payload_size = LENGTHS.unpack(lengths)
    header = _read_exactly(stream, header_size)
    payload = _read_exactly(stream, payload_size) if header is not None else None
    if header is None or payload is None:
        return None
    return json.loads(header), payload


def write_frame(stream: BinaryIO, header: dict[str, Any], payload: bytes) -> None:
    """Write one frame and flush it."""
    text = json.dumps(header).encode()
    stream.write(LENGTHS.pack(len(text), len(payload)) + text + payload)
    stream.flush()


def error_document(error: BaseException, request_id: str, *, skip_frames: int = 1) -> bytes:
    """Return the JSON document by which Lambda reports an exception of a handler."""
    frames: TracebackType | None = error.__traceback__
    for _ in range(skip_frames):
        frames = frames.tb_next if frames is not None else None
    document = {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_list(traceback.extract_tb(frames)),
    }
    return json.dumps(document).encode()


def _runtime_error(error_type: str, message: str, request_id: str = "") -> bytes:
    document = {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": []}
    return json.dumps(document).encode()


def _load(handler_name: str) -> tuple[Handler | None, bytes]:
    """Import the handler. Returns it, or None and the document by which Lambda reports a failed init."""
    module_name, dot, function_name = handler_name.rpartition(".")
    if not dot:
        return None, _runtime_error("Runtime.MalformedHandlerName", f"Bad handler '{handler_name}': not enough values")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        return None, _runtime_error("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        return None, _runtime_error("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}")
    except Exception as error:  # noqa: BLE001 - whatever a user's module raises is reported as Lambda reports it
        return None, error_document(error, "")
    handler = getattr(module, function_name, None)
    if handler is None:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        return None, _runtime_error("Runtime.HandlerNotFound", message)
    return handler, b""


def _invoke(handler: Handler, header: dict[str, Any], payload: bytes) -> tuple[str | None, bytes]:
    """Call the handler. Returns Lambda's function error (None when it returned) and the answer's payload."""
    request_id = header["request_id"]
    try:
        event = json.loads(payload) if payload else {}
    except ValueError as error:
        return "Unhandled", _runtime_error("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}", request_id)
    try:
        result = handler(event, LambdaContext(header))
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is reported as Lambda reports it
        return "Unhandled", error_document(error, request_id)
    try:
        answer = json.dumps(result).encode()
    except (TypeError, ValueError) as error:
        return "Unhandled", _runtime_error("Runtime.MarshalError", f"Unable to marshal response: {error}", request_id)
    if len(answer) > _ANSWER_LIMIT_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({_ANSWER_LIMIT_BYTES} bytes)."
        return "Unhandled", _runtime_error("Function.ResponseSizeTooLarge", message, request_id)
    return None, answer


_ANSWER_LIMIT_BYTES = 6_291_556
"""What a function may answer at most.

See: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


def _failed_init(init_error: bytes) -> tuple[str | None, bytes]:
    return "Unhandled", init_error


def _serve(handler: Handler | None, init_error: bytes, requests: BinaryIO, replies: BinaryIO) -> None:
    while (frame := read_frame(requests)) is not None:
        header, payload = frame
        os.environ["_X_AMZN_TRACE_ID"] = header.get("trace_header") or ""
        os.environ["_REQUEST_ID"] = header["request_id"]
        sys.stdout = sys.stderr = printed = io.StringIO()
        if handler is None:
            function_error, answer = _failed_init(init_error)
        else:
            function_error, answer = _invoke(handler, header, payload)
        write_frame(replies, {"function_error": function_error, "printed": printed.getvalue()}, answer)


def _end_with_parent(parent_id: int) -> None:
    """End this process when its parent is gone, even in the middle of an invocation."""
    while os.getppid() == parent_id:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    """Load the handler, say that the worker is ready, and serve until standard input ends."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(int(sys.argv[_REPLY_FD_ARGUMENT]), "wb")
    sys.path[:0] = sys.argv[_ROOTS_ARGUMENT:]
    sys.stdout = sys.stderr = printed = io.StringIO()
    logging.getLogger().addHandler(_LogHandler())
    asyncio.set_event_loop(asyncio.new_event_loop())
    handler, init_error = _load(sys.argv[_HANDLER_ARGUMENT])
    write_frame(replies, {"ready": handler is not None, "printed": printed.getvalue()}, b"")
    _serve(handler, init_error, requests, replies)


if __name__ == "__main__":
    main()
