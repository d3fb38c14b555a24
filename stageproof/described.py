"""What the source says of a name in the string below it: attributes of a class, constants of a module.

Python throws these strings away, so they are read from the source; a reference page is made of them.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import pairwise
from types import ModuleType


def attribute_descriptions(described: type) -> dict[str, str]:
    """Return the descriptions of a class's attributes, inherited ones included, each on one line."""
    found: dict[str, str] = {}
    for owner in reversed(described.__mro__):
        if owner.__module__ == described.__module__:
            (definition,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
            found.update(_described(definition.body if isinstance(definition, ast.ClassDef) else ()))
    return found


def constant_descriptions(module: ModuleType) -> dict[str, str]:
    """Return the descriptions of a module's public constants, in their order, paragraphs kept."""
    tree = ast.parse(inspect.getsource(module))
    return {name: text for name, text in _described(tree.body, whole=True) if not name.startswith("_")}


_ADDRESS = re.compile(r"https?://[^\s,]+")


def summary(described: object) -> str:
    """Return the docstring of a class or function without its ``See:`` lines, as Markdown."""
    return markdown(inspect.getdoc(described) or "")


def markdown(text: str) -> str:
    """Return a docstring as Markdown: double backticks become single, and ``See:`` a link."""
    plain = text.replace("``", "`")
    lines = [line for paragraph in plain.split("\n\n") for line in (" ".join(paragraph.split()), "")]
    return "\n".join(_linked(line) for line in lines).strip()


def _linked(line: str) -> str:
    if not line.startswith("See: "):
        return line
    return _ADDRESS.sub(lambda found: f"<{found[0]}>", "See " + line.removeprefix("See: ").rstrip(".")) + "."


def _described(body: Iterable[ast.stmt], *, whole: bool = False) -> Iterator[tuple[str, str]]:
    statements = list(body)
    for statement, following in pairwise(statements):
        text = _text(following)
        if text is not None:
            for name in _names(statement):
                yield name, inspect.cleandoc(text) if whole else " ".join(text.split())


def _text(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return statement.value.value if isinstance(statement.value.value, str) else None
    return None


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []
