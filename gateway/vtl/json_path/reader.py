"""The text of a JSONPath → its steps, as Jayway 2.0 reads it.

It is lax: what it does not know inside of brackets it passes over, so that `[a1]` is the index 1, and `["a"]` is none.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from gateway.vtl.errors import JavaError
from gateway.vtl.json_path.filters import read_filter
from gateway.vtl.json_path.steps import Filter, Items, Members, Path, Root, Scan, Step, Wildcard
from gateway.vtl.utf16 import BLANKS

_MAXIMUM_CHARACTERS = 10_000
_NO_FILTER = re.compile(r"\[\s*\?\s*[,\s*?]*\s*\]", re.ASCII)


@lru_cache(maxsize=1024)
def read_steps(path: str) -> Path:
    """The steps of a path.

    Raises:
        JavaError: It is none.
    """
    try:
        return _steps(path.strip(BLANKS))
    except (IndexError, ValueError) as error:
        raise JavaError(f"InvalidPathException: {path[:80]!r} is no JSONPath") from error


def _steps(path: str) -> Path:
    if path.endswith("..") or len(path) > _MAXIMUM_CHARACTERS:
        raise ValueError(path)
    if path[0] not in "$@":
        path = "$." + path
    if len(path) > 1 and path[1] not in ".[":
        raise ValueError(path)
    steps: list[Step] = [Root()]
    at = 1
    while at < len(path):
        at = _step(path, at, steps)
    return Path(steps, is_from_root=path[0] == "$")


def _step(path: str, at: int, steps: list[Step]) -> int:
    """Read one step; where the next one begins."""
    character = path[at]
    if character == " ":
        raise ValueError(path)
    if character == "[":
        end = _closed(path, at)
        steps.append(_bracket(path[at:end]))
        return end
    if character == "$":
        steps.append(Root())
        return at + 1
    if character == "*":
        steps.append(Wildcard())
        return at + 1
    if character == ".":
        at += 1
        if path[at] == ".":
            steps.append(Scan())
            return at + 1
    end = at
    while end < len(path) and path[end] not in ".[ ":
        end += 1
    if end > at:
        steps.append(Wildcard() if path[at:end] == "*" else _bracket(f"['{path[at:end]}']"))
    return end


def _closed(path: str, at: int) -> int:
    depth = 0
    for place in range(at + 1, len(path)):
        if path[place] == "[":
            depth += 1
        elif path[place] == "]":
            if depth == 0:
                return place + 1
            depth -= 1
    return len(path)


def _bracket(text: str) -> Step:
    """The step of a bracket, which the first character in it that means something decides."""
    if text == "[*]":
        return Wildcard()
    if _NO_FILTER.fullmatch(text):
        return Filter(_no_filter)
    for at, character in enumerate(text):
        if character == "?":
            return Filter(read_filter(_filter_text(text[text.rindex("[", 0, at) :]), read_steps))
        if character == "'":
            return Members(_names(text, at))
        if character == "@":
            return _from_length(text, at)
        if character.isdecimal() or character in ":-":
            return _items(text, at)
    raise ValueError(text)


def _no_filter(_item: object, _root: object) -> bool:
    """`[?]` stands for a filter that Java code gives, and a template gives none."""
    raise JavaError("NullPointerException: [?] has no filter")


def _names(text: str, at: int) -> list[str]:
    names: list[str] = []
    name: str | None = None
    while text[at] != "]":
        if text[at] != "'":
            name = None if name is None else name + text[at]
        elif name is None:
            name = ""
        else:
            names.append(name)
            name = None
        at += 1
    return names


def _filter_text(text: str) -> str:
    """The bracket of a filter, which ends where its own brackets and parentheses are closed outside of quotes."""
    brackets = parentheses = at = 0
    is_quoted = False
    while True:
        character = text[at]
        if character == "'" and text[at - 1] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted:
            parentheses += (character == "(") - (character == ")")
            brackets += (character == "[") - (character == "]")
            if character == "]" and parentheses == 0:
                break
        at += 1
    if brackets:
        raise ValueError(text)
    return text[: at + 1]


def _from_length(text: str, at: int) -> Step:
    minus = text.index("-", at)
    name = text[at + 2 : minus].translate(str.maketrans("", "", " ()"))
    if name not in ("size", "length"):
        raise ValueError(text)
    offset = _number(text[minus : text.index(")", minus)].replace(" ", ""))
    return Items(lambda length: (length + offset,), is_single=True)


class _Numbers:
    """Reads the numbers of a bracket, and what stands between them."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._digits = ""
        self.numbers: list[int] = []
        self.marks: set[str] = set()
        while text[self._at].isdecimal() or text[self._at] in ", :-":
            self._read(text[self._at])
            if text[self._at] == "]":
                break
            self._at += 1
        if self._digits:
            self._keep()

    def _keep(self) -> None:
        self.numbers.append(_number(self._digits))
        self._digits = ""

    def _read(self, character: str) -> None:
        if character == ":":
            self._slice()
        elif character == ",":
            self._keep()
            self.marks.add(",")
        elif character != " ":
            self._digits += character

    def _slice(self) -> None:
        is_open = not self._digits
        if not is_open:
            self._keep()
        self._at += 1
        while self._text[self._at].isdecimal() or self._text[self._at] in " -":
            self._digits += self._text[self._at].strip(" ")
            self._at += 1
        if is_open or self._digits:
            self._keep()
            self.marks.add("to" if is_open else "between")
        else:
            self.marks.add("from")


def _items(text: str, at: int) -> Step:
    read = _Numbers(text, at)
    numbers, marks = read.numbers, read.marks
    if len(numbers) == 1 and not marks & {"to", "from"}:
        return Items(lambda _length: numbers, is_single=True)
    if "," in marks:
        return Items(lambda _length: numbers, is_single=False)
    if "from" in marks:
        return Items(_slice_from(numbers[0]), is_single=False)
    if "to" in marks:
        return Items(_slice_to(numbers[0]), is_single=False)
    start, end = numbers[0], numbers[1]
    return Items(lambda length: range(start, min(length, end)) if length else (), is_single=False)


def _slice_from(start: int) -> Callable[[int], Iterable[int]]:
    return lambda length: range(max(0, start + length if start < 0 else start), length)


def _slice_to(end: int) -> Callable[[int], Iterable[int]]:
    return lambda length: range(min(length, end + length if end < 0 else end))


def _number(digits: str) -> int:
    """`Integer.parseInt`."""
    number = int(digits) if len(digits) <= 11 else 2**31  # noqa: PLR2004 - no int has more characters
    if not -(2**31) <= number < 2**31:
        raise ValueError(digits)
    return number
