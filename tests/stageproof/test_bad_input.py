"""Wrong files and flags: exit code 2 and one line that says what is wrong, where, and the mend."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.stageproof.conftest import Run

CONTRACT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "paths": {"/pets": {"get": {"responses": {"200": {"description": "ok"}}}}},
    "components": {"schemas": {"Pet": {"type": "object"}, "Error": {"type": "object"}}},
}
STAGE = '[stages.dev]\nrest_api_id = "a1b2c3"\nstage_name = "dev"\ncontract = "openapi.json"\n'
WAIVER = '[[waivers]]\nrule = "CO999"\nreason = "x"\nexpires_on = 2030-01-01\n'

CONFIGS = {
    "syntax": (STAGE + "stage_name", r"stageproof.toml: not valid TOML: .*line 5|.*end of document"),
    "unknown key": (
        STAGE + 'stagename = "x"',
        r'stageproof.toml:5: stages.dev.stagename: unknown key; did you mean "stage_name"\?',
    ),
    "wrong type": (
        STAGE + '[traffic]\nmax_examples = "many"',
        r"stageproof.toml:6: traffic.max_examples: must be a whole number, not text",
    ),
    "wrong value": (
        STAGE + '[traffic]\nphases = ["exampels"]',
        r'stageproof.toml:6: traffic.phases\[0\]: "exampels" is not allowed; did you mean "examples"\?; allowed: ',
    ),
    "wrong time": (STAGE + '[traffic]\ntime_budget = "soon"', r"stageproof.toml:6: traffic.time_budget: .*10m"),
    "literal secret": (STAGE + '[stages.dev.auth]\napi_key = "abc"', r"stageproof.toml:6: .*api_key.*env:NAME"),
    "no such stage": (
        STAGE.replace("stages.dev", "stages.prod"),
        r"stageproof.toml: no table \[stages.dev\]; stages: prod",
    ),
    "no tables": ("", r"stageproof.toml: no table \[stages.dev\]; stages: none yet; stageproof init writes one"),
    "nested": (STAGE + "[traffic]\nphases = " + "[" * 9_000, r"stageproof.toml: nested too deep"),
    "rule off": (STAGE + '[rules]\noff = ["CO999"]', r"stageproof.toml: rules.off: there is no rule CO999.*"),
    "rule waived": (STAGE + WAIVER, r"stageproof.toml: waivers\[0\].rule: there is no rule CO999"),
    "error model": (
        STAGE + '[errors]\nmodel = "Eror"',
        r"stageproof.toml: errors.model: openapi.json has no schema 'Eror'; did you mean \"Error\"\?",
    ),
    "glob": (
        STAGE + '[traffic]\noperations = ["GET /pet"]',
        r'stageproof.toml: traffic.operations: "GET /pet" matches no operation of openapi.json; did you mean "GET /pet',
    ),
}
NOBODY = "http://127.0.0.1:9"
"""Nobody answers there: what is told of it says that the files before it were read."""

COMMANDS = {"run": ("run", "dev"), "doctor": ("doctor", "dev")}


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(CONTRACT), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", CONFIGS)
@pytest.mark.usefixtures("contract")
def test_a_wrong_file(stageproof: Run, tmp_path: Path, case: str, command: str) -> None:
    text, line = CONFIGS[case]
    (tmp_path / "stageproof.toml").write_text(text, encoding="utf-8")
    ended = stageproof(*COMMANDS[command])
    assert ended.code == 2
    assert re.match(line, ended.error)


def test_every_fault_of_a_file_has_its_line(stageproof: Run, tmp_path: Path) -> None:
    (tmp_path / "stageproof.toml").write_text(STAGE + 'stagename = "x"\n[trafic]\n', encoding="utf-8")
    ended = stageproof("run", "dev")
    assert (ended.code, len(ended.err.splitlines())) == (2, 2)


NO_TEXTS = {
    "a folder": (None, r"stageproof.toml: cannot be read: Is a directory; name the file by --config"),
    "UTF-16": (STAGE.encode("utf-16"), r"stageproof.toml: not UTF-8 at byte 0; save the file as UTF-8"),
    "Latin-1": (STAGE.encode() + b"# caf\xe9", r"stageproof.toml: not UTF-8 at byte \d+; save the file as UTF-8"),
}


@pytest.mark.parametrize("case", NO_TEXTS)
def test_a_file_that_is_no_text(stageproof: Run, tmp_path: Path, case: str) -> None:
    content, line = NO_TEXTS[case]
    path = tmp_path / "stageproof.toml"
    path.mkdir() if content is None else path.write_bytes(content)
    ended = stageproof("run", "dev")
    assert ended.code == 2
    assert re.match(line, ended.error)


def test_files_of_windows_are_read(stageproof: Run, tmp_path: Path) -> None:
    """Its editors end lines by CR LF, and begin a file with a byte order mark."""

    def write(name: str, text: str) -> None:
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    write("openapi.json", json.dumps(CONTRACT, indent=1))
    write("stageproof.toml", f'{STAGE}endpoint_url = "{NOBODY}"\n')
    write("values.json", '{\n"stage": "dev"}')
    write("template.vtl", "$context.stage")
    assert stageproof("doctor", "dev").error.startswith(f"{NOBODY} does not answer")
    assert stageproof("sandbox", "deploy", "openapi.json", "--endpoint-url", NOBODY).error.startswith(f"{NOBODY} does")
    rendered = stageproof("template", "render", "template.vtl", "--context", "values.json")
    assert (rendered.code, rendered.out) == (0, "dev")


def test_no_file(stageproof: Run) -> None:
    ended = stageproof("run", "dev")
    assert (ended.code, ended.error) == (2, "stageproof.toml: no such file; write one with: stageproof init")


CONTRACTS: dict[str, tuple[str | bytes | None, str]] = {
    "missing": (None, r"openapi.json: no such file; check 'contract' in stageproof.toml"),
    "nested": ('{"openapi": ' + "[" * 99_999, r"openapi.json: nested too deep to be an OpenAPI document"),
    "not JSON": ('{"openapi": ', r"openapi.json:1:\d+: not JSON"),
    "not YAML": ("a: [1\nb: }", r"openapi.json:2:\d+: not YAML"),
    "not text": (b"\xff\xfe\x00", r"openapi.json: not UTF-8 at byte 0"),
    "empty": ("", r"openapi.json: the file is empty; an OpenAPI document is needed"),
    "a list": ("- 1", r"openapi.json: not an OpenAPI document"),
    "not OpenAPI": ('{"asyncapi": "3.0.0"}', r"openapi.json: .*openapi"),
    "no operations": (json.dumps({**CONTRACT, "paths": {}}), r"openapi.json: has no operations"),
    "dangling": (
        json.dumps({**CONTRACT, "paths": {"/pets": {"get": {"responses": {"200": {"$ref": "#/components/x"}}}}}}),
        r"openapi.json: .*#/components/x",
    ),
    "too large": (b" " * (64 * 1024 * 1024 + 1), r"openapi.json: larger than 64 MB; split the API"),
}


@pytest.mark.parametrize("case", CONTRACTS)
def test_a_wrong_contract(stageproof: Run, tmp_path: Path, case: str) -> None:
    text, line = CONTRACTS[case]
    (tmp_path / "stageproof.toml").write_text(STAGE, encoding="utf-8")
    if text is not None:
        (tmp_path / "openapi.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    ended = stageproof("run", "dev")
    assert ended.code == 2
    assert re.match(line, ended.error)
    assert not (tmp_path / "recordings").exists()


def test_a_contract_with_an_impossible_name(stageproof: Run, tmp_path: Path) -> None:
    (tmp_path / "stageproof.toml").write_text(STAGE.replace("openapi", "open\\u0000api"), encoding="utf-8")
    ended = stageproof("run", "dev")
    assert ended.code == 2
    assert re.match(r"'open\\x00api.json': no path of a file: .*; check 'contract'", ended.error)


FLAGS = {
    "unknown operation": (
        ["run", "dev", "--operation", "GET /cats"],
        'the command line: traffic.operations: "GET /cats" matches no operation of openapi.json; did you mean "GET /p',
    ),
    "time budget": (["run", "dev", "--time-budget", "soon"], "the command line: traffic.time_budget: "),
    "endpoint URL": (
        ["run", "dev", "--endpoint-url", "nonsense"],
        "the command line: stages.dev.endpoint_url: must be a",
    ),
    "half an address": (
        ["run", "dev", "--endpoint-url", "http://[::1"],
        "the command line: stages.dev.endpoint_url: must be a URL",
    ),
    "no port": (
        ["doctor", "dev", "--endpoint-url", "http://127.0.0.1:99999"],
        "the command line: stages.dev.endpoint_url: must be a URL",
    ),
    "init by half an address": (
        ["init", "--rest-api-id", "a", "--stage", "dev", "--out", "x.toml", "--endpoint-url", "http://[::1"],
        "the endpoint URL 'http://[::1' is no URL; write for example http://127.0.0.1:4566",
    ),
    "out and continue": (["run", "dev", "--out", "a", "--continue", "b"], "--continue and --out name two folders"),
    "max examples": (["run", "dev", "--max-examples", "0"], "Invalid value for '--max-examples'"),
    "unknown flag": (["run", "dev", "--outt", "x"], "No such option: --outt"),
    "missing argument": (["run"], "Missing argument 'STAGE'; see: stageproof run --help"),
    "unknown command": (["rnu"], "No such command 'rnu'. Did you mean 'run'?; see: stageproof --help"),
    "fail on": (["run", "dev", "--fail-on", "x"], "Invalid value for '--fail-on': 'x' is not one of"),
    "unknown rule": (["rules", "CO0002"], "there is no rule 'CO0002'; did you mean CO002?"),
    "unknown fault": (
        ["demo", "--fault", "opn-method"],
        "there is no fault 'opn-method'; did you mean ",
    ),
    "faults of two examples": (
        ["demo", "--with-faults", "--fault", "http-api-header-case"],
        "notes-api and users-api cannot be shown together: choose faults of one example",
    ),
    "demo elsewhere": (["demo", "--out", "full"], "full holds something other than a recording; give another folder"),
    "demo in a file": (["demo", "--out", "full/mine.txt"], "full/mine.txt is a file; give another folder by --out"),
    "init over": (
        ["init", "--rest-api-id", "a", "--stage", "dev"],
        "stageproof.toml exists already; give --force to overwrite it",
    ),
    "init in a folder": (
        ["init", "--rest-api-id", "a", "--stage", "dev", "--out", "full", "--force"],
        "full: is a folder; name a file in it by --out",
    ),
    "init of no stage": (
        ["init", "--rest-api-id", "a", "--stage", "", "--out", "x.toml"],
        "which stage? --stage is empty",
    ),
    "init of no API": (
        ["init", "--rest-api-id", "", "--stage", "dev", "--out", "x.toml"],
        "which API? give exactly one of",
    ),
    "init by no contract": (
        ["init", "--rest-api-id", "a", "--stage", "dev", "--out", "x.toml", "--contract", "none.yaml"],
        "none.yaml: no such file",
    ),
    "init nowhere": (
        ["init", "--rest-api-id", "a", "--stage", "dev", "--out", "no/x.toml"],
        "no: no such folder; create it, or name another file by --out",
    ),
    "sandbox port": (["sandbox", "up", "--port", "99999"], "Invalid value for '--port'"),
    "baseline: a folder": (["run", "dev", "--baseline", "full"], "full: cannot be read: Is a directory; name a verdi"),
    "baseline: no text": (["run", "dev", "--baseline", "bytes"], "bytes: not UTF-8 at byte 0; name the file as stage"),
    "baseline: nested": (["run", "dev", "--baseline", "nested.json"], "nested.json: not valid JSON: "),
    "template: none": (["template", "render", "none.vtl"], "none.vtl: No such file or directory; name a file"),
    "template: a folder": (["template", "check", "full"], "full: Is a directory; name a file that can be read"),
    "template: no text": (["template", "check", "bytes"], "bytes: the file is not UTF-8; save it as UTF-8"),
    "template: wrong": (["template", "render", "wrong.vtl"], "wrong.vtl: line 1, column 5: The template ends where"),
    "template: nested": (
        ["template", "render", "wrong.vtl", "--context", "nested.json"],
        "nested.json: not JSON: maximum recursion depth",
    ),
    "template: a parameter": (["template", "render", "wrong.vtl", "--params", "id=7"], "--params 'id=7': write path.N"),
    "deploy nothing": (
        ["sandbox", "deploy", "none.yaml", "--endpoint-url", NOBODY],
        "none.yaml: cannot be read: No such file or directory; name an OpenAPI document",
    ),
    "deploy no text": (["sandbox", "deploy", "bytes", "--endpoint-url", NOBODY], "bytes: not UTF-8 at byte 0; save "),
    "deploy what is nested": (
        ["sandbox", "deploy", "nested.json", "--endpoint-url", NOBODY],
        "nested.json: nested too deep to be an OpenAPI document",
    ),
    "deploy what is no OpenAPI": (
        ["sandbox", "deploy", "other.json", "--endpoint-url", NOBODY],
        "other.json: not an OpenAPI document: neither 'openapi' nor",
    ),
    "deploy no function": (
        ["sandbox", "deploy", "openapi.json", "--lambda", "a=none:x.y", "--endpoint-url", NOBODY],
        "--lambda 'a=none:x.y': there is no file or folder none",
    ),
    "deploy nowhere": (
        ["sandbox", "deploy", "openapi.json"],
        "no sandbox to deploy to: give --endpoint-url or set",
    ),
}


@pytest.mark.parametrize("case", FLAGS)
@pytest.mark.usefixtures("contract")
def test_a_wrong_flag(stageproof: Run, tmp_path: Path, case: str) -> None:
    arguments, line = FLAGS[case]
    (tmp_path / "stageproof.toml").write_text(STAGE, encoding="utf-8")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "nested.json").write_text("[" * 99_999, encoding="utf-8")
    (tmp_path / "other.json").write_text('{"asyncapi": "3.0.0"}', encoding="utf-8")
    (tmp_path / "wrong.vtl").write_text("#if(", encoding="utf-8")
    ended = stageproof(*arguments)
    assert ended.code == 2
    assert ended.error.startswith(line)
    assert (tmp_path / "full" / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "stageproof.toml").read_text(encoding="utf-8") == STAGE
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize("command", ["judge", "report"])
@pytest.mark.parametrize(
    ("manifest", "line"),
    [
        (None, r"night/manifest.json: is missing, so this folder is no whole recording"),
        ("{", r"night/manifest.json: is damaged, no JSON"),
        ("{}", r"night/manifest.json: is damaged: it has no format number"),
        ('{"format": 99}', r"night/manifest.json: has format 99, newer than 1, .*; update Stageproof"),
        ('{"format": 1}', r"night/manifest.json: is damaged or of another version"),
    ],
)
def test_a_wrong_recording(stageproof: Run, tmp_path: Path, command: str, manifest: str | None, line: str) -> None:
    (tmp_path / "night").mkdir()
    if manifest is not None:
        (tmp_path / "night" / "manifest.json").write_text(manifest, encoding="utf-8")
    ended = stageproof(command, "night")
    assert ended.code == 2
    assert re.match(line, ended.error)


@pytest.mark.parametrize("command", ["judge", "report"])
def test_no_recording(stageproof: Run, command: str) -> None:
    ended = stageproof(command, "none")
    assert (ended.code, ended.error) == (2, "none: is no folder; give the folder that a run wrote (--out)")


ERRORS_BESIDE_CHANGES = {
    "no stage": (["alarms", "plan"], "Missing argument 'STAGE'; see: stageproof alarms plan --help"),
    "unknown flag": (["dashboards", "apply", "dev", "--yess"], "No such option: --yess (Possible options: --yes)"),
    "unknown command": (["alarms", "pln"], "No such command 'pln'. Did you mean 'plan'"),
    "no file": (["alarms", "drill", "dev"], "stageproof.toml: no such file; write one with: stageproof init"),
}


@pytest.mark.parametrize("case", ERRORS_BESIDE_CHANGES)
def test_where_2_says_that_there_are_changes_an_error_is_1(stageproof: Run, case: str) -> None:
    arguments, line = ERRORS_BESIDE_CHANGES[case]
    ended = stageproof(*arguments)
    assert ended.code == 1
    assert ended.error.startswith(line)


@pytest.mark.parametrize("folder", ["/sys/stageproof", "full/mine.txt/night"])
def test_a_folder_that_cannot_be_made(stageproof: Run, tmp_path: Path, folder: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    ended = stageproof("demo", "--out", folder)
    assert ended.code == 2
    assert re.match(rf"{folder}: cannot be written: .*; give another folder by --out", ended.error)
    assert ended.err.count("\n") == 1, "the sandbox was started for nothing"


def test_a_pipe_that_has_not_every_character(tmp_path: Path) -> None:
    """A pipe of Windows, or of an old locale, cannot hold the marks and dashes of a rule's text."""
    (tmp_path / "arrow.vtl").write_text("\u2192", encoding="utf-8")
    environ = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    words = [sys.executable, "-m", "stageproof", "template", "render", str(tmp_path / "arrow.vtl")]
    ended = subprocess.run(words, capture_output=True, check=False, env=environ, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"\\u2192", b"")
