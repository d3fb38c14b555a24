"""What a compiled template calls while it runs."""

from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, NamedTuple

from gateway.vtl.errors import JavaError, LimitError
from gateway.vtl.limits import Budget, Limits
from gateway.vtl.operations import add
from gateway.vtl.printing import java_string
from gateway.vtl.values import Foreach, JavaList

Write = Callable[[str], object]
Body = Callable[[Any, Write, "Runtime"], None]
Evaluated = tuple[Body, Mapping[str, "Macro"]]
Evaluate = Callable[[str, frozenset[str]], Evaluated]

MAXIMUM_MACRO_DEPTH = 20
MAXIMUM_DEFINE_DEPTH = 2


class StopTemplate(Exception):  # noqa: N818 - a way to leave, no error
    """`#stop`: the whole template ends here; `text` is what a `#define` had output by then."""

    text = ""


class BreakBlock(Exception):  # noqa: N818 - a way to leave, no error
    """`#break` where no `#foreach` is around it in the same block."""


class BreakLoop(Exception):  # noqa: N818 - a way to leave, no error
    """`#break` of the loop that it names."""

    def __init__(self, loop: Foreach) -> None:
        super().__init__()
        self.loop = loop


class Macro(NamedTuple):
    """A macro: the names of its parameters and its body."""

    parameters: tuple[str, ...]
    body: Body


class MacroCall(NamedTuple):
    """A call of a macro: its arguments, its own text, and the block of `#@name(…) … #end`."""

    name: str
    arguments: Sequence[Callable[[Any], Any]]
    literal: str
    block: Body | None = None


