"""Which requests a drill may send: those that the user's file and the contract offer."""

from __future__ import annotations

from dataclasses import dataclass

from alarms.drill import Provocation
from contracts.alarm_expectations import Cause
from probes.authentication import Credentials
from probes.drill_traffic import declared_request, refused_request
from probes.http_probe import HttpProbe
from stageproof.provisioning import Found


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRequests:
    """The requests that the user's file and the contract offer for a drill."""

    found: Found
    credentials: Credentials

    def has(self, provocation: Provocation) -> bool:
        """Say whether a provocation can be carried out."""
        return provocation.cause is Cause.SILENCE or self.of(provocation) is not None

    def of(self, provocation: Provocation) -> HttpProbe | None:
        """Return the request of a provocation; None where there is none, or none is sent."""
        cause = provocation.cause
        if cause is Cause.SILENCE:
            return None
        if cause in {Cause.REFUSED, Cause.TRAFFIC}:
            contract = self.found.expected.contract
            deployed = self.found.scope.api
            return refused_request(contract, self.credentials, deployed, provocation.operation)
        probe = self._declared(cause)
        if probe is None:
            return None
        of_operation = f"{probe.http_method} {probe.resource_path}" == provocation.operation
        return probe if of_operation or not provocation.operation else None

    def check(self) -> None:
        """Refuse requests of the file that cannot be sent, whether they are needed or not.

        Raises:
            DrillRequestError: If there is such a request.
        """
        for cause in (Cause.FAILING, Cause.SLOW):
            self._declared(cause)

    def _declared(self, cause: Cause) -> HttpProbe | None:
        asked = self.found.expectations.alarms.drill
        wanted = asked.failing if cause is Cause.FAILING else asked.slow
        if wanted is None:
            return None
        may_write = self.found.expected.stage.destructive_traffic
        contract = self.found.expected.contract
        return declared_request(wanted, contract, self.credentials, cause=cause, may_write=may_write)
