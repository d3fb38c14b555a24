"""Gap: moto imports the X-Ray SDK, which opens a UDP socket for a daemon at import and never closes it.

The sandbox's segments go to moto's X-Ray directly, so the socket is closed: nothing leaks at the end of a process.
"""

from __future__ import annotations

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter


def install() -> None:
    """Close the socket; closing twice changes nothing."""
    emitter = xray_recorder.emitter
    if isinstance(emitter, UDPEmitter):
        emitter._socket.close()  # noqa: SLF001 - the emitter offers no other way
