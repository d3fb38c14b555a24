"""The second backend: a country directory over plain HTTP.

Run it with ``uvicorn app:app``. One country has a shape of the directory's own: API Gateway maps answers and errors to
the models of the contract. The list of countries passes through API Gateway unchanged (HTTP_PROXY), so this side keeps
the contract itself: models, error model and common headers.
"""

from __future__ import annotations

import asyncio
import logging
import re

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

CODE = re.compile(r"[A-Z]{2}")
LANGUAGE = re.compile(r"[a-z]{2,3}")
DRILL_HEADER = "x-failure-drill"
LATE_S = 8  # API Gateway waits 5
COMMON_HEADERS = {
    "access-control-allow-origin": "https://app.example.com",
    "access-control-expose-headers": "location,retry-after,x-amzn-requestid,x-correlation-id",
    "cache-control": "no-store",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}

COUNTRIES: dict[str, tuple[str, str, int, tuple[str, ...]]] = {
    "AT": ("Austria", "Vienna", 9_100_000, ("de",)),
    "BE": ("Belgium", "Brussels", 11_700_000, ("nl", "fr", "de")),
    "BR": ("Brazil", "Bras\u00edlia", 203_000_000, ("pt",)),
    "CH": ("Switzerland", "Bern", 8_900_000, ("de", "fr", "it", "rm")),
    "CI": ("C\u00f4te d'Ivoire", "Yamoussoukro", 29_400_000, ("fr",)),
    "DE": ("Germany", "Berlin", 84_400_000, ("de",)),
    "FR": ("France", "Paris", 68_400_000, ("fr",)),
    "GB": ("United Kingdom", "London", 68_300_000, ("en",)),
    "JP": ("Japan \u65e5\u672c", "Tokyo", 124_000_000, ("ja",)),
    "NR": ("Nauru", "", 12_600, ("na", "en")),
    "US": ("United States", "Washington, D.C.", 335_000_000, ("en",)),
}


async def country(request: Request) -> JSONResponse:
    """Answer with one country, in the directory's own shape."""
    code = str(request.scope["path"]).removeprefix("/countries/")  # the route's own parameter loses a last newline
    if not CODE.fullmatch(code):
        return JSONResponse({"detail": "not an ISO 3166 alpha-2 code"}, 400)
    if code not in COUNTRIES:
        return JSONResponse({"detail": "unknown country"}, 404)
    name, capital, population, languages = COUNTRIES[code]
    body = {
        "iso2": code,
        "names": {"common": name},
        "capitals": [capital] if capital else [],
        "stats": {"population": population},
        "languages": list(languages),
        "correlation": request.headers.get("x-correlation-id"),
    }
    return JSONResponse(body)


logging.getLogger("uvicorn.error").addFilter(lambda record: "without completing response" not in record.getMessage())


class BrokenOff(Response):
    """An answer that promises more than it sends, before the connection is closed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # Starlette's own
        """Send the head and the first byte."""
        head = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def countries(request: Request) -> Response:
    """Answer with the countries that speak a language, or all, as the contract has it; or fail, where that is wanted.

    A failure holds up nobody but who asks for it: it waits without a thread, or closes its own connection.
    """
    drill = request.headers.get(DRILL_HEADER)
    if drill == "answer-late":
        await asyncio.sleep(LATE_S)
    elif drill == "break-off":
        return BrokenOff()
    request_id = request.headers.get("x-correlation-id") or "unknown"
    headers = COMMON_HEADERS | {"x-correlation-id": request_id}
    languages = request.query_params.getlist("language")
    if len(languages) > 1 or not all(LANGUAGE.fullmatch(language) for language in languages):
        message = "language: must be one code of ISO 639"
        error = {"code": "VALIDATION_ERROR", "message": message, "requestId": request_id}
        return JSONResponse({"error": error}, 422, headers=headers)
    found = [
        {"code": code, "name": name}
        for code, (name, _, _, spoken) in COUNTRIES.items()
        if set(languages) <= set(spoken)
    ]
    return JSONResponse({"count": len(found), "countries": found}, headers=headers)


async def unknown(request: Request, _: Exception) -> JSONResponse:
    """Answer an unknown path, in the directory's own shape."""
    return JSONResponse({"detail": f"no route for {request.method}"}, 404)


app = Starlette(
    routes=[
        Route("/countries", countries, methods=["GET"]),
        Route("/countries/{code:path}", country, methods=["GET"]),
    ],
    exception_handlers={404: unknown},
)
