"""Syntax tree → Python source → a function.

Every statement of a template becomes a line or a few of Python, so that the line where something fails tells the place
in the template. `c` is the context, `w` writes, `r` is the runtime, `g` gets a variable, `x` holds a value in between.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.vtl import nodes
from gateway.vtl.errors import TemplateError
from gateway.vtl.expression_compiler import ExpressionCompiler
from gateway.vtl.object_methods import is_mutating
from gateway.vtl.runtime import Macro

_MAXIMUM_LOOPS = 6
_PREAMBLE = "g = c.get; S = r.show; K = r.kept"
_CONTROL_NAMES = ("foreach", "velocityCount", "velocityHasNext")


class Compiler(ExpressionCompiler):
    """Writes the Python source of one template."""

    def __init__(self, source: str, statements: Sequence[nodes.Statement]) -> None:
        super().__init__()
        self._lines: list[str] = []
        self.offsets: list[int] = []
        self._offset = 0
        self._indent = 1
        self._loops = 0
        self._pending = ""
        self._queue: list[tuple[str, Sequence[nodes.Statement]]] = []
        self._macros: dict[str, tuple[tuple[str, ...], str]] = {}
        dynamic = "evaluate" in source
        self._controls = {name: dynamic or name in _after_dollar(source, name) for name in _CONTROL_NAMES}
        self._breaks = dynamic or "break" in source
        self.mutates = dynamic or _mutates(statements)
        self._statements = statements

    def compile(self, file_name: str) -> tuple[Any, Mapping[str, Macro]]:
        """The template's function and its macros.

        Raises:
            TemplateError: The template is too large or too deep for Python.
        """
        self._register_macros(self._statements)
        self._function("main", self._statements)
        while self._queue:
            self._function(*self._queue.pop())
        namespace: dict[str, Any] = dict(self.constants)
        try:
            exec(compile("\n".join(self._lines) + "\n", file_name, "exec"), namespace)  # noqa: S102 - the source is ours
        except (SyntaxError, RecursionError, MemoryError) as error:
            raise TemplateError("The template is too deeply nested or too large to be compiled") from error
        macros = {name: Macro(parameters, namespace[body]) for name, (parameters, body) in self._macros.items()}
        return namespace["main"], macros

    def body_function(self, statements: Sequence[nodes.Statement]) -> str:
        """The name of a function that outputs statements; it is written later."""
        name = f"f{self.unique()}"
        self._queue.append((name, statements))
        return name

    def _function(self, name: str, statements: Sequence[nodes.Statement]) -> None:
        self._indent = 0
        self._loops = 0
        self._line(f"def {name}(c, w, r):")
        self._indent = 1
        self._line(_PREAMBLE)
        self._block(statements)

    def _line(self, code: str) -> None:
        self._lines.append(" " * self._indent + code)
        self.offsets.append(self._offset)

    def _flush(self) -> None:
        if self._pending:
            self._line(f"w({self._pending!r})")
            self._pending = ""

    def _text(self, text: str) -> None:
        self._pending += text

    def _block(self, statements: Sequence[nodes.Statement]) -> None:
        size = len(self._lines)
        for statement in statements:
            if isinstance(statement, nodes.Text):
                self._pending += statement.text
                continue
            if isinstance(statement, nodes.Reference):
                self._reference(statement)
                continue
            self._flush()
            self._offset = statement.offset
            if isinstance(statement, nodes.If):
                self._if(statement)
            elif isinstance(statement, nodes.Set):
                self._set(statement)
            else:
                self._directive(statement)
        self._flush()
        if len(self._lines) == size:
            self._line("pass")

    def _reference(self, reference: nodes.Reference) -> None:
        self._offset = reference.offset
        if reference.runt:
            self._text(reference.literal)
            return
        self._text(reference.escape_prefix)
        if reference.escaped:
            if any(isinstance(part, nodes.Call) for part in reference.parts):
                self._flush()
                self._line(self.raw_reference(reference))
            self._text(reference.literal)
            return
        self._text(reference.more_prefix)
        self._flush()
        name = f", {reference.literal!r}" if not reference.parts and "!" not in reference.spelling else ""
        self._line(f"w(x if (x := {self.raw_reference(reference)}).__class__ is str else S(x{name}))")

    def _if(self, statement: nodes.If) -> None:
        keyword = "if"
        for condition, body in statement.branches:
            self._line(f"{keyword} {self.condition(condition)}:")
            self._nested(body)
            keyword = "elif"
        if statement.otherwise:
            self._line("else:")
            self._nested(statement.otherwise)

    def _nested(self, body: Sequence[nodes.Statement]) -> None:
        self._indent += 1
        self._block(body)
        self._indent -= 1

    def _set(self, statement: nodes.Set) -> None:
        target = statement.target
        value = self.value(statement.value)
        if not target.parts:
            name = _assigned(target)
            if self.may_be_null(statement.value):
                self._line(f"if (x := {value}) is not None: c[{name!r}] = x")
            else:
                self._line(f"c[{name!r}] = {value}")
            return
        owner = self.raw_reference(target._replace(parts=target.parts[:-1]))
        last = target.parts[-1]
        self._line(f"y = {value}")
        if isinstance(last, nodes.Index):
            self._line(f"if y is not None: set_index({owner}, {self.value(last.key)}, y)")
        elif isinstance(last, nodes.Property):
            self._line(f"if y is not None: set_property({owner}, {last.name!r}, y)")

    def _directive(self, directive: nodes.Directive) -> None:
        writer = {
            "foreach": self._foreach,
            "macro": self._macro,
            "define": self._define,
            "evaluate": self._evaluate,
            "break": self._break,
            "stop": self._stop,
            "literal": self._literal,
            "include": self._load,
            "parse": self._load,
        }.get(directive.name, self._macro_call)
        writer(directive)

    def _literal(self, directive: nodes.Directive) -> None:
        self._text(directive.block_literal if directive.block is not None else directive.literal)

    def _load(self, directive: nodes.Directive) -> None:
        self._line(f"raise JavaError('ResourceNotFoundException: #{directive.name} finds no file on API Gateway')")

    def _stop(self, _directive: nodes.Directive) -> None:
        self._line("raise StopTemplate")

    def _break(self, _directive: nodes.Directive) -> None:
        self._line("break" if self._loops else "raise BreakBlock")

    def _evaluate(self, directive: nodes.Directive) -> None:
        self._line(f"r.evaluate({self.value(directive.arguments[0])}, c, w)")

    def _define(self, directive: nodes.Directive) -> None:
        target = directive.arguments[0]
        if isinstance(target, nodes.Reference):
            self._line(f"c[{target.root!r}] = Define({self.body_function(directive.block or ())}, c, r)")

    def _register_macros(self, node: Any) -> None:
        """Know all macros before any call; an inner one comes before the one around it, and the first of a name stays."""
        for child in _children(node):
            self._register_macros(child)
        if isinstance(node, nodes.Directive) and node.name == "macro":
            self._register(node)

    def _register(self, directive: nodes.Directive) -> None:
        name, *parameters = directive.arguments
        if isinstance(name, nodes.Word) and name.name not in self._macros:
            names = tuple(parameter.root for parameter in parameters if isinstance(parameter, nodes.Reference))
            self._macros[name.name] = (names, self.body_function(directive.block or ()))

    def _macro(self, _directive: nodes.Directive) -> None:
        """A definition outputs nothing; it was registered before."""

    def _macro_call(self, directive: nodes.Directive) -> None:
        arguments = ", ".join(f"lambda c: {self.lazy(argument)}" for argument in directive.arguments)
        name = directive.name
        block = ""
        if name.startswith("@"):
            if directive.block is None:
                self._text(directive.literal)
                return
            name = name[1:]
            block = f", {self.body_function(directive.block)}"
        self._line(f"r.call_macro({name!r}, c, w, [{arguments}], {directive.literal!r}{block})")

    def _foreach(self, directive: nodes.Directive) -> None:
        if self._loops >= _MAXIMUM_LOOPS:
            self._line(f"{self.body_function([directive])}(c, w, r)")
            return
        item, _, source = directive.arguments
        name = item.root if isinstance(item, nodes.Reference) else "item"
        number = self.unique()
        names = [name, *(control for control in _CONTROL_NAMES if self._controls[control])]
        self._line(f"l{number} = iterated(q{number} := {self.value(source)})")
        self._line(f"if l{number}:")
        self._indent += 1
        for place, saved in enumerate(names):
            self._line(f"s{number}_{place} = g({saved!r})")
        self._loop(directive, name, number)
        for place, saved in enumerate(names):
            kept = f"s{number}_{place}"
            self._line(f"if {kept} is None: c.pop({saved!r}, None)")
            self._line(f"else: c[{saved!r}] = {kept}")
        self._indent -= 1

    def _loop(self, directive: nodes.Directive, name: str, number: int) -> None:
        controls = self._controls
        if any(controls.values()) or self.mutates:
            self._line(f"n{number} = len(l{number}) - 1")
        if controls["foreach"]:
            info = f"#foreach[type:block template:template offset:{directive.offset}]"
            self._line(f"c['foreach'] = o{number} = Foreach(n{number}, g('foreach'), {info!r})")
        if self.mutates:
            self._line(
                f"q{number} = iterated_source(q{number}); z{number} = len(q{number}); l{number} = list(l{number})"
            )
        self._line(f"if (h{number} := None in l{number}): b{number} = g")
        if self._breaks:
            self._line("try:")
            self._indent += 1
        self._line(f"for k{number}, x in enumerate(l{number}):")
        self._indent += 1
        self._line("if clock() > r.deadline: r.late()")
        if self.mutates:
            self._line(f"if len(q{number}) != z{number} and r.is_modified(q{number}, z{number}, k{number}): break")
        self._line(f"if h{number}: g = b{number} if x is not None else without({name!r}, b{number})")
        self._line(f"c[{name!r}] = x")
        self._loop_controls(number)
        self._loops += 1
        self._block(directive.block or ())
        self._loops -= 1
        self._indent -= 1
        if self.mutates:
            self._line(f"else: len(q{number}) != z{number} and r.is_modified(q{number}, z{number}, z{number})")
        if self._breaks:
            self._indent -= 1
            self._line("except BreakBlock: pass")
        self._line(f"if h{number}: g = b{number}")

    def _loop_controls(self, number: int) -> None:
        if self._controls["foreach"]:
            self._line(f"o{number}.index = k{number}")
        if self._controls["velocityCount"]:
            self._line(f"c['velocityCount'] = k{number} + 1")
        if self._controls["velocityHasNext"]:
            self._line(f"c['velocityHasNext'] = k{number} < n{number}")


def _assigned(target: nodes.Reference) -> str:
    """The variable that `#set` puts: Velocity 1.7 takes the first token behind the dollar, so `${x}` puts none called x."""
    if "{" in target.spelling:
        return target.spelling[1:]
    return target.spelling[1:] + target.root


def _after_dollar(source: str, name: str) -> tuple[str, ...]:
    """The name where a reference may use it; `#foreach` itself does not count."""
    return (name,) if any(mark + name in source for mark in ("$", "{", "!")) else ()


def _children(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        yield from value


def _mutates(statements: Any) -> bool:
    """Whether a template may change a list or map that it was given."""
    if isinstance(statements, nodes.Set) and statements.target.parts:
        return True
    if isinstance(statements, nodes.Call) and is_mutating(statements.name):
        return True
    return any(_mutates(child) for child in _children(statements))
