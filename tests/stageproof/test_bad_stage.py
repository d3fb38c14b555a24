"""What AWS, the network or a credential refuses: exit code 2 and one line, before anything is lost."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stageproof.conftest import full_disk

if TYPE_CHECKING:
    from tests.stageproof.conftest import Pets, Run

NOBODY = "http://127.0.0.1:9"


@contextlib.contextmanager
def answering(status: int, body: str, error_type: str | None = None) -> Iterator[str]:
    """Serve one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            is_query = "urlencoded" in (self.headers.get("content-type") or "")
            told = f"<ErrorResponse><Error><Code>{error_type}</Code></Error></ErrorResponse>" if is_query else body
            content = b"" if self.command == "HEAD" else told.encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            if error_type is not None:
                self.send_header("x-amzn-ErrorType", error_type)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


TABLES = {
    "unknown API": (
        'rest_api_id = "nope"',
        r"there is no REST API 'nope' in us-east-1 \(there are: \w+ \(pets\)\); check rest_api_id",
    ),
    "unknown name": (
        'rest_api_name = "cats"',
        r"no REST API in us-east-1 is named 'cats'; there are: pets",
    ),
    "unknown stage": ('stage_name = "prod"', r"the REST API '\w+' in us-east-1 has no stage 'prod'; its stages: dev"),
    "unreachable endpoint": (
        f'endpoint_url = "{NOBODY}"',
        rf"{NOBODY} does not answer \(.*refused\); check the endpoint URL, or start what it names",
    ),
    "unknown profile": ('profile = "nobody"', r".*profile.*nobody.*could not be found; name one of those in"),
    "no such Region": ('region = "here and there"', r".*[Rr]egion.*here and there"),
}


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize("case", TABLES)
def test_a_stage_that_is_not_there(stageproof: Run, pets: Pets, tmp_path: Path, case: str, command: str) -> None:
    table, line = TABLES[case]
    pets.config(tmp_path, table=table)
    ended = stageproof(command, "dev")
    assert ended.code == 2
    assert re.match(line, ended.error)
    assert not (tmp_path / "recordings").exists()


AUTHS = {
    "variable": ('api_key = "env:NO_SUCH_KEY"', r"\[auth\] api_key: the environment variable NO_SUCH_KEY is not set"),
    "program": (
        'bearer_token = "command:no-such-program x"',
        r"\[auth\] bearer_token: the program 'no-such-program'",
    ),
    "failing": ('bearer_token = "command:false"', r"\[auth\] bearer_token: 'false' ended with exit code 1"),
    "silent": ('bearer_token = "command:true"', r"\[auth\] bearer_token: 'true' printed nothing"),
}


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize("case", AUTHS)
def test_a_secret_that_cannot_be_had(stageproof: Run, pets: Pets, tmp_path: Path, case: str, command: str) -> None:
    auth, line = AUTHS[case]
    pets.config(tmp_path, auth=auth)
    ended = stageproof(command, "dev")
    assert ended.code == 2
    assert re.match(line, ended.error)
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize("command", ["run", "doctor"])
def test_no_credentials(
    stageproof: Run, pets: Pets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    pets.config(tmp_path)
    ended = stageproof(command, "dev")
    assert ended.code == 2
    assert re.match("no AWS credentials: .*; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or sign in", ended.error)


@pytest.mark.parametrize("command", ["run", "doctor"])
@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("nonsense", "Invalid endpoint: nonsense; set AWS_ENDPOINT_URL to a URL"),
        ("http://127.0.0.1:99999", "the endpoint URL 'http://127.0.0.1:99999' is no URL; write for example"),
    ],
)
def test_an_endpoint_of_the_environment_that_is_no_url(  # noqa: PLR0913, PLR0917 - pytest hands it over
    stageproof: Run, pets: Pets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, url: str, line: str
) -> None:
    path = pets.config(tmp_path)
    kept = [line for line in path.read_text().splitlines() if not line.startswith("endpoint_url")]
    path.write_text("\n".join(kept))
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    ended = stageproof(command, "dev")
    assert ended.code == 2
    assert ended.error.startswith(line)


AWS_ANSWERS = {
    "expired": (
        403,
        "ExpiredTokenException",
        r"the AWS credentials have expired \(ExpiredTokenException\); sign in",
    ),
    "refused": (403, "UnrecognizedClientException", r"AWS does not accept the credentials .*; check the profile and k"),
    "not AWS": (200, None, r"http://127.0.0.1:\d+ answers, but not as API Gateway's control plane does; check the end"),
}


