"""A small API of mapped integrations, its backends, and generated requests: what the mapping oracle is proven on."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import boto3

from contracts.catalogue import CATALOGUE
from contracts.contract import load_contract
from contracts.evidence import Exchange, Mode, Origin, TimeWindow
from contracts.expectations import CollectionExpectations, Expectations
from contracts.judgement import Judgement, judge
from contracts.recording import Manifest, Recording, RecordingWriter
from contracts.redaction import Redactor
from contracts.rule import Rule
from contracts.verdict import Outcome, Verdict
from gateway.messages import Headers
from probes.aws import AwsSession
from probes.configuration import collect_configuration
from probes.http_probe import HttpProbe, Prober
from probes.night_collection import collect_evidence
from probes.progress import no_progress
from sandbox.deploy import AwsClients, Deployed, LambdaSource, deploy_openapi
from sandbox.faults.fault import Deployment
from sandbox.sandbox import Sandbox

DATA = Path(__file__).resolve().parent.parent / "data" / "oracle"
STAGE = "dev"
ORACLE: tuple[Rule, ...] = tuple(rule for rule in CATALOGUE if rule.code in {"IQ001", "IQ005", "IS001"})
TEXTS = (
    "plain", 'say "hi"', "it's", "back\\slash", "two\nlines", "tab\there", "", " ", "</script>", "$context.requestId",
    "#set($x = 1)$x", "ünïcödé", "日本語", "👍", "null", "a,b=c}", "\u2028", "%41+%20", '{"a": 1}', "0012", "é\u0301",
)  # fmt: skip
NUMBERS = (0, 1, -1, 3.5, -0.25, 1e3, 12345678901234567890, 2**31, 0.1, 100)
LANGUAGES = ("en", "de-AT", 'q"uote', "it's")


class _Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode("utf-8", "replace")
        path, _, query = self.path.partition("?")
        found = {"path": path, "asked": query, "language": self.headers.get("X-Language"), "received": body}
        status = 404 if "missing" in query else 200
        content = json.dumps({"found": found, "error": None if status == 200 else 'no such "note"'}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Count", str(len(query)))
        self.send_header("X-Other", "other")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = answer  # noqa: N815 - http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        pass


@contextlib.contextmanager
def backend() -> Iterator[int]:
    """Serve the HTTP backend; gives its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Backend)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleApi:
    """The API, deployed into a sandbox."""

    sandbox: Sandbox
    clients: AwsClients
    session: AwsSession
    contract: Path
    deployed: Deployed

    @property
    def deployment(self) -> Deployment:
        return Deployment(clients=self.clients, rest_api_id=self.deployed.rest_api_id, stage_name=STAGE)


def deploy_api(sandbox: Sandbox, folder: Path, port: int) -> OracleApi:
    """Deploy a fresh copy of the API."""
    document = (DATA / "openapi.json").read_text(encoding="utf-8").replace("http://backend", f"http://127.0.0.1:{port}")
    contract = folder / "openapi.json"
    contract.write_text(document, encoding="utf-8")
    clients = AwsClients.local(sandbox.endpoint_url)
    deployed = deploy_openapi(
        contract,
        clients=clients,
        stage_name=STAGE,
        lambdas={"notes": LambdaSource(path=DATA / "function", handler="notes.handler")},
        variables={"edition": "seventh"},
    )
    session = boto3.Session("sandbox", "sandbox", region_name="us-east-1")
    aws = AwsSession(session=session, region="us-east-1", given_endpoint_url=sandbox.endpoint_url)
    return OracleApi(sandbox=sandbox, clients=clients, session=aws, contract=contract, deployed=deployed)


def requests(count: int, seed: int) -> Iterator[HttpProbe]:
    """Generate requests to all operations in turn, drawn from a seed."""
    draw = random.Random(seed)
    makers = (_create, _search, _replace, _status)
    for number in range(count):
        yield makers[number % len(makers)](draw)


def _create(draw: random.Random) -> HttpProbe:
    note = _note(draw)
    if draw.random() < 0.2:
        note["text"] = "missing"
    return _probe("POST", "/notes/{noteId}", f"/notes/{_id(draw)}", body=note, headers=_language(draw))


def _replace(draw: random.Random) -> HttpProbe:
    return _probe("PUT", "/notes/{noteId}", f"/notes/{_id(draw)}", body=_note(draw), headers=_language(draw))


