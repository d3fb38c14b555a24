"""Gap: moto posts to HTTP subscribers without SNS's headers and time limit, and fails the publisher where they fail.

SNS tries again for a while; here it does so three times within seconds. Deliveries run in threads of their own: who
publishes never waits for a subscriber.

See: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from moto.sns import models

from sandbox.control_plane.patching import Function, extend

logger = logging.getLogger(__name__)

_TRIES = 3
_PAUSE_S = 1.0
_TIMEOUT_S = 15.0
_HTTP = frozenset({"http", "https"})


def install() -> None:
    """Deliver to confirmed HTTP subscribers as SNS does."""

    @extend(models.Subscription, "publish")
    def publish(
        original: Function, subscription: models.Subscription, message: str, message_id: str, **named: Any
    ) -> None:
        if subscription.attributes.get("PendingConfirmation") in {True, "true"}:
            return
        if subscription.protocol not in _HTTP or named.get("message_structure"):
            original(subscription, message, message_id, **named)
            return
        matcher = subscription._filter_policy_matcher  # noqa: SLF001 - what moto's own publish looks at
        attributes = named.get("message_attributes")
        if matcher is None or matcher.matches(attributes, message):
            body = subscription.get_post_data(message, message_id, named.get("subject"), attributes)
            deliver(subscription, "Notification", body)


def deliver(subscription: models.Subscription, kind: str, body: Mapping[str, Any]) -> None:
    """Post a message (``Notification``, ``SubscriptionConfirmation``) to a subscriber, in a thread of its own."""
    is_raw = kind == "Notification" and str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
    headers = {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": body["MessageId"],
        "x-amz-sns-topic-arn": subscription.topic_arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        **({"x-amz-sns-subscription-arn": subscription.arn} if kind == "Notification" else {}),
        **({"x-amz-sns-rawdelivery": "true"} if is_raw else {}),
    }
    text = body["Message"] if is_raw else json.dumps(body, indent=2)
    request = urllib.request.Request(subscription.endpoint, data=text.encode(), headers=headers, method="POST")  # noqa: S310 - http and https only, by its protocol
    threading.Thread(target=_post, args=(request,), name="sns-delivery", daemon=True).start()


def _post(request: urllib.request.Request) -> None:
    for attempt in range(1, _TRIES + 1):
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310 - see above
                return
        except urllib.error.HTTPError as error:
            error.close()
            reason = f"HTTP status {error.code}"
        except (OSError, ValueError) as error:
            reason = str(error)
        logger.debug("SNS could not deliver to %s, try %d: %s", request.full_url, attempt, reason)
        time.sleep(_PAUSE_S)
    logger.warning("SNS could not deliver to %s: %s; is the subscriber running?", request.full_url, reason)
