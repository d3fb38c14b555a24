"""API Gateway's variables: `$input`, `$context`, `$util`, `$stageVariables`.

See: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from gateway.vtl.errors import JavaError
from gateway.vtl.json_path import PathNotFound, read_path
from gateway.vtl.json_text import parse_json
from gateway.vtl.printing import json_text
from gateway.vtl.values import SilentMap, VelocityObject

_ESCAPED = re.compile("[\"'\\\\/\x00-\x1f\x7f-\U0010ffff]")
_ESCAPES = {
    '"': '\\"',
    "'": "\\'",
    "\\": "\\\\",
    "/": "\\/",
    "\b": "\\b",
    "\n": "\\n",
    "\t": "\\t",
    "\f": "\\f",
    "\r": "\\r",
}
_LAST_ASCII, _LAST_BASIC = 0x7F, 0xFFFF
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/_-]")
_URL_SAFE = str.maketrans("-_", "+/")


class OverrideMap(SilentMap):
    """Overrides, each of which a template may set once; of those to a response, only the status.

    See: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
    """

    __slots__ = ("_finals", "_set")

    def __init__(self, finals: Collection[str] | None = None, /, **members: Any) -> None:
        super().__init__(**members)
        self._finals = finals
        self._set: set[Any] = set()

    def __setitem__(self, name: Any, value: Any) -> None:
        """Set an override.

        Raises:
            JavaError: The template has set it before: overrides are final.
        """
        if name in self._set:
            raise JavaError(f"The override {str(name)[:80]!r} is set twice, and overrides are final")
        if self._finals is None or name in self._finals:
            self._set.add(name)
        super().__setitem__(name, value)

    def begin(self) -> None:
        """Let the next template set all of them."""
        self._set.clear()
        for member in self.values():
            if isinstance(member, OverrideMap):
                member.begin()


class Overrides:
    """What templates set in `$context.requestOverride` and `$context.responseOverride`.

    Pass the same object to the request template and to the response template of a transaction: AWS keeps what the first
    one set, keys that mean nothing too.
    """

    __slots__ = ("request", "response")

    def __init__(self) -> None:
        self.request = OverrideMap((), header=OverrideMap(), path=OverrideMap(), querystring=OverrideMap())
        self.response = OverrideMap(("status",), header=OverrideMap())

    @property
    def request_header(self) -> Mapping[str, Any]:
        """Headers for the integration request."""
        return _map_of(self.request, "header")

    @property
    def request_path(self) -> Mapping[str, Any]:
        """Path variables for the integration request."""
        return _map_of(self.request, "path")

    @property
    def request_querystring(self) -> Mapping[str, Any]:
        """Query string parameters for the integration request."""
        return _map_of(self.request, "querystring")

    @property
    def response_header(self) -> Mapping[str, Any]:
        """Headers for the method response."""
        return _map_of(self.response, "header")

    @property
    def response_status(self) -> int | None:
        """The status code for the method response; None where the template set none or no number."""
        status = self.response.get("status")
        if status.__class__ is int:
            return int(status)
        return int(status) if isinstance(status, str) and status.isascii() and status.isdigit() else None


def _map_of(owner: dict[Any, Any], name: str) -> Mapping[str, Any]:
    found = owner.get(name)
    return found if isinstance(found, dict) else {}


class Input(VelocityObject):
    """`$input`."""

    __slots__ = ("_document", "_is_read", "_parameters", "body")

    def __init__(self, body: str, parameters: dict[str, dict[str, str]]) -> None:
        self.body = body or "{}"
        self._parameters = parameters
        self._is_read = False
        self._document: Any = None

    def java_property(self, name: str) -> Any:
        """`$input.body`."""
        return self.body if name == "body" else None

    def java_call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """`$input.json(path)`, `$input.path(path)`, `$input.params()`, `$input.params(name)`."""
        if name == "params":
            return self._params(arguments)
        if len(arguments) != 1 or arguments[0].__class__ is not str:
            return self.body if name == "getBody" and not arguments else None
        if name == "path":
            return self._path(arguments[0], None)
        if name == "json":
            return json_text(self._path(arguments[0], ""), escape_slash=False)
        return None

    def _params(self, arguments: tuple[Any, ...]) -> Any:
        if not arguments:
            return self._parameters
        if len(arguments) > 1:
            return None
        for kind in ("path", "querystring", "header"):
            found = self._parameters[kind].get(arguments[0])
            if found is not None:
                return found
        return None

    def _path(self, path: str, missing: Any) -> Any:
        if not self._is_read:
            self._document = parse_json(self.body)
            self._is_read = True
        try:
            return read_path(self._document, path)
        except PathNotFound:
            return missing


class Util(VelocityObject):
    """`$util`."""

    __slots__ = ()

    def java_call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        """The function of a name; null where there is none, or where its argument is no string."""
        function = _FUNCTIONS.get(name)
        if function is None or len(arguments) != 1 or arguments[0].__class__ is not str:
            return None
        return function(arguments[0])


def escape_javascript(text: str) -> str:
    """`$util.escapeJavaScript`: quotes, apostrophes, backslashes, slashes, control and non-ASCII characters."""
    return _ESCAPED.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    known = _ESCAPES.get(character)
    if known is not None:
        return known
    code = ord(character)
    if code == _LAST_ASCII:
        return character
    if code > _LAST_BASIC:
        high, low = divmod(code - 0x10000, 0x400)
        return f"\\u{0xD800 + high:04X}\\u{0xDC00 + low:04X}"
    return f"\\u{code:04X}"


def _url_encode(text: str) -> str:
    return quote_plus(text, safe="*", errors="replace").replace("~", "%7E")


def _url_decode(text: str) -> str:
    if re.search("%(?![0-9a-fA-F]{2})", text):
        raise JavaError("IllegalArgumentException: URLDecoder: an escape is no two hexadecimal digits")
    return unquote_plus(text)


def _base64_encode(text: str) -> str:
    return base64.b64encode(text.encode(errors="replace")).decode("ascii")


def _base64_decode(text: str) -> str:
    """What commons-codec makes of it: both alphabets, all that is in neither passed over, nothing refused."""
    kept = _NO_BASE64.sub("", text.partition("=")[0]).translate(_URL_SAFE)
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return base64.b64decode(kept + "=" * (-len(kept) % 4)).decode(errors="replace")


def _parse_json(text: str) -> Any:
    """The value of a JSON text, null for a text that is none.

    See: https://github.com/dherault/serverless-offline/issues/136 (an observation on AWS)
    """
    try:
        value = parse_json(text)
    except JavaError:
        return None
    is_word = isinstance(value, str) and not text.lstrip().startswith('"')
    return None if is_word else value


_FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "escapeJavaScript": escape_javascript,
    "parseJson": _parse_json,
    "urlEncode": _url_encode,
    "urlDecode": _url_decode,
    "base64Encode": _base64_encode,
    "base64Decode": _base64_decode,
}
_UTIL = Util()


def _silent(value: object) -> Any:
    return SilentMap({key: _silent(item) for key, item in value.items()}) if isinstance(value, Mapping) else value


def api_gateway_variables(  # noqa: PLR0913 - one for each source that AWS names
    *,
    body: str,
    path: Mapping[str, str],
    querystring: Mapping[str, str],
    header: Mapping[str, str],
    context: Mapping[str, object],
    stage_variables: Mapping[str, str],
    overrides: Overrides | None = None,
) -> dict[str, object]:
    """The variables of a mapping template.

    Args:
        body: The text that `$input.body` gives; empty reads as `{}`.
        path: Path parameters.
        querystring: Query string parameters.
        header: Headers, by the names that the client sent.
        context: What `$context` holds, nested as its names are (`{"identity": {"sourceIp": …}}`).
        stage_variables: Stage variables.
        overrides: Takes what the template sets; give the same to both templates of a transaction.
    """
    kept = overrides if overrides is not None else Overrides()
    kept.request.begin()
    kept.response.begin()
    whole = _silent(context)
    whole["requestOverride"] = kept.request
    whole["responseOverride"] = kept.response
    parameters = {"path": dict(path), "querystring": dict(querystring), "header": dict(header)}
    return {
        "input": Input(body, parameters),
        "context": whole,
        "util": _UTIL,
        "stageVariables": dict(stage_variables),
    }
