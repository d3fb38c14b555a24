"""What is written is read back equal; an interrupted recording is readable; a damaged one says so in one line."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.evidence import (
    AccessEntry,
    AccountSettings,
    Completeness,
    Configuration,
    Exchange,
    Execution,
    HttpRequest,
    HttpResponse,
    LogGroup,
    MetricPoint,
    Missing,
    Mode,
    Origin,
    Prediction,
    Present,
    StageMetadata,
    TimeWindow,
    Trace,
    TraceSegment,
)
from contracts.expectations import parse_expectations
from contracts.recording import Manifest, Recording, RecordingWriter, redaction_key
from contracts.redaction import Redactor
from gateway.errors import StageproofError
from gateway.execution import AuthorizerExecution, LoggedMap, LoggedText, LogLine
from gateway.messages import Headers
from gateway.rest_api import (
    AccessLogSettings,
    ApiKey,
    Authorizer,
    AuthorizerType,
    CanarySettings,
    GatewayResponse,
    GatewayResponseType,
    Integration,
    IntegrationResponse,
    IntegrationType,
    Method,
    MethodResponse,
    MethodSettings,
    Model,
    Quota,
    RequestValidator,
    Resource,
    RestApi,
    Stage,
    Throttle,
    UsagePlan,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
KEY = b"k" * 32
MANIFEST = Manifest(
    run_id="run1",
    stage="dev",
    rest_api_id="api1",
    started_at=NOW,
    seed=7,
    window=TimeWindow(start_at=NOW, end_at=NOW + timedelta(hours=1)),
    requested={"GET /": 3},
    completeness={"executions": Completeness(expected=2, found=1, missing=("r2",), reason="late", remedy="wait")},
)
REST_API = RestApi(
    name="users",
    resources=(
        Resource(
            path="/users",
            methods=(
                Method(
                    http_method="GET",
                    request_parameters={"method.request.querystring.limit": False},
                    integration=Integration(
                        integration_type=IntegrationType.AWS,
                        request_templates={"application/json": "{}"},
                        integration_responses=(IntegrationResponse(status_code="200", selection_pattern=".*"),),
                    ),
                    method_responses=(MethodResponse(status_code="200", response_models={"application/json": "M"}),),
                ),
            ),
            resource_id="res1",
        ),
    ),
    models={"M": Model(name="M", schema="{}")},
    request_validators={"all": RequestValidator(name="all", validate_request_body=True)},
    authorizers={"token": Authorizer(name="token", authorizer_type=AuthorizerType.TOKEN, result_ttl_s=0)},
    gateway_responses={
        GatewayResponseType.THROTTLED: GatewayResponse(response_type=GatewayResponseType.THROTTLED, status_code="429")
    },
    rest_api_id="api1",
)
CONFIGURATION = Configuration(
    metadata=StageMetadata(account_id="1", region="us-east-1", read_at=NOW, invoke_url="https://h"),
    rest_api=Present(value=REST_API),
    deployed=Missing(reason="denied", aws_error_code="AccessDeniedException", remedy="allow apigateway:GET"),
    stage=Present(
        value=Stage(
            stage_name="dev",
            method_settings={"*/*": MethodSettings(logging_level="INFO", throttling_rate_limit=1.5)},
            access_log_settings=AccessLogSettings(destination_arn="arn:x", log_format="$context.requestId"),
            canary_settings=CanarySettings(percent_traffic=5.0),
            created_at=NOW,
        )
    ),
    usage_plans=Present(
        value=(
            UsagePlan(
                usage_plan_id="u",
                name="plan",
                api_stages=(("api1", "dev"),),
                throttle=Throttle(rate_limit=1.0, burst_limit=2),
                quota=Quota(limit=5, period="DAY"),
                method_throttles={"/users/GET": Throttle(rate_limit=0.5, burst_limit=1)},
                api_keys=(ApiKey(api_key_id="k", name="n"),),
            ),
        )
    ),
    account=Present(value=AccountSettings(cloudwatch_role_arn="arn:role")),
    log_groups=Present(value=(LogGroup(log_group_name="g", exists=False),)),
)

texts = st.text(st.characters(codec="utf-8"), max_size=8)
maybe_texts = st.none() | texts
times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside
headers = st.lists(st.tuples(texts, texts), max_size=3).map(Headers)
floats = st.floats(allow_nan=False, width=32)
exchanges = st.builds(
    Exchange,
    exchange_id=texts,
    resource_path=maybe_texts,
    http_method=texts,
    origin=st.sampled_from(Origin),
    mode=st.sampled_from(Mode),
    request=st.builds(HttpRequest, http_method=texts, url=texts, headers=headers, body=st.binary(max_size=9)),
    response=st.none()
    | st.builds(HttpResponse, status=st.integers(0, 999), headers=headers, body=st.binary(max_size=9)),
    sent_at=times,
    elapsed_ms=floats,
    trace_id=maybe_texts,
    error=maybe_texts,
    intent=texts,
    violates=st.lists(texts, max_size=2).map(tuple),
    prediction=st.none()
    | st.builds(Prediction, answered_by=texts, statuses=st.lists(st.integers(), max_size=2).map(tuple)),
    operation_id=maybe_texts,
)
log_lines = st.builds(LogLine, text=st.text(max_size=8), logged_at=st.none() | times)
logged_maps = st.builds(
    LoggedMap, items=st.lists(st.tuples(texts, texts), max_size=2).map(tuple), truncated=st.booleans()
)
logged_texts = st.builds(LoggedText, text=st.text(max_size=8), truncated=st.booleans())
executions = st.builds(
    Execution,
    request_id=texts,
    api_key=maybe_texts,
    authorizer=st.none() | st.builds(AuthorizerExecution, authorizer_id=texts, result_body=st.none() | logged_texts),
    request_headers=st.none() | logged_maps,
    request_body=st.none() | logged_texts,
    validation_errors=st.lists(texts, max_size=2).map(tuple),
    started=st.booleans(),
    status=st.none() | st.integers(0, 999),
    lines=st.lists(log_lines, max_size=3).map(tuple),
)
segments = st.recursive(
    st.builds(TraceSegment, segment_id=texts, name=texts, start_s=floats, end_s=st.none() | floats),
    lambda inner: st.builds(
        TraceSegment,
        segment_id=texts,
        name=texts,
        start_s=floats,
        end_s=floats,
        annotations=st.dictionaries(texts, st.booleans() | texts | st.integers(0, 9), max_size=2),
        subsegments=st.lists(inner, max_size=2).map(tuple),
    ),
    max_leaves=4,
)
anything = st.tuples(
    st.lists(exchanges, max_size=4),
    st.lists(executions, max_size=4),
    st.lists(st.builds(AccessEntry, raw=texts, values=st.dictionaries(texts, texts, max_size=2)), max_size=3),
    st.lists(st.builds(Trace, trace_id=texts, segments=st.lists(segments, max_size=2).map(tuple)), max_size=3),
    st.lists(
        st.builds(
            MetricPoint,
            metric_name=texts,
            statistic=texts,
            dimensions=st.dictionaries(texts, texts, max_size=2),
            start_at=times,
            period_s=st.integers(1, 60),
            value=floats,
        ),
        max_size=3,
    ),
)


class Unredacted:
    """Lets everything through, to test the recording alone."""

    def __getattr__(self, _: str) -> Callable[[Any], Any]:
        return lambda record: record


def exchange(exchange_id: str = "x", body: bytes = b"") -> Exchange:
    return Exchange(
        exchange_id=exchange_id,
        resource_path="/users",
        http_method="GET",
        origin=Origin.FUZZING,
        mode=Mode.POSITIVE,
        request=HttpRequest(http_method="GET", url="https://h/dev/users", body=body),
        response=None,
        sent_at=NOW,
        elapsed_ms=1.0,
    )


def written(directory: Path, *exchange_ids: str, **arguments: Any) -> Path:
    with RecordingWriter(directory, redactor=Redactor(KEY), **arguments) as writer:
        writer.write_manifest(MANIFEST)
        for exchange_id in exchange_ids:
            writer.add_exchange(exchange(exchange_id))
    return directory


def ids(directory: Path) -> list[str]:
    return [item.exchange_id for item in Recording.open(directory).exchanges()]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(anything, st.integers(1, 3))
def test_everything_is_read_back_equal(
    tmp_path_factory: pytest.TempPathFactory, rows: tuple[list[Any], ...], part_size: int
) -> None:
    directory = tmp_path_factory.mktemp("recording")
    writer = RecordingWriter(directory, redactor=Unredacted(), part_size=part_size)
    adders: list[Callable[[Any], None]] = [
        writer.add_exchange,
        writer.add_execution,
        writer.add_access_entry,
        writer.add_trace,
        writer.add_metric,
    ]
    for add, of_kind in zip(adders, rows, strict=True):
        for row in of_kind:
            add(row)
    writer.finish(MANIFEST)
    recording = Recording.open(directory)
    read = (
        recording.exchanges(),
        recording.executions(),
        recording.access_entries(),
        recording.traces(),
        recording.metrics(),
    )
    assert [list(of_kind) for of_kind in read] == list(rows)
    assert list(recording.manifest.counts.values()) == [len(of_kind) for of_kind in rows]


def test_documents_are_read_back_equal(tmp_path: Path) -> None:
    expectations = parse_expectations(
        '[stages.dev]\nrest_api_id = "abc"\nstage_name = "dev"\ncontract = "c.yaml"\n'
        '[traffic]\ntime_budget = "10m"\nrate_limit = "50/s"\n'
        '[[waivers]]\nrule = "CO002"\nsubject = "*"\nreason = "r"\nexpires_on = 2026-12-31\n'
    )
    writer = RecordingWriter(tmp_path, redactor=Redactor(KEY))
    writer.write_contract({"openapi": "3.0.1", "paths": {}})
    writer.write_configuration(CONFIGURATION)
    writer.write_expectations(expectations)
    finished = writer.finish(MANIFEST)
    recording = Recording.open(tmp_path)
    assert recording.contract == {"openapi": "3.0.1", "paths": {}}
    assert recording.configuration == CONFIGURATION
    assert recording.expectations == expectations
    assert recording.expectations.waivers[0].expires_on == date(2026, 12, 31)
    assert recording.manifest == finished
    assert finished.complete
    assert finished.window == MANIFEST.window
    assert isinstance(recording.configuration.rest_api, Present)
    assert recording.configuration.rest_api.value.resources[0].resource_id == "res1"


def test_times_of_other_zones_become_utc(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=9))
    with RecordingWriter(tmp_path, redactor=Unredacted()) as writer:
        writer.write_manifest(Manifest(run_id="r", stage="s", rest_api_id="a", started_at=NOW.astimezone(zone)))
    assert Recording.open(tmp_path).manifest.started_at == NOW
    assert Recording.open(tmp_path).manifest.started_at.tzinfo == UTC


def test_lone_surrogates_do_not_break_a_part(tmp_path: Path) -> None:
    with RecordingWriter(tmp_path, redactor=Unredacted()) as writer:
        writer.write_manifest(MANIFEST)
        writer.add_exchange(exchange("a\ud800"))
        writer.add_execution(Execution(request_id="r", lines=(LogLine(text="\udfff"),)))
    recording = Recording.open(tmp_path)
    assert recording.exchanges()[0].exchange_id == "a?"
    assert recording.executions()[0].lines[0].text == "\udfff"


def test_parts_go_on_where_an_earlier_run_ended(tmp_path: Path) -> None:
    written(tmp_path, "a", "b", "c", part_size=2)
    written(tmp_path, "d", part_size=2)
    assert [path.name for path in sorted((tmp_path / "parts").iterdir())] == [
        "exchanges-00000.parquet",
        "exchanges-00001.parquet",
        "exchanges-00002.parquet",
    ]
    assert ids(tmp_path) == ["a", "b", "c", "d"]


def test_what_a_later_attempt_wrote_is_read_after_what_an_earlier_one_did(tmp_path: Path) -> None:
    written(tmp_path, "tenth", shard="night10")
    written(tmp_path, "second", shard="night2")
    assert ids(tmp_path) == ["second", "tenth"]


def test_large_bodies_do_not_gather_in_memory(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path, redactor=Redactor(KEY))
    for number in range(3):
        large = HttpResponse(status=200, body=bytes([number]) * 9_000_000)
        writer.add_exchange(replace(exchange(str(number)), response=large))
    parts = [path.name for path in (tmp_path / "parts").iterdir()]
    assert parts == ["exchanges-00000.parquet"], "the second filled it; the third waits for its like"
    assert Recording(tmp_path, MANIFEST).counts()["exchanges"] == 2


def test_shards_write_beside_each_other(tmp_path: Path) -> None:
    written(tmp_path, "a", shard="w1")
    written(tmp_path, "b", shard="w10")
    written(tmp_path, "c", shard="1")
    written(tmp_path, "d")
    written(tmp_path, "e", shard="w1")
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == [
        "exchanges-00000.parquet",
        "exchanges-1-00000.parquet",
        "exchanges-w1-00000.parquet",
        "exchanges-w1-00001.parquet",
        "exchanges-w10-00000.parquet",
    ]
    assert sorted(ids(tmp_path)) == ["a", "b", "c", "d", "e"]
    assert Recording.open(tmp_path).counts()["exchanges"] == 5


@pytest.mark.parametrize("arguments", [{"shard": "a-b"}, {"shard": ""}, {"part_size": 0}])
def test_wrong_arguments(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"shard|part_size"):
        RecordingWriter(tmp_path, redactor=Unredacted(), **arguments)


def test_a_killed_run_leaves_a_readable_recording(tmp_path: Path) -> None:
    writer = RecordingWriter(tmp_path, redactor=Redactor(KEY), part_size=2)
    writer.write_manifest(MANIFEST)
    for exchange_id in "abc":
        writer.add_exchange(exchange(exchange_id))
    (tmp_path / "parts" / ".exchanges-00001.parquet.99.tmp").write_bytes(b"half a part")
    del writer
    assert ids(tmp_path) == ["a", "b"]
    assert not Recording.open(tmp_path).manifest.complete


def damage_part(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(directory: Path) -> None:
        part = directory / "parts" / "exchanges-00000.parquet"
        part.write_bytes(change(part.read_bytes()))

    return damage


def change_manifest(**values: Any) -> Callable[[Path], None]:
    def change(directory: Path) -> None:
        path = directory / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def other_columns(directory: Path) -> None:
    part = directory / "parts" / "exchanges-00000.parquet"
    pq.write_table(pq.read_table(part).drop_columns(["exchange_id"]), part)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_part(lambda data: data[: len(data) // 2]), "exchanges-00000.parquet: the part is damaged or truncated"),
        (damage_part(lambda _: b""), "exchanges-00000.parquet: the part is damaged or truncated"),
        (damage_part(lambda data: data[:40] + bytes(40) + data[80:]), "exchanges-00000.parquet: the part is damaged"),
        (other_columns, "exchanges-00000.parquet: the part is damaged or truncated"),
        (
            lambda path: (path / "manifest.json").unlink(),
            "manifest.json: is missing, so this folder is no whole recording",
        ),
        (lambda path: (path / "manifest.json").write_text('{"for'), "manifest.json: is damaged, no JSON"),
        (lambda path: (path / "manifest.json").write_text("[]"), "manifest.json: is damaged: it has no format number"),
        (
            change_manifest(format=99),
            "manifest.json: has format 99, newer than 1, the newest read here; update Stageproof",
        ),
        (change_manifest(started_at="yesterday"), "manifest.json: is damaged or of another version"),
    ],
)
def test_damage_is_one_clear_line(tmp_path: Path, damage: Callable[[Path], object], message: str) -> None:
    directory = written(tmp_path / "recording", "a", "b")
    damage(directory)
    with pytest.raises(StageproofError) as raised:
        Recording.open(directory).exchanges()
    assert message in str(raised.value)
    assert str(directory) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["contract", "configuration", "expectations"])
@pytest.mark.parametrize("content", [None, "{", '{"metadata": 1}', "[1]"])
def test_damaged_documents(tmp_path: Path, name: str, content: str | None) -> None:
    directory = written(tmp_path)
    if content is not None:
        (directory / f"{name}.json").write_text(content)
    if (name, content) == ("contract", '{"metadata": 1}'):
        assert Recording.open(directory).contract == {"metadata": 1}
        return
    with pytest.raises(StageproofError) as raised:
        getattr(Recording.open(directory), name)
    assert f"{name}.json" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StageproofError, match="nowhere: is no folder"):
        Recording.open(tmp_path / "nowhere")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StageproofError, match="cannot be created"):
        RecordingWriter(tmp_path / "file" / "recording", redactor=Unredacted())


def test_an_older_recording_takes_defaults_and_unknown_columns_are_passed_over(tmp_path: Path) -> None:
    directory = written(tmp_path, "a")
    part = directory / "parts" / "exchanges-00000.parquet"
    table = pq.read_table(part)
    changed = table.drop_columns(["operation_id", "intent"]).append_column("later", table["http_method"])
    pq.write_table(changed, part)
    assert Recording.open(directory).exchanges()[0] == exchange("a")


def test_the_redaction_key_lives_only_while_the_recording_is_incomplete(tmp_path: Path) -> None:
    directory = tmp_path / "recording"
    key = redaction_key(directory)
    path = directory / ".redaction-key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert redaction_key(directory) == key
    writer = RecordingWriter(directory, redactor=Redactor(key))
    (directory / ".redaction-key.12345.tmp").write_bytes(key)  # as a process leaves it that is killed right then
    writer.finish(MANIFEST)
    assert not path.exists()
    assert sorted(item.name for item in directory.iterdir()) == ["manifest.json", "parts"]


def test_a_damaged_key(tmp_path: Path) -> None:
    (tmp_path / ".redaction-key").write_bytes(b"short")
    with pytest.raises(StageproofError, match="is damaged; remove it"):
        redaction_key(tmp_path)


secret_values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=7, max_size=20).map(
    lambda text: f"{text}%7"
)


@settings(max_examples=40, deadline=None)
@given(secret_values, st.sampled_from(["header", "field", "known"]))
def test_no_secret_is_in_any_byte_that_is_written(
    tmp_path_factory: pytest.TempPathFactory, secret: str, kind: str
) -> None:
    directory = tmp_path_factory.mktemp("recording")
    redactor = Redactor(KEY, field_names=["password"], secrets=[secret] if kind == "known" else [])
    body = json.dumps({"n": 1, "password": secret}) if kind != "header" else "{}"
    event = json.dumps({"body": body, "headers": {"Authorization": secret}})
    sent = Headers([("Authorization", f"Bearer {secret}"), ("x-api-key", secret)])
    with RecordingWriter(directory, redactor=redactor) as writer:
        writer.write_manifest(MANIFEST)
        writer.write_contract({"info": {"x": secret if kind == "known" else ""}, "example": {"password": secret}})
        writer.add_exchange(
            Exchange(
                exchange_id="x",
                resource_path="/",
                http_method="POST",
                origin=Origin.FUZZING,
                mode=Mode.POSITIVE,
                request=HttpRequest(http_method="POST", url="https://h/?a=1", headers=sent, body=body.encode()),
                response=HttpResponse(status=200, headers=sent, body=event.encode()),
                sent_at=NOW,
                elapsed_ms=1.0,
            )
        )
        writer.add_execution(
            Execution(
                request_id="r",
                request_body=LoggedText(text=body),
                request_headers=LoggedMap(items=sent.items()),
                endpoint_request_body=LoggedText(text=event),
                lines=(LogLine(text=f"Endpoint request body after transformations: {event}"),),
            )
        )
        writer.add_access_entry(AccessEntry(raw=f"k={redactor.token(secret)}", values={"identity.apiKey": secret}))
    seen = all_text(directory)
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    assert not any(form in seen for form in forms)
    assert redactor.token(secret) in seen
    recorded = Recording.open(directory)
    (exchanged,), (executed,) = recorded.exchanges(), recorded.executions()
    assert exchanged.request.headers.get("x-api-key") == redactor.token(secret)
    assert executed.request_headers is not None
    assert executed.request_headers.get("authorization") == exchanged.request.headers.get("authorization")
    if kind != "header":
        assert executed.request_body is not None
        assert executed.request_body.text.encode() == exchanged.request.body


def all_text(directory: Path) -> str:
    """Return everything that a recording holds, all columns of all parts uncompressed."""
    found: list[str] = []
    for root, _, names in os.walk(directory):
        for name in names:
            path = Path(root) / name
            if path.suffix == ".parquet":
                cells = [cell for column in pq.read_table(path).to_pydict().values() for cell in column]
                found.extend(cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in cells)
                found.extend(cell.decode("utf-8", "replace") for cell in cells if isinstance(cell, bytes))
                found.extend(_unescaped(cell) for cell in cells if isinstance(cell, str))
            else:
                found += [path.read_text(), _unescaped(path.read_text())]
    return "\n".join(found)


def _unescaped(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text
