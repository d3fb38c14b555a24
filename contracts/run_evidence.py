"""All that a rule may look at: the contract, the deployed stage, the expectations and what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from contracts.attribution import AnsweredBy, answered_by
from contracts.contract import Contract, Operation
from contracts.evidence import Completeness, Configuration, Evidence, MetricPoint, Missing, Origin, Present, Transaction
from contracts.expectations import Expectations, StageExpectations
from contracts.response_schemas import ResponseSchemas
from gateway.execution import Execution
from gateway.http_api import HttpApi, Route
from gateway.http_routing import match_route, routes_of
from gateway.rest_api import AccessLogSettings, Integration, Method, RestApi, Stage
from gateway.routing import serving

_AFTER_THE_KEY = {AnsweredBy.BACKEND, AnsweredBy.INTEGRATION, AnsweredBy.MAPPING, AnsweredBy.VALIDATOR}
_NOT_WRITTEN = Missing(reason="a test invocation writes no access log and no trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedOperation:
    """An operation of the contract with what is deployed for it and what was observed of it.

    ``deployed`` is None when the deployed API is known and has no such method.
    """

    name: str
    resource_path: str
    http_method: str
    declared: Operation
    method: Method | None
    deployed: Evidence[Method | None]
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedResource:
    """A resource of the contract: its operations, and the preflights that were sent to it."""

    path: str
    operations: tuple[JudgedOperation, ...]
    preflights: tuple[Transaction, ...]


class RunEvidence:
    """One run, as the rules see it. Everything derived is computed once.

    ``test_invocations`` stand apart from the ``transactions``: no client sent them and the stage did not serve them.
    """

    def __init__(  # noqa: PLR0913 - the parts of one run
        self,
        *,
        contract: Contract,
        configuration: Configuration,
        expectations: Expectations,
        stage_expectations: StageExpectations | None,
        transactions: tuple[Transaction, ...],
        metrics: Evidence[tuple[MetricPoint, ...]],
        completeness: Mapping[str, Completeness],
        today: date,
    ) -> None:
        self.contract = contract
        self.configuration = configuration
        self.expectations = expectations
        self.stage_expectations = stage_expectations
        self.transactions = tuple(one for one in transactions if one.exchange.origin is not Origin.TEST_INVOKE)
        self.test_invocations = tuple(
            replace(one, access_entry=_NOT_WRITTEN, trace=_NOT_WRITTEN)
            for one in transactions
            if one.exchange.origin is Origin.TEST_INVOKE
        )
        self.metrics = metrics
        self.completeness = completeness
        self.today = today
        self._deployed_by_key: dict[tuple[str, str], Evidence[Method | None]] = {}

    @cached_property
    def deployed_api(self) -> Evidence[RestApi]:
        """The API as the stage serves it: from the stage's export, else as the control plane holds it now."""
        deployed = self.configuration.deployed
        return deployed if isinstance(deployed, Present) else self.configuration.rest_api

    @property
    def http_api(self) -> Evidence[HttpApi]:
        """The HTTP API as version 2 of the control plane holds it; Missing at a REST API."""
        http = self.configuration.http
        return Missing(reason="the stage is of a REST API") if http is None else http.http_api

    def route_of(self, operation: JudgedOperation) -> Evidence[Route | None]:
        """Return the HTTP API's route that serves an operation; ``Present(None)`` where none does.

        The path's variables stand for themselves: ``/notes/{noteId}`` is served by ``/notes/{id}``, ``/{proxy+}`` and
        ``$default`` alike.
        """
        api = self.http_api
        if isinstance(api, Missing):
            return api
        matched = match_route(api.value, operation.http_method, operation.resource_path)
        return Present(value=None if matched is None else matched.route)

    @cached_property
    def contract_routes(self) -> HttpApi:
        """The contract's operations as routes of an HTTP API."""
        return routes_of(self.contract.rest_api)

    @cached_property
    def stage(self) -> Evidence[Stage]:
        """The stage's own settings."""
        return self.configuration.stage

    @property
    def access_log_settings(self) -> Evidence[AccessLogSettings | None]:
        """Where the stage writes its access log, of whichever kind its API is; ``Present(None)`` where nowhere."""
        http = self.configuration.http
        stage = self.configuration.stage if http is None else http.stage
        return stage if isinstance(stage, Missing) else Present(value=stage.value.access_log_settings)

    @property
    def stage_rate_limit(self) -> Evidence[float | None]:
        """The stage's own throttle in requests a second; ``Present(None)`` where it has none."""
        http = self.configuration.http
        if http is not None:
            stage = http.stage
            if isinstance(stage, Missing):
                return stage
            return Present(value=stage.value.default_route_settings.throttling_rate_limit)
        return (
            self.stage
            if isinstance(self.stage, Missing)
            else Present(value=self.stage.value.settings_for("*", "*").throttling_rate_limit)
        )

    @cached_property
    def by_operation(self) -> Mapping[tuple[str, str], tuple[Transaction, ...]]:
        """Transactions by resource path and HTTP method of the operation they addressed, preflights left out."""
        gathered: dict[tuple[str, str], list[Transaction]] = {}
        for transaction in self.transactions:
            exchange = transaction.exchange
            if exchange.resource_path is not None and exchange.origin is not Origin.PREFLIGHT:
                gathered.setdefault((exchange.resource_path, exchange.http_method), []).append(transaction)
        return {key: tuple(values) for key, values in gathered.items()}

    @cached_property
    def tested_operations(self) -> frozenset[tuple[str | None, str]]:
        """Resource path and HTTP method of the operations whose integration a test invocation ran, by its log."""
        return frozenset(
            (one.exchange.resource_path, one.exchange.http_method)
            for one in self.test_invocations
            if isinstance(one.execution, Present) and _ran_the_integration(one.execution.value)
        )

    @cached_property
    def accepted_keys(self) -> frozenset[tuple[str, str, str | None]]:
        """Resource path, HTTP method and API key of the requests that passed the check of the key."""
        return frozenset(
            (resource_path, http_method, one.exchange.request.headers.get("x-api-key"))
            for (resource_path, http_method), transactions in self.by_operation.items()
            for one in transactions
            if answered_by(one) in _AFTER_THE_KEY
        )

    @cached_property
    def by_exchange_id(self) -> Mapping[str, Transaction]:
        """Transactions and test invocations by the id of their exchange."""
        return {one.exchange.exchange_id: one for one in (*self.transactions, *self.test_invocations)}

    @cached_property
    def operations(self) -> tuple[JudgedOperation, ...]:
        """Every operation of the contract, OPTIONS left out: preflights are judged by resource."""
        return tuple(
            self._judged(declared) for declared in self.contract.operations if declared.http_method != "OPTIONS"
        )

    @cached_property
    def _operations_by_key(self) -> Mapping[tuple[str, str], JudgedOperation]:
        return {(operation.resource_path, operation.http_method): operation for operation in self.operations}

    def operation_of(self, transaction: Transaction) -> JudgedOperation | None:
        """Return the operation that a transaction addressed, None where it addressed none of the contract."""
        exchange = transaction.exchange
        if exchange.resource_path is None:
            return None
        return self._operations_by_key.get((exchange.resource_path, exchange.http_method))

    def deployed_method(self, resource_path: str | None, http_method: str) -> Evidence[Method | None]:
        """Return the deployed method that serves an operation; ``Present(None)`` where none is deployed.

        It may be that of a resource of another path: see ``gateway.routing.serving``.
        """
        if resource_path is None:
            return Present(value=None)
        key = (resource_path, http_method)
        known = self._deployed_by_key.get(key)
        if known is None:
            known = self._deployed_by_key[key] = self._found_deployed(*key)
        return known

    def deployed_integration(self, transaction: Transaction) -> Integration | None:
        """Return the deployed integration that serves a request; None without one, and where it was not read."""
        exchange = transaction.exchange
        method = self.deployed_method(exchange.resource_path, exchange.http_method)
        return method.value.integration if isinstance(method, Present) and method.value else None

    def _found_deployed(self, resource_path: str, http_method: str) -> Evidence[Method | None]:
        api = self.deployed_api
        if isinstance(api, Missing):
            return api
        served = serving(api.value, http_method, resource_path)
        return Present(value=None if served is None else served.method)

    @cached_property
    def resources(self) -> tuple[JudgedResource, ...]:
        """Every resource of the contract that has an operation besides OPTIONS."""
        paths = dict.fromkeys(operation.resource_path for operation in self.operations)
        return tuple(
            JudgedResource(
                path=path,
                operations=tuple(operation for operation in self.operations if operation.resource_path == path),
                preflights=self._preflights.get(path, ()),
            )
            for path in paths
        )

    @cached_property
    def _preflights(self) -> Mapping[str | None, tuple[Transaction, ...]]:
        gathered: dict[str | None, list[Transaction]] = {}
        for transaction in self.transactions:
            if transaction.exchange.origin is Origin.PREFLIGHT:
                gathered.setdefault(transaction.exchange.resource_path, []).append(transaction)
        return {path: tuple(values) for path, values in gathered.items()}

    @cached_property
    def schemas(self) -> ResponseSchemas:
        """The contract's response schemas, compiled once."""
        return ResponseSchemas(self.contract)

    def _judged(self, declared: Operation) -> JudgedOperation:
        key = (declared.resource_path, declared.http_method)
        return JudgedOperation(
            name=declared.name,
            resource_path=declared.resource_path,
            http_method=declared.http_method,
            declared=declared,
            method=self.contract.rest_api.method(*key),
            deployed=self.deployed_method(*key),
            transactions=self.by_operation.get(key, ()),
        )


def _ran_the_integration(execution: Execution) -> bool:
    """Whether the endpoint was called, or a MOCK integration answered."""
    return execution.endpoint_called or (
        execution.completed and not execution.validation_errors and execution.failure is None
    )
