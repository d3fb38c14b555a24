"""The sandbox: the AWS side and the stages on one port of 127.0.0.1, started and stopped together."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from gateway.errors import StageproofError
from sandbox.alarm_clock import MINUTE_S, AlarmClock
from sandbox.alarm_evaluator import AlarmEvaluator
from sandbox.authorizers import Authorizers
from sandbox.aws_side import AwsSide, start_aws_side
from sandbox.control_plane.caches import on_flush
from sandbox.control_plane.metric_data import set_metric_math
from sandbox.control_plane.test_invoke import TestInvocation, TestInvocationResult, set_runner
from sandbox.http_api.driver import HttpApiDriver
from sandbox.http_api.stages import HttpApiStages
from sandbox.http_api.tokens import IssuerKeys
from sandbox.http_integration import HttpIntegration
from sandbox.http_server import HOST, HttpServer
from sandbox.integrations import Integrations
from sandbox.lambda_api import LambdaApi
from sandbox.lambda_workers import LambdaWorkers
from sandbox.response_caches import ResponseCaches
from sandbox.service_integration import ServiceIntegration
from sandbox.signatures import Signatures
from sandbox.snapshot import DeployedStage, Snapshots
from sandbox.stage_driver import Arrival, StageDriver
from sandbox.stage_server import StageApplication
from sandbox.telemetry.traces import Sampler
from sandbox.telemetry.writer import TelemetryWriter
from sandbox.usage_plans import UsagePlans

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


class PortInUseError(StageproofError):
    """The port that was asked for is taken."""

    slug = "sandbox-port-in-use"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCredentials:
    """Credentials that the sandbox accepts; they open nothing else."""

    access_key_id: str = "AKIASTAGEPROOF000000"
    secret_access_key: str = "stageproof-sandbox-secret"  # noqa: S105 - no secret: it opens the sandbox only


class Sandbox:
    """A local AWS endpoint whose API Gateway stages answer, with their whole telemetry.

    One process runs one sandbox at a time: the AWS side's state belongs to the process.

    Args:
        port: The port of 127.0.0.1; 0 takes a free one.
        region: The Region that is told to clients; every Region is served.
        evaluator: Decides the states of CloudWatch alarms and computes metric math; without one, alarms stay as they
            are and no clock runs.
        alarm_minute_s: How long a minute of metrics and alarms lasts: 60 as on AWS, less makes alarms ring sooner.
        jwks_urls: Where the keys of an issuer of JSON Web Tokens are, by issuer; others are asked for their own
            ``/.well-known/openid-configuration``, user pools of the AWS side are known.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        region: str = REGION,
        evaluator: AlarmEvaluator | None = None,
        alarm_minute_s: float = MINUTE_S,
        jwks_urls: Mapping[str, str] | None = None,
    ) -> None:
        self._port = port
        self._evaluator = evaluator
        self._alarm_minute_s = alarm_minute_s
        self._jwks_urls = dict(jwks_urls or {})
        self.region = region
        self.credentials = SandboxCredentials()
        self._running: _Running | None = None
        self._lock = threading.Lock()

    @property
    def endpoint_url(self) -> str:
        """The URL to give to every AWS client."""
        return f"http://{HOST}:{self._started.server.port}"

    def invoke_url(self, rest_api_id: str, stage_name: str) -> str:
        """Return the URL below which a stage answers."""
        return f"{self.endpoint_url}/restapis/{rest_api_id}/{stage_name}/_user_request_"

    def start(self) -> None:
        """Start the AWS side and the stage server.

        Raises:
            PortInUseError: If the port is taken.
        """
        clock = AlarmClock(self._evaluator, minute_s=self._alarm_minute_s) if self._evaluator else None
        keys = IssuerKeys(jwks_urls=self._jwks_urls, account_id=ACCOUNT_ID)
        self._running = _start(self._port, self.region, self.credentials, clock, self._alarm_minute_s, keys)
        set_metric_math(self._evaluator.metric_math if self._evaluator else None)

    def stop(self) -> None:
        """Let running requests end, write all telemetry, end every worker process, and stop. Stopping twice is fine."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None:
            running.stop()

    def flush_telemetry(self) -> None:
        """Wait until the telemetry of every answered request is written."""
        self._started.telemetry.flush()

    def worker_process_ids(self) -> tuple[int, ...]:
        """Return the process ids of the Lambda workers."""
        return self._started.workers.process_ids()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def http_api_invoke_url(self, http_api_id: str, stage_name: str) -> str:
        """Return the URL below which a stage of an HTTP API answers."""
        return f"{self.endpoint_url}/_aws/execute-api/{http_api_id}/{stage_name}"

    @property
    def _started(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the sandbox is not started")
        return self._running


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    aws_side: AwsSide
    workers: LambdaWorkers
    telemetry: TelemetryWriter
    driver: StageDriver
    application: StageApplication
    server: HttpServer
    clock: AlarmClock | None

    def stop(self) -> None:
        if self.clock is not None:
            self.clock.stop()
        self.server.stop()
        self.workers.stop()
        self.application.close()
        self.telemetry.stop()
        self.driver.integrations.http.close()
        self.driver.integrations.services.close()
        self.aws_side.stop()


def _start(  # noqa: PLR0913, PLR0917 - all that a sandbox is started with, once
    port: int,
    region: str,
    credentials: SandboxCredentials,
    clock: AlarmClock | None,
    minute_s: float,
    keys: IssuerKeys,
) -> _Running:
    aws_side = start_aws_side()
    telemetry = TelemetryWriter(minute_s=minute_s)
    workers = LambdaWorkers(_environment(aws_side.endpoint_url, credentials), telemetry.submit)
    driver = _driver(aws_side, workers, telemetry, credentials)
    on_flush(driver.authorizers.flush)
    on_flush(driver.response_caches.flush)
    set_runner(lambda invocation: _run_test_invocation(driver, invocation))
    application = StageApplication(
        snapshots=Snapshots(),
        driver=driver,
        http_apis=HttpApiStages(HttpApiDriver(integrations=driver.integrations, telemetry=telemetry, keys=keys)),
        aws_side=aws_side.application,
        lambda_api=LambdaApi(workers, ACCOUNT_ID, region),
    )
    try:
        server = HttpServer(application, port)
    except OSError as error:
        workers.stop()
        telemetry.stop()
        aws_side.stop()
        message = f"port {port} of {HOST} cannot be used ({error.strerror}): choose another with --port, or 0 for any"
        raise PortInUseError(message) from error
    server.start()
    if clock is not None:
        clock.start()
    return _Running(
        aws_side=aws_side,
        workers=workers,
        telemetry=telemetry,
        driver=driver,
        application=application,
        server=server,
        clock=clock,
    )


def _environment(endpoint_url: str, credentials: SandboxCredentials) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
    }


def _driver(
    aws_side: AwsSide, workers: LambdaWorkers, telemetry: TelemetryWriter, credentials: SandboxCredentials
) -> StageDriver:
    key, secret = credentials.access_key_id, credentials.secret_access_key
    return StageDriver(
        integrations=Integrations(
            workers=workers,
            http=HttpIntegration(),
            services=ServiceIntegration(aws_side.endpoint_url, key, secret),
        ),
        authorizers=Authorizers(workers, Signatures({key: secret, "sandbox": "sandbox"}, ACCOUNT_ID)),
        usage_plans=UsagePlans(),
        response_caches=ResponseCaches(),
        telemetry=telemetry,
        sampler=Sampler(),
    )


def _run_test_invocation(driver: StageDriver, invocation: TestInvocation) -> TestInvocationResult:
    """Run a method for TestInvokeMethod: the whole pipeline, without any telemetry."""
    deployed = DeployedStage(
        rest_api=invocation.rest_api,
        stage=replace(invocation.stage, method_settings={}, access_log_settings=None, tracing_enabled=False),
        account_id=invocation.account_id,
        region=invocation.region,
    )
    started = time.monotonic()
    arrival = Arrival(
        request=invocation.request,
        signed_path=invocation.request.path,
        received_at=time.time(),
        tested_resource_path=invocation.resource_path,
    )
    executed = driver.execute_only(deployed, arrival)
    return TestInvocationResult(
        response=executed.response,
        execution=executed.execution,
        latency_ms=int((time.monotonic() - started) * 1000),
    )
