"""The user service: a FastAPI application behind API Gateway's Lambda proxy integration.

Every answer carries the same security, CORS and correlation headers; every refusal is the one error model.
"""

from __future__ import annotations

import json
import logging
import os
from typing import Any

from avatars import AVATAR_LIMIT_BYTES, DEFAULT_AVATAR
from errors import ServiceError, error_body
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from models import UserCreate, UserUpdate, read_model, read_page_request, read_user_id
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from user_store import user_store

logger = logging.getLogger(__name__)

EXPOSED_HEADERS = "location,retry-after,x-amzn-requestid,x-correlation-id"
CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}

app = FastAPI(title="users-api", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)


@app.post("/users")
async def create_user(request: Request) -> Response:
    """Create a user; the answer names its place."""
    user = user_store().create(read_model(UserCreate, await _json(request)))
    return JSONResponse(user, 201, headers={"location": f"/users/{user['userId']}"})


@app.get("/users")
async def list_users(request: Request) -> Response:
    """Answer with one page of users."""
    limit, after = read_page_request(request.query_params.multi_items())
    page = user_store().page(limit, after)
    body: dict[str, Any] = {"users": page.users}
    if page.next_token:
        body["nextToken"] = page.next_token
    return JSONResponse(body)


@app.get("/users/{user_id}")
async def get_user(user_id: str) -> Response:
    """Answer with one user."""
    return JSONResponse(user_store().get(read_user_id(user_id)))


@app.put("/users/{user_id}")
async def update_user(user_id: str, request: Request) -> Response:
    """Replace a user's address and name."""
    read_user_id(user_id)
    return JSONResponse(user_store().update(user_id, read_model(UserUpdate, await _json(request))))


@app.delete("/users/{user_id}")
async def delete_user(user_id: str) -> Response:
    """Remove a user."""
    user_store().delete(read_user_id(user_id))
    return Response(status_code=204)


@app.get("/users/{user_id}/avatar")
async def get_avatar(user_id: str, request: Request) -> Response:
    """Answer with a user's picture.

    API Gateway turns the body into bytes only when the *first* media type of Accept is a binary one; for any other it
    would hand out base64 text labelled as a picture, so such a request is refused.
    """
    if _first_media_type(request.headers.get("accept", "")) != "image/png":
        raise ServiceError(406, "NOT_ACCEPTABLE", "Accept: must begin with image/png")
    content = user_store().avatar(read_user_id(user_id))
    return Response(content or DEFAULT_AVATAR, media_type="image/png")


@app.put("/users/{user_id}/avatar")
async def put_avatar(user_id: str, request: Request) -> Response:
    """Store a user's picture; an empty body brings the default one back."""
    read_user_id(user_id)
    content = await request.body()
    if content and _first_media_type(request.headers.get("content-type", "")) != "image/png":
        raise ServiceError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type: must be image/png")
    if len(content) > AVATAR_LIMIT_BYTES:
        raise ServiceError(413, "REQUEST_TOO_LARGE", f"The picture must not exceed {AVATAR_LIMIT_BYTES} bytes")
    user_store().put_avatar(user_id, content)
    return Response(status_code=204)


@app.exception_handler(ServiceError)
async def _refused(request: Request, error: ServiceError) -> Response:
    return _error(request, error.status, error.code, error.message)


@app.exception_handler(RequestValidationError)
async def _invalid(request: Request, _: RequestValidationError) -> Response:
    return _error(request, 422, "VALIDATION_ERROR", "The request does not match the contract")


@app.exception_handler(HTTPException)
async def _http_error(request: Request, error: HTTPException) -> Response:
    code = CODES.get(error.status_code, "HTTP_ERROR")
    return _error(request, error.status_code, code, str(error.detail))


@app.exception_handler(Exception)
async def _failed(request: Request, error: Exception) -> Response:
    logger.error("Unhandled %s in request %s", type(error).__name__, request_id_of(request.scope))
    return _error(request, 500, "INTERNAL_ERROR", "The user service failed")


def common_headers(request_id: str) -> dict[str, str]:
    """Give the headers that every answer of the API carries, whichever step it comes from."""
    return {
        "access-control-allow-origin": os.environ.get("ALLOWED_ORIGIN", "https://app.example.com"),
        "access-control-expose-headers": EXPOSED_HEADERS,
        "cache-control": "no-store",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-correlation-id": request_id,
    }


def request_id_of(scope: Scope) -> str:
    """Give API Gateway's ``requestContext.requestId``."""
    event: dict[str, Any] = scope.get("aws.event") or {}
    return str((event.get("requestContext") or {}).get("requestId") or "unknown")


class CommonHeaders:
    """ASGI middleware that adds the common headers, outside of everything that can fail."""

    def __init__(self, wrapped: ASGIApp) -> None:
        """Keep the application."""
        self._wrapped = wrapped

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application and add the headers to the start of its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = common_headers(request_id_of(scope)).items()
                message["headers"] = [*message.get("headers", []), *((n.encode(), v.encode()) for n, v in added)]
            await send(message)

        await self._wrapped(scope, receive, send_with_headers)


application = CommonHeaders(app)


def _error(request: Request, status: int, code: str, message: str) -> Response:
    return JSONResponse(error_body(code, message, request_id_of(request.scope)), status)


async def _json(request: Request) -> Any:
    """Parse a JSON body; API Gateway validates only application/json, so nothing else is taken.

    Raises:
        ServiceError: 415 for another content type, 400 for a body that is no JSON.
    """
    if _first_media_type(request.headers.get("content-type", "application/json")) != "application/json":
        raise ServiceError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type: must be application/json")
    try:
        return json.loads(await request.body(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ServiceError(400, "MALFORMED_JSON", "The body is not valid JSON") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _first_media_type(header: str) -> str:
    return header.split(",", maxsplit=1)[0].split(";", maxsplit=1)[0].strip().lower()
