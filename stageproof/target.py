"""From ``stageproof.toml`` and a command's flags to what is expected, the AWS session and the API."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.contract import Contract, load_contract
from contracts.expectation_faults import ExpectationsError
from contracts.expectations import Expectations, StageExpectations, load_expectations

if TYPE_CHECKING:
    from probes.aws import AwsSession
    from probes.found_api import FoundApi

DEFAULT_CONFIG = Path("stageproof.toml")
_COMMAND_LINE = "the command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of a stage, with every name in it held against the contract and the catalogue."""

    expectations: Expectations
    stage: StageExpectations
    contract: Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stage at AWS: how it is reached, and which API it is of."""

    session: AwsSession
    found: FoundApi


def read_expected(
    config: Path,
    stage_name: str,
    *,
    traffic: Mapping[str, Any] | None = None,
    access: Mapping[str, Any] | None = None,
    settings: Sequence[Mapping[str, Any]] = (),
) -> Expected:
    """Read the file and the contract it names; flags that were given stand above the file.

    Args:
        config: The file.
        stage_name: A table ``[stages.NAME]`` of it.
        traffic: Flags for keys of ``[traffic]``; None where a flag was not given.
        access: Flags for keys of the stage's table, likewise.
        settings: Tables as they would stand in the file, each above the file and those before it.

    Raises:
        StageproofError: If the file, its table of the stage, the contract, a name or a flag is not as it must be.
    """
    expectations = load_expectations(config)
    for tables in settings:
        expectations = with_settings(expectations, tables, source=str(config))
    try:
        contract = load_contract(expectations.stage(stage_name).contract)
    except ExpectationsError as error:
        raise ExpectationsError(f"{config}: {error}") from error
    check_names(expectations, contract, source=str(config))
    expectations = overridden(expectations, stage_name, traffic=traffic or {}, access=access or {})
    check_names(expectations, contract, source=_COMMAND_LINE)
    return Expected(expectations=expectations, stage=expectations.stage(stage_name), contract=contract)


def check_names(expectations: Expectations, contract: Contract, *, source: str) -> None:
    """Make sure that every rule, parameter, model and operation that is named exists.

    Raises:
        ExpectationsError: With one line for each that does not.
    """
    from contracts.catalogue import CATALOGUE
    from contracts.expectation_checks import check_expectations

    check_expectations(expectations, contract=contract, rules=CATALOGUE, source=source)


def overridden(
    expectations: Expectations, stage_name: str, *, traffic: Mapping[str, Any], access: Mapping[str, Any]
) -> Expectations:
    """Return expectations in which the flags that were given stand above the file, validated like the file.

    Raises:
        ExpectationsError: If a flag's value is not what the key allows.
    """
    document = _plain(expectations)
    document.setdefault("traffic", {}).update(_given(traffic))
    document["stages"][stage_name].update(_given(access))
    return _validated(document, source=_COMMAND_LINE)


def with_settings(expectations: Expectations, tables: Mapping[str, Any], *, source: str) -> Expectations:
    """Return expectations with tables above them as they would stand in the file; a None takes a key away.

    Raises:
        ExpectationsError: If a value is not what its key allows.
    """
    return _validated(_merged(_plain(expectations), tables), source=source)


def _plain(expectations: Expectations) -> dict[str, Any]:
    return expectations.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def _merged(document: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(document)
    for key, value in above.items():
        if isinstance(value, Mapping):
            merged[key] = _merged(merged.get(key) or {}, value)
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def _validated(document: Mapping[str, Any], *, source: str) -> Expectations:
    from pydantic import ValidationError

    from contracts.expectation_faults import sentences

    try:
        return Expectations.model_validate_json(json.dumps(document))
    except ValidationError as error:
        lines = sentences(error, model=Expectations, text="", source=source)
        raise ExpectationsError("\n".join(lines)) from error


def _given(flags: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in flags.items() if value is not None and value != []}


def reach(stage: StageExpectations) -> Target:
    """Open a session and look the API up.

    Raises:
        StageproofError: If the credentials or the API are not as they must be.
    """
    from probes.aws import aws_session
    from probes.found_api import find_api

    session = aws_session(profile=stage.profile, region=stage.region, endpoint_url=stage.endpoint_url)
    return Target(session=session, found=find_api(session, stage))
