"""From a stage's table in ``stageproof.toml`` and a command's flags to the AWS session and the API."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contracts.expectations import Expectations, StageExpectations, load_expectations
from probes.aws import AwsSession, aws_session
from probes.configuration import find_rest_api

DEFAULT_CONFIG = Path("stageproof.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A stage as a command means it: what is expected, and how AWS is reached."""

    expectations: Expectations
    stage: StageExpectations
    session: AwsSession
    rest_api_id: str


def resolve_target(
    stage_name: str,
    *,
    config: Path,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> Target:
    """Read the expectations and look the API up. Flags go before the file, the file before the environment.

    Raises:
        StageproofError: If the file, the stage's table, the credentials or the API are not as they must be.
    """
    expectations = load_expectations(config)
    stage = expectations.stage(stage_name)
    session = aws_session(
        profile=profile or stage.profile,
        region=region or stage.region,
        endpoint_url=endpoint_url or stage.endpoint_url,
    )
    rest_api_id = stage.rest_api_id or find_rest_api(session, str(stage.rest_api_name))
    return Target(expectations=expectations, stage=stage, session=session, rest_api_id=rest_api_id)
