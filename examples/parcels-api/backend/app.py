"""The carrier's own system: rates, consignments and depots over plain HTTP, with names and errors of its own.

Run it with ``uvicorn app:app``. The API maps its answers to the contract; ``/depots`` it passes on as they are.
"""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Literal

from fastapi import FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

SERVED = re.compile(r"[0-8][0-9]{4}")
PAGE_SIZE = 20
REFERENCE = "x-request-ref"
FOR_BROWSERS = {"access-control-allow-origin": "*", "access-control-expose-headers": "x-request-ref, location"}
DEPOTS = {
    "BER": ("Berlin", "06:00", "22:00"),
    "MUC": ("M\u00fcnchen", "05:30", "21:30"),
    "CGN": ("K\u00f6ln \u201eam Bahnhof\u201c", "00:00", "23:59"),
}

app = FastAPI()
numbers = itertools.count(1)
consignments: dict[str, Consignment] = {}


class Closed(BaseModel):
    """A document without anything that is not declared."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Shipment(Closed):
    """What a rate is asked for."""

    origin: str
    destination: str
    grams: int = Field(ge=1, le=30_000)
    fast: bool
    insured_value: float = Field(default=0.0, ge=0)


class Addressee(Closed):
    """Where a consignment goes."""

    line1: str
    line2: str
    zip: str


class Order(Closed):
    """A consignment to book."""

    customer_ref: str
    grams: int
    to: Addressee
    remark: str | None = None


class Consignment(BaseModel):
    """A booked consignment."""

    no: str
    status: Literal["BOOKED", "IN_TRANSIT", "DELIVERED"]
    customer_ref: str
    grams: int
    remark: str | None


@app.post("/rates")
def rate(shipment: Shipment, tenant: Annotated[str, Header(alias="x-carrier-tenant")]) -> dict[str, object]:
    """Answer what a shipment costs."""
    if not re.fullmatch(r"[a-z]{3,12}", tenant):
        raise HTTPException(422, f"no such tenant: {tenant!r}")
    if not SERVED.fullmatch(shipment.destination):
        raise HTTPException(422, f"postcode {shipment.destination} is not served")
    minor = 390 + shipment.grams // 10 + int(shipment.insured_value) + (700 if shipment.fast else 0)
    return {"tier": "FAST" if shipment.fast else "SLOW", "fee": {"minor": minor, "iso": "EUR"}, "transit": 1}


@app.post("/consignments", status_code=201)
def book(order: Order, response: Response) -> Consignment:
    """Book a consignment. A customer's reference is used once; asking again with the same order changes nothing."""
    booked = next((one for one in consignments.values() if one.customer_ref == order.customer_ref), None)
    if booked is None:
        no = f"P{next(numbers):08}"
        booked = Consignment(
            no=no, status="BOOKED", customer_ref=order.customer_ref, grams=order.grams, remark=order.remark
        )
        consignments[no] = booked
    elif (booked.grams, booked.remark) != (order.grams, order.remark):
        raise HTTPException(409, "the reference is taken by another order")
    response.headers["location"] = f"/v2/parcels/{booked.no}"
    return booked


@app.get("/consignments")
def listed(
    status: Annotated[Literal["booked", "in-transit", "delivered"] | None, Query()] = None,
    page: Annotated[int, Query(ge=1, le=500)] = 1,
) -> dict[str, object]:
    """Answer one page of consignments."""
    wanted = status and status.upper().replace("-", "_")
    found = [one for one in list(consignments.values()) if wanted is None or one.status == wanted]
    return {"number": page, "rows": found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]}


@app.get("/consignments/{no:path}")
def read(no: str) -> Consignment:
    """Answer one consignment."""
    if no not in consignments:
        raise HTTPException(404, "no such consignment")
    return consignments[no]


@app.delete("/consignments/{no:path}", status_code=204)
def cancel(no: str) -> None:
    """Forget a consignment."""
    if consignments.pop(no, None) is None:
        raise HTTPException(404, "no such consignment")


@app.get("/depots/{code:path}")
def depot(code: str, request: Request) -> JSONResponse:
    """Answer one depot as the contract of the API has it: this answer is passed on as it is."""
    if code not in DEPOTS:
        return unknown_depot(request)
    city, opens, closes = DEPOTS[code]
    told = {REFERENCE: request.headers.get(REFERENCE, "none"), **FOR_BROWSERS}
    return JSONResponse({"code": code, "city": city, "opens": opens, "closes": closes}, headers=told)


def unknown_depot(request: Request) -> JSONResponse:
    """Say, in the contract's words, that there is no such depot."""
    told = {REFERENCE: request.headers.get(REFERENCE, "none"), **FOR_BROWSERS}
    problem = {"title": "NOT_FOUND", "detail": "There is no such depot", "instance": told[REFERENCE]}
    return JSONResponse(problem, 404, told, media_type="application/problem+json")


@app.options("/preflight")
def preflight(request: Request) -> Response:
    """Let any site call."""
    return Response(
        headers={
            **FOR_BROWSERS,
            REFERENCE: request.headers.get(REFERENCE, "none"),
            "access-control-allow-methods": "GET, POST, DELETE",
            "access-control-allow-headers": "content-type, authorization, x-api-key, x-tenant, x-amz-date",
        }
    )


@app.exception_handler(StarletteHTTPException)
async def refused(request: Request, error: StarletteHTTPException) -> JSONResponse:
    """Answer an error in the carrier's own shape; below ``/depots`` in the contract's, for a path without a route too.

    The framework's routes know no line break: ``/depots/BE%0AR`` never comes to ``depot``.
    """
    if request.url.path.startswith("/depots/"):
        return unknown_depot(request)
    return JSONResponse({"reason": str(error.detail)}, error.status_code)


@app.exception_handler(RequestValidationError)
async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
    """Answer a malformed request in the carrier's own shape."""
    first = error.errors()[0]
    return JSONResponse({"reason": f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"}, 422)
