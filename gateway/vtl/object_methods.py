"""The methods of Java's lists, arrays, maps, entries and iterators that templates use, and the table of all classes."""

from decimal import Decimal
from itertools import islice
from typing import Any

from gateway.vtl.errors import JavaError, LimitError
from gateway.vtl.java_hash import java_hash_of
from gateway.vtl.number_methods import (
    BOOLEAN_METHODS,
    CHARACTER_METHODS,
    DOUBLE_METHODS,
    INTEGER_METHODS,
    NUMBER_METHODS,
)
from gateway.vtl.operations import java_equals
from gateway.vtl.printing import java_class_name, java_string
from gateway.vtl.string_methods import Methods
from gateway.vtl.values import (
    Character,
    Entry,
    EntrySet,
    FixedList,
    JavaArray,
    JavaClass,
    JavaIterator,
    JavaList,
    KeySet,
    Values,
    View,
)

_MAXIMUM_ITEMS = 1_000_000
_I, _O, _D = int, object, dict


def _find(items: Any, wanted: Any) -> int:
    for place, item in enumerate(items):
        if java_equals(wanted, item):
            return place
    return -1


def _find_last(items: list[Any], wanted: Any) -> int:
    for place in range(len(items) - 1, -1, -1):
        if java_equals(wanted, items[place]):
            return place
    return -1


def _check(items: list[Any], at: int, size: int) -> None:
    if not 0 <= at < size:
        raise JavaError(f"IndexOutOfBoundsException: Index {at} out of bounds for length {len(items)}")


def _growable(items: list[Any]) -> None:
    if isinstance(items, FixedList):
        raise JavaError("UnsupportedOperationException: the list is of a fixed size")


def _get(items: list[Any], at: int) -> Any:
    _check(items, at, len(items))
    return items[at]


def _set(items: list[Any], at: int, value: Any) -> Any:
    _check(items, at, len(items))
    old = items[at]
    items[at] = value
    return old


def _add(items: list[Any], value: Any) -> bool:
    _growable(items)
    items.append(value)
    return True


def _insert(items: list[Any], at: int, value: Any) -> None:
    _growable(items)
    _check(items, at, len(items) + 1)
    items.insert(at, value)


def _is_collection(value: Any) -> bool:
    return isinstance(value, (list, View)) and not isinstance(value, JavaArray)


def _insert_all(items: list[Any], at: int, others: Any) -> Any:
    if not _is_collection(others):
        return None
    _check(items, at, len(items) + 1)
    tail = items[at:]
    changed = _add_all(items, others)
    added = items[at + len(tail) :]
    items[at:] = [*added, *tail]
    return changed


def _add_all(items: list[Any], others: Any) -> Any:
    if not _is_collection(others):
        return None
    _growable(items)
    if len(items) + len(others) > _MAXIMUM_ITEMS:
        raise LimitError(f"A list of more than {_MAXIMUM_ITEMS:,} items is made")
    items.extend(list(others))
    return len(others) > 0


def _remove_at(items: list[Any], at: int) -> Any:
    _growable(items)
    _check(items, at, len(items))
    return items.pop(at)


def _remove_item(items: list[Any], wanted: Any) -> bool:
    _growable(items)
    place = _find(items, wanted)
    if place >= 0:
        items.pop(place)
    return place >= 0


def _remove_all(items: list[Any], others: Any, *, keep: bool) -> Any:
    if not _is_collection(others):
        return None
    _growable(items)
    known = list(others)
    if len(items) * len(known) > _MAXIMUM_ITEMS:
        raise LimitError("Two long lists are compared with each other")
    kept = [item for item in items if (_find(known, item) >= 0) is keep]
    changed = len(kept) != len(items)
    items[:] = kept
    return changed


def _contains_all(items: Any, others: Any) -> Any:
    if not _is_collection(others):
        return None
    if len(items) * len(others) > _MAXIMUM_ITEMS:
        raise LimitError("Two long lists are compared with each other")
    known = list(items)
    return all(_find(known, item) >= 0 for item in others)


def _sub_list(items: list[Any], start: int, end: int) -> list[Any]:
    if start < 0 or end > len(items) or start > end:
        raise JavaError(f"IndexOutOfBoundsException: {start} to {end} of {len(items)}")
    return JavaList(items[start:end])


def _clear(items: Any) -> None:
    if isinstance(items, list):
        _growable(items)
    items.clear()


def _hashable(key: Any) -> Any:
    try:
        hash(key)
    except TypeError as error:
        raise JavaError("A list or map as the key of a map is not supported here") from error
    return key


