"""What a template takes from the body, and bodies that have it, to try the template with."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from gateway.vtl import nodes
from gateway.vtl.usage import assigned, children

_STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\['([^']*)'\]|\[(?:\d+|\*)\]")
_LIST_METHODS = frozenset({"size", "get", "isEmpty", "iterator"})


class Shape:
    """A value of the body: an object with members, a list of items, or a string where neither is used."""

    __slots__ = ("is_list", "item", "members")

    def __init__(self) -> None:
        self.members: dict[str, Shape] = {}
        self.item: Shape | None = None
        self.is_list = False

    def member(self, name: str) -> "Shape":
        """The member of a name."""
        return self.members.setdefault(name, Shape())

    def items(self) -> "Shape":
        """What the list holds."""
        self.is_list = True
        if self.item is None:
            self.item = Shape()
        return self.item

    def sample(self, text: str, count: int) -> Any:
        """A value of this shape with a text for every string and a count of items for every list."""
        if self.is_list:
            return [self.items().sample(text, count) for _ in range(count)]
        if self.members:
            return {name: member.sample(text, count) for name, member in self.members.items()}
        return text


class Reader:
    """Follows the references of a template.

    Attributes:
        body: The shape of the body.
        parameters: The names that `$input.params(name)` takes, each with the offset of its reference.
        client_values: The references whose value the client chose, by their offset.
        unknown: Variables that nothing sets, with the offset of the reference.
    """

    def __init__(self, statements: Sequence[nodes.Statement]) -> None:
        self.body = Shape()
        self.parameters: list[tuple[str, int]] = []
        self.client_values: set[int] = set()
        self.unknown: list[tuple[str, int]] = []
        self._shapes: dict[str, Shape] = {}
        self._tainted: set[str] = set()
        self._known = {"input", "context", "util", "stageVariables", "foreach", "velocityCount", "velocityHasNext"}
        self._known.update(_names_set(statements))
        self._walk(statements)

    def _walk(self, node: Any) -> None:
        if isinstance(node, nodes.Set):
            self._walk(node.value)
            self._keep(assigned(node.target), node.value)
            return
        if isinstance(node, nodes.Directive) and node.name == "foreach":
            self._foreach(node)
            return
        if isinstance(node, nodes.Reference):
            self._reference(node)
        for child in children(node):
            self._walk(child)

    def _keep(self, name: str, value: nodes.Expression) -> None:
        if isinstance(value, nodes.Reference):
            shape = self.shape(value)
            if shape is not None:
                self._shapes[name] = shape
        if self.is_tainted(value):
            self._tainted.add(name)

    def _foreach(self, node: nodes.Directive) -> None:
        item, _, source = node.arguments
        self._walk(source)
        if isinstance(item, nodes.Reference):
            shape = self.shape(source) if isinstance(source, nodes.Reference) else None
            if shape is not None:
                self._shapes[item.root] = shape.items()
            if self.is_tainted(source):
                self._tainted.add(item.root)
        self._walk(node.block)

    def _reference(self, node: nodes.Reference) -> None:
        if node.runt:
            return
        self.shape(node)
        if node.root not in self._known:
            self.unknown.append((node.root, node.offset))
        if self.is_tainted(node):
            self.client_values.add(node.offset)
        name = _parameter(node)
        if name is not None:
            self.parameters.append((name, node.offset))

    def is_tainted(self, node: Any) -> bool:
        """Whether the client chose a value, and nothing has escaped it."""
        if isinstance(node, nodes.Reference):
            if node.root == "util":
                return not is_escaped(node) and any(self.is_tainted(child) for child in children(node.parts))
            return node.root == "input" or node.root in self._tainted
        return any(self.is_tainted(child) for child in children(node))

    def shape(self, node: nodes.Reference) -> Shape | None:
        """What of the body a reference stands for, None where it stands for something else."""
        parts = list(node.parts)
        if node.root == "input":
            first = parts.pop(0) if parts else None
            shape = self._path(first) if isinstance(first, nodes.Call) and first.name in ("path", "json") else None
        else:
            shape = self._shapes.get(node.root)
        for part in parts:
            if shape is None:
                return None
            shape = _part(shape, part)
        return shape

    def _path(self, call: nodes.Call) -> Shape | None:
        path = call.arguments[0] if call.arguments else None
        if not isinstance(path, nodes.Literal) or not str(path.value).startswith("$"):
            return None
        shape, at, text = self.body, 1, str(path.value)
        while at < len(text):
            match = _STEP.match(text, at)
            if match is None:
                return None
            name = match[1] or match[2]
            shape = shape.member(name) if name else shape.items()
            at = match.end()
        return shape


def is_escaped(node: nodes.Reference) -> bool:
    """Whether a reference is `$util.escapeJavaScript(…)`, or another encoding that JSON strings bear."""
    names = {"escapeJavaScript", "urlEncode", "base64Encode"}
    return any(isinstance(part, nodes.Call) and part.name in names for part in node.parts)


def _part(shape: Shape, part: nodes.Property | nodes.Call | nodes.Index) -> Shape | None:
    if isinstance(part, nodes.Property):
        return shape.member(part.name)
    key = part.key if isinstance(part, nodes.Index) else (part.arguments[0] if part.arguments else None)
    if isinstance(part, nodes.Call) and part.name not in _LIST_METHODS:
        return None
    if isinstance(key, nodes.Literal) and isinstance(key.value, str):
        return shape.member(key.value)
    return shape.items() if key is not None or isinstance(part, nodes.Call) else None


def _parameter(node: nodes.Reference) -> str | None:
    first = node.parts[0] if node.root == "input" and node.parts else None
    if not isinstance(first, nodes.Call) or first.name != "params" or len(first.arguments) != 1:
        return None
    name = first.arguments[0]
    return name.value if isinstance(name, nodes.Literal) and isinstance(name.value, str) else None


def _names_set(node: Any) -> Iterator[str]:
    if isinstance(node, nodes.Set):
        yield assigned(node.target)
    if isinstance(node, nodes.Directive) and node.name in ("foreach", "define", "macro"):
        yield from (argument.root for argument in node.arguments if isinstance(argument, nodes.Reference))
    for child in children(node):
        yield from _names_set(child)
