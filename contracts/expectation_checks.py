"""The user's file held against contract and catalogue: a name that nothing answers to is a fault, not silence."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from contracts.contract import Contract
from contracts.expectation_faults import ExpectationsError, nearest
from contracts.expectations import Expectations


def check_expectations(
    expectations: Expectations,
    *,
    contract: Contract,
    rule_codes: Collection[str],
    source: str = "stageproof.toml",
) -> None:
    """Make sure that every rule, model and operation the file names exists.

    Args:
        expectations: The user's file.
        contract: The contract of the stage that is to be judged.
        rule_codes: The codes of the catalogue.
        source: The name of the file.

    Raises:
        ExpectationsError: With one line for each name that nothing answers to.
    """
    faults = [*_unknown_rules(expectations, rule_codes), *_unknown_parts(expectations, contract)]
    if faults:
        raise ExpectationsError("\n".join(f"{source}: {fault}" for fault in faults))


def _unknown_rules(expectations: Expectations, rule_codes: Collection[str]) -> Iterator[str]:
    named = [
        *(("rules.off", code) for code in expectations.rules.off),
        *(("rules.severity", code) for code in expectations.rules.severity),
        *((f"waivers[{index}].rule", waiver.rule) for index, waiver in enumerate(expectations.waivers)),
    ]
    for key, code in named:
        if code not in rule_codes:
            yield f"{key}: there is no rule {code}{nearest(code, sorted(rule_codes))}; list them with: stageproof rules"


def _unknown_parts(expectations: Expectations, contract: Contract) -> Iterator[str]:
    model = expectations.errors.model
    if model is not None and contract.schema(model) is None:
        yield f"errors.model: {contract.source} has no schema {model!r}{nearest(model, contract.rest_api.models)}"
    names = sorted({operation.name for operation in contract.operations})
    for operation in expectations.latency.operations:
        if operation not in names:
            yield f'latency.operations: {contract.source} has no operation "{operation}"{nearest(operation, names)}'
    for key, globs in (("operations", expectations.traffic.operations), ("exclude", expectations.traffic.exclude)):
        for glob in globs:
            if not any(fnmatchcase(name, glob) for name in names):
                yield f'traffic.{key}: "{glob}" matches no operation of {contract.source}{nearest(glob, names)}'
