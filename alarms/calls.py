"""Calls to AWS that say in one line what was refused, and which permission is lacking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from gateway.errors import StageproofError

T = TypeVar("T")

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})


class AlarmCallError(StageproofError):
    """AWS refused a call about alarms or dashboards."""

    slug = "alarm-call"


def called(call: Callable[[], T], *, action: str) -> T:
    """Make a call.

    Args:
        call: The call.
        action: The IAM action that it needs.

    Raises:
        AlarmCallError: If AWS refuses it or does not answer.
    """
    try:
        return call()
    except ClientError as error:
        told = error.response.get("Error", {})
        code, message = str(told.get("Code")), " ".join(str(told.get("Message")).split())
        mend = f"allow {action}" if code in _DENIED else "see the message"
        raise AlarmCallError(f"{error.operation_name} was refused ({code}): {message}; {mend}") from error
    except BotoCoreError as error:
        message = " ".join(str(error).split())
        raise AlarmCallError(
            f"{action} could not be called: {message}; check the Region, network and values"
        ) from error