@pytest.mark.parametrize("command", ["run", "doctor", "init"])
@pytest.mark.parametrize("case", AWS_ANSWERS)
def test_what_aws_answers_to_everything(stageproof: Run, pets: Pets, tmp_path: Path, case: str, command: str) -> None:
    status, error_type, line = AWS_ANSWERS[case]
    with answering(status, '{"message": "no"}', error_type) as url:
        arguments: tuple[str, ...] = (command, "dev")
        if command == "init":
            arguments = ("init", "--rest-api-id", pets.rest_api_id, "--stage", "dev", "--endpoint-url", url)
        else:
            pets.config(tmp_path, table=f'endpoint_url = "{url}"')
        before = sorted(path.name for path in tmp_path.iterdir())
        ended = stageproof(*arguments)
    assert ended.code == 2
    assert re.match(line, ended.error)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_permission_denied_ends_a_run_and_is_listed_by_the_doctor(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    with answering(403, '{"__type": "AccessDeniedException"}', "AccessDeniedException") as url:
        pets.config(tmp_path, table=f'endpoint_url = "{url}"')
        run, doctor = stageproof("run", "dev"), stageproof("doctor", "dev")
    assert run.code == 2
    assert re.match(
        rf"the REST API {pets.rest_api_id} and its stage cannot be read: denied: .*; allow apigateway:GET on arn:",
        run.error,
    )
    assert not (tmp_path / "recordings").exists()
    assert doctor.code == 1
    for action in ("apigateway:GET", "xray:BatchGetTraces", "cloudwatch:GetMetricData"):
        assert f"mend: allow {action}" in doctor.out


def test_a_url_that_does_not_answer(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    pets.config(tmp_path, table=f'invoke_url = "{NOBODY}/dev"')
    ended = stageproof("run", "dev", "--out", "night")
    assert ended.code == 2
    assert re.match(rf"{NOBODY}/dev: the stage does not answer \(.*refused\); check invoke_url", ended.error)
    doctor = stageproof("doctor", "dev")
    assert doctor.code == 1
    assert f"FAILED   base URL: {NOBODY}/dev does not answer" in doctor.out


def test_a_url_that_is_not_api_gateways(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    with answering(200, "{}") as url:
        pets.config(tmp_path, table=f'invoke_url = "{url}"')
        ended = stageproof("run", "dev", "--out", "night")
        doctor = stageproof("doctor", "dev")
    assert ended.code == 2
    assert ended.error.startswith(
        f"{url}: answers without x-amzn-RequestId or apigw-requestid, so that is not API Gateway; set invoke_url"
    )
    assert doctor.code == 1
    assert f"lacking  base URL: {url} answers 200 without x-amzn-RequestId" in doctor.out


def test_a_folder_that_holds_something(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    pets.config(tmp_path)
    (tmp_path / "night").mkdir()
    (tmp_path / "night" / "mine.txt").write_text("mine")
    ended = stageproof("run", "dev", "--out", "night")
    assert (ended.code, ended.error) == (
        2,
        "night: is not empty; choose another folder, or go on with --continue",
    )
    assert [path.name for path in (tmp_path / "night").iterdir()] == ["mine.txt"]
    ended = stageproof("run", "dev", "--out", "night/mine.txt")
    assert (ended.code, ended.error) == (2, "night/mine.txt: is a file; choose another folder for the recording")
    ended = stageproof("run", "dev", "--continue", "night")
    assert ended.code == 2
    assert ended.error.startswith("night/manifest.json: is missing, so this folder is no whole recording")


FULL = {
    "init": (2, r"first.toml: cannot be written: File too large; choose another place"),
    "run": (2, r"night/.*: File too large"),
    "alarms": (1, r"plan.json: cannot be written: File too large; choose another place"),
    "backtest": (1, r"page.html: cannot be written: File too large; choose another place"),
    "preview": (1, r"page.html: cannot be written: File too large; choose another place"),
}


@pytest.mark.parametrize("case", FULL)
def test_a_full_disk(stageproof: Run, pets: Pets, tmp_path: Path, case: str) -> None:
    where = ["--endpoint-url", pets.sandbox.endpoint_url]
    made: list[object] = [
        "--rest-api-id",
        pets.rest_api_id,
        "--stage",
        "dev",
        "--out",
        "first.toml",
        "--contract",
        pets.contract,
    ]
    words: dict[str, list[object]] = {
        "init": ["init", *made, *where],
        "run": ["run", "dev", "--out", "night"],
        "alarms": ["alarms", "plan", "dev", "--out", "plan.json"],
        "backtest": ["alarms", "backtest", "dev", "--html", "page.html"],
        "preview": ["dashboards", "preview", "dev", "--no-logs", "--out", "page.html"],
    }
    code, line = FULL[case]
    pets.config(tmp_path)
    with full_disk():
        ended = stageproof(*words[case])
    assert ended.code == code
    assert re.match(line, ended.error)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".partial"]


def test_a_contract_beside_the_file_is_named_as_seen_from_it(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    for name in ("conf", "docs"):
        (tmp_path / name).mkdir()
    (tmp_path / "docs" / "pets.json").write_bytes(pets.contract.read_bytes())
    where = ["--rest-api-id", pets.rest_api_id, "--stage", "dev", "--endpoint-url", pets.sandbox.endpoint_url]
    for flags, named in ((["--contract", "docs/pets.json"], "../docs/pets.json"), ([], "dev-openapi.json")):
        started = stageproof("init", *where, *flags, "--out", "conf/stageproof.toml", "--force")
        assert started.code == 0, started.err
        assert f'contract = "{named}"' in (tmp_path / "conf" / "stageproof.toml").read_text(encoding="utf-8")
        assert "contract: 1 operations in " in stageproof("doctor", "dev", "--config", "conf/stageproof.toml").out


def test_a_contract_of_20_megabytes(stageproof: Run, pets: Pets, tmp_path: Path) -> None:
    document = json.loads(pets.contract.read_text())
    text = "x" * 900
    properties = {f"p{number}": {"type": "string", "description": text} for number in range(100)}
    document["components"]["schemas"] |= {
        f"Model{number}": {"type": "object", "properties": properties} for number in range(220)
    }
    path = tmp_path / "large.json"
    path.write_text(json.dumps(document))
    assert path.stat().st_size > 20_000_000
    pets.config(tmp_path, table=f'contract = "{path}"')
    started_s = time.monotonic()
    ended = stageproof("doctor", "dev")
    assert f"1 operations in {path}" in ended.out
    assert (ended.code, ended.err) == (0, "")
    assert time.monotonic() - started_s < 20
