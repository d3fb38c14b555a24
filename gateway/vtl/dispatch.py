"""How a reference takes a property, an index or a method from a Java object, and how `#set` puts one."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from gateway.vtl.errors import JavaError
from gateway.vtl.object_methods import METHODS_BY_CLASS, OBJECT_METHODS, map_get, map_put
from gateway.vtl.printing import java_class_name, java_string
from gateway.vtl.string_methods import STRING_METHODS, Checked, Long, format_string
from gateway.vtl.values import FixedList, Foreach, JavaArray, JavaClass, JavaIterator, VelocityObject, View

_METHODS = {**METHODS_BY_CLASS, str: STRING_METHODS}
_KNOWN_CLASSES = tuple(_METHODS)
_INTEGER_LIMIT = 2**31
_LONG_LIMIT = 2**63
_FOREACH_PROPERTIES = ("index", "count", "hasNext", "first", "last", "parent", "topmost", "info")


def _fits(argument: Any, wanted: type) -> bool:
    if wanted is object:
        return True
    if argument is None:
        return wanted is not int
    if wanted is int:
        return argument.__class__ is int and -_INTEGER_LIMIT <= argument < _INTEGER_LIMIT
    if wanted is Long:
        return argument.__class__ is int and -_LONG_LIMIT <= argument < _LONG_LIMIT
    if wanted is float:
        return argument.__class__ in (float, int)
    return argument.__class__ is wanted or (wanted in (dict, list) and isinstance(argument, wanted))


def _wrong_number(_value: Any, *_arguments: Any) -> Any:
    """Arguments for a method that takes none: Velocity finds the method, and Java refuses to call it."""
    raise JavaError("IllegalArgumentException: wrong number of arguments")


def _nothing(_value: Any, *_arguments: Any) -> Any:
    return None


def _overloaded(candidates: list[Checked], otherwise: Callable[..., Any] = _nothing) -> Callable[..., Any]:
    """One function for the overloads of a method; another one where none takes the arguments."""
    only, wanted = candidates[0]
    if len(candidates) == 1 and all(one is object for one in wanted):
        return only

    def call(value: Any, *arguments: Any) -> Any:
        for function, classes in candidates:
            if all(map(_fits, arguments, classes)):
                if None in arguments and any(
                    a is None and c is not object for a, c in zip(arguments, classes, strict=True)
                ):
                    raise JavaError("NullPointerException: null is given to a method that needs a value")
                return function(value, *arguments)
        return otherwise(value, *arguments)

    return call


@lru_cache(maxsize=4096)
def method_table(name: str, count: int) -> dict[type, Callable[..., Any]]:
    """The method of a name and number of arguments, by the class of what it is called on."""
    table: dict[type, Callable[..., Any]] = {}
    for owner, methods in _METHODS.items():
        found = methods.get((name, count)) or OBJECT_METHODS.get((name, count))
        takes_none = count > 0 and ((name, 0) in methods or (name, 0) in OBJECT_METHODS)
        if found is not None:
            table[owner] = _overloaded(found, _wrong_number if takes_none else _nothing)
        elif takes_none:
            table[owner] = _wrong_number
    if name == "format" and count:
        table[str] = _format
    if name == "join" and count:
        table[str] = _join
    if owner_lists := (name == "asList" and count == 1):
        table[JavaArray] = lambda _value, items: FixedList(items) if owner_lists else None
    return table


def _join(_text: str, *arguments: Any) -> Any:
    """`String.join` of several strings, or of one list."""
    separator, *items = arguments
    if separator.__class__ is not str:
        return None
    if len(items) == 1 and isinstance(items[0], (list, View)):
        items = list(items[0])
        if not all(item is None or item.__class__ is str for item in items):
            raise JavaError("ClassCastException: what is joined holds something else than strings")
    elif not all(item.__class__ is str for item in items):
        return None
    return separator.join("null" if item is None else java_string(item) for item in items)


def _format(text: str, *arguments: Any) -> Any:
    if arguments[0].__class__ is not str:
        return None
    return format_string(text, arguments[0], *arguments[1:])


def call_method(value: Any, name: str, *arguments: Any) -> Any:
    """`value.name(arguments)`; None where there is no such method."""
    if isinstance(value, VelocityObject):
        return value.java_call(name, arguments)
    if value is None:
        return None
    if isinstance(value, Foreach):
        return _foreach_call(value, name, arguments)
    table = method_table(name, len(arguments))
    for owner in value.__class__.__mro__:
        function = table.get(owner)
        if function is not None and value.__class__ is not bool:
            return function(value, *arguments)
    found = OBJECT_METHODS.get((name, len(arguments)))
    if found is None and (name, 0) in OBJECT_METHODS:
        return _wrong_number(value)
    return _overloaded(found)(value, *arguments) if found is not None else None


def get_property(value: Any, name: str) -> Any:
    """`value.name`; None where there is none."""
    if isinstance(value, VelocityObject):
        return value.java_property(name)
    if value is None:
        return None
    if name == "class":
        return JavaClass(java_class_name(value))
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, Foreach):
        return _foreach_property(value, name)
    return _getter(value, name)


def _getter(value: Any, name: str) -> Any:
    methods = _METHODS.get(value.__class__)
    if methods is None:
        return None
    capitalized = name[:1].upper() + name[1:]
    for candidate in ("get" + capitalized, "get" + name, "is" + capitalized, "is" + name):
        if (candidate, 0) in methods and (
            candidate.startswith("get") or candidate in ("isEmpty", "isBlank", "isNaN", "isInfinite")
        ):
            return method_table(candidate, 0)[value.__class__](value)
    return None


def _foreach_property(loop: Foreach, name: str) -> Any:
    if name == "index":
        return loop.index
    if name == "count":
        return loop.index + 1
    if name == "hasNext":
        return loop.index < loop.last
    if name == "first":
        return loop.index < 1
    if name == "last":
        return loop.index >= loop.last
    if name == "parent":
        return loop.parent if isinstance(loop.parent, Foreach) else None
    if name == "topmost":
        while isinstance(loop.parent, Foreach):
            loop = loop.parent
        return loop
    return loop.info if name == "info" else loop.extra.get(name)


def _foreach_call(loop: Foreach, name: str, arguments: tuple[Any, ...]) -> Any:
    if not arguments:
        if name == "hasNext":
            return loop.index < loop.last
        for prefix in ("get", "is"):
            bare = name.removeprefix(prefix)
            bare = bare[:1].lower() + bare[1:]
            if name.startswith(prefix) and bare in _FOREACH_PROPERTIES:
                return _foreach_property(loop, bare)
    return call_method(loop.extra, name, *arguments)


def get_index(value: Any, key: Any) -> Any:
    """`value[key]`; None where there is none.

    Raises:
        JavaError: The index is out of the list's range.
    """
    if key.__class__ is int and key < 0:
        key = _from_end(value, key)
    if isinstance(value, list):
        if not _fits(key, int):
            return None
        at = key
        if not 0 <= at < len(value):
            raise JavaError(f"IndexOutOfBoundsException: Index {key} out of bounds for length {len(value)}")
        return value[at]
    if isinstance(value, dict):
        return map_get(value, key)
    return call_method(value, "get", key)


def _from_end(value: Any, key: int) -> int:
    if value is None:
        return key
    if not isinstance(value, (list, dict, View)):
        raise JavaError(
            f"A 'size()' method required for negative value {key} does not exist for {java_class_name(value)!r}"
        )
    return key + len(value)


def set_property(value: Any, name: str, new: Any) -> None:
    """`#set($value.name = new)`; nothing happens where that is not possible."""
    if isinstance(value, dict):
        map_put(value, name, new)
    elif isinstance(value, Foreach):
        value.extra[name] = new


def set_index(value: Any, key: Any, new: Any) -> None:
    """`#set($value[key] = new)`; nothing happens where that is not possible.

    Raises:
        JavaError: The index is out of the list's range.
    """
    if isinstance(value, list):
        if key.__class__ is int:
            call_method(value, "set", _from_end(value, key) if key < 0 else key, new)
    elif isinstance(value, dict):
        map_put(value, key, new)
    elif isinstance(value, Foreach):
        value.extra[key] = new


def iterated(value: Any) -> list[Any] | None:
    """What `#foreach` walks over, None where it walks over nothing."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, View):
        return list(value)
    return value.rest() if isinstance(value, JavaIterator) else None


def iterated_source(value: Any) -> Any:
    """What must not grow or shrink while `#foreach` walks over a value."""
    return value.source if isinstance(value, View) else value
