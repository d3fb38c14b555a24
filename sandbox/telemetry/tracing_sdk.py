"""moto's X-Ray, without the UDP socket that the X-Ray SDK behind it opens for a daemon as soon as it is imported.

The sandbox's segments go to moto directly, and nobody would close the socket: a process that only imported the sandbox
ended with a ResourceWarning.
"""

from __future__ import annotations

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter
from moto.xray.models import xray_backends

__all__ = ["xray_backends"]


def _close_socket() -> None:
    emitter = xray_recorder.emitter
    if isinstance(emitter, UDPEmitter):
        emitter._socket.close()  # noqa: SLF001 - the emitter offers no other way


_close_socket()
