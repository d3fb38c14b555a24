"""The Java objects that a template meets and Python has no like of.

Strings, integers, floats, booleans and maps are Python's own. A plain `list` is one that came from JSON and prints as
JSON; a `JavaList` was made by the template and prints as Java prints its lists.
"""

from collections.abc import Iterator
from typing import Any, Protocol


class JavaList(list[Any]):
    """A `java.util.ArrayList`, made by a literal, a range or a method."""

    __slots__ = ()


class JavaArray(list[Any]):
    """A Java array, such as `toArray` gives: it prints as its class, but is indexed and iterated."""

    __slots__ = ()
    java_class = "[Ljava.lang.Object;"


class StringArray(JavaArray):
    """A `String[]`, as `split` gives."""

    __slots__ = ()
    java_class = "[Ljava.lang.String;"


class CharacterArray(JavaArray):
    """A `char[]`, as `toCharArray` gives."""

    __slots__ = ()
    java_class = "[C"


class ByteArray(JavaArray):
    """A `byte[]`, as `getBytes` gives."""

    __slots__ = ()
    java_class = "[B"


class Character(str):
    """A `java.lang.Character`, such as `charAt` gives: it prints as a string and is none."""

    __slots__ = ()


class FixedList(JavaList):
    """A list that cannot grow, as `Arrays.asList` gives."""

    __slots__ = ()


class SilentMap(dict[Any, Any]):
    """A map of `$context`: API Gateway prints it as nothing, its keys and values can be read."""

    __slots__ = ()


class View:
    """A live view on a map: its keys, its values or its entries."""

    __slots__ = ("source",)
    java_class = "java.util.LinkedHashMap$LinkedKeySet"

    def __init__(self, source: dict[Any, Any]) -> None:
        self.source = source

    def __iter__(self) -> Iterator[Any]:
        return iter(self.source)

    def __len__(self) -> int:
        return len(self.source)


class KeySet(View):
    """`keySet()` of a map."""

    __slots__ = ()


class Values(View):
    """`values()` of a map."""

    __slots__ = ()
    java_class = "java.util.LinkedHashMap$LinkedValues"

    def __iter__(self) -> Iterator[Any]:
        return iter(self.source.values())


class Entry:
    """One entry of a map."""

    __slots__ = ("key", "source")

    def __init__(self, source: dict[Any, Any], key: Any) -> None:
        self.source = source
        self.key = key

    @property
    def value(self) -> Any:
        """What the map holds for the key now."""
        return self.source.get(self.key)


class EntrySet(View):
    """`entrySet()` of a map."""

    __slots__ = ()
    java_class = "java.util.LinkedHashMap$LinkedEntrySet"

    def __iter__(self) -> Iterator[Entry]:
        return (Entry(self.source, key) for key in self.source)


class JavaIterator:
    """A `java.util.Iterator`."""

    __slots__ = ("_items", "at")

    def __init__(self, items: list[Any]) -> None:
        self._items = items
        self.at = 0

    def has_next(self) -> bool:
        """Whether an item is left."""
        return self.at < len(self._items)

    def take(self) -> Any:
        """The next item."""
        self.at += 1
        return self._items[self.at - 1]

    def rest(self) -> list[Any]:
        """All items that are left, which are then taken."""
        left = self._items[self.at :]
        self.at = len(self._items)
        return left


class JavaClass:
    """A `java.lang.Class`, by its name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Foreach:
    """`$foreach`: where the innermost loop stands."""

    __slots__ = ("extra", "index", "info", "last", "parent")

    def __init__(self, last: int, parent: Any, info: str) -> None:
        self.index = -1
        self.last = last
        self.parent = parent
        self.info = info
        self.extra: dict[Any, Any] = {}


class Rendered(Protocol):
    """Something that is rendered when it is output: the block of a `#define`."""

    def render(self) -> str:
        """The output."""


class VelocityObject:
    """An object with methods and properties that templates may use, such as `$input`."""

    __slots__ = ()
    java_class = "java.lang.Object"

    def java_property(self, name: str) -> Any:  # noqa: ARG002 - what subclasses look at
        """The value of a property, None where there is none."""
        return None

    def java_call(self, name: str, arguments: tuple[Any, ...]) -> Any:  # noqa: ARG002 - what subclasses look at
        """The result of a method, None where there is none that takes these arguments."""
        return None

    def java_string(self) -> str:
        """How it is printed."""
        return "{}"
