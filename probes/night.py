"""The whole night: configuration, targeted probes, property-based traffic, then all that AWS recorded of it.

Everything goes into one recording. Ctrl-C keeps what was recorded, and the night can be continued.
"""

from __future__ import annotations

import importlib.metadata
import os
import secrets
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from contracts.contract import Contract, load_contract
from contracts.evidence import Completeness, Configuration, Exchange, Origin, Present, TimeWindow
from contracts.expectations import Expectations, StageExpectations
from contracts.recording import Manifest, Recording, RecordingWriter, redaction_key
from contracts.redaction import Redactor
from probes.authentication import KEYS_EXPIRED, Credentials, have_expired, resolve_credentials, signing_keys
from probes.aws import AwsError, AwsSession, aws_session
from probes.collection import by_clock_of_aws
from probes.found_api import FoundApi, find_api, read_configuration
from probes.http_api_collection import collect_http_api_evidence
from probes.http_probe import Prober
from probes.night_collection import collect_evidence, repeat_as_test_invocations
from probes.night_preconditions import NightError, refuse_a_closed_endpoint, refuse_to_be_blind, wrong_url
from probes.night_progress import NightProgress, read_progress, remove_progress, write_progress
from probes.probe_plan import ProbePlan, plan_probes
from probes.progress import OnProgress, Progress, no_progress
from probes.traffic import TrafficPlan, TrafficResult, prepare_workers, run_traffic
from probes.traffic_document import is_chosen
from probes.traffic_phases import TIME_IS_SPENT, PhaseOutcome


class NightInterruptedError(NightError):
    """The night was interrupted; what was recorded is kept."""

    slug = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightPlan:
    """What to observe and where to write it.

    ``stage`` names the table ``[stages.NAME]``. ``session`` is where AWS is reached; None takes what the table says.
    ``contract`` is the table's contract where it is read already; None reads it. ``continue_command`` is what a person
    runs to go on; None is the plain ``stageproof run``.
    ``is_continued`` goes on with the interrupted night in ``directory``. ``before_collection`` is called when all
    traffic is sent: a sandbox flushes its telemetry there.
    """

    stage: str
    expectations: Expectations
    directory: Path
    session: AwsSession | None = None
    is_continued: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    before_collection: Callable[[], None] = lambda: None
    contract: Contract | None = None
    continue_command: str | None = None

    @property
    def how_to_go_on(self) -> str:
        """The command that goes on with this night when it breaks off."""
        words = ("stageproof", "run", self.stage, "--continue", str(self.directory))
        return self.continue_command or shlex.join(words)


def observe(plan: NightPlan, on_progress: OnProgress = no_progress) -> Path:
    """Carry out a night.

    Args:
        plan: What to observe and where to write it.
        on_progress: Is told how far it is.

    Returns:
        The folder of the recording.

    Raises:
        NightInterruptedError: After Ctrl-C; the message says how to go on.
        StageproofError: With one line, if the contract, the stage, credentials or the network do not allow it.
    """
    prepare_workers()
    night = _begun(plan, on_progress)
    try:
        with night.writer:
            night.probe()
            night.drive()
            plan.before_collection()
            night.collect()
    except KeyboardInterrupt as interrupt:
        night.keep()
        raise NightInterruptedError(
            f"interrupted: what was recorded is in {plan.directory}; go on with: {plan.how_to_go_on}"
        ) from interrupt
    except AwsError as error:  # credentials that ended, a network that went: the traffic need not be sent again
        night.keep()
        raise NightError(
            f"{error}; what was recorded is in {plan.directory}; go on with: {plan.how_to_go_on}"
        ) from error
    except BaseException:
        night.keep()
        raise
    return plan.directory


@dataclass(slots=True, kw_only=True)
class _Night:
    """A night under way."""

    plan: NightPlan
    on_progress: OnProgress
    contract: Contract
    stage: StageExpectations
    session: AwsSession
    credentials: Credentials
    configuration: Configuration
    redactor: Redactor
    writer: RecordingWriter
    manifest: Manifest
    done: NightProgress
    deadline_s: float
    traffic: TrafficResult | None = None
    remembered_at_s: float = field(default_factory=time.monotonic)

    @property
    def base_url(self) -> str:
        return self.configuration.metadata.invoke_url

    @property
    def is_http(self) -> bool:
        """Whether the stage is of an HTTP API."""
        return self.manifest.http_api_id is not None

    @property
    def user_agent(self) -> str:
        return f"stageproof/{self.manifest.stageproof_version} (run {self.manifest.run_id})"

    def probe(self) -> None:
        """Send violations, preflights and cross-origin requests; where none is answered, the night ends."""
        if self.done.is_probed:
            return
        traffic = self.plan.expectations.traffic
        shard = f"probe{self.done.attempts}"
        with Prober(
            self.base_url,
            user_agent=self.user_agent,
            shard=shard,
            timeout_s=traffic.request_timeout_s,
            rate_limit_per_s=traffic.rate_limit_per_s,
            aws_keys=self.credentials.aws_keys,
        ) as prober:
            probes = self._probes()
            failures = sent = unidentified = 0
            for exchange in self._sent(prober, probes):
                self.writer.add_exchange(exchange)
                sent += 1
                if have_expired(exchange.error_type) and self.credentials.aws_keys is not None:
                    raise AwsError(KEYS_EXPIRED)
                failures += exchange.response is None
                unidentified += exchange.response is not None and exchange.request_id is None
                if sent in {_FIRST_PROBES, probes.count} and sent == failures + unidentified:
                    raise NightError(wrong_url(self.configuration, exchange))
                self._tell("probes", exchange.intent, sent, probes.count, failures)
        self.writer.flush()
        self._remember(replace(self.done, is_probed=sent == probes.count, probes=probes.count, probes_sent=sent))

    def _sent(self, prober: Prober, probes: ProbePlan) -> Iterator[Exchange]:
        def may_go_on() -> bool:
            return time.monotonic() < self.deadline_s

        yield from prober.send_all(probes.together, may_go_on)
        yield from prober.send_all(probes.in_order, may_go_on, parallel_requests=1)

    def drive(self) -> None:
        """Send the property-based traffic."""
        result = run_traffic(
            self._traffic_plan(),
            self.plan.directory,
            self.on_progress,
            attempt=self.done.attempts - 1,
            on_done=self._note,
        )
        self.traffic = result
        self._remember(replace(self.done, outcomes=result.outcomes))
        if result.interrupted:
            raise KeyboardInterrupt
        if result.stopped not in {None, TIME_IS_SPENT}:
            raise NightError(
                f"the traffic to {self.base_url} ended early: {result.stopped}; what was recorded is in "
                f"{self.plan.directory}; go on with: {self.plan.how_to_go_on}"
            )

    def collect(self) -> None:
        """Fetch what AWS recorded, and finish the recording."""
        self.writer.flush()
        recorded = Recording.open(self.plan.directory).exchanges()
        sent = (exchange for exchange in recorded if exchange.origin is not Origin.TEST_INVOKE)
        exchanges, now = by_clock_of_aws(sent, datetime.now(UTC))
        start_at = min((exchange.sent_at for exchange in exchanges), default=self.manifest.started_at)
        window = TimeWindow(start_at=start_at, end_at=max(start_at, now))
        found = self._collected(exchanges, window)
        if self.plan.expectations.traffic.test_invoke and not self.is_http:
            found |= repeat_as_test_invocations(
                self.session,
                self.configuration,
                rest_api_id=self.manifest.rest_api_id,
                exchanges=recorded,
                executions=found["executions"],
                destructive_traffic=self.stage.destructive_traffic,
                expectations=self.plan.expectations.collection,
                writer=self.writer,
                on_progress=self.on_progress,
            )
        manifest = replace(self._counted(), window=window, finished_at=datetime.now(UTC))
        self.manifest = self.writer.finish(replace(manifest, completeness={**manifest.completeness, **found}))
        remove_progress(self.plan.directory)

    def keep(self) -> None:
        """Write what is in memory and the manifest as it is now, incomplete."""
        self.writer.flush()
        self.writer.write_manifest(self._counted())

    def _collected(self, exchanges: tuple[Exchange, ...], window: TimeWindow) -> dict[str, Completeness]:
        """Collect what AWS recorded, by the collectors of the kind of API."""
        if self.manifest.http_api_id is not None:
            return collect_http_api_evidence(
                self.session,
                self.configuration,
                http_api_id=self.manifest.http_api_id,
                stage_name=self.stage.stage_name,
                exchanges=exchanges,
                window=window,
                expectations=self.plan.expectations.collection,
                writer=self.writer,
                on_progress=self.on_progress,
            )
        return collect_evidence(
            self.session,
            self.configuration,
            rest_api_id=self.manifest.rest_api_id,
            stage_name=self.stage.stage_name,
            contract_api=self.contract.rest_api,
            exchanges=exchanges,
            window=window,
            expectations=self.plan.expectations.collection,
            writer=self.writer,
            on_progress=self.on_progress,
        )

    def _probes(self) -> ProbePlan:
        expectations, contract = self.plan.expectations, self.contract
        chosen = tuple(
            operation
            for operation in contract.operations
            if is_chosen(operation.name, expectations.traffic.operations, expectations.traffic.exclude)
        )
        evidence, stage = self.configuration.deployed, self.configuration.stage
        may_throttle = expectations.traffic.provoke_throttling
        return plan_probes(
            contract,
            chosen,
            cors=expectations.cors,
            credentials=self.credentials,
            deployed=evidence.value if isinstance(evidence, Present) else None,
            destructive_traffic=self.stage.destructive_traffic,
            is_http=self.is_http,
            throttled_stage=stage.value if isinstance(stage, Present) and may_throttle else None,
            stage=stage.value if isinstance(stage, Present) else None,
        )

    def _traffic_plan(self) -> TrafficPlan:
        traffic = self.plan.expectations.traffic
        assert self.manifest.seed is not None
        return TrafficPlan(
            document=self.contract.document,
            rest_api=self.contract.rest_api,
            base_url=self.base_url,
            run_id=self.manifest.run_id,
            redactor=self.redactor,
            seed=self.manifest.seed,
            phases=tuple(phase.value for phase in traffic.phases),
            modes=tuple(mode.value for mode in traffic.modes),
            max_examples=traffic.max_examples,
            time_budget_s=max(0.0, self.deadline_s - time.monotonic()),
            rate_limit_per_s=traffic.rate_limit_per_s,
            workers=traffic.workers,
            operations=traffic.operations,
            exclude=traffic.exclude,
            request_timeout_s=traffic.request_timeout_s,
            destructive_traffic=self.stage.destructive_traffic,
            credentials=self.credentials,
            user_agent=self.user_agent,
            already_done=self.done.outcomes,
        )

    def _counted(self) -> Manifest:
        """Return the manifest with what was requested and sent so far."""
        if self.traffic is None:
            return self.manifest
        whole = self.traffic.completeness
        whole = replace(
            whole,
            expected=whole.expected + self.done.probes,
            found=whole.found + self.done.probes_sent,
            reason=whole.reason or (None if self.done.is_probed else TIME_IS_SPENT),
        )
        return replace(
            self.manifest,
            requested=self.traffic.requested,
            sent=self.traffic.sent,
            completeness={**self.manifest.completeness, "exchanges": whole},
        )

    def _remember(self, done: NightProgress) -> None:
        self.done = done
        self.remembered_at_s = time.monotonic()
        write_progress(self.plan.directory, done, self.redactor)

    def _note(self, outcomes: tuple[PhaseOutcome, ...]) -> None:
        """Remember now and then which operations are done: a night that is killed need not send them again."""
        if time.monotonic() - self.remembered_at_s > _REMEMBERS_EVERY_S:
            self._remember(replace(self.done, outcomes=outcomes))

    def _tell(self, phase: str, what: str, done: int, total: int, failures: int) -> None:
        self.on_progress(
            Progress(phase=phase, operation=what, done=done, total=total, requests=done, failures=failures)
        )


