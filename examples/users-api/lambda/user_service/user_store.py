"""Users in DynamoDB: one item a user, one item an e-mail address, one item a user's preferences.

A user's item has ``pk = USER#<userId>`` and the attribute ``userId``; an address's item has ``pk = EMAIL#<address>``
and no ``userId``, so an address belongs to one user only, and the index ``users-by-id`` holds users alone. All are
written in one transaction. The preferences (``pk = PREFERENCES#<userId>``) are read by API Gateway itself, without this
service. ``guest.json`` has the items of the one user that is there from the beginning: whoever has not signed in.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from errors import ServiceError
from models import UserCreate, UserUpdate

INDEX_NAME = "users-by-id"
MASK = "********"  # what stands for a national id, whatever its length
FIELDS = ("userId", "email", "name", "nationalId", "createdAt", "updatedAt")
DEFAULT_PREFERENCES = {"language": {"S": "en"}, "newsletter": {"BOOL": False}, "pageSize": {"N": "20"}}
PROJECTION = {
    "ProjectionExpression": ", ".join(f"#{field}" for field in FIELDS),
    "ExpressionAttributeNames": {f"#{field}": field for field in FIELDS},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of users, and the token of the next (None on the last)."""

    users: list[dict[str, str]]
    next_token: str | None


class UserStore:
    """Reads and writes users; at most two DynamoDB calls an operation."""

    def __init__(self, client: Any, table_name: str) -> None:
        """Keep the client.

        Args:
            client: A boto3 DynamoDB client.
            table_name: The table of ``table.json``.
        """
        self._client = client
        self._table_name = table_name

    def create(self, body: UserCreate) -> dict[str, str]:
        """Store a new user.

        Raises:
            ServiceError: 409 when the address belongs to another user.
        """
        now = _now()
        user = {
            "userId": secrets.token_hex(16),
            "email": body.email,
            "name": body.name,
            "nationalId": MASK,
            "createdAt": now,
            "updatedAt": now,
        }
        item = {"pk": {"S": _user_key(user["userId"])}, "password": {"B": _hashed(body.password)}}
        item["nationalIdEnding"] = {"S": body.nationalId[-4:]}
        item |= {name: {"S": value} for name, value in user.items()}
        preferences = {"pk": {"S": _preferences_key(user["userId"])}} | DEFAULT_PREFERENCES
        self._transact([self._put_email(body.email, user["userId"]), self._put(item), self._put(preferences)])
        return user

    def get(self, user_id: str) -> dict[str, str]:
        """Read one user.

        Raises:
            ServiceError: 404.
        """
        answer = self._client.get_item(TableName=self._table_name, Key=_key(user_id), ConsistentRead=True, **PROJECTION)
        return _user(_found(answer.get("Item")))

    def page(self, limit: int, after: str | None) -> Page:
        """Read users in the index's order.

        Args:
            limit: The number of users.
            after: The id after which the page begins; it need not exist any more.
        """
        start = {"ExclusiveStartKey": {"userId": {"S": after}} | _key(after)} if after else {}
        answer = self._client.scan(TableName=self._table_name, IndexName=INDEX_NAME, Limit=limit, **PROJECTION, **start)
        last = answer.get("LastEvaluatedKey")
        return Page(users=[_user(item) for item in answer["Items"]], next_token=last["userId"]["S"] if last else None)

    def update(self, user_id: str, body: UserUpdate) -> dict[str, str]:
        """Replace a user's address and name.

        Raises:
            ServiceError: 404, or 409 when the address belongs to another user.
        """
        user = self.get(user_id)
        changed = user | {"email": body.email, "name": body.name, "updatedAt": _now()}
        writes = [{"Update": self._change(user, changed)}]
        if body.email != user["email"]:
            writes += [self._put_email(body.email, user_id), self._delete(_email_key(user["email"]))]
        self._transact(writes)
        return changed

    def delete(self, user_id: str) -> None:
        """Remove a user and free the address.

        Raises:
            ServiceError: 404.
        """
        user = self.get(user_id)
        keys = (_user_key(user_id), _email_key(user["email"]), _preferences_key(user_id))
        self._transact([self._delete(key) for key in keys])

    def avatar(self, user_id: str) -> bytes | None:
        """Read a user's avatar; None when the user never had one.

        Raises:
            ServiceError: 404.
        """
        answer = self._client.get_item(
            TableName=self._table_name, Key=_key(user_id), ProjectionExpression="userId, avatar", ConsistentRead=True
        )
        stored = _found(answer.get("Item")).get("avatar")
        return bytes(stored["B"]) if stored else None

    def put_avatar(self, user_id: str, content: bytes) -> None:
        """Store an avatar; no bytes remove it.

        Raises:
            ServiceError: 404.
        """
        change: dict[str, Any] = {"UpdateExpression": "REMOVE avatar"}
        if content:
            change = {
                "UpdateExpression": "SET avatar = :avatar",
                "ExpressionAttributeValues": {":avatar": {"B": content}},
            }
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=_key(user_id),
                ConditionExpression="attribute_exists(pk)",
                **change,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise _absent() from error

    def _put(self, item: dict[str, Any]) -> dict[str, Any]:
        write = {"TableName": self._table_name, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        return {"Put": write}

    def _put_email(self, email: str, user_id: str) -> dict[str, Any]:
        return self._put({"pk": {"S": _email_key(email)}, "owner": {"S": user_id}})

    def _delete(self, key: str) -> dict[str, Any]:
        write = {"TableName": self._table_name, "Key": {"pk": {"S": key}}}
        return {"Delete": write | {"ConditionExpression": "attribute_exists(pk)"}}

    def _change(self, before: dict[str, str], after: dict[str, str]) -> dict[str, Any]:
        return {
            "TableName": self._table_name,
            "Key": _key(before["userId"]),
            "ConditionExpression": "#email = :before",
            "UpdateExpression": "SET #email = :email, #name = :name, #updatedAt = :updatedAt",
            "ExpressionAttributeNames": {f"#{field}": field for field in ("email", "name", "updatedAt")},
            "ExpressionAttributeValues": {
                ":before": {"S": before["email"]},
                ":email": {"S": after["email"]},
                ":name": {"S": after["name"]},
                ":updatedAt": {"S": after["updatedAt"]},
            },
        }

    def _transact(self, writes: list[dict[str, Any]]) -> None:
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            message = "The e-mail address belongs to another user, or the user was changed at the same time"
            raise ServiceError(409, "CONFLICT", message) from error


@cache
def user_store() -> UserStore:
    """Give the process's store: the table named by ``USERS_TABLE`` at the endpoint that the AWS settings name."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 3})
    client = boto3.client("dynamodb", region_name=region, config=config)
    return UserStore(client, os.environ.get("USERS_TABLE", "users-api-users"))


def _hashed(password: str) -> bytes:
    """Give salt and scrypt digest; ``PASSWORD_COST`` is scrypt's n."""
    salt = secrets.token_bytes(16)
    cost = int(os.environ.get("PASSWORD_COST", "4096"))
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1)


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _user_key(user_id: str) -> str:
    return f"USER#{user_id}"


def _preferences_key(user_id: str) -> str:
    return f"PREFERENCES#{user_id}"


def _email_key(email: str) -> str:
    return f"EMAIL#{email}"


def _key(user_id: str) -> dict[str, Any]:
    return {"pk": {"S": _user_key(user_id)}}


def _user(item: dict[str, Any]) -> dict[str, str]:
    return {field: item[field]["S"] for field in FIELDS}


def _found(item: dict[str, Any] | None) -> dict[str, Any]:
    if item is None:
        raise _absent()
    return item


def _absent() -> ServiceError:
    return ServiceError(404, "NOT_FOUND", "There is no user with this id")
