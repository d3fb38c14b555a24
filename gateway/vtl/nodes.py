"""The syntax tree of a mapping template.

Named tuples, not dataclasses: a tree is built for every template that is compiled, and these are several times cheaper.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias


class Text(NamedTuple):
    """Text that is output as it stands."""

    text: str


class Literal(NamedTuple):
    """A string, number or boolean in an expression."""

    value: Any


class Word(NamedTuple):
    """A bare word among a directive's arguments, such as `in`."""

    name: str
    offset: int


class Interpolated(NamedTuple):
    """A double-quoted string with references or directives in it.

    `trims` tells that a blank was put behind it to parse it, which is taken off the result again.
    """

    source: str
    body: Sequence["Statement"]
    trims: bool
    offset: int


class ListLiteral(NamedTuple):
    """`[a, b]`."""

    items: Sequence["Expression"]


class MapLiteral(NamedTuple):
    """`{k: v}`."""

    entries: Sequence[tuple["Expression", "Expression"]]


class Range(NamedTuple):
    """`[from..to]`."""

    start: "Expression"
    end: "Expression"
    offset: int


class Binary(NamedTuple):
    """Two operands and an operator, written as a symbol (`==`, `&&`, `+`)."""

    operator: str
    left: "Expression"
    right: "Expression"
    offset: int


class Not(NamedTuple):
    """`!x`."""

    operand: "Expression"


class Property(NamedTuple):
    """`.name` of a reference."""

    name: str
    offset: int


class Call(NamedTuple):
    """`.name(arguments)` of a reference."""

    name: str
    arguments: Sequence["Expression"]
    offset: int


class Index(NamedTuple):
    """`[key]` of a reference."""

    key: "Expression"
    offset: int


class Reference(NamedTuple):
    """`$root.part[part].part()`, with what surrounds it in the output.

    Attributes:
        root: The variable's name.
        parts: What is taken from the variable, in order.
        literal: The text of the reference, as an escaped one is printed.
        escaped: An odd number of backslashes stands before it: it is printed, not evaluated.
        escape_prefix: Backslashes that are output before it.
        more_prefix: Dollars and hashes that are output before it.
        runt: It only looks like a reference to the parser: its text is output, its value is null.
        offset: Where it begins.
        spelling: `$`, `$!`, `${` or `$!{`.
    """

    root: str
    parts: Sequence[Property | Call | Index]
    literal: str
    escaped: bool
    escape_prefix: str
    more_prefix: str
    runt: bool
    offset: int
    spelling: str


class Set(NamedTuple):
    """`#set(target = value)`."""

    target: Reference
    value: "Expression"
    offset: int


class If(NamedTuple):
    """`#if … #elseif … #else … #end`."""

    branches: Sequence[tuple["Expression", Sequence["Statement"]]]
    otherwise: Sequence["Statement"]
    offset: int


class Directive(NamedTuple):
    """Any other directive or the call of a macro; `block` is None where it has none, `literal` its own text."""

    name: str
    arguments: Sequence["Expression"]
    block: Sequence["Statement"] | None
    literal: str
    block_literal: str
    offset: int


Expression: TypeAlias = Literal | Word | Interpolated | ListLiteral | MapLiteral | Range | Binary | Not | Reference
Statement: TypeAlias = Text | Reference | Set | If | Directive
