"""Whose alarms are meant: one stage of one REST API, in one account and Region."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from alarms.alarm import Dimensions, Metric
from gateway.errors import StageproofError
from gateway.rest_api import RestApi, Stage

NAMESPACE = "AWS/ApiGateway"
PERIOD_S = 60


class DetailedMetricsError(StageproofError):
    """Alarms of operations are asked for where the stage publishes no metrics of them."""

    slug = "detailed-metrics-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method whose metrics are published one by one."""

    http_method: str
    resource_path: str

    @property
    def name(self) -> str:
        """The operation as people write it: ``POST /users``."""
        return f"{self.http_method} {self.resource_path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageScope:
    """A stage, where it is, and what it publishes.

    ``rest_api_id`` and the stage's name make the owner that is written on everything that is provisioned.
    """

    rest_api: RestApi
    stage: Stage
    rest_api_id: str
    region: str
    account_id: str

    @property
    def owner(self) -> str:
        """The value of the ownership tag."""
        return f"{self.rest_api_id}/{self.stage.stage_name}"

    @property
    def api_name(self) -> str:
        """The API's name as metrics have it: API Gateway strips characters beyond ASCII."""
        return self.rest_api.name.encode("ascii", "ignore").decode()

    def dimensions(self, operation: Operation | None = None) -> Dimensions:
        """Return the dimensions of the stage, or of one of its operations."""
        own = {"ApiName": self.api_name, "Stage": self.stage.stage_name}
        if operation:
            own |= {"Method": operation.http_method, "Resource": operation.resource_path}
        return tuple(sorted(own.items()))

    def metric(
        self, metric_name: str, statistic: str, *, operation: Operation | None = None, period_s: int = PERIOD_S
    ) -> Metric:
        """Return a metric of the stage or of an operation."""
        return Metric(
            namespace=NAMESPACE,
            metric_name=metric_name,
            dimensions=self.dimensions(operation),
            statistic=statistic,
            period_s=period_s,
        )

    def operations(self, patterns: tuple[str, ...]) -> tuple[Operation, ...]:
        """Return the operations that globs on ``METHOD /path`` mean.

        Raises:
            DetailedMetricsError: If a pattern means nothing, or an operation without detailed metrics.
        """
        found: dict[str, Operation] = {}
        for pattern in patterns:
            matching = [operation for operation in self._all() if fnmatchcase(operation.name, pattern)]
            if not matching:
                raise DetailedMetricsError(
                    f"[alarms] operations: {pattern!r} means no deployed operation; "
                    f'write "METHOD /path", for example "{self._example()}"'
                )
            self._check_detailed(pattern, matching)
            found |= {operation.name: operation for operation in matching}
        return tuple(found[name] for name in sorted(found))

    @property
    def detailed_operations(self) -> tuple[Operation, ...]:
        """The operations that publish metrics of their own, in the order of the API."""
        return tuple(operation for operation in self._all() if self._is_detailed(operation))

    def _is_detailed(self, operation: Operation) -> bool:
        return self.stage.settings_for(operation.resource_path, operation.http_method).metrics_enabled

    def _all(self) -> list[Operation]:
        return [
            Operation(http_method=method.http_method, resource_path=resource.path)
            for resource in self.rest_api.resources
            for method in resource.methods
        ]

    def _check_detailed(self, pattern: str, operations: list[Operation]) -> None:
        silent = [operation.name for operation in operations if not self._is_detailed(operation)]
        if silent:
            raise DetailedMetricsError(
                f"[alarms] operations: {pattern!r} means {', '.join(silent)}, of which stage "
                f"{self.stage.stage_name!r} publishes no metrics; turn detailed metrics on (metricsEnabled in the "
                "stage's method settings), or drop the pattern: the alarm would never ring"
            )

    def _example(self) -> str:
        return next((operation.name for operation in self._all()), "GET /users")