def map_get(source: dict[Any, Any], key: Any) -> Any:
    """`map.get(key)`, None where there is none; true is never 1."""
    try:
        found = source.get(key)
    except TypeError:
        return None
    if key.__class__ in (int, bool, float, Character) and found is not None:
        return next((value for known, value in source.items() if java_equals(known, key)), None)
    return found


def map_put(source: dict[Any, Any], key: Any, value: Any) -> Any:
    """`map.put(key, value)`: gives what was there before."""
    old = map_get(source, key)
    source[_hashable(key)] = value
    return old


def _contains_key(source: dict[Any, Any], key: Any) -> bool:
    return isinstance(key, str | int | float | bool | None) and key in source


def _put_all(source: dict[Any, Any], other: dict[Any, Any]) -> None:
    if len(source) + len(other) > _MAXIMUM_ITEMS:
        raise LimitError(f"A map of more than {_MAXIMUM_ITEMS:,} entries is made")
    source.update(other)


def _put_if_absent(source: dict[Any, Any], key: Any, value: Any) -> Any:
    old = map_get(source, key)
    if old is None:
        map_put(source, key, value)
    return old


def _remove_key(source: dict[Any, Any], key: Any) -> Any:
    return source.pop(key, None) if _contains_key(source, key) else None


def _holds_pair(source: dict[Any, Any], key: Any, value: Any) -> bool:
    return _contains_key(source, key) and java_equals(map_get(source, key), value)


def _remove_pair(source: dict[Any, Any], key: Any, value: Any) -> bool:
    """`remove(key, value)`: only where the map holds this value."""
    held = _holds_pair(source, key, value)
    if held:
        del source[key]
    return held


def _replace_key(source: dict[Any, Any], key: Any, value: Any) -> Any:
    return map_put(source, key, value) if _contains_key(source, key) else None


def _replace_pair(source: dict[Any, Any], key: Any, old: Any, new: Any) -> bool:
    held = _holds_pair(source, key, old)
    if held:
        map_put(source, key, new)
    return held


def _unsupported(_value: Any, *_arguments: Any) -> Any:
    raise JavaError("UnsupportedOperationException: the keys, values or entries of a map, or an array, cannot grow")


def _unsupported_all(_view: View, others: Any) -> Any:
    return _unsupported(_view) if isinstance(others, (list, View)) and len(others) else None


def _get_or_default(source: dict[Any, Any], key: Any, default: Any) -> Any:
    return map_get(source, key) if _contains_key(source, key) else default


def _remove_from_view(view: View, wanted: Any) -> bool:
    place = _find(view, wanted)
    if place < 0:
        return False
    del view.source[next(islice(view.source, place, None))]
    return True


def _remove_from_view_all(view: View, others: Any, *, keep: bool) -> Any:
    if not _is_collection(others):
        return None
    if len(view) * len(others) > _MAXIMUM_ITEMS:
        raise LimitError("A long map is compared with a long list")
    known = list(others)
    gone = [key for key, item in zip(view.source, view, strict=True) if (_find(known, item) >= 0) is not keep]
    for key in gone:
        del view.source[key]
    return bool(gone)


def _view_contains(view: View, wanted: Any) -> bool:
    if isinstance(view, KeySet):
        return _contains_key(view.source, wanted)
    return _find(view, wanted) >= 0


def _set_value(entry: Entry, value: Any) -> Any:
    return map_put(entry.source, entry.key, value)


def _next(iterator: JavaIterator) -> Any:
    if not iterator.has_next():
        raise JavaError("NoSuchElementException: the iterator is at its end")
    return iterator.take()


OBJECT_METHODS: Methods = {
    ("toString", 0): [(java_string, ())],
    ("equals", 1): [(java_equals, (_O,))],
    ("hashCode", 0): [(java_hash_of, ())],
    ("getClass", 0): [(lambda value: JavaClass(java_class_name(value)), ())],
}

