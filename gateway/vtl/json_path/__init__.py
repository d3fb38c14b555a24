"""JSONPath as Jayway 2.0 reads it, which API Gateway uses for `$input.path` and `$input.json`.

A definite path gives one value or nothing, an indefinite one always a list. Paths of names and indices are walked here;
all others are read into steps first.

See: https://github.com/json-path/JsonPath
"""

import re
from functools import lru_cache
from typing import Any

from gateway.vtl.errors import JavaError
from gateway.vtl.json_path.reader import read_steps
from gateway.vtl.json_path.steps import PathNotFound

__all__ = ["PathNotFound", "read_path"]

_STEP = re.compile(r"""\.?([^.\[\]*()?@,:'"\s]+(?:\(\))?)|\.?\[\s*'([^'\\]*)'\s*\]|\.?\[\s*(\d{1,9})\s*\]""", re.ASCII)
_BEGIN = re.compile(r"[$@](?=[.\[]|$)|(?![$@])")


@lru_cache(maxsize=2048)
def _simple(path: str) -> tuple[str | int, ...] | None:
    """The names and indices of a simple definite path, None for any other."""
    begin = _BEGIN.match(path)
    if begin is None:
        return None
    rest = path[1:] if begin.group() else "." + path
    steps: list[str | int] = []
    at = 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None:
            return None
        name = match[1] if match[1] is not None else match[2]
        steps.append(int(match[3]) if name is None else name)
        at = match.end()
    return tuple(steps)


def read_path(document: Any, path: str) -> Any:
    """What a path finds in a document.

    Raises:
        PathNotFound: The path leads nowhere.
        JavaError: The path is no JSONPath, or takes an index from what is no list.
    """
    if not path:
        raise JavaError("IllegalArgumentException: path can not be null or empty")
    steps = _simple(path)
    if steps is not None:
        return _walk(document, steps)
    try:
        return read_steps(path).read(document, document)
    except RecursionError as error:
        raise JavaError("StackOverflowError: the document is nested too deeply for the path") from error


def _walk(document: Any, steps: tuple[str | int, ...]) -> Any:
    value = document
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                raise PathNotFound(step)
        elif not isinstance(value, list):
            if value is None:
                raise PathNotFound(str(step))
            raise JavaError(f"InvalidPathException: Filter: [{step}] can only be applied to arrays")
        elif step >= len(value):
            raise PathNotFound(str(step))
        value = value[step]
    return value
