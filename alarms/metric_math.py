"""CloudWatch's metric math: expressions read into a tree.

``alarms.metric_math_values`` computes them.

See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from alarms.token_reader import DEEPEST, TokenReader
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
    tokens = TokenReader(text, _TOKEN, _unreadable)
    expression = _expression(tokens, 0, 0)
    tokens.expect_end()
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


def _expression(tokens: TokenReader, weakest: int, depth: int) -> Expression:
    """Read by precedence: operators that bind no stronger than the weakest are left to the caller."""
    if depth > DEEPEST:
        raise MetricMathError(f"the expression nests deeper than {DEEPEST} levels; split it into several queries")
    left = _operand(tokens, depth)
    while True:
        token = tokens.next_token
        sign = (token["sign"] or token["name"] or "") if token else ""
        precedence = _PRECEDENCE.get(sign, 0)
        if precedence <= weakest:
            return left
        tokens.skip()
        right = _expression(tokens, precedence, depth + 1)
        left = Binary(sign={"AND": "&&", "OR": "||"}.get(sign, sign), left=left, right=right)


def _operand(tokens: TokenReader, depth: int) -> Expression:
    if tokens.accept("sign", "-"):
        operand = _expression(tokens, _UNARY_PRECEDENCE, depth + 1)
        return Binary(sign="-", left=Number(value=0.0), right=operand)
    if tokens.accept("sign", "("):
        inner = _expression(tokens, 0, depth + 1)
        tokens.expect("sign", ")")
        return inner
    if tokens.accept("sign", "["):
        return Call(function="[]", arguments=_arguments(tokens, "]", depth))
    token = tokens.next_token
    if token is None or token["sign"] or token["name"] in _PRECEDENCE:
        raise tokens.here()
    tokens.skip()
    if token["number"]:
        return Number(value=float(token["number"]))
    if token["text"]:
        return Text(value=token["text"][1:-1])
    if tokens.accept("sign", "("):
        return Call(function=token["name"].upper(), arguments=_arguments(tokens, ")", depth))
    return Name(name=token["name"])


def _arguments(tokens: TokenReader, end: str, depth: int) -> tuple[Expression, ...]:
    if tokens.accept("sign", end):
        return ()
    arguments = [_expression(tokens, 0, depth + 1)]
    while tokens.accept("sign", ","):
        arguments.append(_expression(tokens, 0, depth + 1))
    tokens.expect("sign", end)
    return tuple(arguments)


def _unreadable(text: str, position: int) -> MetricMathError:
    found = text[position:].strip()[:20] or "its end"
    return MetricMathError(
        f"the expression {text[:60]!r} cannot be read at character {position + 1} ({found}); "
        "write for example IF(requests >= 10, errors / requests)"
    )
