"""What clients send and read, with the same bounds as the models in ``docs/openapi.yaml``.

API Gateway checks JSON bodies against its models; the service checks them again, because a body whose content type has
no model is never checked there.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from errors import ServiceError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

USER_ID = re.compile(r"[0-9a-f]{32}")
LIMIT = re.compile(r"[1-9][0-9]?")
LIMIT_MAXIMUM = 50
LIMIT_DEFAULT = 20

Body = TypeVar("Body", bound=BaseModel)

Email = Annotated[str, Field(min_length=6, max_length=56, pattern=r"^[a-z0-9._-]{1,24}@[a-z0-9-]{1,24}\.[a-z]{2,6}$")]
Name = Annotated[str, Field(min_length=1, max_length=40)]
Password = Annotated[str, Field(min_length=8, max_length=40, pattern=r"^[!-~]{8,40}$")]
NationalId = Annotated[str, Field(min_length=6, max_length=12, pattern=r"^[0-9]{6,12}$")]


class UserCreate(BaseModel):
    """The body of ``POST /users``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: Email
    name: Name
    password: Password
    nationalId: NationalId  # noqa: N815  # the contract's spelling


class UserUpdate(BaseModel):
    """The body of ``PUT /users/{userId}``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    email: Email
    name: Name


def read_model(model: type[Body], data: Any) -> Body:
    """Validate parsed JSON.

    Args:
        model: The model of the body.
        data: Whatever ``json.loads`` gave.

    Raises:
        ServiceError: 422; it names the first wrong field, never its value.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        field = next((str(part) for part in first["loc"] if part in model.model_fields), "body")
        raise ServiceError(422, "VALIDATION_ERROR", f"{field}: {first['type'].replace('_', ' ')}") from error


def read_user_id(text: str) -> str:
    """Check the path parameter ``userId``: API Gateway does not look at its pattern.

    Raises:
        ServiceError: 422 when it is not 32 lower-case hexadecimal digits.
    """
    if not USER_ID.fullmatch(text):
        raise ServiceError(422, "VALIDATION_ERROR", "userId: must be 32 lower-case hexadecimal digits")
    return text


def read_page_request(query: list[tuple[str, str]]) -> tuple[int, str | None]:
    """Check ``limit`` and ``nextToken``: API Gateway looks at neither bounds nor patterns.

    Args:
        query: Every query parameter as sent, repeated ones too. Unknown ones are ignored.

    Returns:
        The number of users to answer with, and the id of the user after which the page begins.

    Raises:
        ServiceError: 422 when one is out of bounds or sent twice.
    """
    limits = [value for name, value in query if name == "limit"]
    tokens = [value for name, value in query if name == "nextToken"]
    if len(limits) > 1 or len(tokens) > 1:
        raise ServiceError(422, "VALIDATION_ERROR", "limit and nextToken: must not be repeated")
    if limits and not (LIMIT.fullmatch(limits[0]) and int(limits[0]) <= LIMIT_MAXIMUM):
        raise ServiceError(422, "VALIDATION_ERROR", f"limit: must be an integer from 1 to {LIMIT_MAXIMUM}")
    if tokens and not USER_ID.fullmatch(tokens[0]):
        raise ServiceError(422, "VALIDATION_ERROR", "nextToken: must be the nextToken of an earlier page")
    return (int(limits[0]) if limits else LIMIT_DEFAULT, tokens[0] if tokens else None)
