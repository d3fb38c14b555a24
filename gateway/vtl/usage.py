"""What a template uses, found out before it is compiled, so that simple templates become simple code."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.vtl import nodes
from gateway.vtl.object_methods import is_mutating

LOOP_PROPERTIES = frozenset({"hasNext", "index", "count", "first", "last"})
LOOP_NAMES = ("velocityCount", "velocityHasNext")
MAXIMUM_LOOPS = 6
"""How many loops are nested in one Python function; Python itself allows 20 blocks."""

_LEAVES = (str, int, nodes.Text, nodes.Literal, bool, float, type(None))
_PLAIN = frozenset({"foreach", "break", "stop", "literal", "include", "parse"})


class Usage:
    """Facts about a whole template.

    Attributes:
        names: The variables that it reads or sets.
        mutates: It may change a list or map that it is given.
        breaks: A `#break` stands in it.
        breaks_outer: A `#break` names the loop that it ends, or one that is evaluated may.
        stops: A `#stop` stands in it, or may be evaluated.
        needs_loop_object: `$foreach` is used in another way than for a property inside of its own loop.
        is_plain: All its code is one Python function, so that its variables can be local ones.
        loop_is_known: `$foreach` is always the loop: no template code gives the name to something else.
    """

    __slots__ = (
        *("_loop_names", "breaks", "breaks_outer", "is_plain", "loop_is_known"),
        *("mutates", "names", "needs_loop_object", "stops"),
    )

    def __init__(self, statements: Sequence[nodes.Statement], *, is_evaluated: bool = False) -> None:
        self.names: dict[str, None] = {}
        self.mutates = False
        self.breaks = False
        self.needs_loop_object = False
        self.is_plain = not is_evaluated
        self.breaks_outer = False
        self.stops = is_evaluated
        self.loop_is_known = True
        self._loop_names: list[str] = []
        self._walk(statements, direct=False)

    def _walk(self, node: Any, *, direct: bool) -> None:
        if isinstance(node, nodes.Reference):
            self._reference(node, direct=direct)
        elif isinstance(node, nodes.Directive):
            self._directive(node, direct=direct)
        elif isinstance(node, nodes.Interpolated):
            simple = is_simple(node)
            self.is_plain = self.is_plain and simple
            self._children(node, direct=direct and simple)
        else:
            if isinstance(node, nodes.Set):
                self._set(node.target)
            elif isinstance(node, nodes.Call) and is_mutating(node.name):
                self.mutates = True
            self._children(node, direct=direct)

    def _children(self, node: Any, *, direct: bool) -> None:
        if isinstance(node, (list, tuple)):
            for child in node:
                if child.__class__ not in _LEAVES:
                    self._walk(child, direct=direct)

    def _reference(self, node: nodes.Reference, *, direct: bool) -> None:
        if not node.runt:
            self.names[node.root] = None
        if node.root == "foreach" and not (direct and is_loop_property(node)):
            self.needs_loop_object = True
        for part in node.parts:
            if part.__class__ is not nodes.Property:
                self._walk(part, direct=direct)

    def _set(self, target: nodes.Reference) -> None:
        name = assigned(target)
        self.names[name] = None
        self.mutates = self.mutates or bool(target.parts)
        if name in self._loop_names:
            self.is_plain = False
        if name == "foreach":
            self._rename_loop()

    def _directive(self, node: nodes.Directive, *, direct: bool) -> None:
        if node.name == "foreach":
            self._foreach(node, direct=direct)
            return
        self.breaks = self.breaks or node.name == "break"
        self.stops = self.stops or node.name in ("stop", "evaluate")
        if node.name == "break" and node.arguments:
            self.breaks_outer = self.needs_loop_object = True
            self.is_plain = False
        if node.name == "evaluate":
            self.mutates = self.breaks = self.breaks_outer = self.needs_loop_object = True
            self.loop_is_known = False
        if node.name not in _PLAIN:
            self.is_plain = False
        if node.name in ("macro", "define") and any(_is_loop(argument) for argument in node.arguments):
            self._rename_loop()
        for child in (node.arguments, node.block or ()):
            self._walk(child, direct=False)

    def _rename_loop(self) -> None:
        self.is_plain = self.loop_is_known = False
        self.needs_loop_object = True

    def _foreach(self, node: nodes.Directive, *, direct: bool) -> None:
        item, _, source = node.arguments
        name = item.root if isinstance(item, nodes.Reference) else ""
        self.names[name] = None
        if name in self._loop_names or len(self._loop_names) >= MAXIMUM_LOOPS or not name:
            self.is_plain = False
        if name == "foreach":
            self._rename_loop()
        self._walk(source, direct=direct)
        self._loop_names.append(name)
        self._walk(node.block, direct=True)
        self._loop_names.pop()


def is_simple(node: nodes.Interpolated) -> bool:
    """Whether a string holds references only, no directives."""
    return all(isinstance(part, (nodes.Text, nodes.Reference)) for part in node.body)


def _is_loop(node: nodes.Expression) -> bool:
    return isinstance(node, nodes.Reference) and node.root == "foreach"


def is_loop_property(node: nodes.Reference) -> bool:
    """Whether a reference takes a number or a flag of the loop that it stands in."""
    return bool(node.parts) and isinstance(node.parts[0], nodes.Property) and node.parts[0].name in LOOP_PROPERTIES


def assigned(target: nodes.Reference) -> str:
    """The variable that `#set` puts: the first token behind the dollar, so `${x}` puts none called x."""
    if target.parts:
        return target.root
    if "{" in target.spelling:
        return target.spelling[1:]
    return target.spelling[1:] + target.root


def children(value: Any) -> Iterator[Any]:
    """The parts of a node or of a list of nodes."""
    if isinstance(value, (list, tuple)):
        yield from value