_REMEMBERS_EVERY_S = 1.0
_FIRST_PROBES = 5
"""So many probes without an answer of API Gateway, and nothing is behind the URL that could be judged."""


def _begun(plan: NightPlan, on_progress: OnProgress) -> _Night:
    """Read everything that can be wrong before the first request, and begin the recording."""
    started_s = time.monotonic()
    expectations = plan.expectations
    stage = expectations.stage(plan.stage)
    contract = plan.contract or load_contract(stage.contract)
    session = plan.session or aws_session(profile=stage.profile, region=stage.region, endpoint_url=stage.endpoint_url)
    on_progress(Progress(phase="configuration"))
    aws_keys = signing_keys(session) if stage.auth.sigv4 else None
    credentials = resolve_credentials(stage.auth, environ=plan.environ, aws_keys=aws_keys)
    found = find_api(session, stage)
    configuration = read_configuration(session, found, stage)
    refuse_to_be_blind(configuration, found)
    refuse_a_closed_endpoint(configuration, stage)
    on_progress(Progress(phase="configuration", done=1, total=1))
    manifest, done = _manifest(plan, contract, found)
    redactor = _redactor(plan.directory, expectations, credentials)
    writer = RecordingWriter(plan.directory, redactor=redactor, shard=f"night{done.attempts}")
    writer.write_contract(contract.document)
    writer.write_configuration(configuration)
    writer.write_expectations(expectations)
    writer.write_manifest(manifest)
    write_progress(plan.directory, done, redactor)
    return _Night(
        plan=plan,
        on_progress=on_progress,
        contract=contract,
        stage=stage,
        session=session,
        credentials=credentials,
        configuration=configuration,
        redactor=redactor,
        writer=writer,
        manifest=manifest,
        done=done,
        deadline_s=started_s + expectations.traffic.time_budget_s,
    )


