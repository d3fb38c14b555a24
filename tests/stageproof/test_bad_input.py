"""Wrong files and flags: exit code 2 and one line that says what is wrong, where, and the mend."""

from __future__ import annotations

import json
import re
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


def test_no_file(stageproof: Run) -> None:
    ended = stageproof("run", "dev")
    assert (ended.code, ended.error) == (2, "stageproof.toml: no such file; write one with: stageproof init")


CONTRACTS: dict[str, tuple[str | bytes | None, str]] = {
    "missing": (None, r"openapi.json: no such file; check 'contract' in stageproof.toml"),
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


FLAGS = {
    "unknown operation": (
        ["run", "dev", "--operation", "GET /cats"],
        'the command line: traffic.operations: "GET /cats" matches no operation of openapi.json; did you mean "GET /p',
    ),
    "time budget": (["run", "dev", "--time-budget", "soon"], "the command line: traffic.time_budget: "),
    "endpoint URL": (["run", "dev", "--endpoint-url", "nonsense"], ""),
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
    "demo elsewhere": (["demo", "--out", "full"], "full holds something other than a recording; give another folder"),
    "demo in a file": (["demo", "--out", "full/mine.txt"], "full/mine.txt is a file; give another folder by --out"),
    "init over": (
        ["init", "--rest-api-id", "a", "--stage", "dev"],
        "stageproof.toml exists already; give --force to overwrite it",
    ),
    "init nowhere": (
        ["init", "--rest-api-id", "a", "--stage", "dev", "--out", "no/x.toml"],
        "no: no such folder; create it, or name another file by --out",
    ),
    "sandbox port": (["sandbox", "up", "--port", "99999"], "Invalid value for '--port'"),
    "deploy nothing": (
        ["sandbox", "deploy", "none.yaml", "--endpoint-url", "http://127.0.0.1:9"],
        "none.yaml: cannot be read: No such file",
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
