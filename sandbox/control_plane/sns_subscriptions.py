"""Gap: moto confirms every SNS subscription by itself, and counts none.

HTTP endpoints are sent a token and are pending until it is given back, by ConfirmSubscription or by a visit to the
``SubscribeURL``. E-mail addresses stay pending: nobody reads e-mails here.

See: https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html
"""

from __future__ import annotations

import secrets
import uuid
from collections import Counter
from typing import Any
from urllib.parse import urlencode

from flask import request
from moto.core.responses import ActionResult
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns import models
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.responses import SNSResponse

from sandbox.control_plane.patching import Function, extend
from sandbox.control_plane.sns_delivery import deliver

_CONFIRMED_BY_THEIR_OWNER = frozenset({"http", "https", "email", "email-json"})
_PENDING = "PendingConfirmation"


def install() -> None:
    """Ask for confirmation, take it, and tell who has given it."""
    _install_subscribe()
    _install_confirm()
    _install_lists()

    @extend(SNSResponse, "get_topic_attributes")
    def get_topic_attributes(original: Function, response: SNSResponse) -> ActionResult:
        result: Any = original(response)
        arn = response._get_param("TopicArn")  # noqa: SLF001 - moto's reader of parameters
        found = Counter(_is_pending(item) for item in _subscriptions(response) if item.topic_arn == arn)
        counts = {"SubscriptionsConfirmed": str(found[False]), "SubscriptionsPending": str(found[True])}
        result.result["Attributes"].update(counts)
        return result  # type: ignore[no-any-return]


def _install_subscribe() -> None:
    @extend(SNSResponse, "subscribe")
    def subscribe(original: Function, response: SNSResponse) -> ActionResult:
        known = {subscription.arn for subscription in _subscriptions(response)}
        result: Any = original(response)
        subscription: Any = response.backend.subscriptions[result.result["SubscriptionArn"]]
        if subscription.arn not in known and subscription.protocol in _CONFIRMED_BY_THEIR_OWNER:
            subscription.attributes[_PENDING] = True
            subscription.token = secrets.token_hex(64)
            if subscription.protocol.startswith("http"):
                deliver(subscription, "SubscriptionConfirmation", _confirmation(subscription))
        wants_arn = response._get_bool_param("ReturnSubscriptionArn", False)  # noqa: SLF001 - moto's reader
        if _is_pending(subscription) and not wants_arn:
            return ActionResult({"SubscriptionArn": "pending confirmation"})
        return result  # type: ignore[no-any-return]


def _install_confirm() -> None:
    @extend(SNSResponse, "confirm_subscription")
    def confirm_subscription(original: Function, response: SNSResponse) -> ActionResult:
        original(response)  # refuses a topic that does not exist
        token = response._get_param("Token")  # noqa: SLF001 - moto's reader of parameters
        for subscription in _subscriptions(response):
            if token and getattr(subscription, "token", None) == token:
                subscription.attributes[_PENDING] = False
                return ActionResult({"SubscriptionArn": subscription.arn})
        raise SNSInvalidParameter("Invalid parameter: Token")


def _install_lists() -> None:
    for name in ("list_subscriptions", "list_subscriptions_by_topic"):

        def listed(original: Function, response: SNSResponse) -> ActionResult:
            result: Any = original(response)
            rows = [_row(subscription) for subscription in result.result["Subscriptions"]]
            return ActionResult({**result.result, "Subscriptions": rows})

        listed.__qualname__ = f"{name}.listed"
        extend(SNSResponse, name)(listed)


def _row(subscription: Any) -> dict[str, str]:
    return {
        "SubscriptionArn": _PENDING if _is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def _confirmation(subscription: Any) -> dict[str, str]:
    """The message that asks for confirmation; its address is that of the sandbox, under which it was called."""
    arn, token = subscription.topic_arn, subscription.token
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": arn, "Token": token})
    where = f"http://{request.environ['SERVER_NAME']}:{request.environ['SERVER_PORT']}"
    return {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(uuid.uuid4()),
        "Token": token,
        "TopicArn": arn,
        "Message": f"You have chosen to subscribe to the topic {arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{where}/?{query}",
        "Timestamp": iso_8601_datetime_with_milliseconds(),
        "SignatureVersion": "2",
    }


def _subscriptions(response: SNSResponse) -> list[models.Subscription]:
    return list(response.backend.subscriptions.values())


def _is_pending(subscription: models.Subscription) -> bool:
    return str(subscription.attributes.get(_PENDING)).lower() == "true"
