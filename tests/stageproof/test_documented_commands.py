"""Every command that the documentation shows is carried out here, against a sandbox, and ends as the page says.

What cannot run here stands in ``NOT_RUN`` with the reason; a command that is in neither place fails.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from stageproof.app import app
from stageproof.demonstration import Demonstration, example_folder, example_sandbox
from stageproof.own_environment import own_environment
from tests.stageproof.documented import ROOT, Block, Command, blocks, commands

if TYPE_CHECKING:
    from tests.stageproof.conftest import Run

pytestmark = pytest.mark.slow

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
]

NOT_RUN = {
    "aws": "the AWS CLI is not installed where the tests run",
    "build.sh": "downloads the functions' libraries; tests/examples/test_terraform.py runs it",
    "cat": "no command of ours",
    "docker": "there is no Docker where the tests run",
    "export": "taken over into the environment",
    "jq": "no command of ours, and not installed everywhere",
    "lint-imports": "tox's environment lint",
    "mypy": "tox's environment type",
    "pip": "installs from the network; CI does so in every run",
    "pytest": "these tests",
    "python": "deploys an example; tests/examples/test_healthy_apis.py runs it",
    "python3": "makes an environment; CI does so in every run",
    "ruff": "tox's environment lint",
    "sam": "deploys to AWS, and calls functions in Docker; tests/examples/test_sam.py holds the template",
    "source": "changes the shell",
    "terraform": "tests/examples/test_terraform.py runs it",
    "tox": "runs these tests",
    "uvicorn": "an example's backend; tests/examples/test_healthy_apis.py runs it",
}
"""Programs that are not run, and why."""

RUN_ELSEWHERE = {
    "stageproof alarms drill dev": "tests/alarms/test_drill.py, for it waits until alarms have rung",
    "stageproof alarms plan dev --config ../stageproof.toml": "tests/examples/test_terraform.py, after terraform apply",
    "stageproof demo": "tests/stageproof/test_demo.py, for half a minute",
    "stageproof run live --config parcels-api/stageproof.toml": "tests/examples/test_healthy_apis.py, with its backend",
}
"""Commands of ours that are not run here, and why."""

ENDS_WITH = {
    ("docs/tutorial.md", "stageproof run dev --out first"): 1,
    ("docs/alarms.md", "stageproof alarms plan dev --out plan.json"): 2,
    ("docs/dashboards.md", "stageproof dashboards plan dev"): 2,
    ("examples/README.md", "stageproof run mock --config petstore-mock/stageproof.toml"): 1,
}
"""Exit codes that pages tell of and that are not 0. A plan ends with 2 where there are changes."""

SMALL = """
[traffic]
phases = ["examples"]
max_examples = 1
operations = ["GET /*"]
[collection]
deadline = "10s"
"""
HEALTH = SMALL.replace("/*", "/health")
STAGE = """
[stages.dev]
rest_api_name = "users-api"
stage_name = "dev"
contract = "openapi.yaml"
"""
FILES = {
    "create_user.vtl": '{"id": "$util.escapeJavaScript($input.params(\'id\')).replaceAll("\\\\\'","\'")", '
    '"request": "$context.requestId"}\n',
    "user.json": '{"name": "Ada"}\n',
    "context.json": '{"requestId": "r"}\n',
}
PLACEHOLDER_ID = "a1b2c3d4e5"
PORT_IN_PAGES = "http://127.0.0.1:4566"


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks_of(page: Path) -> list[Block]:
    return list(blocks(page.read_text(encoding="utf-8")))


def commands_of(page: Path) -> list[Command]:
    return [command for block in blocks_of(page) for command in commands(block)]


def is_run(command: Command) -> bool:
    return command.program == "stageproof" and str(command) not in RUN_ELSEWHERE


WITH_COMMANDS = [page for page in PAGES if any(map(is_run, commands_of(page)))]


class Yes(io.StringIO):
    """A terminal at which somebody answers every question with yes."""

    def isatty(self) -> bool:
        return True


@dataclass(slots=True)
class World:
    """A folder laid out as a page takes it for granted, and the sandbox to which its commands speak."""

    folder: Path
    stageproof: Run
    example: Demonstration
    monkeypatch: pytest.MonkeyPatch
    own: list[subprocess.Popen[str]] = field(default_factory=list)
    is_deploying: bool = False

    def carry_out(self, page: Path) -> list[str]:
        """Carry out a page from top to bottom, and return what ended otherwise than it says."""
        self.is_deploying = any(command.words[1:3] == ("sandbox", "deploy") for command in commands_of(page))
        wrong = []
        for block in blocks_of(page):
            self.write(block)
            for command in commands(block):
                told = self.end_of(page, command)
                wrong += [told] if told else []
        return wrong

    def write(self, block: Block) -> None:
        """Write a block with a title to the file that it names."""
        name, _, where = block.title.partition(", ")
        if name:
            path = self.folder / name
            before = path.read_text(encoding="utf-8") if where == "at the end" else ""
            path.write_text(before + block.text, encoding="utf-8")

    def end_of(self, page: Path, command: Command) -> str | None:
        if command.program == "export":
            for word in command.words[1:]:
                variable, _, value = word.partition("=")
                self.monkeypatch.setenv(variable, self.value(variable, value))
        if not is_run(command):
            return None
        if command.words[1:3] == ("sandbox", "up"):
            self.start()
            return None
        with pytest.MonkeyPatch.context() as patched:
            for variable, value in self.variables(command).items():
                patched.setenv(variable, value)
            ended = self.stageproof(*(self.real(word) for word in command.words[1:]))
        self.monkeypatch.setattr("sys.stdin", Yes("y\n" * 9))
        if command.output:
            (self.folder / command.output).write_text(ended.out, encoding="utf-8")
        self.make_small()
        expected = ENDS_WITH.get((name_of(page), str(command)), 0)
        if ended.code == expected:
            return None
        return f"{name_of(page)}:{command.line}: {command}: {ended.code}, not {expected}\n{ended.out}{ended.err}"

    def variables(self, command: Command) -> dict[str, str]:
        """Return what is set before a command; a value that another command would give is the example's own."""
        return {variable: self.value(variable, value) for variable, value in command.environment.items()}

    def value(self, variable: str, written: str) -> str:
        """Return what a variable is set to: the example's own secret where the page has none, whatever its name."""
        if written != "SUBSTITUTED" and "…" not in written:
            return self.real(written)
        return self.example.environ["USERS_API_KEY" if "KEY" in variable else "USERS_TOKEN"]

    def real(self, word: str) -> str:
        """Put what is here in place of what stands in pages for it."""
        endpoint_url = os.environ["AWS_ENDPOINT_URL"]
        text = os.path.expandvars(word).replace(PORT_IN_PAGES, endpoint_url)
        return text.replace(PLACEHOLDER_ID, self.example.deployed.rest_api_id)

    def start(self) -> None:
        """Start an empty sandbox in place of the one before, where the page deploys to it."""
        if not self.is_deploying:
            return
        self.stop()
        command = [sys.executable, "-m", "stageproof", "sandbox", "up", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.own.append(process)
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        self.monkeypatch.setenv("AWS_ENDPOINT_URL", told["endpoint_url"])

    def stop(self) -> None:
        while self.own:
            process = self.own.pop()
            process.terminate()
            assert process.wait(20) == 0
            if process.stdout is not None:
                process.stdout.close()

    def make_small(self) -> None:
        """Keep the nights of a file that ``init`` wrote short."""
        path = self.folder / "stageproof.toml"
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if "max_examples = 20" in text:
            path.write_text(re.sub(r'\[traffic\]\n.*\n.*"10m"\n', HEALTH, text), encoding="utf-8")


@pytest.fixture(scope="module")
def example() -> Iterator[Demonstration]:
    with own_environment(), example_sandbox() as prepared:
        yield prepared.deploy()


@pytest.fixture
def world(
    stageproof: Run, example: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Path
) -> Iterator[World]:
    """Lay out the folder: the contract, a file where the page writes none, what other commands would have left."""
    folder = tmp_path
    if page.is_relative_to(ROOT / "examples"):
        copied, left_out = tmp_path / "examples", shutil.ignore_patterns(".terraform*", "*.tfstate*", "packages")
        shutil.copytree(ROOT / "examples", copied, ignore=left_out)
        folder = tmp_path / page.parent.relative_to(ROOT)
        for path in copied.glob("*/stageproof.toml"):
            text = re.sub(r"\[(traffic|collection)\]\n(?:.+\n)*", "", path.read_text(encoding="utf-8"))
            path.write_text(text + (HEALTH if "users-api" in text else SMALL), encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("AWS_ENDPOINT_URL", example.sandbox.endpoint_url)
    monkeypatch.setattr("sys.stdin", Yes("y\n" * 9))
    shutil.copy(example_folder() / "docs" / "openapi.yaml", folder / "openapi.yaml")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    made = World(folder=folder, stageproof=stageproof, example=example, monkeypatch=monkeypatch)
    if not any(command.words[1:2] == ("init",) for command in commands_of(page)):
        (folder / "stageproof.toml").write_text(STAGE + HEALTH, encoding="utf-8")
        if "last-night" in page.read_text(encoding="utf-8"):
            assert stageproof("run", "dev", "--out", "last-night").code == 0
    yield made
    made.stop()


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=name_of)
def test_the_commands_of_a_page_end_as_it_says(page: Path, world: World) -> None:
    wrong = world.carry_out(page)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", [page for page in PAGES if commands_of(page)], ids=name_of)
def test_every_command_of_a_page_is_run_or_there_is_a_reason(page: Path) -> None:
    unknown = [
        f"{name_of(page)}:{command.line}: {command}"
        for command in commands_of(page)
        if command.program not in NOT_RUN and command.program != "stageproof"
    ]
    assert unknown == []


def test_what_is_run_elsewhere_is_and_every_exception_is_needed() -> None:
    everything = [(name_of(page), command) for page in PAGES for command in commands_of(page)]
    assert '"demo", "--out"' in (ROOT / "tests" / "stageproof" / "test_demo.py").read_text(encoding="utf-8")
    assert set(NOT_RUN) <= {command.program for _, command in everything}
    assert set(RUN_ELSEWHERE) <= {str(command) for _, command in everything}
    assert set(ENDS_WITH) <= {(name, str(command)) for name, command in everything}


INLINE = re.compile(r"`(stageproof [^`\n]+)`")


@pytest.mark.parametrize("page", [page for page in PAGES if INLINE.search(page.read_text("utf-8"))], ids=name_of)
def test_commands_named_in_the_text_exist(page: Path) -> None:
    """What stands inside of a sentence is not run; at least its commands and options exist."""
    wrong = []
    for text in INLINE.findall(page.read_text(encoding="utf-8")):
        for command in commands(Block(language="sh", title="", text=text.replace("\\|", "|"), line=0)):
            wrong += [text] if fault_of(list(command.words[1:])) else []
    assert wrong == []


def fault_of(words: list[str]) -> bool:
    """Say whether words name a command or an option that does not exist."""
    found: Any = get_command(app)
    while words and (inner := getattr(found, "commands", {}).get(words[0])):
        found, words = inner, words[1:]
    if hasattr(found, "commands") and words and not words[0].startswith(("-", "…")):
        return True
    known = {option for parameter in found.params for option in parameter.opts} | {"--help"}
    return any(word.strip("[]") not in known for word in words if word.strip("[]").startswith("--"))
