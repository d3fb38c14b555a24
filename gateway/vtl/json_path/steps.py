"""The steps of a JSONPath, and what each finds in a document."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from gateway.vtl.errors import JavaError, LimitError

_MAXIMUM_LOOKS = 2_000_000

Predicate = Callable[[Any, Any], bool]
"""Whether an item is taken, given the item and the root of its document."""


class PathNotFound(Exception):  # noqa: N818 - absence, which callers turn into null
    """A path leads nowhere."""


class Search:
    """One search: its document, what was found so far, and how much may still be looked at."""

    __slots__ = ("_left", "found", "needs_all", "root")

    def __init__(self, root: Any, *, needs_all: bool) -> None:
        self.root = root
        self.needs_all = needs_all
        self.found: list[Any] = []
        self._left = _MAXIMUM_LOOKS

    def count(self) -> None:
        """Count a look at a value.

        Raises:
            LimitError: There were too many.
        """
        self._left -= 1
        if self._left < 0:
            raise LimitError(f"A JSONPath looks at more than {_MAXIMUM_LOOKS:,} values")


class Step:
    """One step.

    Attributes:
        is_single: It takes one value at most.
        following: The step behind it, None for the last one.
        is_definite: It and all behind it take one value at most.
        is_required: What it misses ends the search; elsewhere it only finds nothing.
    """

    __slots__ = ("following", "is_definite", "is_required")
    is_single = True

    def __init__(self) -> None:
        self.following: Step | None = None
        self.is_definite = True
        self.is_required = True

    def look(self, model: Any, search: Search) -> None:
        """Look for this step in a value, and go on from what is found."""
        raise NotImplementedError

    def stands_in(self, model: Any, search: Search) -> bool:  # noqa: ARG002 - what subclasses look at
        """Whether `..` stops at a value to look for this step in it."""
        return False

    def take(self, value: Any, search: Search) -> None:
        """Go on from a value, which is a result where no step follows."""
        search.count()
        if self.following is None:
            search.found.append(value)
        else:
            self.following.look(value, search)

    def take_at(self, items: list[Any], at: int, search: Search) -> None:
        """Go on from an item of a list."""
        if not 0 <= at < len(items):
            raise PathNotFound(str(at))
        self.take(items[at], search)


class Root(Step):
    """`$`."""

    __slots__ = ()

    def look(self, model: Any, search: Search) -> None:
        """The value itself."""
        self.take(model, search)


class Members(Step):
    """`.name`, or `['a','b']`, which gives an object with these members."""

    __slots__ = ("names",)

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = names

    def look(self, model: Any, search: Search) -> None:
        """The member, or an object with all that are there."""
        if not isinstance(model, dict):
            raise PathNotFound(str(self.names))
        if len(self.names) != 1:
            if self.following is not None:
                raise JavaError("InvalidPathException: Multi properties can only be used as path leafs")
            if search.needs_all and not self.stands_in(model, search):
                raise PathNotFound(str(self.names))
            search.found.append({name: model[name] for name in self.names if name in model})
        elif self.names[0] in model:
            self.take(model[self.names[0]], search)
        elif self.following is None or self.is_required:
            raise PathNotFound(self.names[0])

    def stands_in(self, model: Any, search: Search) -> bool:  # noqa: ARG002 - a step like others
        """An object that has all the members."""
        return isinstance(model, dict) and all(name in model for name in self.names)


class Items(Step):
    """`[0]`, `[0,1]`, `[1:3]` or `[(@.length-1)]`: what a function picks from the length of a list."""

    __slots__ = ("_is_single", "_pick")

    def __init__(self, pick: Callable[[int], Iterable[int]], *, is_single: bool) -> None:
        super().__init__()
        self._pick = pick
        self._is_single = is_single

    @property
    def is_single(self) -> bool:  # type: ignore[override]  # told for each object here
        """One index picks one item."""
        return self._is_single

    def look(self, model: Any, search: Search) -> None:
        """The items picked, in their order."""
        if model is None:
            raise PathNotFound("an index of null")
        if not isinstance(model, list):
            raise JavaError("InvalidPathException: an index can only be applied to arrays")
        for at in self._pick(len(model)):
            self.take_at(model, at, search)

    def stands_in(self, model: Any, search: Search) -> bool:  # noqa: ARG002 - a step like others
        """Any list."""
        return isinstance(model, list)


class Wildcard(Step):
    """`*`."""

    __slots__ = ()
    is_single = False

    def look(self, model: Any, search: Search) -> None:
        """All members, or all items; an item in which the next step finds nothing is passed over."""
        if isinstance(model, dict):
            for value in model.values():
                self.take(value, search)
        elif isinstance(model, list):
            for value in model:
                try:
                    self.take(value, search)
                except PathNotFound:
                    continue

    def stands_in(self, model: Any, search: Search) -> bool:  # noqa: ARG002 - a step like others
        """Everything."""
        return True


class Filter(Step):
    """`[?(…)]`."""

    __slots__ = ("_accepts",)
    is_single = False

    def __init__(self, accepts: Predicate) -> None:
        super().__init__()
        self._accepts = accepts

    def look(self, model: Any, search: Search) -> None:
        """The items of a list that are accepted; an object itself where it is."""
        if isinstance(model, dict):
            if self.stands_in(model, search):
                self.take(model, search)
        elif isinstance(model, list):
            for at, item in enumerate(model):
                if self.stands_in(item, search):
                    self.take_at(model, at, search)
        else:
            raise JavaError("InvalidPathException: a filter can not be applied to primitives")

    def stands_in(self, model: Any, search: Search) -> bool:
        """What is accepted."""
        search.count()
        return self._accepts(model, search.root)


class Scan(Step):
    """`..`: looks for the next step at every depth."""

    __slots__ = ()
    is_single = False

    def look(self, model: Any, search: Search) -> None:
        """Every object and list below a value, and itself."""
        following = self.following
        if following is None:
            raise JavaError("IllegalStateException: Current path token is a leaf")
        search.count()
        if isinstance(model, dict):
            if following.stands_in(model, search):
                following.look(model, search)
            for value in model.values():
                self.look(value, search)
        elif isinstance(model, list):
            if following.stands_in(model, search):
                self._look_in_list(following, model, search)
            for value in model:
                self.look(value, search)

    def _look_in_list(self, step: Step, model: list[Any], search: Search) -> None:
        """In a list Jayway lets the step behind look in every item, whatever this step takes."""
        if step.following is None:
            step.look(model, search)
            return
        for value in model:
            step.following.look(value, search)


class Path:
    """A JSONPath.

    Attributes:
        is_from_root: It begins with `$`, not with `@`.
        is_definite: It gives one value at most.
    """

    __slots__ = ("_first", "is_definite", "is_from_root")

    def __init__(self, steps: Sequence[Step], *, is_from_root: bool) -> None:
        for step, following in pairwise(steps):
            step.following = following
        definite = True
        for step in reversed(steps):
            definite = step.is_definite = definite and step.is_single
        for before, step in pairwise(steps):
            step.is_required = step.is_single and before.is_definite
        self._first = steps[0]
        self.is_from_root = is_from_root
        self.is_definite = definite

    def read(self, model: Any, root: Any, *, needs_all: bool = False) -> Any:
        """What it finds from a value.

        Args:
            model: Where it begins.
            root: The document that paths with `$` inside of filters begin in.
            needs_all: Members of `['a','b']` that are not there end the search.

        Raises:
            PathNotFound: It leads nowhere.
            JavaError: It takes an index or a filter from what has none.
        """
        search = Search(root, needs_all=needs_all)
        self._first.look(model, search)
        if not self.is_definite:
            return search.found
        if not search.found:
            raise PathNotFound("no result")
        return search.found[0]
