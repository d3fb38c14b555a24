"""A backend always answers more than a line of the log holds: no mapping of it can be compared."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.function_code import wrap_function

_HANDLER = """
from original_handler import handler as original

PADDING = "." * 2000
FRAMES = 40


def handler(event, context):
    return {**called(event, context, FRAMES), "trailer": PADDING}


def called(event, context, depth):
    # An error's stack trace tells every call: it is as long as the answers.
    return called(event, context, depth - 1) if depth else original(event, context)
"""


def _plant(deployment: Deployment) -> None:
    wrap_function(deployment, "legacy", _HANDLER)


FAULT = Fault(
    fault_id="bodies-always-cut",
    title="The register answers 2 KB more than it has to: every execution of it is cut at 1,024 bytes",
    rule="OB011",
    subject="POST /legacy/users/search",
    step="stage",
    failure_mode="obs-exec-log-truncated",
    plant=_plant,
)
