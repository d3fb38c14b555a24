"""Options that several commands share: where the file is, and AWS's standard ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stageproof.exit_codes import FailOn

Config = Annotated[Path, typer.Option(help="The expectations file.")]
Baseline = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The verdicts.json of an earlier night, to tell what is new.")
]
FailsOn = Annotated[
    list[FailOn] | None,
    typer.Option(
        help="What makes the exit code 1: undetermined (besides broken), new (only what the baseline did not have); "
        "may be repeated."
    ),
]
Profile = Annotated[str | None, typer.Option(help="The AWS profile; the file's or AWS_PROFILE by default.")]
Region = Annotated[str | None, typer.Option(help="The AWS Region; the file's or AWS_REGION by default.")]
EndpointUrl = Annotated[
    str | None, typer.Option(help="An AWS-compatible endpoint (a sandbox); AWS_ENDPOINT_URL by default.")
]
