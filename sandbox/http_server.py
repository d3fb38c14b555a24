"""An HTTP server in a thread: uvicorn, with header names as the client spelt them."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
RAW_HEADERS = "stageproof.raw_headers"
_START_TIMEOUT_S = 15.0
_KEEP_ALIVE_S = 120
_GRACE_S = 10


class _RememberingConnection(h11.Connection):
    """Keeps the last request event, whose raw header names the protocol would drop."""

    last_request: h11.Request | None = None

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            self.last_request = event
        return event


class SpellingProtocol(H11Protocol):
    """uvicorn's protocol with the raw headers in the scope: API Gateway passes names on as they were sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.conn = self._connection = _RememberingConnection(h11.SERVER, max_incomplete_event_size=1 << 17)

    def handle_events(self) -> None:
        """Add the raw headers before the application's task starts, which is after this method returns."""
        super().handle_events()
        request = self._connection.last_request
        if request is not None and self.scope is not None:
            scope: dict[str, Any] = dict_of(self.scope)
            scope[RAW_HEADERS] = request.headers.raw_items()


def dict_of(scope: Any) -> dict[str, Any]:
    """Return a scope as the plain dictionary that it is."""
    plain: dict[str, Any] = scope
    return plain


class HttpServer:
    """Serves an ASGI application on a port of 127.0.0.1 until it is stopped."""

    def __init__(self, application: Any, port: int = 0) -> None:
        # the protocol is named, else asyncio leaves Nagle's algorithm on and every small answer waits for 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((HOST, port))
        except OSError:
            self._socket.close()
            raise
        self.port: int = self._socket.getsockname()[1]
        self._server = uvicorn.Server(_config(application))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="stage-server", daemon=True
        )

    def start(self) -> None:
        """Start to serve; returns when connections are taken.

        Raises:
            RuntimeError: If the server does not come up.
        """
        self._thread.start()
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the stage server did not start")
            time.sleep(0.005)

    def stop(self) -> None:
        """Take no more requests, let running ones end, and stop."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http=SpellingProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=1024,
    )
