"""Filters of a JSONPath: `[?(@.price < 10 && @.isbn)]`, as Jayway 2.0 reads and compares them.

Operators bind by place alone: parentheses are not looked at, `&&` binds closer than `||`.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from gateway.vtl import java_regex
from gateway.vtl.errors import JavaError
from gateway.vtl.json_path.steps import Path, PathNotFound, Predicate
from gateway.vtl.printing import java_string
from gateway.vtl.utf16 import BLANKS

_OPERATORS = ("==", ">=", "<=", "!=", "<", ">", "=~")
"""In the order in which they are looked for, wherever they stand."""

_BIG_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_COMPARED: dict[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">": lambda order: order < 0,
    ">=": lambda order: order <= 0,
    "<": lambda order: order > 0,
    "<=": lambda order: order >= 0,
}
"""What each operator says of the order of its right operand to its left one."""

Reader = Callable[[str], Path]


class _Pattern:
    """A regular expression between slashes."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        java_regex.compiled(text)
        self.text = text


class _Incomparable(Exception):  # noqa: N818 - it only makes a criterion false
    """Two values have no order."""


def read_filter(text: str, reader: Reader) -> Predicate:
    """What a filter accepts.

    Args:
        text: The filter with its brackets.
        reader: Reads the paths in it.

    Raises:
        JavaError: It is no filter.
        ValueError: The same.
        IndexError: The same.
    """
    inner = text.strip(BLANKS)[1:-1].strip(BLANKS)
    if not inner.startswith("?"):
        raise ValueError(text)
    inner = inner[1:].strip(BLANKS)
    if not (inner.startswith("(") and inner.endswith(")")):
        raise ValueError(text)
    pieces = [piece for piece in re.split(r"(&&|\|\|)", inner[1:-1].strip(BLANKS)) if piece]
    operators = [piece for piece in pieces if piece in ("&&", "||")]
    criteria = [_criterion(_cleaned(piece), reader) for piece in pieces if piece not in ("&&", "||")]
    if len(criteria) != len(operators) + 1:
        raise ValueError(text)
    return _joined(criteria, operators)


def _joined(criteria: list[Predicate], operators: list[str]) -> Predicate:
    """Any of the groups between `||`, all criteria of a group; Jayway asks the last one first."""
    groups = [[criteria[-1]]]
    for criterion, operator in zip(reversed(criteria[:-1]), reversed(operators), strict=True):
        if operator == "&&":
            groups[-1].append(criterion)
        else:
            groups.append([criterion])
    return lambda item, root: any(all(criterion(item, root) for criterion in group) for group in groups)


def _cleaned(text: str) -> str:
    cleaned = text.strip(BLANKS).lstrip("[?( ").rstrip(") ")
    if not cleaned:
        raise ValueError(text)
    return cleaned


def _criterion(text: str, reader: Reader) -> Predicate:
    operator = next((known for known in _OPERATORS if known in text), "")
    left, _, right = text.partition(operator) if operator else (text, "", "")
    left, right = left.strip(BLANKS), right.strip(BLANKS)
    if not operator:
        return _existence(left, reader)
    before, after = _operand(left.removeprefix("!") if left.startswith("!@") else left, reader), _operand(right, reader)
    if right.startswith("!@"):
        raise ValueError(text)

    def accepts(item: Any, root: Any) -> bool:
        try:
            return _compared(operator, _value(before, item, root), _value(after, item, root))
        except (PathNotFound, _Incomparable):
            return False

    return accepts


def _existence(text: str, reader: Reader) -> Predicate:
    wanted = not text.startswith("!@")
    path = _operand(text if wanted else text[1:], reader)
    if not isinstance(path, Path):
        raise JavaError(f"InvalidPathException: {text[:80]!r} is no criterion of a filter")

    def accepts(item: Any, root: Any) -> bool:
        try:
            return (path.read(item, root, needs_all=True) is not None) is wanted
        except PathNotFound:
            return not wanted

    return accepts


def _operand(text: str, reader: Reader) -> Any:
    """A path, a pattern, or text, quoted or not."""
    if text.startswith(("$", "@")):
        path = reader(text)
        if not path.is_definite:
            raise JavaError(f"InvalidPathException: the predicate path: {text[:80]} is not definite")
        return path
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1] if len(text) > 1 else _no_string(text)
    if text.startswith("/") and (text.endswith("/") or text[-2:] == "/i"):
        end = text.rindex("/")
        if end == 0:
            raise ValueError(text)
        return _Pattern(("(?i)" if text.endswith("i") else "") + text[1:end])
    return text


def _no_string(text: str) -> Any:
    raise ValueError(text)


def _value(operand: Any, item: Any, root: Any) -> Any:
    if isinstance(operand, Path):
        return operand.read(root if operand.is_from_root else item, root)
    return operand


def _compared(operator: str, left: Any, right: Any) -> bool:
    if operator == "=~":
        return _matches(left, right)
    if operator not in ("==", "!=") and (left is None) != (right is None):
        return False
    return _COMPARED[operator](_order(right, left))


def _matches(left: Any, right: Any) -> bool:
    pattern, target = (left, right) if isinstance(left, _Pattern) else (right, left)
    if not isinstance(pattern, _Pattern):
        raise JavaError("ClassCastException: the right side of =~ is no pattern")
    return target is not None and java_regex.matches(java_string(target), pattern.text)


def _order(left: Any, right: Any) -> int:
    """-1, 0 or 1; the left one is what the filter says, the right one what the document holds."""
    nullish = _is_nullish(left), _is_nullish(right)
    if left is right or all(nullish):
        return 0
    if any(nullish):
        return -1 if nullish[0] else 1
    if isinstance(left, str) and isinstance(right, str):
        return _sign(left.replace("\\'", "'"), str(right))
    if _is_number(right) and (isinstance(left, str) or _is_number(left)):
        return _sign(_decimal(left), _decimal(right))
    if isinstance(right, bool) and isinstance(left, (str, bool)):
        return _sign(left is True or str(left).lower() == "true", right)
    raise _Incomparable


def _is_nullish(value: Any) -> bool:
    return value is None or value == "null"


def _is_number(value: Any) -> bool:
    return value.__class__ in (int, float, Decimal)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str) and _BIG_DECIMAL.fullmatch(value) is None:
        raise JavaError(f"NumberFormatException: {value[:80]!r} is no number")
    return Decimal(repr(value) if isinstance(value, float) else value)


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)
