"""The second backend: a country directory over plain HTTP, with answers of its own shape.

Run it with ``uvicorn app:app``. API Gateway maps its answers and its errors to the models of the contract.
"""

from __future__ import annotations

import re

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

CODE = re.compile(r"[A-Z]{2}")

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


async def unknown(request: Request, _: Exception) -> JSONResponse:
    """Answer an unknown path, in the directory's own shape."""
    return JSONResponse({"detail": f"no route for {request.method}"}, 404)


app = Starlette(
    routes=[Route("/countries/{code:path}", country, methods=["GET"])],
    exception_handlers={404: unknown},
)
