"""The address of an endpoint: stage variables, path parameters and query filled in.

See: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html (``uri``)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlsplit

from gateway.refusal import configuration_error

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([^{}]+)\}")
_PATH_VARIABLE = re.compile(r"(?<!\$)\{([^{}]+?)\+?\}")
_AWS = re.compile(
    r"arn:(?P<partition>aws[\w-]*):apigateway:(?P<region>[^:]*):(?P<service>[^:]+):(?P<kind>path|action)/(?P<rest>.*)",
    re.DOTALL,
)
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY = "/:@!$'()*,;~-._"


def with_stage_variables(uri: str, stage_variables: Mapping[str, str]) -> str:
    """Replace ``${stageVariables.x}``; a variable that the stage lacks becomes nothing."""
    return _STAGE_VARIABLE.sub(lambda match: stage_variables.get(match[1], ""), uri)


def with_path_parameters(uri: str, values: Mapping[str, str]) -> str:
    """Replace ``{x}`` by its percent-encoded value; a parameter that nothing is mapped to stays as it is."""

    def replaced(match: re.Match[str]) -> str:
        value = values.get(match[1])
        return match[0] if value is None else quote(value, safe=_SAFE_IN_PATH)

    return _PATH_VARIABLE.sub(replaced, uri)


def with_query(uri: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Append query parameters."""
    query = "&".join(f"{quote(name, safe=_SAFE_IN_QUERY)}={quote(value, safe=_SAFE_IN_QUERY)}" for name, value in pairs)
    if not query:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{query}"


def aws_service_url(uri: str) -> str:
    """Return the URL behind ``arn:aws:apigateway:{region}:{service}:{path|action}/…``.

    Raises:
        Refused: 500 where the ARN is none.
    """
    match = _AWS.fullmatch(uri)
    if match is None:
        raise configuration_error("Invalid endpoint address")
    domain = "amazonaws.com.cn" if match["partition"] == "aws-cn" else "amazonaws.com"
    subdomain, _, service = match["service"].rpartition(".")
    host = f"{service}.{match['region']}.{domain}"
    if subdomain:
        host = f"{subdomain}.{host}"
    if match["kind"] == "action":
        action, _, more = match["rest"].partition("&")
        return f"https://{host}/?Action={action}{'&' + more if more else ''}"
    return f"https://{host}/{match['rest'].removeprefix('/')}"


def check_url(url: str) -> str:
    """Return a URL that can be called.

    Raises:
        Refused: 500 with ``Invalid endpoint address`` in the log.
    """
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in url
        _ = parts.port
    except ValueError:
        is_valid = False
    if not is_valid:
        raise configuration_error("Invalid endpoint address")
    return url
