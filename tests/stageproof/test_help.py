"""Every command explains itself with an example that a person can type."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from stageproof import __version__
from stageproof.app import app

if TYPE_CHECKING:
    from tests.stageproof.conftest import Run


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Give every command and group, with the words that call it."""
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, (*words, name))


ALL = dict(commands(get_command(app)))


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_has_an_example(stageproof: Run, words: tuple[str, ...]) -> None:
    ended = stageproof(*words, "--help")
    assert (ended.code, ended.err) == (0, "")
    name = " ".join(["stageproof", *words])
    text = " ".join(ended.out.split())
    assert f"Usage: {name} " in text
    example = rf"(Examples?:|Start with:) {name}"
    assert re.search(example, text), ended.out


def test_every_option_and_argument_is_explained() -> None:
    silent = [
        f"{' '.join(words)} {parameter.name}"
        for words, command in ALL.items()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert silent == []


def test_no_bracket_of_a_help_is_taken_for_markup() -> None:
    """Rich leaves ``[alarms.drill]`` out of what it prints, as an unknown style; ``\\[`` keeps it."""
    lost = [
        " ".join(words)
        for words, command in ALL.items()
        for text in [command.help, *(getattr(parameter, "help", None) for parameter in command.params)]
        if re.search(r"(?<!\\)\[[a-z]", text or "")
    ]
    assert lost == []


def test_a_terminal_of_40_columns_shows_every_option_whole() -> None:
    environ = {**os.environ, "COLUMNS": "40", "NO_COLOR": "1"}
    words = [sys.executable, "-m", "stageproof", "run", "--help"]
    told = subprocess.run(words, capture_output=True, text=True, check=True, env=environ, timeout=60).stdout
    options = [option for parameter in ALL["run",].params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if not re.search(rf"^ +{option}\b", told, re.MULTILINE)] == []
    assert max(map(len, told.splitlines())) <= 50
    assert "\x1b" not in told


def test_the_version(stageproof: Run) -> None:
    ended = stageproof("--version")
    assert (ended.code, ended.out) == (0, f"stageproof {__version__}\n")


@pytest.mark.parametrize("words", [(), ("sandbox",), ("faults",)])
def test_without_a_command_the_help_is_shown(stageproof: Run, words: tuple[str, ...]) -> None:
    ended = stageproof(*words)
    assert ended.code == 2
    assert "Usage: stageproof" in ended.out + ended.err
    assert "Traceback" not in ended.err


def test_faults_are_listed(stageproof: Run) -> None:
    ended = stageproof("faults", "list")
    assert ended.code == 0
    assert re.search(r"^validator-absent +MQ001 +method request +POST /users lost", ended.out, re.MULTILINE)
