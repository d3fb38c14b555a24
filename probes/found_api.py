"""Which API a stage of the user's file is of, and its configuration read by the collector of its kind."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.evidence import Configuration
from contracts.expectations import StageExpectations
from probes.aws import AwsSession
from probes.configuration import collect_configuration, collect_stage, find_rest_api
from probes.http_api_configuration import collect_http_api_configuration, collect_http_api_stage


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundApi:
    """The API of a stage: its identifier and whether it is an HTTP API (version 2)."""

    api_id: str
    is_http: bool = False


def find_api(session: AwsSession, stage: StageExpectations) -> FoundApi:
    """Return the API that a stage names by id or by name.

    Raises:
        AwsError: If no REST API, or more than one, has the name, or they cannot be read.
    """
    if stage.http_api_id is not None:
        return FoundApi(api_id=stage.http_api_id, is_http=True)
    return FoundApi(api_id=stage.rest_api_id or find_rest_api(session, stage.rest_api_name or ""))


def read_configuration(session: AwsSession, found: FoundApi, stage: StageExpectations) -> Configuration:
    """Read the configuration of the stage.

    Raises:
        UnknownStageError: If there is no such API or stage.
        AwsError: If AWS cannot be reached or does not accept the credentials.
    """
    collect = collect_http_api_configuration if found.is_http else collect_configuration
    return collect(session, found.api_id, stage.stage_name, invoke_url=stage.invoke_url)


def read_stage(session: AwsSession, found: FoundApi, stage: StageExpectations) -> Configuration:
    """Read of the stage only what its alarms and dashboards are made from.

    Raises:
        UnknownStageError: If there is no such API or stage.
        AwsError: If AWS cannot be reached or does not accept the credentials.
    """
    collect = collect_http_api_stage if found.is_http else collect_stage
    return collect(session, found.api_id, stage.stage_name, invoke_url=stage.invoke_url)
