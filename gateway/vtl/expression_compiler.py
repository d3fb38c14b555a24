"""Expressions and references → Python expressions."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from gateway.vtl import dispatch, operations, runtime, values
from gateway.vtl.errors import JavaError
from gateway.vtl.nodes import (
    Binary,
    Call,
    Expression,
    Index,
    Interpolated,
    ListLiteral,
    Literal,
    MapLiteral,
    Not,
    Property,
    Range,
    Reference,
    Statement,
    Text,
    Word,
)
from gateway.vtl.usage import Usage, is_loop_property, is_simple

_ARITHMETIC = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "modulo"}
_COMPARISONS = {
    "==": "equals",
    "!=": "not_equals",
    "<": "less",
    "<=": "less_or_equal",
    ">": "greater",
    ">=": "greater_or_equal",
}
_LOOP_VALUES = {
    "hasNext": "(k{0} < n{0})",
    "index": "k{0}",
    "count": "(k{0} + 1)",
    "first": "(k{0} == 0)",
    "last": "(k{0} == n{0})",
}
_LOGIC = {"&&": "and", "||": "or"}
_GROWING = frozenset(
    {"concat", "replace", "replaceAll", "replaceFirst", "format", "repeat", "toString", "join", "split", "subList"}
    | {"toArray", "toCharArray", "addAll", "clone", "putAll", "escapeJavaScript", "urlEncode", "base64Encode"}
)

NAMES: dict[str, Any] = {
    "D": dict,
    "P": dispatch.get_property,
    "M": dispatch.call_method,
    "I": dispatch.get_index,
    "set_property": dispatch.set_property,
    "set_index": dispatch.set_index,
    "iterated": dispatch.iterated,
    "iterated_source": dispatch.iterated_source,
    "Foreach": values.Foreach,
    "JavaList": values.JavaList,
    "JavaError": JavaError,
    "Define": runtime.Define,
    "StopTemplate": runtime.StopTemplate,
    "BreakBlock": runtime.BreakBlock,
    "BreakLoop": runtime.BreakLoop,
    "break_of": runtime.break_of,
    "clock": runtime.clock,
    "MacroCall": runtime.MacroCall,
    "without": runtime.without,
    "within": runtime.within,
    "put_back": runtime.put_back,
    **{name: getattr(operations, name) for name in (*_ARITHMETIC.values(), *_COMPARISONS.values())},
}
"""The names that compiled code knows."""


class ExpressionCompiler:
    """Writes expressions; the compiler of statements gives it the blocks inside of strings."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.constants: dict[str, Any] = {}
        self.loops: list[int] = []
        self.getter = "g"
        self._number = 0
        self._locals = {name: f"a{place}" for place, name in enumerate(usage.names)} if usage.is_plain else {}
        self._tables: dict[tuple[str, int], str] = {}

    def unique(self) -> int:
        """A number that was not given before."""
        self._number += 1
        return self._number

    def get(self, name: str) -> str:
        """A Python expression with a variable's value, None where it has none."""
        return self._locals[name] if self.usage.is_plain else f"{self.getter}({name!r})"

    def place(self, name: str) -> str:
        """Where a variable is assigned."""
        return self._locals[name] if self.usage.is_plain else f"c[{name!r}]"

    def raw(self, node: Expression) -> str:
        """A node's value where null and the empty string make no difference."""
        return self.raw_reference(node) if isinstance(node, Reference) and not node.runt else self.value(node)

    def shown(self, node: Reference) -> str:
        """A Python expression with the text that a reference outputs."""
        name = f", {node.literal!r}" if not node.parts and "!" not in node.spelling and not self.usage.is_plain else ""
        code = self.raw_reference(node)
        if code.isidentifier():
            return f"({code} if {code}.__class__ is str else S({code}{name}))"
        return f"(x if (x := {code}).__class__ is str else S(x{name}))"

    def body_function(self, statements: Sequence[Statement]) -> str:
        """The name of a function that outputs statements."""
        raise NotImplementedError

    def may_be_null(self, node: Expression) -> bool:
        """Whether an expression may give null; a reference never does, for API Gateway gives the empty string then."""
        if isinstance(node, Reference):
            return node.runt
        if isinstance(node, Binary):
            return node.operator in _ARITHMETIC
        return isinstance(node, (Range, Word))

    def value(self, node: Expression) -> str:
        """A Python expression with the node's value; None for null."""
        if isinstance(node, Reference):
            if node.runt:
                return "None"
            code = self.raw_reference(node)
            if code.isidentifier():
                return f"('' if {code} is None else {code})"
            return f"('' if (x := {code}) is None else x)"
        if isinstance(node, Literal):
            return _literal(node.value)
        writer = self._VALUES[type(node)]
        return writer(self, node)

    def condition(self, node: Expression) -> str:
        """A Python expression that is true where `#if` takes the node as true; literals and sums never are."""
        if isinstance(node, Reference):
            return "False" if node.runt else f"({self.raw_reference(node)} is not False)"
        if isinstance(node, Binary):
            if node.operator in _LOGIC:
                return f"({self.condition(node.left)} {_LOGIC[node.operator]} {self.condition(node.right)})"
            return self.value(node) if node.operator in _COMPARISONS else "False"
        if isinstance(node, Not):
            return f"(not {self.condition(node.operand)})"
        return "True" if isinstance(node, Literal) and node.value is True else "False"

    def raw_reference(self, node: Reference) -> str:
        """A Python expression with a reference's value; None where it is null or invalid."""
        parts = node.parts
        if node.root == "foreach" and self.loops and self.usage.loop_is_known and is_loop_property(node):
            code = _LOOP_VALUES[str(parts[0].name)].format(self.loops[-1])  # type: ignore[union-attr]  # a property, as was asked
            parts = parts[1:]
        else:
            code = self.get(node.root)
        for part in parts:
            if isinstance(part, Property):
                code = self._property(code, part.name)
            elif isinstance(part, Call):
                code = self._call(code, part)
            else:
                code = self._index(code, part)
        return code

    def _property(self, owner: str, name: str) -> str:
        if name == "class":
            return f"P({owner}, {name!r})"
        if owner.isidentifier():
            return f"({owner}.get({name!r}) if {owner}.__class__ is D else P({owner}, {name!r}))"
        return f"(x.get({name!r}) if (x := {owner}).__class__ is D else P(x, {name!r}))"

    def _call(self, owner: str, call: Call) -> str:
        arguments = "".join(f", {self.value(argument)}" for argument in call.arguments)
        table = self._table(call.name, len(call.arguments))
        otherwise = f"M(x, {call.name!r}{arguments})"
        if any(_may_fail(argument) for argument in call.arguments):
            otherwise = f"(None if x is None else {otherwise})"
        if table:
            code = f"(t(x{arguments}) if (t := {table}((x := {owner}).__class__)) else {otherwise})"
        elif otherwise.startswith("("):
            code = otherwise.replace("if x is None", f"if (x := {owner}) is None", 1)
        else:
            code = f"M({owner}, {call.name!r}{arguments})"
        return f"K({code})" if call.name in _GROWING else code

    def _index(self, owner: str, index: Index) -> str:
        key = self.value(index.key)
        if _may_fail(index.key):
            return f"(None if (x := {owner}) is None else I(x, {key}))"
        return f"I({owner}, {key})"

    def _table(self, name: str, count: int) -> str:
        found = dispatch.method_table(name, count)
        if not found:
            return ""
        key = (name, count)
        if key not in self._tables:
            self._tables[key] = f"t{self.unique()}"
            self.constants[self._tables[key]] = found.get
        return self._tables[key]

    def _binary(self, node: Binary) -> str:
        if node.operator in _LOGIC:
            return self.condition(node)
        function = _ARITHMETIC.get(node.operator) or _COMPARISONS[node.operator]
        left, right = self.value(node.left), self.value(node.right)
        if function == "add":
            function = "A"
        if (
            function in _COMPARISONS.values()
            and isinstance(node.right, Literal)
            and node.right.value.__class__ in (int, str)
        ):
            kind = node.right.value.__class__.__name__
            if kind == "int" or node.operator in ("==", "!="):
                return f"(x {node.operator} {right} if (x := {left}).__class__ is {kind} else {function}(x, {right}))"
        return f"{function}({left}, {right})"

    def _not(self, node: Not) -> str:
        return self.condition(node)

    def _list(self, node: ListLiteral) -> str:
        return f"JavaList([{', '.join(self.value(item) for item in node.items)}])"

    def _map(self, node: MapLiteral) -> str:
        return "{" + ", ".join(f"{self.value(key)}: {self.value(item)}" for key, item in node.entries) + "}"

    def _range(self, node: Range) -> str:
        return f"r.span({self.value(node.start)}, {self.value(node.end)})"

    def _word(self, _node: Word) -> str:
        return "None"

    def _interpolated(self, node: Interpolated) -> str:
        body = list(node.body)
        trimmed = False
        if node.trims and body and isinstance(body[-1], Text) and body[-1].text:
            body[-1] = Text(body[-1].text[:-1])
            trimmed = True
        if is_simple(node):
            code = f"K({' + '.join(self._pieces(body)) or repr('')})"
        else:
            code = f"r.capture({self.body_function(body)}, c)"
        return code if trimmed or not node.trims else f"{code}[:-1]"

    def _pieces(self, body: Sequence[Statement]) -> list[str]:
        pieces: list[str] = []
        text = ""
        for part in body:
            if isinstance(part, Text):
                text += part.text
            elif isinstance(part, Reference):
                text += (
                    part.literal
                    if part.runt
                    else part.escape_prefix + (part.literal if part.escaped else part.more_prefix)
                )
                if not part.runt and not part.escaped:
                    pieces.extend([repr(text)] * bool(text))
                    text = ""
                    pieces.append(self.shown(part))
        if text or not pieces:
            pieces.append(repr(text))
        return pieces

    _VALUES: ClassVar[dict[type, Callable[["ExpressionCompiler", Any], str]]] = {
        Binary: _binary,
        Not: _not,
        ListLiteral: _list,
        MapLiteral: _map,
        Range: _range,
        Word: _word,
        Interpolated: _interpolated,
    }


def _may_fail(node: Expression) -> bool:
    """Whether a value may throw or change something, so that it must not be evaluated for nothing."""
    return not (
        isinstance(node, Literal) or (isinstance(node, Reference) and all(isinstance(p, Property) for p in node.parts))
    )


def _literal(value: Any) -> str:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124 - NaN
        return f"float('{value}')"
    return repr(value)
