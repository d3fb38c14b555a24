"""The user's file held against contract and catalogue: a name that nothing answers to is a fault, not silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase

from contracts.contract import Contract
from contracts.expectation_faults import ExpectationsError, nearest
from contracts.expectations import Expectations, RuleExpectations
from contracts.rule import Rule


def check_expectations(
    expectations: Expectations,
    *,
    contract: Contract,
    rules: Iterable[Rule],
    source: str = "stageproof.toml",
) -> None:
    """Make sure that every rule, parameter, model and operation the file names exists.

    Args:
        expectations: The user's file.
        contract: The contract of the stage that is to be judged.
        rules: The catalogue.
        source: The name of the file.

    Raises:
        ExpectationsError: With one line for each name that nothing answers to.
    """
    known = {rule.code: rule for rule in rules}
    faults = [
        *_unknown_rules(expectations, known),
        *parameter_faults(expectations.rules, known.values()),
        *_unknown_parts(expectations, contract),
    ]
    if faults:
        raise ExpectationsError("\n".join(f"{source}: {fault}" for fault in faults))


def _unknown_rules(expectations: Expectations, rule_codes: Collection[str]) -> Iterator[str]:
    named = [
        *(("rules.off", code) for code in expectations.rules.off),
        *(("rules.severity", code) for code in expectations.rules.severity),
        *(("rules.parameters", code) for code in expectations.rules.parameters),
        *((f"waivers[{index}].rule", waiver.rule) for index, waiver in enumerate(expectations.waivers)),
    ]
    for key, code in named:
        if code not in rule_codes:
            yield f"{key}: there is no rule {code}{nearest(code, sorted(rule_codes))}; list them with: stageproof rules"


def parameter_faults(settings: RuleExpectations, rules: Iterable[Rule]) -> Iterator[str]:
    """Give one line for each parameter that its rule does not have or that is no such value.

    Args:
        settings: What was given.
        rules: The rules to look at; parameters of others are left alone.
    """
    for rule in rules:
        known = {parameter.name: parameter for parameter in rule.parameters}
        for name, value in settings.parameters.get(rule.code, {}).items():
            key = f"rules.parameters.{rule.code}.{name}"
            if name in known:
                fault = known[name].fault(value)
                yield from () if fault is None else (f"{key}: {fault}",)
            elif known:
                yield f"{key}: {rule.code} has no such parameter{nearest(name, known)}; it has: {', '.join(known)}"
            else:
                yield f"{key}: {rule.code} has no parameters"


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
