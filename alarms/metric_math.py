"""CloudWatch's metric math: expressions read into a tree.

``alarms.metric_math_values`` computes them.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.errors import StageproofError

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z][A-Za-z0-9_]*)
    |(?P<text>"[^"]*"|'[^']*')
    |(?P<sign><=|>=|==|!=|&&|\|\||[-+*/^<>(),\[\]])
    )""",
    re.VERBOSE,
)
_DEEPEST = 100
_LONGEST = 2048
_PRECEDENCE = {
    "||": 1,
    "OR": 1,
    "&&": 2,
    "AND": 2,
    "==": 3,
    "!=": 3,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "^": 8,
}
_UNARY_PRECEDENCE = 7


class MetricMathError(StageproofError):
    """An expression of metric math cannot be read or computed."""

    slug = "metric-math"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text in quotes, such as the filter of ``METRICS("errors")``."""

    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """The id of another query, or a word such as ``REPEAT``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function and its arguments. The function ``[]`` makes an array."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """An operator between two operands; ``AND`` and ``OR`` are written ``&&`` and ``||``."""

    sign: str
    left: Expression
    right: Expression


Expression = Number | Text | Name | Call | Binary


def read_expression(text: str) -> Expression:
    """Read an expression.

    Raises:
        MetricMathError: If the text is no expression; the message says where.
    """
    if len(text) > _LONGEST:
        raise MetricMathError(f"the expression is longer than {_LONGEST} characters; split it into several queries")
    reader = _Reader(list(_tokens(text)), text)
    expression = reader.expression(0, 0)
    reader.expect_end()
    return expression


def names_in(expression: Expression) -> frozenset[str]:
    """Return the names that an expression uses: ids of queries, and words."""
    match expression:
        case Name():
            return frozenset({expression.name})
        case Call():
            return frozenset().union(*(names_in(argument) for argument in expression.arguments))
        case Binary():
            return names_in(expression.left) | names_in(expression.right)
        case _:
            return frozenset()


def _tokens(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None:
            raise _unreadable(text, position)
        yield found
        position = found.end()


@dataclass(slots=True)
class _Reader:
    """Reads by precedence, from left to right."""

    tokens: list[re.Match[str]]
    text: str
    position: int = 0

    def expression(self, weakest: int, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise MetricMathError(f"the expression nests deeper than {_DEEPEST} levels; split it into several queries")
        left = self._operand(depth)
        while True:
            sign = self._peek()
            precedence = _PRECEDENCE.get(sign, 0)
            if precedence <= weakest:
                return left
            self.position += 1
            right = self.expression(precedence, depth + 1)
            left = Binary(sign={"AND": "&&", "OR": "||"}.get(sign, sign), left=left, right=right)

    def expect_end(self) -> None:
        if self.position < len(self.tokens):
            raise self._here()

    def _operand(self, depth: int) -> Expression:
        if self._accept("-"):
            operand = self.expression(_UNARY_PRECEDENCE, depth + 1)
            return Binary(sign="-", left=Number(value=0.0), right=operand)
        if self._accept("("):
            inner = self.expression(0, depth + 1)
            self._expect(")")
            return inner
        if self._accept("["):
            return Call(function="[]", arguments=self._arguments("]", depth))
        token = self._take()
        if token["number"]:
            return Number(value=float(token["number"]))
        if token["text"]:
            return Text(value=token["text"][1:-1])
        if token["name"] and token["name"] not in _PRECEDENCE:
            if self._accept("("):
                return Call(function=token["name"].upper(), arguments=self._arguments(")", depth))
            return Name(name=token["name"])
        self.position -= 1
        raise self._here()

    def _arguments(self, end: str, depth: int) -> tuple[Expression, ...]:
        if self._accept(end):
            return ()
        arguments = [self.expression(0, depth + 1)]
        while self._accept(","):
            arguments.append(self.expression(0, depth + 1))
        self._expect(end)
        return tuple(arguments)

    def _peek(self) -> str:
        if self.position >= len(self.tokens):
            return ""
        token = self.tokens[self.position]
        return token["sign"] or token["name"] or ""

    def _accept(self, sign: str) -> bool:
        accepted = self.position < len(self.tokens) and self.tokens[self.position]["sign"] == sign
        self.position += accepted
        return accepted

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise self._here()

    def _take(self) -> re.Match[str]:
        if self.position >= len(self.tokens):
            raise self._here()
        self.position += 1
        return self.tokens[self.position - 1]

    def _here(self) -> MetricMathError:
        at_end = self.position >= len(self.tokens)
        return _unreadable(self.text, len(self.text) if at_end else self.tokens[self.position].start())


def _unreadable(text: str, position: int) -> MetricMathError:
    found = text[position:].strip()[:20] or "its end"
    return MetricMathError(
        f"the expression {text[:60]!r} cannot be read at character {position + 1} ({found}); "
        "write for example IF(requests >= 10, errors / requests)"
    )
