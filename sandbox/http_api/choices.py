"""What AWS's documentation leaves open about HTTP APIs, decided here alone. None of this was seen at AWS.

Documented behaviour stands where it is used, with its page.
"""

from __future__ import annotations

PREFLIGHT_PASSES_THE_AUTHORIZER = False
"""Whether API Gateway answers a preflight before it looks for the authorizer of the route that catches OPTIONS.

AWS documents that ``$default`` with an authorizer refuses preflights; that ``ANY`` routes do so too follows from the
same order of steps.
"""

PREFLIGHT_CALLS_THE_INTEGRATION = False
"""Whether the integration of a route ``OPTIONS /{proxy+}`` is called where the API has a CORS configuration."""

OWN_ERRORS_CARRY_CORS = True
"""Whether the gateway's own errors carry the configured CORS headers, as the answers of integrations do."""

FUNCTION_FAILURE = (500, "Internal Server Error")
"""The answer to a function that raised, may not be invoked, is throttled, or returns what is no response."""

INTEGRATION_TIMEOUT = (503, "Service Unavailable")
ENDPOINT_UNREACHABLE = (503, "Service Unavailable")

DEFAULT_CONTENT_TYPE = "text/plain; charset=utf-8"
"""The content type of a response with a status and without ``Content-Type`` (as AWS's test tool for .NET has it)."""

TEXT_MEDIA_TYPES = (
    "application/javascript",
    "application/json",
    "application/xml",
    "application/x-www-form-urlencoded",
)
"""Bodies of these types, of ``text/*``, ``*+json`` and ``*+xml`` stand in the event as text; others as base64."""
