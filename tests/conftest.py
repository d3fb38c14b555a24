"""What every test may rely on, however the suite was started."""

from __future__ import annotations

import importlib
import signal
import sys

import pytest


@pytest.fixture(autouse=True, scope="session")
def interrupts_are_heard() -> None:
    """Take Ctrl-C as at a terminal: what a shell starts in the background ignores it, with all that it starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish() -> None:
    """Close the socket that the X-Ray SDK opens where a test used moto by itself, without the sandbox."""
    if "aws_xray_sdk.core" in sys.modules:
        importlib.import_module("sandbox.telemetry.tracing_sdk")