def _manifest(plan: NightPlan, contract: Contract, found: FoundApi) -> tuple[Manifest, NightProgress]:
    """Return the manifest to begin with: a new one, or that of the night that is continued."""
    if plan.is_continued:
        manifest = Recording.open(plan.directory).manifest
        if manifest.complete:
            raise NightError(f"{plan.directory}: is complete already; see: stageproof report {plan.directory}")
        done = read_progress(plan.directory)
        if (manifest.api_id, manifest.stage) != (found.api_id, plan.stage):
            raise NightError(
                f"{plan.directory}: was recorded of the stage {manifest.stage} of {manifest.api_id}, not of "
                f"{plan.stage} of {found.api_id}; start a new run"
            )
        if manifest.contract_digest != contract.digest:
            raise NightError(f"{plan.directory}: {contract.source} has changed since; start a new run")
        return manifest, replace(done, attempts=done.attempts + 1)
    if plan.directory.exists() and not plan.directory.is_dir():
        raise NightError(f"{plan.directory}: is a file; choose another folder for the recording")
    if plan.directory.exists() and any(plan.directory.iterdir()):
        raise NightError(f"{plan.directory}: is not empty; choose another folder, or go on with --continue")
    plan.directory.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    seed = plan.expectations.traffic.seed
    manifest = Manifest(
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
        stage=plan.stage,
        rest_api_id="" if found.is_http else found.api_id,
        http_api_id=found.api_id if found.is_http else None,
        started_at=now,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        contract_digest=contract.digest,
        stageproof_version=_version(),
    )
    return manifest, NightProgress()


def _redactor(directory: Path, expectations: Expectations, credentials: Credentials) -> Redactor:
    headers = [item.header_name for item in expectations.sensitive_fields if item.header_name is not None]
    fields = [item.field for item in expectations.sensitive_fields if item.header_name is None]
    masks = [item.masked_as for item in expectations.sensitive_fields if item.masked_as is not None]
    key = redaction_key(directory)
    return Redactor(key, header_names=headers, field_names=fields, secrets=credentials.secrets, masks=masks)


def _version() -> str:
    try:
        return importlib.metadata.version("stageproof")
    except importlib.metadata.PackageNotFoundError:
        return "0"
