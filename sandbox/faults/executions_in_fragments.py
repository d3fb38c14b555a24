"""The last lines of every execution were lost on the way to whoever reads the log."""

from sandbox.faults.fault import Deployment, Fault
from sandbox.faults.log_streams import execution_log_group, keep_only

_LAST_LINES = ("Method completed with status", "Successfully completed execution")


def _spoil(deployment: Deployment) -> None:
    keep_only(deployment, execution_log_group(deployment), lambda line: not any(last in line for last in _LAST_LINES))


FAULT = Fault(
    fault_id="executions-in-fragments",
    title="The execution log has the beginning of every request and not its end",
    rule="OB012",
    subject="stage",
    step="stage",
    failure_mode="obs-exec-log-fragmented",
    spoil_telemetry=_spoil,
    operations=("GET /health",),
)
