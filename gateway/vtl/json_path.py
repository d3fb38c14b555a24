"""JSONPath as Jayway 2.0 reads it, which API Gateway uses for `$input.path` and `$input.json`.

A definite path gives one value or nothing, an indefinite one always a list. Paths of names and indices are walked here;
the rest goes to python-jsonpath, with what Jayway does differently put right.

See: https://github.com/json-path/JsonPath
"""

import re
from functools import lru_cache
from typing import Any

import jsonpath

from gateway.vtl.errors import JavaError

_STEP = re.compile(r"""\.?([^.\[\]*()?@,:'"\s]+(?:\(\))?)|\.?\[\s*'([^'\\]*)'\s*\]|\.?\[\s*(\d+)\s*\]""")
_NAMES = re.compile(r"""\[\s*'[^']*'(?:\s*,\s*'[^']*')+\s*\]$""")
_REFUSED = re.compile(r"""^\$[^.\[]|\[\s*"|\.$|\[[^\]]*$|\[\s*[A-Za-z]|\?\(.*\sin\s|^[^\['"]*\s[A-Za-z]""")
_DOUBLE_QUOTED = re.compile(r'"[^"]*"')
_LENGTH_INDEX = re.compile(r"\[\(@\.length\s*-\s*(\d+)\)\]")
_INDEFINITE = re.compile(r"\.\.|\*|\[\?|\[[^\]']*[:,]|'\s*,\s*'")
_ENVIRONMENT = jsonpath.JSONPathEnvironment(strict=False)


class PathNotFound(Exception):  # noqa: N818 - absence, which callers turn into null
    """A definite path leads nowhere."""


@lru_cache(maxsize=2048)
def _steps(path: str) -> tuple[str | int, ...] | None:
    """The names and indices of a simple definite path, None for any other."""
    rest = path[1:] if path[:1] in ("$", "@") else "." + path
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
        PathNotFound: The path is definite and leads nowhere.
        JavaError: The path is no JSONPath.
    """
    if not path:
        raise JavaError("IllegalArgumentException: json can not be null or empty")
    if _REFUSED.search(path):
        raise JavaError(f"InvalidPathException: {path!r} is no JSONPath")
    steps = _steps(path)
    if steps is not None:
        return _walk(document, steps)
    return _search(document, path)


def _walk(document: Any, steps: tuple[str | int, ...]) -> Any:
    value = document
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                raise PathNotFound(step)
        elif not isinstance(value, list) or step >= len(value):
            raise PathNotFound(str(step))
        value = value[step]
    return value


def _search(document: Any, path: str) -> Any:
    counted = _LENGTH_INDEX.search(path)
    if counted is not None:
        before, after = path[: counted.start()], path[counted.end() :]
        items = read_path(document, before)
        place = len(items) - int(counted[1]) if isinstance(items, list) else -1
        if place < 0:
            raise PathNotFound(path)
        return read_path(document, f"{before}[{place}]{after}")
    names = _NAMES.search(path)
    if names is not None:
        return _members(read_path(document, path[: names.start()] or "$"), names.group())
    indefinite = _INDEFINITE.search(path) is not None
    if not indefinite:
        raise PathNotFound(path)
    if "?" in path and _DOUBLE_QUOTED.search(path):
        return []
    query = path if path.startswith("$") else "$." + path
    try:
        found = _compiled(query).findall(document)
    except (jsonpath.JSONPathError, RecursionError, ValueError, TypeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise JavaError(f"InvalidPathException: {path!r} is no JSONPath: {reason}") from error
    return found


def _members(value: Any, names: str) -> dict[str, Any]:
    """`['a','b']` gives an object with these members, as Jayway has it."""
    if not isinstance(value, dict):
        raise PathNotFound(names)
    wanted = re.findall("'([^']*)'", names)
    return {name: value[name] for name in wanted if name in value}


@lru_cache(maxsize=1024)
def _compiled(path: str) -> Any:
    return _ENVIRONMENT.compile(path)
