"""What the mapping oracle needs of the evidence: which configuration is meant, and when two payloads are the same.

The configuration that is meant is the contract's where it declares the integration; the log then shows whether the
deployed one does the same. A contract without integrations is held against the deployed configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from contracts.bodies import NotJson, parse_json
from contracts.evidence import Evidence, Missing, Origin, Present, Transaction
from contracts.run_evidence import RunEvidence
from contracts.verdict import Comparison, Finding, Outcome, not_applicable
from gateway.execution import Execution, LoggedMap
from gateway.logged_world import TEST_INVOKE_STAGE_NAME
from gateway.rest_api import Integration, Method, RestApi, Stage
from gateway.routing import serving

_BY_TEST_INVOCATION = "(a test invocation: of the API's current configuration, which need not be the deployed one)"
_TOKEN = re.compile(r"redacted:[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The configuration that a transaction is held against."""

    api: RestApi
    method: Method
    integration: Integration
    stage: Stage


def meant_by(transaction: Transaction, run: RunEvidence) -> Evidence[Meant | None]:
    """Return the configuration that a transaction is held against; ``Present(None)`` where there is none."""
    path, http_method = transaction.exchange.resource_path, transaction.exchange.http_method
    if path is None:
        return Present(value=None)
    if isinstance(run.stage, Missing):
        return run.stage
    is_test = transaction.exchange.origin is Origin.TEST_INVOKE
    declared = run.contract.rest_api.method(path, http_method)
    if declared is not None and declared.integration is not None:
        api: Evidence[RestApi] = Present(value=run.contract.rest_api)
    else:
        api = run.configuration.rest_api if is_test else run.deployed_api
    if isinstance(api, Missing):
        return api
    served = serving(api.value, http_method, path)
    method = None if served is None else served.method
    if method is None or method.integration is None:
        return Present(value=None)
    unvalidated = replace(method, request_validator_name=None)  # what is valid is judged by the method request's rules
    stage = replace(run.stage.value, stage_name=TEST_INVOKE_STAGE_NAME) if is_test else run.stage.value
    return Present(value=Meant(api=api.value, method=unvalidated, integration=method.integration, stage=stage))


def with_test_invocations(
    judge: Callable[[Transaction, RunEvidence], Finding],
) -> Callable[[Transaction, RunEvidence], Finding]:
    """Let a rule of the oracle judge test invocations, where the stage's own executions were not logged.

    Their findings say that they are of the current configuration, which need not be the deployed one. A transaction
    whose data trace was not read is left out where a test invocation of its operation ran the integration.
    """

    def judged(transaction: Transaction, run: RunEvidence) -> Finding:
        found = judge(transaction, run)
        if found.outcome is Outcome.NOT_APPLICABLE:
            return found
        exchange = transaction.exchange
        if exchange.origin is Origin.TEST_INVOKE:
            return replace(found, message=f"{found.message} {_BY_TEST_INVOCATION}")
        was_tested = (exchange.resource_path, exchange.http_method) in run.tested_operations
        if found.outcome is Outcome.UNDETERMINED and was_tested and not _has_data_trace(transaction):
            return not_applicable("its data trace was not read; test invocations of the operation are judged instead")
        return found

    return judged


def _has_data_trace(transaction: Transaction) -> bool:
    execution = transaction.execution
    return isinstance(execution, Present) and execution.value.has_data_trace


def known_context(transaction: Transaction) -> Mapping[str, str]:
    """Return ``$context`` values that the access entry holds, under flat names."""
    entry = transaction.access_entry
    return {} if isinstance(entry, Missing) else entry.value.values


def same_payload(expected: str, actual: str, execution: Execution) -> bool:
    """Return whether two payloads are the same: to the letter, or as JSON values.

    A value that was derived from a redacted one of the execution cannot be compared and counts as the same; the rest is
    compared.
    """
    if expected == actual:
        return True
    left, right = parse_json(expected), parse_json(actual)
    if isinstance(left, NotJson) or isinstance(right, NotJson):
        return False
    logged = (execution.request_body, execution.endpoint_request_body, execution.endpoint_response_body)
    texts = (expected, actual, *(part.text for part in logged if part is not None))
    return _same(left, right, frozenset(token for text in texts for token in _TOKEN.findall(text)))


def address_difference(expected: str, actual: str) -> str | None:
    """Return what differs between two addresses, ``query string`` or ``path``; None where nothing does.

    Paths are compared on the same host only: another host may hold the same backend below another path. A part that
    the log cut, masked or redacted cannot be compared.
    """
    if actual.endswith("[TRUNCATED]"):
        return None
    wanted, there = urlsplit(expected), urlsplit(actual)
    if wanted.netloc == there.netloc and _readable(wanted.path) and _readable(there.path):
        if unquote(wanted.path) != unquote(there.path):
            return "path"
    elif not (_readable(wanted.netloc) and _readable(there.netloc)):
        return None
    left, right = (sorted(parse_qsl(one.query, keep_blank_values=True)) for one in (wanted, there))
    hidden = {name for name, value in (*left, *right) if not _readable(value)}
    is_same = [pair for pair in left if pair[0] not in hidden] == [pair for pair in right if pair[0] not in hidden]
    return None if is_same else "query string"


def _readable(text: str) -> bool:
    return "redacted:" not in unquote(text) and "****" not in text


def comparison(what: str, expected: str, actual: str, meant_template: str | None, execution: Execution) -> Comparison:
    """Return expected and actual with template and inputs, for the diff in the report."""
    body = execution.request_body
    inputs = [
        ("mapping template", meant_template),
        ("method request body", None if body is None else body.text),
        ("path", _shown(execution.request_path)),
        ("query string", _shown(execution.request_querystring)),
        ("headers", _shown(execution.request_headers)),
    ]
    return Comparison(
        what=what,
        expected=_pretty(expected),
        actual=_pretty(actual),
        inputs=tuple((name, text) for name, text in inputs if text),
    )


def _same(left: object, right: object, tokens: frozenset[str]) -> bool:
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key], tokens) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(_same(one, two, tokens) for one, two in zip(left, right, strict=True))
    if type(left) is type(right) and left == right:
        return True
    if isinstance(left, int | float) and isinstance(right, int | float) and not isinstance(left, bool):
        return left == right and not isinstance(right, bool)
    return _derived(left, tokens) or _derived(right, tokens)


def _derived(value: object, tokens: frozenset[str]) -> bool:
    """Whether a text is (a part of) a token that stands for a secret, or holds one."""
    if not isinstance(value, str) or not value:
        return False
    return any(value in token or token in value for token in tokens)


def _shown(logged: LoggedMap | None) -> str | None:
    return None if logged is None else "\n".join(f"{name}: {value}" for name, value in logged.items)


def _pretty(text: str) -> str:
    value = parse_json(text)
    return text if isinstance(value, NotJson) else json.dumps(value, indent=2, ensure_ascii=False)
