"""Syntax tree → Python source → a function.

Every statement of a template becomes a line or a few of Python, so that the line where something fails tells the place
in the template. `c` is the context, `w` writes, `r` is the runtime, `g` gets a variable, `x` holds a value in between.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.vtl import nodes
from gateway.vtl.errors import TemplateError
from gateway.vtl.expression_compiler import NAMES, ExpressionCompiler
from gateway.vtl.runtime import Macro
from gateway.vtl.usage import LOOP_NAMES, MAXIMUM_LOOPS, Usage, assigned, children

_MAXIMUM_RUN = 30
_PREAMBLE = {
    "g": "g = c.get",
    "S(": "S = r.show",
    "K(": "K = r.kept",
    "A(": "A = r.add",
    "> d:": "d = r.deadline",
    "e((": "e = w.__self__.extend",
}
"""What a function fetches once, where its code holds the key."""


class Compiler(ExpressionCompiler):
    """Writes the Python source of one template."""

    def __init__(self, statements: Sequence[nodes.Statement], *, is_evaluated: bool = False) -> None:
        usage = Usage(statements, is_evaluated=is_evaluated)
        super().__init__(usage)
        self._statements = statements
        self._lines: list[str] = []
        self.offsets: list[int] = []
        self._offset = 0
        self._indent = 1
        self._pending: list[str] = []
        self._text = ""
        self._queue: list[tuple[str, Sequence[nodes.Statement]]] = []
        self._loop_names: list[str] = []
        self._macros: dict[str, tuple[tuple[str, ...], str]] = {}
        controls = ("foreach", *LOOP_NAMES) if not usage.is_plain else LOOP_NAMES
        self._controls = [
            name for name in controls if name in usage.names or (usage.needs_loop_object and not usage.is_plain)
        ]
        if usage.needs_loop_object and "foreach" not in self._controls:
            self._controls.insert(0, "foreach")
        if not usage.needs_loop_object and "foreach" in self._controls:
            self._controls.remove("foreach")

    def compile(self, file_name: str) -> tuple[Any, Mapping[str, Macro]]:
        """The template's function and its macros.

        Raises:
            TemplateError: The template is too large or too deep for Python.
        """
        if not self.usage.is_plain:
            self._register_macros(self._statements)
        self._function("main", self._statements)
        while self._queue:
            self._function(*self._queue.pop())
        namespace: dict[str, Any] = {**NAMES, **self.constants}
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
        self.loops = []
        self._loop_names = []
        self._line(f"def {name}(c, w, r):")
        self._indent = 1
        self._line("")
        preamble = len(self._lines) - 1
        if self.usage.is_plain and self.usage.names:
            self._line("; ".join(f"{self.get(variable)} = g({variable!r})" for variable in self.usage.names))
        self._block(statements)
        code = "".join(self._lines[preamble:])
        self._lines[preamble] = " " + ("; ".join(line for used, line in _PREAMBLE.items() if used in code) or "pass")

    def _line(self, code: str) -> None:
        self._lines.append(" " * self._indent + code)
        self.offsets.append(self._offset)

    def _flush(self) -> None:
        if self._text:
            self._pending.append(repr(self._text))
            self._text = ""
        if len(self._pending) == 1:
            self._line(f"w({self._pending[0]})")
        elif self._pending:
            self._line(f"e(({', '.join(self._pending)}))")
        self._pending = []

    def _block(self, statements: Sequence[nodes.Statement]) -> None:
        size = len(self._lines)
        for statement in statements:
            if isinstance(statement, nodes.Text):
                self._text += statement.text
            elif isinstance(statement, nodes.Reference):
                self._reference(statement)
            else:
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
        if reference.runt:
            self._text += reference.literal
            return
        self._text += reference.escape_prefix
        fails = any(not isinstance(part, nodes.Property) for part in reference.parts)
        if fails:
            self._flush()
            self._offset = reference.offset
        if reference.escaped:
            if fails:
                self._line(self.raw_reference(reference))
            self._text += reference.literal
            return
        self._text += reference.more_prefix
        if self.usage.stops and not self.usage.is_plain:
            self._flush()
        if self._text:
            self._pending.append(repr(self._text))
            self._text = ""
        elif not self._pending:
            self._offset = reference.offset
        self._pending.append(self.shown(reference))
        if fails or not self.usage.is_plain or len(self._pending) > _MAXIMUM_RUN:
            self._flush()

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
            name = assigned(target)
            if self.may_be_null(statement.value):
                self._line(f"if (x := {value}) is not None: {self.place(name)} = x")
            else:
                self._line(f"{self.place(name)} = {value}")
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
        self._text += directive.block_literal if directive.block is not None else directive.literal

    def _load(self, directive: nodes.Directive) -> None:
        if directive.name == "include" and not directive.arguments:
            return
        self._line(f"raise JavaError('ResourceNotFoundException: #{directive.name} finds no file on API Gateway')")

    def _stop(self, _directive: nodes.Directive) -> None:
        self._line("raise StopTemplate")

    def _break(self, directive: nodes.Directive) -> None:
        if directive.arguments:
            self._line(f"raise break_of({self.raw(directive.arguments[0])})")
        else:
            self._line("break" if self.loops else "raise BreakBlock")

    def _evaluate(self, directive: nodes.Directive) -> None:
        self._line(f"r.evaluate({self.value(directive.arguments[0])}, c, w)")

    def _define(self, directive: nodes.Directive) -> None:
        target = directive.arguments[0]
        if isinstance(target, nodes.Reference):
            self._line(f"c[{assigned(target)!r}] = Define({self.body_function(directive.block or ())}, c, r)")

    def _register_macros(self, node: Any) -> None:
        """Know all macros before any call; an inner one comes before its outer one, and the first of a name stays."""
        for child in children(node):
            self._register_macros(child)
        if isinstance(node, nodes.Directive) and node.name == "macro":
            self._register(node)

    def _register(self, directive: nodes.Directive) -> None:
        name, *parameters = directive.arguments
        if isinstance(name, nodes.Word) and name.name not in self._macros:
            names = tuple(assigned(given) if isinstance(given, nodes.Reference) else "" for given in parameters)
            self._macros[name.name] = (names, self.body_function(directive.block or ()))

    def _macro(self, _directive: nodes.Directive) -> None:
        """A definition outputs nothing; it was registered before."""

    def _macro_call(self, directive: nodes.Directive) -> None:
        loops, self.loops, self.getter = self.loops, [], "c.get"
        arguments = ", ".join(f"lambda c: {self.value(argument)}" for argument in directive.arguments)
        self.loops, self.getter = loops, "g"
        name = directive.name
        block = ""
        if name.startswith("@"):
            if directive.block is None:
                self._text += directive.literal
                return
            name = name[1:]
            block = f", {self.body_function(directive.block)}"
        self._line(f"r.call_macro(MacroCall({name!r}, [{arguments}], {directive.literal!r}{block}), c, w)")

    def _foreach(self, directive: nodes.Directive) -> None:
        if len(self.loops) >= MAXIMUM_LOOPS:
            self._line(f"{self.body_function([directive])}(c, w, r)")
            return
        item, _, source = directive.arguments
        name = item.root if isinstance(item, nodes.Reference) else "item"
        number = self.unique()
        if self.usage.mutates:
            self._line(f"l{number} = iterated(q{number} := {self.raw(source)})")
        else:
            self._line(f"l{number} = iterated({self.raw(source)})")
        self._line(f"if l{number}:")
        self._indent += 1
        saved = [self.get(kept) for kept in (name, *self._controls)]
        self._line(f"s{number} = {', '.join(saved)},")
        self._loop(directive, name, number)
        if self.usage.is_plain:
            self._line(f"{', '.join(saved)}, = s{number}")
        else:
            self._line(f"put_back(c, {(name, *self._controls)!r}, s{number})")
            if name in self._loop_names:
                self._line(f"if s{number}[0] is None: g = within({name!r}, g, c)")
        self._indent -= 1
        if name in self._loop_names and not self.usage.is_plain:
            self._line(f"elif l{number} is not None and {self.get(name)} is None:")
            self._line(f" c.pop({name!r}, None); g = within({name!r}, g, c)")

    def _loop(self, directive: nodes.Directive, name: str, number: int) -> None:
        mutates, plain = self.usage.mutates, self.usage.is_plain
        self._line(f"n{number} = len(l{number}) - 1")
        if "foreach" in self._controls:
            info = f"#foreach[type:block template:template offset:{directive.offset}]"
            self._line(f"{self.place('foreach')} = o{number} = Foreach(n{number}, {self.get('foreach')}, {info!r})")
        if mutates:
            self._line(f"q{number} = iterated_source(q{number}); z{number} = len(q{number})")
        if not plain:
            self._line(f"if (h{number} := None in l{number}): b{number} = g")
        is_left = not plain and (self.usage.breaks or self.usage.stops)
        if is_left:
            self._line("try:")
            self._indent += 1
        self._line(f"for k{number}, {self.get(name) if plain else 'x'} in enumerate(r.first(l{number}, n{number})):")
        self._indent += 1
        self._line("if clock() > d: r.late()")
        if mutates:
            self._line(f"if len(q{number}) != z{number} and r.is_modified(q{number}, z{number}, k{number}): break")
        if not plain:
            self._line(f"if h{number}: g = b{number} if x is not None else without({name!r}, b{number})")
            self._line(f"c[{name!r}] = x")
        self._loop_controls(number)
        self.loops.append(number)
        self._loop_names.append(name)
        self._block(directive.block or ())
        self._loop_names.pop()
        self.loops.pop()
        self._indent -= 1
        if mutates:
            self._line(f"else: len(q{number}) != z{number} and r.is_modified(q{number}, z{number}, k{number} + 1)")
        if is_left:
            self._indent -= 1
            self._catch(name, number)
        if not plain:
            self._line(f"if h{number}: g = b{number}")

    def _catch(self, name: str, number: int) -> None:
        """End a loop that is left: variables get back what they had, also where what was evaluated stops."""
        back = f"put_back(c, {(name, *self._controls)!r}, s{number})"
        if self.usage.stops:
            self._line(f"except StopTemplate: {back}; raise")
        self._line("except BreakBlock: pass")
        if self.usage.breaks_outer:
            self._line("except BreakLoop as b:")
            self._line(f" if b.loop is not o{number}: {back}; raise")

    def _loop_controls(self, number: int) -> None:
        if "foreach" in self._controls:
            self._line(f"o{number}.index = k{number}")
        if "velocityCount" in self._controls:
            self._line(f"{self.place('velocityCount')} = k{number} + 1")
        if "velocityHasNext" in self._controls:
            self._line(f"{self.place('velocityHasNext')} = k{number} < n{number}")
