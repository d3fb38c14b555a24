"""Whose alarms are meant: one stage of one REST API or HTTP API, in one account and Region."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from alarms.alarm import Dimensions, Metric
from contracts.metric_names import HTTP_API_NAMES
from gateway.errors import StageproofError
from gateway.http_api import HttpApi, HttpApiStage
from gateway.rest_api import RestApi, Stage, published_api_name

NAMESPACE = "AWS/ApiGateway"
PERIOD_S = 60


class DetailedMetricsError(StageproofError):
    """Alarms of operations are asked for where the stage publishes no metrics of them."""

    slug = "detailed-metrics-off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method or a route whose metrics are published one by one."""

    http_method: str
    resource_path: str

    @property
    def name(self) -> str:
        """The operation as people write it: ``POST /users``."""
        return f"{self.http_method} {self.resource_path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageScope:
    """A stage, where it is, and what it publishes.

    ``api_id`` and the stage's name make the owner that is written on everything that is provisioned.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    """

    api: RestApi | HttpApi
    stage: Stage | HttpApiStage
    api_id: str
    region: str
    account_id: str
    partition: str = "aws"

    @property
    def is_http(self) -> bool:
        """Whether the stage is of an HTTP API, whose metrics have other names and dimensions."""
        return isinstance(self.api, HttpApi)

    @property
    def owner(self) -> str:
        """The value of the ownership tag. A tag may not hold the ``$`` of an HTTP API's ``$default``."""
        return f"{self.api_id}/{self.stage.stage_name.replace('$', '@')}"

    @property
    def title(self) -> str:
        """API and stage as people call them."""
        return f"{self.api.name} {self.stage.stage_name}"

    def dimensions(self, operation: Operation | None = None) -> Dimensions:
        """Return the dimensions of the stage, or of one of its operations.

        A REST API is known by its name as metrics have it, an HTTP API by its id.
        """
        own = {"Stage": self.stage.stage_name}
        own |= {"ApiId": self.api_id} if self.is_http else {"ApiName": published_api_name(self.api.name, self.api_id)}
        if operation:
            own |= {"Method": operation.http_method, "Resource": operation.resource_path}
        return tuple(sorted(own.items()))

    def metric_name(self, metric_name: str) -> str:
        """Return what the stage calls a metric, given by the name that it has for REST APIs."""
        return HTTP_API_NAMES.get(metric_name, metric_name) if self.is_http else metric_name

    def metric(
        self, metric_name: str, statistic: str, *, operation: Operation | None = None, period_s: int = PERIOD_S
    ) -> Metric:
        """Return a metric of the stage or of an operation, given by the name that it has for REST APIs."""
        return Metric(
            namespace=NAMESPACE,
            metric_name=self.metric_name(metric_name),
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

    @property
    def detailed_metrics_key(self) -> str:
        """What turns detailed metrics on."""
        if self.is_http:
            return "detailedMetricsEnabled in the stage's route settings"
        return "metricsEnabled in the stage's method settings"

    def _is_detailed(self, operation: Operation) -> bool:
        if isinstance(self.stage, HttpApiStage):
            return self.stage.settings_for(operation.name).detailed_metrics_enabled
        return self.stage.settings_for(operation.resource_path, operation.http_method).metrics_enabled

    def _all(self) -> list[Operation]:
        if isinstance(self.api, HttpApi):
            return [
                Operation(http_method=route.http_method, resource_path=route.path)
                for route in self.api.routes
                if route.path is not None  # $default has no path, and no metrics of its own
            ]
        return [
            Operation(http_method=method.http_method, resource_path=resource.path)
            for resource in self.api.resources
            for method in resource.methods
        ]

    def _check_detailed(self, pattern: str, operations: list[Operation]) -> None:
        silent = [operation.name for operation in operations if not self._is_detailed(operation)]
        if silent:
            raise DetailedMetricsError(
                f"[alarms] operations: {pattern!r} means {', '.join(silent)}, of which stage "
                f"{self.stage.stage_name!r} publishes no metrics; turn detailed metrics on "
                f"({self.detailed_metrics_key}), or drop the pattern: the alarm would never ring"
            )

    def _example(self) -> str:
        return next((operation.name for operation in self._all()), "GET /users")
