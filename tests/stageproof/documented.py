"""The commands of a Markdown page: its fenced shell blocks, and the ``run:`` lines of its workflows, word by word."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELLS = {"sh", "bash", "shell", "console"}

_FENCE = re.compile(r"^(?P<fence>`{3,}) ?(?P<language>[\w-]*)(?: +title=\"(?P<title>[^\"]*)\")?\s*$")
_SUBSTITUTION = re.compile(r"\$\([^()]*\)")
_ALTERNATIVES = re.compile(r"(?<=[\w-])\|(?=[\w-])")
_OR = "\u00a6"
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
_STOPS = {"&&", "||", "|", ";", "&"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block."""

    language: str
    title: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command: its words, what is set for it, and where its output goes."""

    words: tuple[str, ...]
    line: int
    environment: dict[str, str] = field(default_factory=dict)
    output: str | None = None

    @property
    def program(self) -> str:
        """The program's name without its folder."""
        return Path(self.words[0]).name if self.words else ""

    def __str__(self) -> str:
        return shlex.join((self.program, *self.words[1:]))


def blocks(page: str) -> Iterator[Block]:
    """Give the fenced blocks of a page.

    Raises:
        ValueError: If a fence is never closed.
    """
    opened: re.Match[str] | None = None
    start, lines = 0, list[str]()
    for number, line in enumerate(page.splitlines(), 1):
        if opened is None:
            opened, start, lines = _FENCE.match(line), number, []
        elif line.strip() == opened["fence"]:
            text = "".join(f"{each}\n" for each in lines)
            yield Block(language=opened["language"], title=opened["title"] or "", text=text, line=start)
            opened = None
        else:
            lines.append(line)
    if opened is not None:
        raise ValueError(f"line {start}: the fence is not closed")


def commands(block: Block) -> Iterator[Command]:
    """Give the commands of a block, alternatives (``plan|apply``) one after the other."""
    text = block.text
    if block.language == "yaml":
        text = "".join(f"{line.partition('run: ')[2]}\n" if "run: " in line else "\n" for line in text.splitlines())
    elif block.language not in SHELLS:
        return
    number = block.line
    for line in text.replace("\\\n", "\\\x00").splitlines():
        number += 1
        for words in _simple(line.replace("\\\x00", " ")):
            yield from _commands(words, number)
        number += line.count("\\\x00")


def _simple(line: str) -> Iterator[list[str]]:
    hidden = _ALTERNATIVES.sub(_OR, _SUBSTITUTION.sub("SUBSTITUTED", line.removeprefix("$ ")))
    lexer = shlex.shlex(hidden, posix=True, punctuation_chars="&|;<>")
    lexer.wordchars += f"{_OR}…$:%@,+{{}}[]"
    words: list[str] = []
    for token in lexer:
        if token in _STOPS:
            yield words
            words = []
        else:
            words.append(token)
    yield words


def _commands(words: list[str], line: int) -> Iterator[Command]:
    output = None
    if ">" in words or ">>" in words:
        place = next(place for place, word in enumerate(words) if word in {">", ">>"})
        output, words = words[place + 1], words[:place]
    environment: dict[str, str] = {}
    while words and _ASSIGNMENT.fullmatch(words[0]):
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    if not words and not environment:
        return
    choice = next((word for word in words if _OR in word), None)
    for chosen in choice.split(_OR) if choice else [None]:
        these = tuple(chosen if chosen and word == choice else word for word in words)
        yield Command(words=these, line=line, environment=environment, output=output)