def _search(draw: random.Random) -> HttpProbe:
    pairs = [("q", draw.choice(TEXTS))] if draw.random() < 0.8 else []
    pairs += [("tag", draw.choice(("a", "b c", "ü"))) for _ in range(draw.randrange(4))]
    pairs += [("missing", "1")] if draw.random() < 0.2 else []
    return _probe("GET", "/search", "/search", query=urlencode(pairs), headers=_language(draw))


def _status(draw: random.Random) -> HttpProbe:
    query = draw.choice(("", "code=gone", "code=ok", "code=%22"))
    return _probe("GET", "/status", "/status", query=query, headers=_language(draw))


def _note(draw: random.Random) -> dict[str, Any]:
    values: Mapping[str, Any] = {
        "text": draw.choice(TEXTS),
        "title": draw.choice(TEXTS),
        "count": draw.choice((*NUMBERS, None, True, "7")),
        "tags": [draw.choice(TEXTS) for _ in range(draw.randrange(3))],
        "author": {"name": draw.choice(TEXTS), "age": draw.choice(NUMBERS)},
    }
    return {name: value for name, value in values.items() if draw.random() < 0.8}


def _id(draw: random.Random) -> str:
    return quote(draw.choice(("1", "abc", "a'b", 'a"b', "ü", "a b")), safe="")


def _language(draw: random.Random) -> list[tuple[str, str]]:
    return [("X-Language", draw.choice(LANGUAGES))] if draw.random() < 0.8 else []


def _probe(  # noqa: PLR0913 - the parts of a request
    http_method: str,
    resource_path: str,
    path: str,
    *,
    query: str = "",
    headers: list[tuple[str, str]],
    body: Mapping[str, Any] | None = None,
) -> HttpProbe:
    content = b"" if body is None else json.dumps(body, ensure_ascii="count" in body).encode()
    typed = [("Content-Type", "application/json")] if body is not None else []
    return HttpProbe(
        http_method=http_method,
        path=path,
        origin=Origin.FUZZING,
        mode=Mode.POSITIVE,
        intent="",
        query=query,
        headers=Headers([*headers, *typed, ("Accept", "application/json")]),
        body=content,
        resource_path=resource_path,
    )


def observe(api: OracleApi, directory: Path, count: int, seed: int = 1) -> Judgement:
    """Send requests, collect what was recorded, and judge it by the oracle's rules."""
    configuration = collect_configuration(api.session, api.deployed.rest_api_id, STAGE)
    contract = load_contract(api.contract)
    now = datetime.now(UTC)
    redactor = Redactor(b"k" * 32, header_names=[], field_names=[], secrets=[])
    with RecordingWriter(directory, redactor=redactor) as writer:
        writer.write_contract(contract.document)
        writer.write_configuration(configuration)
        writer.write_expectations(Expectations())
        manifest = Manifest(run_id="r", stage=STAGE, rest_api_id=api.deployed.rest_api_id, started_at=now)
        with Prober(api.deployed.invoke_url, user_agent="oracle", shard="oracle") as prober:
            exchanges: list[Exchange] = list(prober.send_all(requests(count, seed), lambda: True))
        for exchange in exchanges:
            writer.add_exchange(exchange)
        api.sandbox.flush_telemetry()
        completeness = collect_evidence(
            api.session,
            configuration,
            rest_api_id=api.deployed.rest_api_id,
            stage_name=STAGE,
            contract_api=contract.rest_api,
            exchanges=tuple(exchanges),
            window=TimeWindow(start_at=now, end_at=datetime.now(UTC) + timedelta(seconds=5)),
            expectations=CollectionExpectations(),
            writer=writer,
            on_progress=no_progress,
        )
        writer.finish(Manifest(**{**_fields(manifest), "completeness": completeness}))
    return judge(Recording.open(directory), catalogue=ORACLE, today=date(2026, 3, 1))


def _fields(manifest: Manifest) -> dict[str, Any]:
    return {name: getattr(manifest, name) for name in manifest.__slots__}


def outcomes(judgement: Judgement, outcome: Outcome) -> dict[tuple[str, str], Verdict]:
    """Return the verdicts of an outcome by rule and subject."""
    return {(one.rule, one.subject): one for one in judgement.verdicts if one.outcome is outcome}