_SIZED: Methods = {
    ("size", 0): [(len, ())],
    ("isEmpty", 0): [(lambda items: not len(items), ())],
    ("iterator", 0): [(lambda items: JavaIterator(list(items)), ())],
    ("toArray", 0): [(JavaArray, ())],
    ("containsAll", 1): [(_contains_all, (_O,))],
}
LIST_METHODS: Methods = {
    **_SIZED,
    ("get", 1): [(_get, (_I,))],
    ("set", 2): [(_set, (_I, _O))],
    ("add", 1): [(_add, (_O,))],
    ("add", 2): [(_insert, (_I, _O))],
    ("addAll", 1): [(_add_all, (_O,))],
    ("addAll", 2): [(_insert_all, (_I, _O))],
    ("remove", 1): [(_remove_at, (_I,)), (_remove_item, (_O,))],
    ("removeAll", 1): [(lambda items, others: _remove_all(items, others, keep=False), (_O,))],
    ("retainAll", 1): [(lambda items, others: _remove_all(items, others, keep=True), (_O,))],
    ("contains", 1): [(lambda items, wanted: _find(items, wanted) >= 0, (_O,))],
    ("indexOf", 1): [(_find, (_O,))],
    ("lastIndexOf", 1): [(_find_last, (_O,))],
    ("subList", 2): [(_sub_list, (_I, _I))],
    ("clear", 0): [(_clear, ())],
    ("clone", 0): [(lambda items: items.__class__(items), ())],
}
ARRAY_METHODS: Methods = {
    ("size", 0): [(len, ())],
    ("isEmpty", 0): [(lambda items: not items, ())],
    ("get", 1): [(_get, (_I,))],
    ("set", 2): [(_set, (_I, _O))],
    ("add", 1): [(_unsupported, (_O,))],
    ("clear", 0): [(_unsupported, ())],
    ("contains", 1): [(lambda items, wanted: _find(items, wanted) >= 0, (_O,))],
}
MAP_METHODS: Methods = {
    ("size", 0): [(len, ())],
    ("isEmpty", 0): [(lambda source: not source, ())],
    ("get", 1): [(map_get, (_O,))],
    ("put", 2): [(map_put, (_O, _O))],
    ("putAll", 1): [(_put_all, (_D,))],
    ("putIfAbsent", 2): [(_put_if_absent, (_O, _O))],
    ("remove", 1): [(_remove_key, (_O,))],
    ("remove", 2): [(_remove_pair, (_O, _O))],
    ("replace", 2): [(_replace_key, (_O, _O))],
    ("replace", 3): [(_replace_pair, (_O, _O, _O))],
    ("containsKey", 1): [(_contains_key, (_O,))],
    ("containsValue", 1): [(lambda source, wanted: _find(source.values(), wanted) >= 0, (_O,))],
    ("getOrDefault", 2): [(_get_or_default, (_O, _O))],
    ("keySet", 0): [(KeySet, ())],
    ("values", 0): [(Values, ())],
    ("entrySet", 0): [(EntrySet, ())],
    ("clear", 0): [(_clear, ())],
    ("clone", 0): [(dict, ())],
}
VIEW_METHODS: Methods = {
    **_SIZED,
    ("contains", 1): [(_view_contains, (_O,))],
    ("add", 1): [(_unsupported, (_O,))],
    ("addAll", 1): [(_unsupported_all, (_O,))],
    ("removeAll", 1): [(lambda view, others: _remove_from_view_all(view, others, keep=False), (_O,))],
    ("retainAll", 1): [(lambda view, others: _remove_from_view_all(view, others, keep=True), (_O,))],
    ("remove", 1): [(_remove_from_view, (_O,))],
    ("clear", 0): [(lambda view: view.source.clear(), ())],
}
ENTRY_METHODS: Methods = {
    ("getKey", 0): [(lambda entry: entry.key, ())],
    ("getValue", 0): [(lambda entry: entry.value, ())],
    ("setValue", 1): [(_set_value, (_O,))],
}
ITERATOR_METHODS: Methods = {
    ("hasNext", 0): [(JavaIterator.has_next, ())],
    ("next", 0): [(_next, ())],
}
CLASS_METHODS: Methods = {
    ("getName", 0): [(lambda value: value.name, ())],
    ("getSimpleName", 0): [(lambda value: value.name.rpartition(".")[2].rpartition("$")[2], ())],
}

METHODS_BY_CLASS: dict[type, Methods] = {
    int: INTEGER_METHODS,
    float: DOUBLE_METHODS,
    Decimal: NUMBER_METHODS,
    bool: BOOLEAN_METHODS,
    Character: CHARACTER_METHODS,
    list: LIST_METHODS,
    JavaList: LIST_METHODS,
    FixedList: LIST_METHODS,
    JavaArray: ARRAY_METHODS,
    dict: MAP_METHODS,
    KeySet: VIEW_METHODS,
    Values: VIEW_METHODS,
    EntrySet: VIEW_METHODS,
    Entry: ENTRY_METHODS,
    JavaIterator: ITERATOR_METHODS,
    JavaClass: CLASS_METHODS,
}


def is_mutating(name: str) -> bool:
    """Whether a method of this name may change what it is called on; `replace`, which strings have too, is left out."""
    return name in _MUTATING


_MUTATING = frozenset(
    name
    for methods in (LIST_METHODS, MAP_METHODS, VIEW_METHODS, ENTRY_METHODS)
    for name, _ in methods
    if name.startswith(("put", "add", "remove", "retain", "set", "clear"))
)
