"""Whether an error has the one error model: what rules about the gateway's and the backend's errors share."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.bodies import NotJson, json_of
from contracts.evidence import Transaction
from contracts.run_evidence import RunEvidence
from contracts.verdict import Comparison, Finding, broken, held, not_applicable, undetermined

_FIRST_ERROR_STATUS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorOf:
    """Whose error is judged: its ``name`` in the message (``the backend's 404``), ``others`` where it is none."""

    owner: str
    name: str
    is_theirs: bool
    others: str
    answered_by: str | None = None


def judge_envelope(transaction: Transaction, run: RunEvidence, error: ErrorOf) -> Finding:
    """Hold the body of an error against the error model of ``[errors]``.

    Args:
        transaction: The request; what is no error is not judged.
        run: Whose contract has the model.
        error: Whose error it would be.
    """
    exchange, model = transaction.exchange, run.expectations.errors.model
    if model is None:
        return not_applicable("no error model is expected ([errors] model)")
    if exchange.response is None or exchange.response.status < _FIRST_ERROR_STATUS or exchange.http_method == "HEAD":
        return not_applicable("no error was answered")
    if not error.is_theirs:
        return not_applicable(error.others)
    schema = run.schemas.named(model)
    if schema is None:
        return undetermined(f"the contract has no schema {model!r}", evidence=transaction)
    value = json_of(exchange.response)
    faults = (value.reason,) if isinstance(value, NotJson) else run.schemas.errors(schema, value)
    if not faults:
        return held(f"the {error.owner}'s error has the error model", evidence=transaction)
    body = exchange.response.body.decode("utf-8", "replace")
    return broken(
        f"{error.name} is no {model}: {faults[0]}",
        evidence=transaction,
        comparison=Comparison(what="error body", expected=f"model {model}", actual=body),
        answered_by=error.answered_by,
    )
