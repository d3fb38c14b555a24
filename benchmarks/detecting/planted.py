"""One planted fault before each of the tools, in a sandbox of this process, deployed anew for each of them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.detecting import schemathesis_alone, templates
from benchmarks.detecting.http_api import http_api_template
from benchmarks.detecting.observed import Observed, UnreadableError, observed
from benchmarks.detecting.results import (
    Budget,
    FaultResult,
    HealthyResult,
    SchemathesisResult,
    Shown,
    StageproofResult,
    TemplateResult,
)
from contracts.contract import load_contract
from contracts.judgement import Judgement, judge
from contracts.recording import Recording
from gateway.errors import StageproofError
from probes.aws import aws_session
from probes.configuration import collect_configuration
from probes.night import observe
from probes.traffic_document import traffic_document
from sandbox.faults import catalogue
from sandbox.faults.alarm_settings import put_alarms
from sandbox.faults.fault import NOTES_API, USERS_API, Fault
from stageproof.demonstration import Demonstration, ExampleSandbox

DOMAIN_NAME = "api.example.com"


class Bench:
    """A sandbox in which faults are planted and the tools are run."""

    def __init__(self, prepared: ExampleSandbox, budget: Budget, folder: Path) -> None:
        """Take the sandbox, what the tools may spend, and where templates are written."""
        self._prepared = prepared
        self._budget = budget
        self._folder = folder

    def fault(self, fault_id: str) -> FaultResult:
        """Plant a fault and run each tool on a deployment of its own."""
        fault = next(each for each in catalogue.ALL_FAULTS if each.fault_id == fault_id)
        operations = fault.shown_by
        with self._deployed(fault) as demonstrated:
            template = self._template(fault, demonstrated)
            stageproof = self._stageproof(fault, demonstrated, operations)
        with self._deployed(fault) as demonstrated:
            schemathesis = self._schemathesis(demonstrated, Shown(example=fault.example, operations=operations))
        return FaultResult(
            fault_id=fault_id,
            operations=operations,
            stageproof=stageproof,
            schemathesis=schemathesis,
            template=template,
        )

    def healthy(self, shown: Shown) -> HealthyResult:
        """Run Schemathesis on the healthy API, twice, and Stageproof."""
        runs = []
        for _ in range(2):
            with self._deployed(None, shown.example) as demonstrated:
                runs.append(self._schemathesis(demonstrated, shown))
        with self._deployed(None, shown.example) as demonstrated:
            stageproof = self._stageproof(None, demonstrated, shown.operations)
        return HealthyResult(
            example=shown.example,
            operations=shown.operations,
            schemathesis=runs[0],
            repeated=runs[1],
            stageproof=stageproof,
        )

    def references(self) -> None:
        """Write the templates of the healthy API: alone, and with the good alarms and domain that some faults spoil."""
        with self._deployed(None) as demonstrated:
            put_alarms(demonstrated.deployment)
            client, rest_api_id = demonstrated.deployment.client, demonstrated.deployed.rest_api_id
            client.create_domain_name(domainName=DOMAIN_NAME, securityPolicy="TLS_1_2")
            client.create_base_path_mapping(
                domainName=DOMAIN_NAME, restApiId=rest_api_id, stage=demonstrated.deployed.stage_name
            )
            whole = _read(demonstrated)
        for name, stage in templates.references(whole).items():
            templates.write(stage, self._folder / name)
        with self._deployed(None, NOTES_API) as demonstrated:
            templates.write_http_api(_read_http_api(demonstrated), self._folder / templates.HTTP_API_REFERENCE)

    @contextmanager
    def _deployed(self, fault: Fault | None, example: str = USERS_API) -> Iterator[Demonstration]:
        demonstrated = self._prepared.deploy([fault] if fault is not None else [], example)
        try:
            yield demonstrated
        finally:
            demonstrated.remove()

    def _template(self, fault: Fault, demonstrated: Demonstration) -> TemplateResult:
        if demonstrated.deployed.http_api_id:
            templates.write_http_api(_read_http_api(demonstrated), self._folder / fault.fault_id)
            return TemplateResult(reference=templates.HTTP_API_REFERENCE)
        try:
            stage = _read(demonstrated)
        except UnreadableError as error:
            return TemplateResult(error=str(error))
        templates.write(stage, self._folder / fault.fault_id)
        return TemplateResult(reference=templates.reference_of(stage))

    def _stageproof(
        self, fault: Fault | None, demonstrated: Demonstration, operations: tuple[str, ...]
    ) -> StageproofResult:
        started_s = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                judgement = _night(demonstrated, operations, self._budget, Path(folder) / "recording")
            except StageproofError as error:
                return StageproofResult(error=str(error), elapsed_s=time.monotonic() - started_s)
            broken = {(verdict.rule, verdict.subject, verdict.step.value) for verdict in judgement.broken}
        wanted = {(fault.rule, fault.subject, fault.step)} if fault else set()
        others = sorted({f"{rule} {subject}" for rule, subject, _ in broken - wanted})
        elapsed_s = round(time.monotonic() - started_s, 1)
        return StageproofResult(found=bool(wanted & broken), others=tuple(others), elapsed_s=elapsed_s)

    def _schemathesis(self, demonstrated: Demonstration, shown: Shown) -> SchemathesisResult:
        contract = load_contract(demonstrated.contract)
        chosen = traffic_document(
            contract.document, contract.rest_api, include=shown.operations, destructive_traffic=True
        )
        plan = schemathesis_alone.SchemathesisPlan(
            example=shown.example,
            contract=demonstrated.contract,
            base_url=demonstrated.deployed.invoke_url,
            operations=tuple(each.label for each in chosen.operations),
            environ=demonstrated.environ,
            seed=self._budget.seed,
            max_examples=self._budget.max_examples,
            time_limit_s=self._budget.time_limit_s,
        )
        started_s = time.monotonic()
        try:
            run = schemathesis_alone.run(plan)
        except schemathesis_alone.SchemathesisError as error:
            return SchemathesisResult(error=str(error))
        elapsed_s = round(time.monotonic() - started_s, 1)
        return SchemathesisResult(failures=run.failures, cases=run.cases, stopped=run.stopped, elapsed_s=elapsed_s)


def _read(demonstrated: Demonstration) -> Observed:
    clients, rest_api_id = demonstrated.clients, demonstrated.deployed.rest_api_id
    session = aws_session(region=clients.region, endpoint_url=clients.endpoint_url)
    configuration = collect_configuration(session, rest_api_id, demonstrated.deployed.stage_name)
    return observed(configuration, rest_api_id, clients)


def _read_http_api(demonstrated: Demonstration) -> dict[str, Any]:
    deployed = demonstrated.deployed
    return http_api_template(demonstrated.deployment.http_client, deployed.http_api_id, deployed.stage_name)


def _night(demonstrated: Demonstration, operations: tuple[str, ...], budget: Budget, directory: Path) -> Judgement:
    traffic = {"seed": budget.seed, "max_examples": budget.max_examples, "workers": 1, "operations": list(operations)}
    plan = demonstrated.night_plan(directory, {**traffic, "time_budget": f"{budget.time_limit_s}s"})
    return judge(Recording.open(observe(plan)), today=datetime.now(UTC).date())