class MacroContext:
    """The variables inside of a macro: its own, then its arguments, then those around it.

    An argument is evaluated anew each time it is used, in the context of the call.
    """

    __slots__ = ("_arguments", "_outer", "_own")

    def __init__(self, outer: Any, arguments: dict[str, Callable[[Any], Any]]) -> None:
        self._outer = outer
        self._arguments = arguments
        self._own: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """The value of a variable, None where it has none."""
        found = self._own.get(name)
        if found is not None:
            return found
        argument = self._arguments.get(name)
        return argument(self._outer) if argument is not None else self._outer.get(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self._own[name] = value
        self._outer[name] = value

    def pop(self, name: str, default: Any = None) -> Any:
        """Forget a variable."""
        self._own.pop(name, None)
        self._arguments.pop(name, None)
        return self._outer.pop(name, default)


class Define:
    """The block of a `#define`, rendered each time that it is output."""

    java_class = "org.apache.velocity.runtime.directive.Block$Reference"

    __slots__ = ("_body", "_context", "_depth", "_runtime")

    def __init__(self, body: Body, context: Any, runtime: "Runtime") -> None:
        self._body = body
        self._context = context
        self._runtime = runtime
        self._depth = 0

    def is_exhausted(self) -> bool:
        """Whether it is being rendered as deep in itself as it may be."""
        return self._depth >= MAXIMUM_DEFINE_DEPTH

    def render(self, name: str = "") -> str:
        """The output of the block; its own reference as text where it holds itself more than once."""
        if self.is_exhausted():
            return name
        self._depth += 1
        out: list[str] = []
        try:
            self._body(self._context, out.append, self._runtime)
        except BreakBlock:
            pass
        except StopTemplate as stop:
            stop.text = "".join(out) + stop.text
            raise
        finally:
            self._depth -= 1
        return str(self._runtime.kept("".join(out)))


class Runtime(Budget):
    """One evaluation: its limits, its macros and what the compiled code asks of it."""

    __slots__ = ("_evaluate", "_macro_depth", "macros")

    def __init__(self, limits: Limits, macros: Mapping[str, Macro], evaluate: Evaluate) -> None:
        self.limits = limits  # as the base does, without the call: this runs for every evaluation
        self.deadline = perf_counter() + limits.seconds
        self._left = limits.characters
        self.macros = macros
        self._macro_depth = 0
        self._evaluate = evaluate

    def show(self, value: Any, name: str = "") -> str:
        """How a value is output; null as nothing."""
        if value.__class__ is int or value is None:
            return "" if value is None else str(value)
        if value.__class__ is Define:
            return value.render(name)
        text = java_string(value)
        if len(text) > 1000:  # noqa: PLR2004 - small things need no count
            self.charge(len(text))
        return text

    def add(self, left: Any, right: Any) -> Any:
        """`left + right`, its size counted where it is a string."""
        if left.__class__ is int and right.__class__ is int:
            return left + right
        return self.kept(add(left, right))

    def kept(self, value: Any) -> Any:
        """The same value, its size counted."""
        if value.__class__ is str:
            self.charge(len(value))
        elif isinstance(value, list):
            self.charge(16 * len(value))
        return value

    def span(self, start: Any, end: Any) -> JavaList | None:
        """`[start..end]`, None where one of them is no integer.

        Raises:
            LimitError: It is longer than the limits allow.
        """
        if start.__class__ is not int or end.__class__ is not int:
            return None
        size = abs(end - start) + 1
        if size > self.limits.range_items:
            raise LimitError(f"A range has more than {self.limits.range_items:,} items")
        self.charge(16 * size)
        return JavaList(range(start, end + 1) if start <= end else range(start, end - 1, -1))

    def first(self, items: list[Any], last: int) -> list[Any]:
        """What a loop walks over of a list, given the index of its last item."""
        iterations = self.limits.iterations
        return items if last < iterations else items[:iterations]

    def is_modified(self, source: Any, size: int, at: int) -> bool:
        """Whether a loop ends because its list shrank to where the loop stands.

        Raises:
            JavaError: The list or map grew or shrank otherwise.
        """
        if isinstance(source, list) and at == len(source):
            return True
        if isinstance(source, list) or at < size:
            raise JavaError("ConcurrentModificationException: the list or map of a #foreach is changed inside of it")
        return False

    def capture(self, body: Body, context: Any) -> str:
        """The output of a block as a string."""
        out: list[str] = []
        try:
            body(context, out.append, self)
        except StopTemplate as stop:
            stop.text = ""
            raise
        text = "".join(out)
        self.charge(len(text))
        return text

    def call_macro(self, call: MacroCall, context: Any, write: Write) -> None:
        """Output a macro's body, or the text of the call where there is no such macro.

        Raises:
            LimitError: Macros call each other more than 20 deep, as Velocity allows.
        """
        macro = self.macros.get(call.name)
        if macro is None:
            write(call.literal)
            return
        if self._macro_depth >= MAXIMUM_MACRO_DEPTH:
            raise LimitError(f"Max calling depth of {MAXIMUM_MACRO_DEPTH} was exceeded in macro {call.name!r}")
        self.tick()
        given = dict(zip(macro.parameters, call.arguments, strict=False))
        if call.block is not None:
            content = Define(call.block, context, self)
            given["bodyContent"] = lambda _context: content
        self._macro_depth += 1
        try:
            macro.body(MacroContext(context, given), write, self)
        except BreakBlock:
            pass
        finally:
            self._macro_depth -= 1

    def evaluate(self, value: Any, context: Any, write: Write) -> None:
        """`#evaluate(value)`."""
        self.tick()
        if isinstance(value, Define) and value.is_exhausted():
            raise JavaError("NullPointerException: the block of a #define evaluates itself")
        body, macros = self._evaluate(java_string(value), frozenset(self.macros))
        if macros:
            self.macros = {**macros, **self.macros}
        self._macro_depth += 1
        try:
            if self._macro_depth > MAXIMUM_MACRO_DEPTH:
                raise LimitError(f"#evaluate is nested more than {MAXIMUM_MACRO_DEPTH} deep")
            body(context, write, self)
        except BreakBlock:
            pass
        except StopTemplate as stop:
            write(stop.text)  # it ends what is evaluated, not the template
        finally:
            self._macro_depth -= 1


def break_of(value: Any) -> BreakLoop:
    """`#break($foreach.parent)`.

    Raises:
        JavaError: The value is no loop.
    """
    if not isinstance(value, Foreach):
        raise JavaError("VelocityException: the argument of #break is no loop")
    return BreakLoop(value)


def put_back(context: Any, names: tuple[str, ...], values: tuple[Any, ...]) -> None:
    """Give variables the values back that they had before a loop."""
    for name, value in zip(names, values, strict=True):
        if value is None:
            context.pop(name, None)
        else:
            context[name] = value


def without(name: str, get: Callable[[str], Any]) -> Callable[[str], Any]:
    """Gets variables while `#foreach` stands at a null item: the loop's own variable stays null."""

    def get_others(wanted: str) -> Any:
        return None if wanted == name else get(wanted)

    return get_others


def within(name: str, get: Callable[[str], Any], context: Any) -> Callable[[str], Any]:
    """Gets variables behind a loop in a loop of the same variable, which is hidden no longer at a null item."""

    def get_own(wanted: str) -> Any:
        return context.get(name) if wanted == name else get(wanted)

    return get_own


clock = perf_counter
