"""A request that ends early: the gateway answers by itself."""

from __future__ import annotations

from gateway.rest_api import GatewayResponseType
from gateway.signature_refusal import SignatureRefusal

_FORBIDDEN = 403


class Refused(Exception):  # noqa: N818 - a step's ordinary outcome, caught by the pipeline, never an error of a person
    """The gateway answers by itself.

    Attributes:
        response_type: Which gateway response.
        message: ``$context.error.message``; None prints as ``null``.
        status: A default status other than the type's own.
        failure: The text after ``Execution failed due to`` in the log, or None.
        validation_errors: Whole log lines that say what was not valid.
        validation_error: ``$context.error.validationErrorString``.
        lambda_error: The text between ``Lambda `` and ``. Lambda request id`` in the log, or None.
        error_type: A value of ``x-amzn-ErrorType`` other than the type's own.
        integration_error: ``$context.integration.error`` where it is not ``failure``.
    """

    def __init__(  # noqa: PLR0913 - one keyword a fact of the outcome
        self,
        response_type: GatewayResponseType,
        message: str | None,
        *,
        status: int | None = None,
        failure: str | None = None,
        validation_errors: tuple[str, ...] = (),
        validation_error: str | None = None,
        lambda_error: str | None = None,
        error_type: str | None = None,
        integration_error: str | None = None,
    ) -> None:
        super().__init__(message or response_type.value)
        self.response_type = response_type
        self.message = message
        self.status = status
        self.failure = failure
        self.validation_errors = validation_errors
        self.validation_error = validation_error
        self.lambda_error = lambda_error
        self.error_type = error_type
        self.integration_error = integration_error


def refused_signature(refusal: SignatureRefusal) -> Refused:
    """Return the refusal of a signature."""
    return Refused(refusal.response_type, refusal.message, status=_FORBIDDEN, error_type=refusal.error_type)


def configuration_error(reason: str) -> Refused:
    """Return the refusal of a wrongly configured API: 500 ``Internal server error``, the reason only in the log."""
    return Refused(
        GatewayResponseType.API_CONFIGURATION_ERROR,
        "Internal server error",
        failure=f"configuration error: {reason}",
    )
