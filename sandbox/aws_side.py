"""The AWS side of the sandbox: moto in process, with its gaps filled.

See: https://docs.getmoto.org/en/latest/docs/server_mode.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from sandbox.control_plane import fill_gaps, revision

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"


def create_aws_application() -> WSGIApplication:
    """Return the AWS side as one WSGI application; all applications of a process share one state."""
    fill_gaps()
    return _answering(_Dispatcher(create_backend_app))


class _Dispatcher(DomainDispatcherApplication):
    """Finds the service of a host once: moto walks its own folders to find it, for every request."""

    def __init__(self, create_app: Callable[..., Any]) -> None:
        super().__init__(create_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the service that a host name stands for."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]

    def infer_service_region_host(self, environ: dict[str, Any], path: str) -> str | None:
        """Return the host of the service that is meant; a link that SNS has sent out is visited without a signature."""
        asked = parse_qs(environ.get("QUERY_STRING", ""))
        if asked.get("Action") == ["ConfirmSubscription"] and "HTTP_AUTHORIZATION" not in environ:
            region = "".join(asked.get("TopicArn", ())).split(":")[3:4]
            return f"sns.{''.join(region)}.amazonaws.com"
        found: str | None = super().infer_service_region_host(environ, path)
        return found


def _answering(application: Callable[..., Any]) -> WSGIApplication:
    """Answer what moto does not implement as AWS answers an internal failure, in place of a traceback."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answered: Iterable[bytes] = application(environ, start_response)
        except NotImplementedError as error:
            return _failure(start_response, "501 Not Implemented", f"the sandbox does not serve this: {error}")
        except Exception as error:  # moto raises bare exceptions for what it lacks
            logger.debug("the AWS side failed", exc_info=error, extra={"path": environ.get("PATH_INFO")})
            return _failure(start_response, "500 Internal Server Error", f"{type(error).__name__}: {error}")
        return answered

    return answer


def _failure(start_response: StartResponse, status: str, message: str) -> list[bytes]:
    body = json.dumps({"__type": "InternalFailure", "message": message}).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response(status, [*headers, ("x-amzn-ErrorType", "InternalFailure")])
    return [body]


class _QuietRequestHandler(MotoRequestHandler):
    """Keeps connections open between requests, and writes no line a request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


@dataclass(slots=True, kw_only=True)
class AwsSide:
    """A running AWS side."""

    endpoint_url: str
    application: WSGIApplication
    _server: BaseWSGIServer = field(repr=False)
    _thread: Thread = field(repr=False)

    def stop(self) -> None:
        """Stop listening; the state stays until another AWS side is started with ``reset``."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def start_aws_side(port: int = 0, *, reset: bool = True) -> AwsSide:
    """Start the AWS side on a port of 127.0.0.1 in a thread of this process.

    Args:
        port: The port; 0 takes a free one.
        reset: Whether to forget everything that earlier AWS sides of this process held.
    """
    if reset:
        forget_everything()
    application = create_aws_application()
    server = make_server(HOST, port, application, threaded=True, request_handler=_QuietRequestHandler)
    thread = Thread(target=server.serve_forever, name="aws-side", daemon=True)
    thread.start()
    return AwsSide(
        endpoint_url=f"http://{HOST}:{server.server_port}", application=application, _server=server, _thread=thread
    )


def forget_everything() -> None:
    """Empty every service of the AWS side of this process."""
    BackendDict.reset()
    revision.advance()
